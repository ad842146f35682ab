package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	bolt "go.etcd.io/bbolt"
)

// The layout of a page of bbolt: a head, as many elements as it says, what they point to.
const (
	pageHead   = 16 // id 8, flags 2, count 2, overflow 4
	branchHead = 16 // pos 4, size of the key 4, page 8
	leafHead   = 16 // flags 4, pos 4, size of the key 4, size of the value 4
	bucketHead = 16 // root page 8, sequence 8

	branchPage = 1
	leafPage   = 2
	bucketLeaf = 1
)

// A pageWalk reads every page that can be reached, and finds those that point where nothing
// is. bbolt checks more (the order of keys, what is free), but believes such pages, in a
// goroutine of its own where a fault would be the end of the process.
type pageWalk struct {
	r    io.ReaderAt
	page int64 // how large one is
	end  int64 // of the file
	seen map[uint64]bool
}

func walkPages(tx *bolt.Tx, r io.ReaderAt) error {
	w := pageWalk{r: r, page: int64(tx.DB().Info().PageSize), end: tx.Size(), seen: make(map[uint64]bool)}
	return w.visit(uint64(tx.Cursor().Bucket().Root()))
}

func (w *pageWalk) visit(id uint64) error {
	if id < 2 || id >= uint64(w.end/w.page) || w.seen[id] {
		return fmt.Errorf("page %d is pointed to, and cannot be there", id)
	}
	w.seen[id] = true
	head := make([]byte, pageHead)
	if _, err := w.r.ReadAt(head, int64(id)*w.page); err != nil {
		return err
	}
	size := (1 + int64(binary.NativeEndian.Uint32(head[12:]))) * w.page
	if binary.NativeEndian.Uint64(head) != id || int64(id)*w.page+size > w.end {
		return fmt.Errorf("page %d is not what it was", id)
	}
	b := make([]byte, size)
	if _, err := w.r.ReadAt(b, int64(id)*w.page); err != nil {
		return err
	}
	if err := w.elements(b); err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// elements looks at the elements of a page, or of one within a value, and goes on to the pages
// that they name.
func (w *pageWalk) elements(b []byte) error {
	if len(b) < pageHead {
		return errors.New("it is too short")
	}
	flags, count := binary.NativeEndian.Uint16(b[8:]), int(binary.NativeEndian.Uint16(b[10:]))
	if flags != branchPage && flags != leafPage {
		return fmt.Errorf("it is of an unknown kind %#x", flags)
	}
	for i := range count {
		at := pageHead + i*leafHead // both kinds are of one length
		if at+leafHead > len(b) {
			return errors.New("it has no room for its elements")
		}
		e := b[at:]
		if flags == branchPage {
			if _, err := part(e, binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:])); err != nil {
				return err
			}
			if err := w.visit(binary.NativeEndian.Uint64(e[8:])); err != nil {
				return err
			}
			continue
		}
		pos, key, size := binary.NativeEndian.Uint32(e[4:]), binary.NativeEndian.Uint32(e[8:]), binary.NativeEndian.Uint32(e[12:])
		if _, err := part(e, pos, key); err != nil {
			return err
		}
		value, err := part(e, pos+key, size)
		if err == nil && binary.NativeEndian.Uint32(e)&bucketLeaf != 0 {
			err = w.bucket(value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bucket looks at a value that is a bucket: it names its first page, or has it in itself.
func (w *pageWalk) bucket(value []byte) error {
	if len(value) < bucketHead {
		return errors.New("a bucket is too short")
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return w.visit(root)
	}
	return w.elements(value[bucketHead:])
}

// part returns a part of a page, as an element says where it is.
func part(element []byte, pos, size uint32) ([]byte, error) {
	if uint64(pos)+uint64(size) > uint64(len(element)) {
		return nil, errors.New("an element points beyond its end")
	}
	return element[pos : pos+size], nil
}
