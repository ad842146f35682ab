package storage

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"wiredesk"
)

// A Shown is one entry that a feed showed when it was last built.
type Shown struct {
	ID     string   `cbor:"1,keyasint"`
	Title  string   `cbor:"2,keyasint,omitempty"`
	Link   string   `cbor:"3,keyasint,omitempty"`
	Source string   `cbor:"4,keyasint,omitempty"`
	Also   []string `cbor:"5,keyasint,omitempty"`
}

// A Showing is what a feed showed when it was last built, for plan.
type Showing struct {
	About   string  `cbor:"1,keyasint,omitempty"`
	Entries []Shown `cbor:"2,keyasint,omitempty"`
}

// Showings returns what every feed showed when it was last built, by name.
func (s *Store) Showings(context.Context) (map[string]Showing, error) {
	out := make(map[string]Showing)
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketShown).ForEach(func(k, v []byte) error {
			var r Showing
			if err := s.codec.unpack(v, &r); err != nil {
				return fmt.Errorf("what feed %q showed: %w", k, err)
			}
			out[string(k)] = r
			return nil
		})
	})
	return out, err
}

// setShowings stores what feeds show; what is not in feeds any more is deleted.
func (s *Store) setShowings(tx *bolt.Tx, showings map[string]Showing, feeds []string) error {
	b := tx.Bucket(bucketShown)
	for name, showing := range showings {
		value, err := s.codec.squeeze(showing)
		if err != nil {
			return err
		}
		if err := b.Put([]byte(name), value); err != nil {
			return err
		}
	}
	if feeds == nil {
		return nil
	}
	keep := make(map[string]bool)
	for _, name := range feeds {
		keep[name] = true
	}
	var gone [][]byte
	err := b.ForEach(func(k, _ []byte) error {
		if !keep[string(k)] {
			gone = append(gone, k)
		}
		return nil
	})
	for _, k := range gone {
		if err == nil {
			err = b.Delete(k)
		}
	}
	return err
}

// Known returns the sources that are registered, as Register would, but changes nothing: one
// that is not has the ID 0.
func (s *Store) Known(_ context.Context, sources []wiredesk.Source) ([]Registered, error) {
	out := make([]Registered, len(sources))
	err := s.view(func(tx *bolt.Tx) error {
		for i := range sources {
			out[i].URL = sources[i].URL
			for _, url := range append([]string{sources[i].URL}, sources[i].Formerly...) {
				id := sourceIn(tx.Bucket(bucketAddress).Get([]byte(url)))
				if id == 0 {
					continue
				}
				var r sourceRecord
				if err := s.codec.unpack(tx.Bucket(bucketSource).Get(keySource(id)), &r); err != nil {
					return fmt.Errorf("source %s: %w", url, err)
				}
				out[i].ID, out[i].Origin = id, r.Origin
				break
			}
		}
		return nil
	})
	return out, err
}
