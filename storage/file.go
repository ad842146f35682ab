package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// A file is an open bbolt database and who is using it just now.
type file struct {
	db    *bolt.DB
	os    *os.File // belongs to db
	users sync.WaitGroup
}

// pageSize is that of files we make. Others keep theirs.
const pageSize = 16 << 10

// openFile opens the database at path. A file that another process replaced while we waited
// for its lock is let go: what stands at path now is opened. The file may be given another
// path meanwhile; to the end it is the one that was opened.
func openFile(path string, o bolt.Options) (*file, error) {
	for {
		f, err := openOnce(path, o)
		if err != nil {
			return nil, err
		}
		if at, err := os.Stat(path); err != nil || !f.is(at) {
			if err := f.db.Close(); err != nil {
				return nil, err
			}
			continue
		}
		return f, nil
	}
}

// openOnce opens a file. Errors are told apart as [Open] tells them.
func openOnce(path string, o bolt.Options) (_ *file, err error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: %w", path, ErrFolder)
	}
	f := &file{}
	// bbolt panics where a page that it needs is damaged, and reading a page that is not
	// there is a fault.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %w: %w", path, ErrNotDatabase, damage(r))
		}
		if err != nil && f.os != nil {
			_ = f.os.Close() // bbolt may have done so; after a panic the lock stays as long as the process
		}
	}()
	o.PageSize, o.FreelistType = pageSize, bolt.FreelistMapType
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f.os, err = os.OpenFile(name, flag&^os.O_CREATE, mode) // create makes files
		return f.os, err
	}
	f.db, err = bolt.Open(path, 0o600, &o)
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s: %w", path, ErrLocked)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch),
		err != nil && strings.Contains(err.Error(), "file size too small"): // of a file that was cut short
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotDatabase, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w at %s", ErrNoDatabase, path)
	case err != nil:
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := f.whole(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotDatabase, errors.Join(err, f.db.Close()))
	}
	return f, nil
}

// is reports whether the file is the one that info is about.
func (f *file) is(info os.FileInfo) bool {
	own, err := f.os.Stat()
	return err == nil && os.SameFile(own, info)
}

// whole returns an error if the file is shorter than what it holds.
func (f *file) whole() error {
	info, err := f.os.Stat()
	if err != nil {
		return err
	}
	if info.Size() < 2*int64(f.db.Info().PageSize) {
		return errors.New("the file was cut short")
	}
	return f.db.View(func(tx *bolt.Tx) error {
		if info.Size() < tx.Size() {
			return fmt.Errorf("the file was cut short: it has %d bytes of %d", info.Size(), tx.Size())
		}
		return nil
	})
}

// damage makes an error of what bbolt, a decoder or the machine panicked with.
func damage(r any) error {
	if fault, ok := r.(interface{ Addr() uintptr }); ok {
		return fmt.Errorf("a part of the file cannot be read (fault at %#x)", fault.Addr())
	}
	return fmt.Errorf("%v", r)
}

// notSynced reports whether the error of a commit says that the disk may not have what was
// written. bbolt then cannot say whether the transaction happened. An error of writing is
// another thing: it did not, and may next time.
func notSynced(err error) bool {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Op != "write"
	}
	_, ok := errors.AsType[syscall.Errno](err)
	return ok || err != nil && strings.Contains(err.Error(), "file sync error")
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
	if err := errors.Join(f.Sync(), f.Close(), syncFolder(dir)); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// syncFolder makes names in a folder last over a power cut.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // a folder cannot be synced there
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
