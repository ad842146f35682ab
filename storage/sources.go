package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

// A Registered is a source that the store knows.
type Registered struct {
	ID     wiredesk.SourceID
	URL    string
	Origin string // its first address, from which published ids are made
	Due    time.Time
}

// Register makes the sources of a config known and returns what the store has on each, in
// their order. A source keeps its number, state and items when its address changes to one
// that lists the old one in Formerly, or to the one where it had moved by its own word;
// its validators are forgotten then, because they belong to the old address.
func (s *Store) Register(_ context.Context, sources []wiredesk.Source) (out []Registered, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		var changed bool
		if out, changed, err = s.register(tx, sources); err == nil && !changed {
			return errPretended // every command comes here, and most have nothing to write
		}
		return err
	})
	if errors.Is(err, errPretended) {
		err = nil
	}
	return out, err
}

// register is Register within a transaction, and reports whether it changed anything.
func (s *Store) register(tx *bolt.Tx, sources []wiredesk.Source) (out []Registered, changed bool, err error) {
	out = make([]Registered, 0, len(sources))
	wanted := make(map[string]bool, len(sources))
	for i := range sources {
		wanted[sources[i].URL] = true
	}
	var moved map[string]wiredesk.SourceID
	for i := range sources {
		src := &sources[i]
		id, err := sourceAt(tx, src.URL)
		if err != nil {
			return nil, false, err
		}
		own := id
		if id != 0 && len(src.Formerly) > 0 {
			// Whoever forgot formerly at first may still add it, as long as nothing was
			// read at the new address.
			if st, err := readState(s.codec, tx, id); err != nil {
				return nil, false, err
			} else if st.First.IsZero() {
				id = 0
			}
		}
		if id == 0 {
			if moved == nil {
				if moved, err = locations(s.codec, tx); err != nil {
					return nil, false, err
				}
			}
			if id, err = adopt(s.codec, tx, src, own, wanted, moved); err != nil {
				return nil, false, fmt.Errorf("register %s: %w", src.URL, err)
			}
		}
		var r sourceRecord
		if err := s.codec.unpack(keySource(id), tx.Bucket(bucketSource).Get(keySource(id)), &r); err != nil {
			return nil, false, fmt.Errorf("register %s: %w", src.URL, err)
		}
		due := moment(itemIn(tx.Bucket(bucketDue).Get(keySource(id)))).time()
		out = append(out, Registered{ID: id, URL: src.URL, Origin: r.Origin, Due: due})
		changed = changed || id != own
	}
	return out, changed, nil
}

// locations returns where sources have moved to by permanent redirects.
func locations(c *codec, tx *bolt.Tx) (map[string]wiredesk.SourceID, error) {
	moved := make(map[string]wiredesk.SourceID)
	return moved, tx.Bucket(bucketState).ForEach(func(k, v []byte) error {
		var r stateRecord
		if err := c.unpack(k, v, &r); err != nil {
			return err
		}
		if r.Location != "" {
			moved[r.Location] = sourceIn(k)
		}
		return nil
	})
}

// adopt gives a source with a new address the number of the source that it was before, or else
// its own, or if that is 0 a new one.
func adopt(c *codec, tx *bolt.Tx, src *wiredesk.Source, own wiredesk.SourceID, wanted map[string]bool, moved map[string]wiredesk.SourceID) (wiredesk.SourceID, error) {
	addresses := tx.Bucket(bucketAddress)
	var id wiredesk.SourceID
	var before string
	for _, old := range src.Formerly {
		was, err := sourceAt(tx, old)
		if err != nil {
			return 0, err
		}
		if was != 0 && !wanted[old] {
			id, before = was, old
		}
	}
	if was := moved[src.URL]; id == 0 && was != 0 {
		var r sourceRecord
		if err := c.unpack(keySource(was), tx.Bucket(bucketSource).Get(keySource(was)), &r); err != nil {
			return 0, err
		}
		if !wanted[r.URL] {
			id, before = was, r.URL
		}
	}
	if id == 0 && own != 0 {
		return own, nil
	}
	r := sourceRecord{URL: src.URL, Origin: src.Origin()}
	if id == 0 {
		n, err := tx.Bucket(bucketSource).NextSequence()
		if err != nil {
			return 0, err
		}
		id = wiredesk.SourceID(n)
	} else {
		var old sourceRecord
		if err := c.unpack(keySource(id), tx.Bucket(bucketSource).Get(keySource(id)), &old); err != nil {
			return 0, err
		}
		r.Origin = old.Origin
		if err := forgetValidators(c, tx, id); err != nil {
			return 0, err
		}
		if err := addresses.Delete([]byte(before)); err != nil {
			return 0, err
		}
	}
	value, err := c.pack(keySource(id), r)
	if err != nil {
		return 0, err
	}
	if err := tx.Bucket(bucketSource).Put(keySource(id), value); err != nil {
		return 0, err
	}
	return id, addresses.Put([]byte(src.URL), seal([]byte(src.URL), keySource(id)))
}

// sourceAt returns the source with an address; 0 if there is none.
func sourceAt(tx *bolt.Tx, url string) (wiredesk.SourceID, error) {
	number, err := numberAt(tx.Bucket(bucketAddress), []byte(url), sourceSize)
	if err != nil {
		return 0, fmt.Errorf("address %s: %w", url, err)
	}
	return sourceIn(number), nil
}

func forgetValidators(c *codec, tx *bolt.Tx, id wiredesk.SourceID) error {
	st, err := readState(c, tx, id)
	if err != nil {
		return err
	}
	st.ETag, st.LastModified, st.Body, st.Location, st.Moved = "", "", 0, "", 0
	st.Gone, st.Due = time.Time{}, time.Time{}
	return writeState(c, tx, id, &st)
}

// State returns what polling has taught about a source. A source that was never polled
// has the zero state.
func (s *Store) State(_ context.Context, id wiredesk.SourceID) (st wiredesk.SourceState, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		st, err = readState(s.codec, tx, id)
		return err
	})
	return st, err
}

// States returns the states of the sources, in their order.
func (s *Store) States(_ context.Context, ids []wiredesk.SourceID) ([]wiredesk.SourceState, error) {
	out := make([]wiredesk.SourceState, len(ids))
	err := s.view(func(tx *bolt.Tx) (err error) {
		for i, id := range ids {
			if out[i], err = readState(s.codec, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// ChangeState changes the state of a source as fn says, in one transaction.
func (s *Store) ChangeState(_ context.Context, id wiredesk.SourceID, fn func(*wiredesk.SourceState)) error {
	return s.update(func(tx *bolt.Tx) error {
		st, err := readState(s.codec, tx, id)
		if err != nil {
			return err
		}
		fn(&st)
		return writeState(s.codec, tx, id, &st)
	})
}

// Lease writes when sources are due next. It is called before they are asked, so that a
// crash while they are asked does not ask them again at once.
func (s *Store) Lease(_ context.Context, due map[wiredesk.SourceID]time.Time) error {
	return s.update(func(tx *bolt.Tx) error {
		if err := s.limit.room(tx); err != nil {
			return err
		}
		b := tx.Bucket(bucketDue)
		for id, t := range due {
			if err := b.Put(keySource(id), keyItem(wiredesk.ItemID(momentOf(t)))); err != nil {
				return err
			}
		}
		return nil
	})
}

func readState(c *codec, tx *bolt.Tx, id wiredesk.SourceID) (wiredesk.SourceState, error) {
	var r stateRecord
	if v := tx.Bucket(bucketState).Get(keySource(id)); v != nil {
		if err := c.unpack(keySource(id), v, &r); err != nil {
			return wiredesk.SourceState{}, fmt.Errorf("state of source %d: %w", id, err)
		}
	}
	st := r.state()
	st.Due = moment(itemIn(tx.Bucket(bucketDue).Get(keySource(id)))).time()
	return st, nil
}

func writeState(c *codec, tx *bolt.Tx, id wiredesk.SourceID, st *wiredesk.SourceState) error {
	value, err := c.pack(keySource(id), stateRecordOf(st))
	if err != nil {
		return err
	}
	if err := tx.Bucket(bucketDue).Put(keySource(id), keyItem(wiredesk.ItemID(momentOf(st.Due)))); err != nil {
		return err
	}
	return tx.Bucket(bucketState).Put(keySource(id), value)
}

// Forget removes what is stored of a source: its state, items and bodies. Identities and
// ledger stay, so that nothing is announced again should the source come back.
func (s *Store) Forget(_ context.Context, id wiredesk.SourceID) (items int, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		var r sourceRecord
		if err := s.codec.unpack(keySource(id), tx.Bucket(bucketSource).Get(keySource(id)), &r); err != nil {
			return fmt.Errorf("source %d: %w", id, err)
		}
		var gone []wiredesk.ItemID
		err := tx.Bucket(bucketItem).ForEach(func(k, v []byte) error {
			var it itemRecord
			if err := s.codec.unpack(k, v, &it); err != nil {
				return err
			}
			if it.Source == id {
				gone = append(gone, itemIn(k))
			}
			return nil
		})
		if err != nil {
			return err
		}
		items = len(gone)
		for _, item := range gone {
			if err := deleteItem(s.codec, tx, item); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketWhole).Delete(keySource(id)); err != nil {
			return err
		}
		if err := tx.Bucket(bucketFace).Delete(keySource(id)); err != nil {
			return err
		}
		if err := tx.Bucket(bucketTold).Delete(keySource(id)); err != nil {
			return err
		}
		return writeState(s.codec, tx, id, &wiredesk.SourceState{})
	})
	return items, err
}

// deleteItem removes an item and leaves what is needed to know it again, and to tell from it
// what only looks like it.
func deleteItem(c *codec, tx *bolt.Tx, id wiredesk.ItemID) error {
	if it, err := readItem(c, tx, id, false); err == nil {
		left, err := c.pack(keyItem(id), itemRecord{
			Source: it.Source, GUID: it.GUID, Link: it.Link, Title: it.Title,
			Published: momentOf(it.Published), DateSaid: it.DateSaid, Words: it.Words[:],
		})
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketTomb).Put(keyItem(id), left); err != nil {
			return err
		}
		if err := tx.Bucket(bucketAbsence).Delete(keyAbsence(it.Source, id)); err != nil {
			return err
		}
	}
	if err := tx.Bucket(bucketItem).Delete(keyItem(id)); err != nil {
		return err
	}
	for _, which := range []byte{bodyFirst, bodyNewest} {
		if err := tx.Bucket(bucketBody).Delete(keyBody(id, which)); err != nil {
			return err
		}
	}
	if err := tx.Bucket(bucketFullText).Delete(keyItem(id)); err != nil {
		return err
	}
	return tx.Bucket(bucketStory).Delete(keyItem(id))
}
