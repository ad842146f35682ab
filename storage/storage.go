package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
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
	// ErrFolder is returned when there is a folder and no file.
	ErrFolder = errors.New("it is a folder, and not a database")
	// ErrNewer is returned when a newer version of wiredesk made the file.
	ErrNewer = errors.New("the database was made by a newer version of wiredesk")
)

// Errors of every method that writes. Nothing was written, and what is stored can be read.
var (
	// ErrFull is returned when what is stored has reached its [Store.Limit].
	ErrFull = errors.New("[storage] max_size leaves no room")
	// ErrReplaced is returned when another file, or none, is where the database was.
	ErrReplaced = errors.New("the database was moved away or deleted while it was open")
	// ErrNotSynced is returned when the disk did not take what was written, and from then on
	// until the store is opened again: it is not known what the disk has.
	ErrNotSynced = errors.New("the disk did not take what was written")
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
	// Check reads the whole file first and refuses it if its structure is damaged; unless that
	// was done before, and the file is as it was left (see vouch.go).
	Check bool
	// Now is the time, which is written into a new file; zero means the clock's.
	Now time.Time
}

// A Store is an open database. Close it after use.
type Store struct {
	path   string
	codec  *codec
	logger *slog.Logger
	limit  limit

	writing sync.RWMutex // held for reading by whoever writes, for writing by Compact

	mu      sync.Mutex // guards what follows
	file    *file
	refused error // why nothing is written any more; nil if all is well
	stuck   error // why nothing is read either
	// checked is when all of the file was read; zero if something in it may be damaged.
	checked time.Time
}

// Open opens the database at path. Errors are [ErrNoDatabase], [ErrLocked], [ErrFolder],
// [ErrNotDatabase], [ErrDamaged], [ErrNewer] or what the file system says.
func Open(path string, o Options) (*Store, error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		if !o.Create {
			return nil, fmt.Errorf("%w at %s", ErrNoDatabase, path)
		}
		if err := create(path); err != nil {
			return nil, err
		}
	case err == nil && info.Size() == 0:
		// Of a file that never was a database there is no voucher.
		if _, err := os.Stat(path + vouchers); err == nil {
			return nil, fmt.Errorf("%w: %s is empty, and was not", ErrDamaged, path)
		}
	}
	f, err := openFile(path, bolt.Options{Timeout: cmp.Or(o.Wait, time.Second/3), InitialMmapSize: mmapSize()})
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, file: f, logger: o.Logger}
	s.limit.apply(f.db)
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.codec, err = newCodec(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	s.checked = s.vouched()
	if o.Check && o.Now.Sub(s.checked).Abs() >= checkEvery {
		if err = s.Check(context.Background()); err == nil {
			s.checked = o.Now.UTC().Round(0)
		}
	}
	if err == nil {
		err = s.prepare(o)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	// Nobody is making one now: the file is ours.
	_ = os.Remove(path + compacting)
	return s, nil
}

// mmapSize returns how much address space to map at once: growing the map waits for all
// readers, and on 64-bit Unix it costs nothing to ask for more than is used. Elsewhere
// the file itself would become as large.
func mmapSize() int {
	if bits.UintSize < 64 || runtime.GOOS == "windows" {
		return 0
	}
	size := int64(8 << 30) // no constant: an int may be too small for it
	return int(size)
}

// Close closes the file. Methods called afterwards fail.
func (s *Store) Close() error {
	s.codec.close()
	s.mu.Lock()
	f, stuck, well := s.file, s.stuck != nil || errors.Is(s.refused, ErrDamaged), s.refused == nil
	s.mu.Unlock()
	if stuck {
		return f.os.Close() // bbolt's own would wait for ever for its locks
	}
	if well {
		s.vouch(f)
	}
	return f.db.Close()
}

// Path returns where the file is.
func (s *Store) Path() string { return s.path }

// use returns the open file. Call users.Done of it after use.
func (s *Store) use() (*file, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stuck != nil {
		return nil, s.stuck
	}
	s.file.users.Add(1)
	return s.file, nil
}

// view runs fn in a read transaction. bbolt panics where a page is damaged, and so do
// decoders of nonsense; a page that the disk cannot read is a fault. All become
// [ErrDamaged].
func (s *Store) view(fn func(*bolt.Tx) error) (err error) {
	f, err := s.use()
	if err != nil {
		return err
	}
	defer f.users.Done()
	began := false
	defer s.damaged(&err, &began)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return f.db.View(func(tx *bolt.Tx) error {
		began = true
		return fn(tx)
	})
}

// update runs fn in a write transaction, with the same protection.
func (s *Store) update(fn func(*bolt.Tx) error) (err error) {
	s.writing.RLock()
	defer s.writing.RUnlock()
	f, err := s.use()
	if err != nil {
		return err
	}
	defer f.users.Done()
	began := false
	defer s.damaged(&err, &began)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	if err := s.writable(f); err != nil {
		return err
	}
	tx, err := f.db.Begin(true)
	if err != nil {
		return err
	}
	began = true
	// After a commit it does nothing. After a panic it reads no page, as bbolt's own would.
	defer tx.Rollback() //nolint:errcheck // there is nothing to be done
	if err := fn(tx); err != nil {
		return s.limit.full(err)
	}
	return s.commit(tx)
}

// Writable waits for its turn to write, writes nothing, and returns why nothing could be
// written; nil if it could. While the file is compacted nobody can, which is no reason.
func (s *Store) Writable() error {
	if !s.writing.TryRLock() {
		return nil
	}
	s.writing.RUnlock()
	if err := s.update(func(*bolt.Tx) error { return errPretended }); !errors.Is(err, errPretended) {
		return err
	}
	return nil
}

// commit commits a transaction. If it is not known whether that happened, nothing is written
// after it.
func (s *Store) commit(tx *bolt.Tx) (err error) {
	returned := false
	defer func() {
		if !returned {
			s.refuse(fmt.Errorf("%w: %s", ErrDamaged, s.path))
		}
	}()
	err = tx.Commit()
	returned = true
	switch {
	case errors.Is(err, bolterrors.ErrMaxSizeReached):
		return s.limit.full(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		s.limit.short.Store(true)
	}
	if notSynced(err) {
		err = fmt.Errorf("%w: %s: %w", ErrNotSynced, s.path, err)
		s.refuse(err)
	}
	return err
}

// refuse has nothing written any more.
func (s *Store) refuse(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = why
}

// writable returns why nothing may be written to the file; nil if it may.
func (s *Store) writable(f *file) error {
	s.mu.Lock()
	refused := s.refused
	s.mu.Unlock()
	if refused != nil {
		return refused
	}
	if at, err := os.Stat(s.path); err != nil || !f.is(at) {
		return fmt.Errorf("%w: %s", ErrReplaced, s.path)
	}
	if err := f.whole(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, s.path, err)
	}
	return nil
}

// damaged turns a panic, and a value that cannot be read, into [ErrDamaged]. A transaction
// that panicked before it began leaves bbolt's locks held: nothing may wait for them.
func (s *Store) damaged(err *error, began *bool) {
	r := recover()
	switch {
	case r != nil:
		*err = fmt.Errorf("%w: %s: %w", ErrDamaged, s.path, damage(r))
		s.mu.Lock()
		s.checked = time.Time{}
		if !*began {
			s.stuck = *err
		}
		s.mu.Unlock()
	case errors.Is(*err, ErrDamaged): // it says so
	case errors.Is(*err, ErrValue), errors.Is(*err, bolterrors.ErrIncompatibleValue):
		*err = fmt.Errorf("%w: %s: %w", ErrDamaged, s.path, *err)
	}
}
