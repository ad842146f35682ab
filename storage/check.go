package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Check reads the whole file and returns the first inconsistency found in its structure,
// or nil. The error is [ErrDamaged]. Nobody may be writing to the store meanwhile.
func (s *Store) Check(ctx context.Context) (err error) {
	f, err := s.use()
	if err != nil {
		return err
	}
	defer f.users.Done()
	began := true
	defer s.damaged(&err, &began)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return s.checkFile(ctx, f)
}

func (s *Store) checkFile(ctx context.Context, f *file) error {
	switch err := f.check(ctx); {
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen), ctx.Err() != nil:
		return err
	case err != nil:
		return fmt.Errorf("%w: %s: %w", ErrDamaged, s.path, err)
	}
	return nil
}

// check is Check of an open file.
func (f *file) check(ctx context.Context) error {
	return f.db.View(func(tx *bolt.Tx) error {
		if err := walkPages(tx, f.os); err != nil {
			return err
		}
		var first error
		for err := range tx.Check() { // drained to its end, or its goroutine stays
			if first == nil {
				first = err
			}
		}
		if first != nil {
			return first
		}
		return checkSeals(ctx, tx)
	})
}

// checkSeals returns the first value that is not what was written.
func checkSeals(ctx context.Context, tx *bolt.Tx) error {
	for name := range values {
		err := eachValue(ctx, tx, name, func(k, v []byte) error {
			_, _, err := opened(k, v)
			return err
		})
		if err != nil {
			return err
		}
	}
	return checkNumbers(ctx, tx)
}

// checkNumbers is checkSeals of the buckets that hold no records.
func checkNumbers(ctx context.Context, tx *bolt.Tx) error {
	for name, size := range sealedNumbers {
		err := eachValue(ctx, tx, name, func(k, v []byte) error {
			_, err := unsealNumber(k, v, size)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachValue calls fn for the values of a bucket until one is not well. An older version of a
// file may lack the bucket.
func eachValue(ctx context.Context, tx *bolt.Tx, name string, fn func(k, v []byte) error) error {
	b := tx.Bucket([]byte(name))
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		if err := fn(k, v); err != nil {
			return fmt.Errorf("%s %x: %w", name, k, err)
		}
		return ctx.Err()
	})
}

// values are what is in the buckets that hold records. The others hold keys and numbers.
var values = map[string]func() any{
	"source": func() any { return new(sourceRecord) }, "state": func() any { return new(stateRecord) },
	"item": func() any { return new(itemRecord) }, "body": func() any { return new(bodyRecord) },
	"tomb": func() any { return new(itemRecord) }, "story": func() any { return new(assignmentRecord) },
	"decision": func() any { return new(decisionRecord) }, "verdict": func() any { return new(verdictRecord) },
	"ledger": func() any { return new(rowRecord) }, "feed": func() any { return new(feedRecord) },
	"list": func() any { return new(listRecord) }, "stamp": func() any { return new(stampRecord) },
	"rule": func() any { return new(ruleRecord) }, "subscription": func() any { return new(subscriptionRecord) },
	"fulltext": func() any { return new(fullTextRecord) }, "face": func() any { return new(faceRecord) },
	"whole": func() any { return new(wholeRecord) }, "follower": func() any { return new(followerRecord) },
	"ping": func() any { return new(pingRecord) }, "event": func() any { return new(eventRecord) },
	"told": func() any { return new(conditionRecord) }, "absence": func() any { return new(absenceRecord) },
}

// numbers are the buckets that hold no records.
var numbers = []string{"meta", "address", "due", "identity", "pause", "delivered"}

// sealedNumbers are those of them whose numbers are sealed, with their size. A wrong one of the
// others has something done too early or too late.
var sealedNumbers = map[string]int{"address": sourceSize, "identity": itemSize}

// checkValues reads every value, and returns the first that cannot be read.
func (s *Store) checkValues(ctx context.Context) error {
	return s.view(func(tx *bolt.Tx) error {
		for name, record := range values {
			err := eachValue(ctx, tx, name, func(k, v []byte) error { return s.codec.unpack(k, v, record()) })
			if err != nil {
				return err
			}
		}
		return checkNumbers(ctx, tx)
	})
}
