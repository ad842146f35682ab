package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
)

// compactTx is how much is copied in one transaction: it is held in memory.
const compactTx = 16 << 20

// Compact copies what is stored into a new file, which takes the place of the old one, and
// returns how large both are. bbolt files never shrink otherwise. Readers go on meanwhile,
// writers wait. After a crash one or the other file is there, whole: they hold the same.
func (s *Store) Compact(ctx context.Context) (before, after int64, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	old, err := s.use()
	if err != nil {
		return 0, 0, err
	}
	if err = s.writable(old); err == nil {
		before, after, err = s.compact(ctx, old)
	}
	old.users.Done()
	if err != nil {
		return 0, 0, fmt.Errorf("compact: %w", err)
	}
	old.users.Wait() // whoever still reads in it
	return before, after, old.db.Close()
}

// compact makes the new file and has everybody use it.
func (s *Store) compact(ctx context.Context, old *file) (before, after int64, err error) {
	info, err := old.os.Stat()
	if err != nil {
		return 0, 0, err
	}
	// What is damaged must not be taken for well because a copy of what is left of it is.
	if err := s.checkFile(ctx, old); err != nil {
		return 0, 0, err
	}
	made := s.path + compacting
	defer os.Remove(made) // it is there only after a failure
	// Of an earlier one that was cut short.
	if err := os.Remove(made); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, 0, err
	}
	fresh, err := s.copyTo(ctx, old, made)
	if err != nil {
		return 0, 0, err
	}
	now, err := fresh.os.Stat()
	if err == nil {
		err = os.Rename(made, s.path)
	}
	if err != nil {
		return 0, 0, errors.Join(err, fresh.db.Close())
	}
	s.mu.Lock()
	s.file = fresh
	s.mu.Unlock()
	s.limit.mark = 0 // nothing lies scattered any more
	return info.Size(), now.Size(), syncFolder(filepath.Dir(s.path))
}

// copyTo copies everything into a new file at path, which comes back open and is on disk.
func (s *Store) copyTo(ctx context.Context, old *file, path string) (_ *file, err error) {
	if err := create(path); err != nil {
		return nil, err
	}
	fresh, err := openFile(path, bolt.Options{InitialMmapSize: mmapSize(), NoSync: true})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, fresh.db.Close())
		}
	}()
	began := true
	defer s.damaged(&err, &began)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	fresh.db.AllocSize = 0 // not a byte more than is needed
	if err := bolt.Compact(fresh.db, old.db, compactTx); err != nil {
		return nil, err
	}
	fresh.db.NoSync = false
	if err := fresh.db.Sync(); err != nil {
		return nil, err
	}
	if err := fresh.check(ctx); err != nil {
		return nil, err
	}
	s.limit.apply(fresh.db)
	return fresh, nil
}
