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
		return ctx.Err()
	})
}

// checkValues reads every value, and returns the first that cannot be read.
func (s *Store) checkValues(ctx context.Context) error {
	values := map[*[]byte]func() any{
		&bucketSource: func() any { return new(sourceRecord) }, &bucketState: func() any { return new(stateRecord) },
		&bucketItem: func() any { return new(itemRecord) }, &bucketBody: func() any { return new(bodyRecord) },
		&bucketTomb: func() any { return new(itemRecord) }, &bucketStory: func() any { return new(assignmentRecord) },
		&bucketDecision: func() any { return new(decisionRecord) }, &bucketVerdict: func() any { return new(verdictRecord) },
		&bucketLedger: func() any { return new(rowRecord) }, &bucketFeed: func() any { return new(feedRecord) },
		&bucketList: func() any { return new(listRecord) }, &bucketStamp: func() any { return new(stampRecord) },
		&bucketRule: func() any { return new(ruleRecord) }, &bucketSubscription: func() any { return new(subscriptionRecord) },
		&bucketFullText: func() any { return new(fullTextRecord) }, &bucketFace: func() any { return new(faceRecord) },
		&bucketWhole: func() any { return new(wholeRecord) },
	}
	return s.view(func(tx *bolt.Tx) error {
		for name, record := range values {
			b := tx.Bucket(*name)
			if b == nil { // of an older version
				continue
			}
			err := b.ForEach(func(k, v []byte) error {
				if err := s.codec.unpack(v, record()); err != nil {
					return fmt.Errorf("%s %x: %w", *name, k, err)
				}
				return ctx.Err()
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
