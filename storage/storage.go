package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Errors of Open.
var (
	// ErrNoDatabase is returned when there is no file and Options.Create is not set.
	ErrNoDatabase = errors.New("no database")
	// ErrLocked is returned when another process has the file.
	ErrLocked = errors.New("another process has the database")
	// ErrNotDatabase is returned when the file is no wiredesk database or is damaged
	// beyond opening. The file is left as it is.
	ErrNotDatabase = errors.New("not a wiredesk database")
	// ErrNewer is returned when a newer version of wiredesk made the file.
	ErrNewer = errors.New("the database was made by a newer version of wiredesk")
)

// Errors of every method.
var (
	// ErrDamaged is returned when a page of the file cannot be read. Nothing was written.
	ErrDamaged = errors.New("the database is damaged")
	// ErrValue is returned, along with ErrDamaged, when it is one value that cannot be read.
	ErrValue = errors.New("a value cannot be read")
	// ErrNotFound is returned when what was asked for is not stored.
	ErrNotFound = errors.New("not stored")
)

// Options say how to open a store. The zero value opens an existing file.
type Options struct {
	// Create makes the file if there is none.
	Create bool
	// Wait is how long to wait for another process to let go of the file; 0 means a
	// third of a second.
	Wait time.Duration
	// Logger gets what an operator may act on; nil discards.
	Logger *slog.Logger
	// Now is the time of creation written into a new file; zero means the clock's.
	Now time.Time
}

// A Store is an open database. Close it after use.
type Store struct {
	db     *bolt.DB
	codec  *codec
	logger *slog.Logger
}

// Open opens the database at path. Errors are [ErrNoDatabase], [ErrLocked],
// [ErrNotDatabase], [ErrNewer] or what the file system says.
func Open(path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if !o.Create {
			return nil, fmt.Errorf("%w at %s", ErrNoDatabase, path)
		}
		if err := create(path); err != nil {
			return nil, err
		}
	}
	if o.Wait == 0 {
		o.Wait = time.Second / 3
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout:         o.Wait,
		FreelistType:    bolt.FreelistMapType,
		PageSize:        16 << 10,
		InitialMmapSize: mmapSize(),
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s: %w", path, ErrLocked)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch),
		err != nil && strings.Contains(err.Error(), "file size too small"): // of a file that was cut short
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotDatabase, err)
	case err != nil:
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.AllocSize = 4 << 20 // by how much the file grows; 16 MiB would be a lot for a few feeds
	s := &Store{db: db, logger: o.Logger}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.codec, err = newCodec(); err == nil {
		err = s.prepare(o)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// create makes an empty file and makes sure that it is found again after a power cut:
// bbolt itself syncs the file but not the folder (etcd issue 16596).
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if runtime.GOOS == "windows" { // a folder cannot be synced there
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// mmapSize returns how much address space to map at once: growing the map waits for all
// readers, and on 64-bit Unix it costs nothing to ask for more than is used. Elsewhere
// the file itself would become as large.
func mmapSize() int {
	if bits.UintSize < 64 || runtime.GOOS == "windows" {
		return 0
	}
	return 8 << 30
}

// prepare makes the buckets of a new file and refuses one that is not ours or newer.
func (s *Store) prepare(o Options) error {
	var found uint64
	var empty bool
	err := s.view(func(tx *bolt.Tx) error {
		k, _ := tx.Cursor().First()
		empty = k == nil
		if meta := tx.Bucket(bucketMeta); meta != nil {
			if v := meta.Get([]byte("schema")); len(v) == 8 {
				found = binary.BigEndian.Uint64(v)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case found == schema:
		return s.complete()
	case found > schema:
		return fmt.Errorf("%s: %w: its schema is %d, this one knows up to %d", s.db.Path(), ErrNewer, found, schema)
	case !empty:
		return fmt.Errorf("%s: %w", s.db.Path(), ErrNotDatabase)
	}
	created := o.Now
	if created.IsZero() {
		created = time.Now()
	}
	return s.update(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := meta.Put([]byte("created"), binary.BigEndian.AppendUint64(nil, uint64(created.UnixMilli()))); err != nil {
			return err
		}
		return meta.Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, schema))
	})
}

// complete adds the buckets that came later to a file that is older than they are.
func (s *Store) complete() error {
	missing := false
	err := s.view(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			missing = missing || tx.Bucket(name) == nil
		}
		return nil
	})
	if err != nil || !missing {
		return err
	}
	return s.update(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close closes the file. Methods called afterwards fail.
func (s *Store) Close() error {
	s.codec.close()
	return s.db.Close()
}

// Path returns where the file is.
func (s *Store) Path() string { return s.db.Path() }

// view runs fn in a read transaction. bbolt panics where a page is damaged, and so do
// decoders of nonsense: both become [ErrDamaged].
func (s *Store) view(fn func(*bolt.Tx) error) (err error) {
	defer s.damaged(&err)
	return s.db.View(fn)
}

// update runs fn in a write transaction, with the same protection.
func (s *Store) update(fn func(*bolt.Tx) error) (err error) {
	defer s.damaged(&err)
	return s.db.Update(fn)
}

func (s *Store) damaged(err *error) {
	r := recover()
	switch {
	case r != nil:
		*err = fmt.Errorf("%w: %s: %v", ErrDamaged, s.db.Path(), r)
	case errors.Is(*err, ErrValue):
		*err = fmt.Errorf("%w: %s: %w", ErrDamaged, s.db.Path(), *err)
	}
}
