package storage

import (
	"bytes"
	"context"
	"errors"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

type fullTextRecord struct {
	Link         string `cbor:"1,keyasint,omitempty"`
	At           moment `cbor:"2,keyasint,omitempty"`
	For          moment `cbor:"3,keyasint,omitempty"`
	Status       int    `cbor:"4,keyasint,omitempty"`
	Problem      string `cbor:"5,keyasint,omitempty"`
	Tries        int    `cbor:"6,keyasint,omitempty"`
	Next         moment `cbor:"7,keyasint,omitempty"`
	ETag         string `cbor:"9,keyasint,omitempty"`
	LastModified string `cbor:"10,keyasint,omitempty"`
	Answered     string `cbor:"11,keyasint,omitempty"`
	HTML         string `cbor:"12,keyasint,omitempty"`
	Title        string `cbor:"13,keyasint,omitempty"`
}

// A wholeRecord is of a source whose articles are wanted.
type wholeRecord struct {
	Since  moment `cbor:"1,keyasint,omitempty"`
	Before int    `cbor:"2,keyasint,omitempty"` // pages asked of items that were there before
}

func readWhole(c *codec, tx *bolt.Tx, id wiredesk.SourceID) (r wholeRecord, err error) {
	if v := tx.Bucket(bucketWhole).Get(keySource(id)); v != nil {
		err = c.unpack(keySource(id), v, &r)
	}
	return r, err
}

// had reports whether an item was there before the articles of its source were wanted.
func (r *wholeRecord) had(it *wiredesk.Item) bool {
	return it.Backlog || it.Seen.Before(r.Since.time())
}

// WantFullTexts stores of which sources articles are wanted from now on, and of which not.
// Where that is so already nothing is written.
func (s *Store) WantFullTexts(_ context.Context, now time.Time, wanted map[wiredesk.SourceID]bool) error {
	var change []wiredesk.SourceID
	err := s.view(func(tx *bolt.Tx) error {
		for id, want := range wanted {
			if want != (tx.Bucket(bucketWhole).Get(keySource(id)) != nil) {
				change = append(change, id)
			}
		}
		return nil
	})
	if err != nil || len(change) == 0 {
		return err
	}
	return s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketWhole)
		for _, id := range change {
			key := keySource(id)
			if !wanted[id] {
				if err := b.Delete(key); err != nil {
					return err
				}
				continue
			}
			value, err := s.codec.pack(key, wholeRecord{Since: momentOf(now)})
			if err != nil {
				return err
			}
			if err := b.Put(key, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// FullText returns what came of asking an item's page; the zero value if it never was.
func (s *Store) FullText(_ context.Context, id wiredesk.ItemID) (ft wiredesk.FullText, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		ft, err = readFullText(s.codec, tx, id)
		return err
	})
	return ft, err
}

func readFullText(c *codec, tx *bolt.Tx, id wiredesk.ItemID) (wiredesk.FullText, error) {
	var r fullTextRecord
	if v := tx.Bucket(bucketFullText).Get(keyItem(id)); v != nil {
		if err := c.unpack(keyItem(id), v, &r); err != nil {
			return wiredesk.FullText{}, err
		}
	}
	return wiredesk.FullText{
		Item: id, Link: r.Link, At: r.At.time(), For: r.For.time(), Status: r.Status, Problem: r.Problem, Tries: r.Tries,
		Next: r.Next.time(), ETag: r.ETag, LastModified: r.LastModified, Answered: r.Answered, HTML: r.HTML, Title: r.Title,
	}, nil
}

// RecordFullText stores what came of asking an item's page. Of an item that is not stored
// any more nothing is.
func (s *Store) RecordFullText(_ context.Context, ft wiredesk.FullText) error {
	key := keyItem(ft.Item)
	value, err := s.codec.squeeze(key, fullTextRecord{
		Link: ft.Link, At: momentOf(ft.At), For: momentOf(ft.For), Status: ft.Status, Problem: ft.Problem, Tries: ft.Tries,
		Next: momentOf(ft.Next), ETag: ft.ETag, LastModified: ft.LastModified, Answered: ft.Answered, HTML: ft.HTML, Title: ft.Title,
	})
	if err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketItem).Get(key) == nil {
			return nil
		}
		if err := s.limit.room(tx); err != nil {
			return err
		}
		if tx.Bucket(bucketFullText).Get(key) == nil {
			if err := countBefore(s.codec, tx, ft.Item); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketFullText).Put(key, value)
	})
}

// countBefore counts an item whose page is asked for the first time, if it was there before
// that was wanted.
func countBefore(c *codec, tx *bolt.Tx, id wiredesk.ItemID) error {
	it, err := readItem(c, tx, id, false)
	if err != nil {
		return err
	}
	r, err := readWhole(c, tx, it.Source)
	if err != nil || !r.had(it) {
		return err
	}
	r.Before++
	key := keySource(it.Source)
	value, err := c.pack(key, r)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketWhole).Put(key, value)
}

// Linked returns the items of a source's newest document that were new or revised since a
// moment, what is known of their pages, and how many pages were ever asked of items that were
// there before that was wanted.
func (s *Store) Linked(_ context.Context, source wiredesk.SourceID, since time.Time) (all []wiredesk.Linked, before int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		st, err := readState(s.codec, tx, source)
		if err != nil {
			return err
		}
		whole, err := readWhole(s.codec, tx, source)
		if err != nil {
			return err
		}
		before = whole.Before
		for _, p := range st.Present {
			it, err := readItem(s.codec, tx, p.Item, true)
			if errors.Is(err, ErrNotFound) || errors.Is(err, ErrValue) {
				continue
			}
			if err != nil {
				return err
			}
			if it.Seen.Before(since) && it.Revised.Before(since) {
				continue
			}
			ft, err := readFullText(s.codec, tx, p.Item)
			if err != nil {
				return err
			}
			all = append(all, wiredesk.Linked{Item: *it, FullText: ft, Before: whole.had(it)})
		}
		return nil
	})
	return all, before, err
}

// Pauses returns until when hosts asked to be left alone, as far as that is not over.
func (s *Store) Pauses(_ context.Context, now time.Time) (map[string]time.Time, error) {
	all := make(map[string]time.Time)
	return all, s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketPause).ForEach(func(k, v []byte) error {
			if until := moment(itemIn(v)).time(); until.After(now) {
				all[string(k)] = until
			}
			return nil
		})
	})
}

// RecordPause stores until when a host asked to be left alone, if it did not ask for longer
// before, and forgets what is over.
func (s *Store) RecordPause(_ context.Context, host string, now, until time.Time) error {
	return s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketPause)
		var over [][]byte
		if err := b.ForEach(func(k, v []byte) error {
			if !moment(itemIn(v)).time().After(now) {
				over = append(over, bytes.Clone(k))
			}
			return nil
		}); err != nil {
			return err
		}
		for _, k := range over {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		if moment(itemIn(b.Get([]byte(host)))) >= momentOf(until) {
			return nil
		}
		return b.Put([]byte(host), keyItem(wiredesk.ItemID(momentOf(until))))
	})
}
