package storage

import (
	"errors"
	"fmt"
	"math"
	"os"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// allocSize is by how much the file grows at least; bbolt's 16 MiB would be a lot for a few
// feeds.
const allocSize = 4 << 20

// A limit bounds the file. The zero value does not.
type limit struct {
	max int64
	// struck says that the file was to grow beyond it. What is free lies scattered, and is
	// not always where it would help.
	struck atomic.Bool
	// mark is how much was in use then; only a write transaction touches it.
	mark int64
	// short says that the disk was full. What comes next may be small enough to fit all the same,
	// and what comes after that not.
	short atomic.Bool
}

// spare is how much room a disk that was full must have for polls to be taken in again.
const spare = 1 << 20

// reserve is what is left for what must go on when nothing is polled any more: decisions,
// the ledger, retention, and the pages that every transaction needs for a moment.
func (l *limit) reserve() int64 { return l.max / 8 }

// Limit bounds how many bytes the file has; 0 takes the bound away. When seven eighths are in
// use, polls are refused with [ErrFull]; what is removed makes room.
func (s *Store) Limit(bytes int64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	f, err := s.use()
	if err != nil {
		return err
	}
	defer f.users.Done()
	s.limit.max, s.limit.mark = bytes, 0
	s.limit.struck.Store(false)
	s.limit.apply(f.db)
	return nil
}

// apply has bbolt keep to the limit, whatever happens.
func (l *limit) apply(db *bolt.DB) {
	db.MaxSize, db.AllocSize = int(min(l.max, math.MaxInt)), allocSize
	if l.max > 0 {
		db.AllocSize = int(min(allocSize, l.max/32))
	}
}

// room returns [ErrFull] if there is no room for what polls bring, or what the system says if the
// disk is full.
func (l *limit) room(tx *bolt.Tx) error {
	if l.short.Load() {
		if err := tryDisk(tx.DB().Path() + ".room"); err != nil {
			return err
		}
		l.short.Store(false)
	}
	if l.max == 0 {
		return nil
	}
	used := inUse(tx)
	if l.struck.Swap(false) {
		l.mark = used
	}
	most := l.max - l.reserve()
	if l.mark > 0 {
		most = min(most, l.mark-l.reserve()/2)
	}
	if used > most {
		return fmt.Errorf("%w: %d of %d bytes are in use, the rest is for what must go on", ErrFull, used, l.max)
	}
	return nil
}

// tryDisk writes a file and removes it, to find out whether there is room.
func tryDisk(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_ = os.Remove(path) // at once, where the system lets us: nothing is left of it if we are killed
	_, err = f.Write(make([]byte, spare))
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, f.Close())
	}
	return errors.Join(err, f.Close())
}

// inUse returns how many bytes of the file hold something.
func inUse(tx *bolt.Tx) int64 {
	stats := tx.DB().Stats()
	return tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*int64(tx.DB().Info().PageSize)
}

// Size returns how many bytes the file has, and how many of them hold something.
func (s *Store) Size() (file, used int64, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		used = inUse(tx)
		info, err := os.Stat(s.path)
		if err == nil {
			file = info.Size()
		}
		return err
	})
	return file, used, err
}

// full returns an error as [ErrFull] if the file was to grow beyond the limit.
func (l *limit) full(err error) error {
	if errors.Is(err, bolterrors.ErrMaxSizeReached) {
		l.struck.Store(true)
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
