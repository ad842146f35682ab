package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// steps bring a file from one schema to the next: the first from 1 to 2, and so on. A new
// bucket needs none, nor does a new key of a record. Whoever adds one keeps a database of the
// schema before it, see TestEveryReleasedSchema.
var steps = []func(*bolt.Tx) error{
	// To 2: values are sealed (seal.go). Those that are not are read as before, and get their seal
	// when they are written next; a program that knows no seals must not meet one.
	func(*bolt.Tx) error { return nil },
}

// newest is the version of everything in buckets.go and records.go. A file with a greater one
// is refused.
func newest() uint64 { return 1 + uint64(len(steps)) }

// schema returns the version of the file; 0 says that it is empty.
func (s *Store) schema() (found uint64, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		if meta := tx.Bucket(bucketMeta); meta != nil {
			if v := meta.Get(keySchema); len(v) == 8 {
				found = binary.BigEndian.Uint64(v)
			}
		}
		if k, _ := tx.Cursor().First(); k != nil && found == 0 {
			return ErrNotDatabase
		}
		return nil
	})
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", s.path, err)
	case found > newest():
		return 0, fmt.Errorf("%s: %w: its schema is %d, this one knows up to %d", s.path, ErrNewer, found, newest())
	}
	return found, nil
}

// prepare makes the buckets of a new file, brings an older one up to date, and refuses one
// that is not ours or newer.
func (s *Store) prepare(o Options) error {
	found, err := s.schema()
	switch {
	case err != nil:
		return err
	case found == 0:
		return s.initialise(o)
	case found < newest():
		return s.migrate(found)
	}
	missing, err := s.missing()
	if err != nil || !missing {
		return err
	}
	return s.update(makeBuckets)
}

// missing reports whether the file is older than one of the buckets. A file that lacks one and
// has another that nobody knows is damaged: the name of the one is that of the other no more.
func (s *Store) missing() (missing bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		here := 0
		for _, name := range buckets {
			if tx.Bucket(name) == nil {
				missing = true
			} else {
				here++
			}
		}
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			if here--; missing && here < 0 {
				return fmt.Errorf("%w: %s: it has a bucket %q, and lacks another", ErrDamaged, s.path, name)
			}
			return nil
		})
	})
	return missing, err
}

func (s *Store) initialise(o Options) error {
	return s.update(func(tx *bolt.Tx) error {
		if err := makeBuckets(tx); err != nil {
			return err
		}
		if err := tx.Bucket(bucketMeta).Put(keyCreated, binary.BigEndian.AppendUint64(nil, uint64(o.Now.UnixMilli()))); err != nil {
			return err
		}
		return setSchema(tx)
	})
}

// migrate takes every step from one schema to the newest, in one transaction, after a copy
// was made beside the file: an older version of the program can go on with that.
func (s *Store) migrate(from uint64) error {
	kept := fmt.Sprintf("%s.schema-%d", s.path, from)
	if err := s.keepCopy(kept); err != nil {
		return fmt.Errorf("copy the database before it is brought to schema %d: %w", newest(), err)
	}
	s.logger.Info("database brought up to date", "from", from, "to", newest(), "copy", kept)
	return s.update(func(tx *bolt.Tx) error {
		for i, step := range steps[from-1:] {
			if err := step(tx); err != nil {
				return fmt.Errorf("bring the database to schema %d: %w", int(from)+1+i, err)
			}
		}
		if err := makeBuckets(tx); err != nil {
			return err
		}
		return setSchema(tx)
	})
}

// keepCopy copies the file. What is found under that name is always whole.
func (s *Store) keepCopy(name string) error {
	unfinished := name + ".unfinished"
	if err := copyFile(s.path, unfinished); err != nil {
		return errors.Join(err, os.Remove(unfinished))
	}
	return errors.Join(os.Rename(unfinished, name), syncFolder(filepath.Dir(name)))
}

// makeBuckets makes the buckets that are not there.
func makeBuckets(tx *bolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

func setSchema(tx *bolt.Tx) error {
	return tx.Bucket(bucketMeta).Put(keySchema, binary.BigEndian.AppendUint64(nil, newest()))
}
