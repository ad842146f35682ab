package storage

import (
	"context"
	"errors"
	"fmt"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

// Built returns what [Commit.Built] said of the newest build that said it; nil if none did.
func (s *Store) Built(context.Context) (built []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketMeta).Get(keyBuilt)
		if v == nil {
			return nil
		}
		if err := s.codec.unpack(keyBuilt, v, &built); err != nil {
			return fmt.Errorf("what the newest build was made with: %w", err)
		}
		return nil
	})
	return built, err
}

// setBuilt stores what a build was made with.
func (s *Store) setBuilt(tx *bolt.Tx, built []byte) error {
	if built == nil {
		return nil
	}
	value, err := s.codec.squeeze(keyBuilt, built)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketMeta).Put(keyBuilt, value)
}

// errPretended takes back a transaction that was only to show what would be.
var errPretended = errors.New("pretended")

// Known returns what [Store.Register] would, and changes nothing. A source that would be new
// has the ID 0.
func (s *Store) Known(_ context.Context, sources []wiredesk.Source) (known []Registered, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		last := wiredesk.SourceID(tx.Bucket(bucketSource).Sequence())
		if known, _, err = s.register(tx, sources); err != nil {
			return err
		}
		for i := range known {
			if known[i].ID > last {
				known[i].ID = 0
			}
		}
		return errPretended
	})
	if errors.Is(err, errPretended) {
		err = nil
	}
	return known, err
}
