package storage

import (
	"context"
	"fmt"
	"io"

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

// Check reads the whole file and returns the first inconsistency found in its structure,
// or nil. It is meant for a copy or for a store that nobody writes to.
func (s *Store) Check(ctx context.Context) error {
	return s.view(func(tx *bolt.Tx) error {
		var first error
		for err := range tx.Check() { // drained to its end, or its goroutine stays
			if first == nil {
				first = err
			}
		}
		if first != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, first)
		}
		return ctx.Err()
	})
}
