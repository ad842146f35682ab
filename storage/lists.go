package storage

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A List is the last good copy of a reading list and what asking for it has taught.
type List struct {
	ETag         string
	LastModified string
	Fetched      time.Time // when the copy came
	Due          time.Time
	Problem      string // why the last try failed, in words; empty if it did not
	Body         []byte // the OPML document
}

type listRecord struct {
	ETag         string `cbor:"1,keyasint,omitempty"`
	LastModified string `cbor:"2,keyasint,omitempty"`
	Fetched      moment `cbor:"3,keyasint,omitempty"`
	Due          moment `cbor:"4,keyasint,omitempty"`
	Problem      string `cbor:"5,keyasint,omitempty"`
	Body         []byte `cbor:"6,keyasint,omitempty"`
}

// List returns what is stored of the reading list at an address; the zero List if it was
// never fetched.
func (s *Store) List(_ context.Context, url string) (l List, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketList).Get([]byte(url))
		if v == nil {
			return nil
		}
		var r listRecord
		if err := s.codec.unpack([]byte(url), v, &r); err != nil {
			return fmt.Errorf("reading list %s: %w", url, err)
		}
		l = List{ETag: r.ETag, LastModified: r.LastModified, Fetched: r.Fetched.time(), Due: r.Due.time(), Problem: r.Problem, Body: r.Body}
		return nil
	})
	return l, err
}

// SetList stores a reading list.
func (s *Store) SetList(_ context.Context, url string, l List) error {
	return s.update(func(tx *bolt.Tx) error {
		v, err := s.codec.squeeze([]byte(url), listRecord{ETag: l.ETag, LastModified: l.LastModified, Fetched: momentOf(l.Fetched), Due: momentOf(l.Due), Problem: l.Problem, Body: l.Body})
		if err != nil {
			return err
		}
		return tx.Bucket(bucketList).Put([]byte(url), v)
	})
}
