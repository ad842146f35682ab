package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Backup writes a consistent copy of the whole database to w, while writers go on, and
// returns how many bytes it has. Write it to something fast, a local file for instance:
// the pages of the copy's moment are kept until it is done.
func (s *Store) Backup(_ context.Context, w io.Writer) (n int64, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		n, err = tx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("back up: %w", err)
	}
	return n, nil
}

// An Inventory says what a database holds.
type Inventory struct {
	Created time.Time
	Schema  int
	Sources int
	Items   int
	Bytes   int64 // of the file
}

// Verify reads every page and every value of the database at path, which nobody may be
// writing to, and says what it holds. It writes nothing. Errors are those of [Open], and
// [ErrDamaged].
func Verify(ctx context.Context, path string) (Inventory, error) {
	if _, err := os.Stat(path); err != nil {
		return Inventory{}, err
	}
	f, err := openFile(path, bolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		return Inventory{}, err
	}
	s := &Store{path: path, file: f}
	if s.codec, err = newCodec(); err != nil {
		return Inventory{}, errors.Join(err, f.db.Close())
	}
	var inv Inventory
	if err = s.Check(ctx); err == nil {
		inv, err = s.inventory(ctx)
	}
	return inv, errors.Join(err, s.Close())
}

func (s *Store) inventory(ctx context.Context) (inv Inventory, err error) {
	found, err := s.schema()
	if err != nil {
		return inv, err
	}
	inv.Schema = int(found)
	if err := s.checkValues(ctx); err != nil {
		return inv, err
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return inv, err
	}
	inv.Bytes = info.Size()
	return inv, s.view(func(tx *bolt.Tx) error {
		inv.Created = moment(itemIn(tx.Bucket(bucketMeta).Get(keyCreated))).time()
		inv.Sources = count(tx, bucketSource)
		inv.Items = count(tx, bucketItem)
		return nil
	})
}

func count(tx *bolt.Tx, bucket []byte) int {
	if b := tx.Bucket(bucket); b != nil {
		return b.Stats().KeyN
	}
	return 0
}

// Restore puts a copy of the database at from in the place of the one at path, once every
// page and value of that copy was read. What was at path stays beside it, under the name that
// is returned; empty if nothing was there. [ErrLocked] says that a process has the database
// at path open; a damaged one may be replaced.
func Restore(ctx context.Context, from, path string, at time.Time) (replaced string, inv Inventory, err error) {
	current, err := openFile(path, bolt.Options{Timeout: time.Second / 3})
	if errors.Is(err, ErrLocked) {
		return "", inv, err
	}
	if current != nil { // so that nobody else opens it
		defer func() { err = errors.Join(err, current.db.Close()) }()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", inv, err
	}
	made := path + restoring
	defer os.Remove(made)
	if err := copyFile(from, made); err != nil {
		return "", inv, fmt.Errorf("copy the backup: %w", err)
	}
	if inv, err = Verify(ctx, made); err != nil {
		return "", inv, err
	}
	if _, err := os.Stat(path); err == nil {
		replaced = path + ".replaced-" + at.UTC().Format("20060102T150405Z")
		if err := keep(path, replaced); err != nil {
			return "", inv, fmt.Errorf("keep the replaced database: %w", err)
		}
	}
	if err := os.Rename(made, path); err != nil {
		return "", inv, err
	}
	return replaced, inv, syncFolder(filepath.Dir(path))
}

// What files are called, beside the database, that are to take its place.
const (
	restoring  = ".restoring"
	compacting = ".compacting"
)

// keep gives a file another name and leaves it where it is: at no time is there none, for
// which a daemon that starts would make a new one.
func keep(path, name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s is there already", name)
	}
	if os.Link(path, name) == nil {
		return nil
	}
	return copyFile(path, name) // not every file system has links
}

// copyFile copies a file, readable for its owner only, and has it on disk when it returns.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// Examine reads every value of the open database, while writers go on, and says what it holds.
// Whether its pages are in order only [Verify] can tell, of a file that nobody writes to. The
// error is [ErrDamaged].
func (s *Store) Examine(ctx context.Context) (Inventory, error) { return s.inventory(ctx) }
