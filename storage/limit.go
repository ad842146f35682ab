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
	// each is what the ledger is to need of one item that is stored and not built yet.
	each int64
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

// rowSize is about what an item costs in the ledger of a feed, or in the bucket of stories, with
// its key and what bbolt adds.
const rowSize = 160

// owed is what the next build is to need for the items that are in no story yet.
func (l *limit) owed(tx *bolt.Tx) (bytes int64) {
	if l.max == 0 {
		return 0
	}
	last, _ := tx.Bucket(bucketStory).Cursor().Last()
	c := tx.Bucket(bucketItem).Cursor()
	for k, _ := c.Seek(keyItem(itemIn(last) + 1)); k != nil && bytes < l.max; k, _ = c.Next() {
		bytes += l.each
	}
	return bytes
}

// Limit bounds how many bytes the file has; 0 takes the bound away. When seven eighths are in
// use, polls are refused with [ErrFull]; what is removed makes room. They are refused earlier where
// what was stored already, and is to be announced in as many feeds, needs more than an eighth.
func (s *Store) Limit(bytes int64, feeds int) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	f, err := s.use()
	if err != nil {
		return err
	}
	defer f.users.Done()
	s.limit.max, s.limit.mark, s.limit.each = bytes, 0, rowSize*int64(1+feeds)
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
	return l.allow(used, most, l.owed(tx))
}

// roomFor is room for so many bytes that polls have brought in tx. What does not fit is not asked
// for again before there is more room, or what came before it was built: owed is what that needs.
func (l *limit) roomFor(tx *bolt.Tx, brought, owed int64) error {
	if l.max == 0 || brought == 0 {
		return nil
	}
	used, most := inUse(tx)+brought, l.max-l.reserve()
	err := l.allow(used, most, l.owed(tx))
	if err != nil && (used > most || owed == 0) {
		l.struck.Store(true)
	}
	return err
}

// allow returns [ErrFull] if more than most bytes are in use, or more than leave room for the next
// build.
func (l *limit) allow(used, most, owed int64) error {
	switch {
	case used > most:
		return fmt.Errorf("%w: %d of %d bytes are in use, the rest is for what must go on", ErrFull, used, l.max)
	case used > l.max-owed:
		return fmt.Errorf("%w: %d of %d bytes are in use, and to publish what came about %d are needed", ErrFull, used, l.max, owed)
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

// tooMuch says of a build that the limit refused how much it needs, if that is more than is left.
func (s *Store) tooMuch(needs int64, err error) error {
	_, used, sizeErr := s.Size()
	if sizeErr != nil || !errors.Is(err, ErrFull) || used+needs < s.limit.max-s.limit.reserve() {
		return err
	}
	return fmt.Errorf("%w for what this build adds: it needs about %d bytes, and %d of %d are in use; %d would do", ErrFull, needs, used, s.limit.max, (used+needs)*5/4)
}

// costOf is about what a value that is new costs in the file.
func costOf(key, value []byte) int64 { return int64(len(key)+len(value)+leafHead) * 21 / 20 }
