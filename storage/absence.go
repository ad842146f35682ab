package storage

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

type absenceRecord struct {
	Since  moment `cbor:"1,keyasint"`
	Tries  int    `cbor:"2,keyasint,omitempty"`
	Status int    `cbor:"3,keyasint,omitempty"`
	Next   moment `cbor:"4,keyasint,omitempty"`
}

func keyAbsence(source wiredesk.SourceID, id wiredesk.ItemID) []byte {
	return append(keySource(source), keyItem(id)...)
}

// skipped returns those of the items that were in a document and are not now which it passed
// over: older ones are still there. Older is what we saw earlier; of what we saw at once, what
// stands further down.
func skipped(was, now []wiredesk.Presence) map[wiredesk.ItemID]bool {
	here := make(map[wiredesk.ItemID]bool, len(now))
	var oldest time.Time
	for _, p := range now {
		here[p.Item] = true
		if seen := p.Item.Seen(); oldest.IsZero() || seen.Before(oldest) {
			oldest = seen
		}
	}
	out := make(map[wiredesk.ItemID]bool)
	below := make(map[time.Time]bool) // first sights of what stands further down and is there
	for _, p := range slices.Backward(was) {
		id := p.Item
		seen := id.Seen()
		switch {
		case here[id]:
			below[seen] = true
		case !oldest.IsZero() && seen.After(oldest) || below[seen]:
			out[id] = true
		}
	}
	return out
}

// miss notes that an item is absent.
func (w *writer) miss(source wiredesk.SourceID, id wiredesk.ItemID, at time.Time) error {
	key := keyAbsence(source, id)
	value, err := w.pack(key, absenceRecord{Since: momentOf(at)})
	if err != nil {
		return err
	}
	return w.tx.Bucket(bucketAbsence).Put(key, value)
}

// Absent returns the absences of a source's items that began since a moment and are not
// settled, the newest first.
func (s *Store) Absent(_ context.Context, source wiredesk.SourceID, since time.Time) (all []wiredesk.Absence, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketAbsence).Cursor()
		prefix := keySource(source)
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			var r absenceRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return err
			}
			a := wiredesk.Absence{Since: r.Since.time(), Tries: r.Tries, Status: r.Status, Next: r.Next.time()}
			if a.Since.Before(since) || a.Tries > 0 && a.Next.IsZero() {
				continue
			}
			it, err := readItem(s.codec, tx, itemIn(k[len(prefix):]), false)
			if errors.Is(err, ErrNotFound) || errors.Is(err, ErrValue) {
				continue
			}
			if err != nil {
				return err
			}
			a.Item = *it
			all = append([]wiredesk.Absence{a}, all...)
		}
		return nil
	})
	return all, err
}

// RecordAbsence stores what came of asking for an item that is absent. What is settled is
// forgotten, but for the item's being withdrawn. Of an item that came back nothing is stored.
func (s *Store) RecordAbsence(_ context.Context, a wiredesk.Absence) error {
	key := keyAbsence(a.Item.Source, a.Item.ID)
	value, err := s.codec.pack(key, absenceRecord{Since: momentOf(a.Since), Tries: a.Tries, Status: a.Status, Next: momentOf(a.Next)})
	if err != nil {
		return err
	}
	return s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketAbsence)
		if b.Get(key) == nil {
			return nil
		}
		if !a.Next.IsZero() {
			return b.Put(key, value)
		}
		if err := b.Delete(key); err != nil || a.Withdrawn.IsZero() {
			return err
		}
		it, err := readItem(s.codec, tx, a.Item.ID, false)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		it.Withdrawn = a.Withdrawn
		withdrawn, err := s.codec.pack(keyItem(it.ID), recordOf(it))
		if err != nil {
			return err
		}
		return tx.Bucket(bucketItem).Put(keyItem(it.ID), withdrawn)
	})
}
