package storage

import (
	"context"
	"fmt"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

// mostEvents is how many events are kept. Who has not read that many does not read them.
const mostEvents = 500

type eventRecord struct {
	ID       string             `cbor:"1,keyasint"`
	At       moment             `cbor:"2,keyasint"`
	Kind     wiredesk.EventKind `cbor:"3,keyasint"`
	Gate     wiredesk.Gate      `cbor:"4,keyasint,omitempty"`
	Source   wiredesk.SourceID  `cbor:"5,keyasint"`
	Name     string             `cbor:"6,keyasint,omitempty"`
	Title    string             `cbor:"7,keyasint,omitempty"`
	URL      string             `cbor:"8,keyasint,omitempty"`
	Link     string             `cbor:"9,keyasint,omitempty"`
	Headline string             `cbor:"10,keyasint"`
	Text     string             `cbor:"11,keyasint,omitempty"`
	Do       []stepRecord       `cbor:"12,keyasint,omitempty"`
}

type stepRecord struct {
	What    string `cbor:"1,keyasint"`
	Command string `cbor:"2,keyasint,omitempty"`
}

type conditionRecord struct {
	Broken   moment `cbor:"1,keyasint,omitempty"`
	Gone     moment `cbor:"2,keyasint,omitempty"`
	Silent   moment `cbor:"3,keyasint,omitempty"`
	Moved    string `cbor:"4,keyasint,omitempty"`
	Flood    moment `cbor:"5,keyasint,omitempty"`
	Hijack   moment `cbor:"6,keyasint,omitempty"`
	Approval moment `cbor:"7,keyasint,omitempty"`
}

// Tell stores events, in their order, and how their sources are now, in one transaction:
// nothing is told twice and nothing is forgotten. An event whose ID is stored already is not
// stored again. Of all events the newest 500 are kept.
func (s *Store) Tell(_ context.Context, events []wiredesk.Event, conditions map[wiredesk.SourceID]wiredesk.Condition) error {
	return s.update(func(tx *bolt.Tx) error {
		for id, c := range conditions {
			if err := s.setCondition(tx, id, c); err != nil {
				return err
			}
		}
		if len(events) == 0 {
			return nil
		}
		b := tx.Bucket(bucketEvent)
		known := make(map[string]bool)
		stored := 0
		err := b.ForEach(func(k, v []byte) error {
			var r eventRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return err
			}
			known[r.ID] = true
			stored++
			return nil
		})
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		for i := range events {
			if known[events[i].ID] {
				continue
			}
			known[events[i].ID] = true
			if err := s.addEvent(b, &events[i]); err != nil {
				return err
			}
			stored++
		}
		for c := b.Cursor(); stored > mostEvents; stored-- {
			k, _ := c.First()
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) addEvent(b *bolt.Bucket, e *wiredesk.Event) error {
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	key := keyItem(wiredesk.ItemID(seq))
	v, err := s.codec.pack(key, eventRecord{
		ID: e.ID, At: momentOf(e.At), Kind: e.Kind, Gate: e.Gate, Source: e.Source, Name: e.Name, Title: e.Title, URL: e.URL, Link: e.Link,
		Headline: e.Headline, Text: e.Text, Do: each(e.Do, func(st wiredesk.Step) stepRecord { return stepRecord(st) }),
	})
	if err != nil {
		return err
	}
	return b.Put(key, v)
}

// setCondition stores how a source is; nothing if it is well.
func (s *Store) setCondition(tx *bolt.Tx, id wiredesk.SourceID, c wiredesk.Condition) error {
	b := tx.Bucket(bucketTold)
	if c == (wiredesk.Condition{}) {
		return b.Delete(keySource(id))
	}
	v, err := s.codec.pack(keySource(id), conditionRecord{
		Broken: momentOf(c.Broken), Gone: momentOf(c.Gone), Silent: momentOf(c.Silent), Moved: c.Moved,
		Flood: momentOf(c.Flood), Hijack: momentOf(c.Hijack), Approval: momentOf(c.Approval),
	})
	if err != nil {
		return err
	}
	return b.Put(keySource(id), v)
}

// Conditions returns what the owner was told of the sources that are not well.
func (s *Store) Conditions(context.Context) (map[wiredesk.SourceID]wiredesk.Condition, error) {
	out := make(map[wiredesk.SourceID]wiredesk.Condition)
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketTold).ForEach(func(k, v []byte) error {
			var r conditionRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("condition of source %d: %w", sourceIn(k), err)
			}
			out[sourceIn(k)] = wiredesk.Condition{
				Broken: r.Broken.time(), Gone: r.Gone.time(), Silent: r.Silent.time(), Moved: r.Moved,
				Flood: r.Flood.time(), Hijack: r.Hijack.time(), Approval: r.Approval.time(),
			}
			return nil
		})
	})
	return out, err
}

// Events returns the events after a number, oldest first, all that are kept.
func (s *Store) Events(_ context.Context, after uint64) (out []wiredesk.Event, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		out = nil
		c := tx.Bucket(bucketEvent).Cursor()
		for k, v := c.Seek(keyItem(wiredesk.ItemID(after + 1))); k != nil; k, v = c.Next() {
			var r eventRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("event %d: %w", itemIn(k), err)
			}
			out = append(out, wiredesk.Event{
				Seq: uint64(itemIn(k)), ID: r.ID, At: r.At.time(), Kind: r.Kind, Gate: r.Gate,
				Source: r.Source, Name: r.Name, Title: r.Title, URL: r.URL, Link: r.Link,
				Headline: r.Headline, Text: r.Text, Do: each(r.Do, func(st stepRecord) wiredesk.Step { return wiredesk.Step(st) }),
			})
		}
		return nil
	})
	return out, err
}

// Delivered returns the number of the newest event that a channel has. A channel that is new
// has all that there are: it is told of what happens from now on.
func (s *Store) Delivered(_ context.Context, channel string) (seq uint64, err error) {
	known := false
	err = s.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketDelivered).Get([]byte(channel))
		known, seq = v != nil, uint64(itemIn(v))
		return nil
	})
	if err != nil || known {
		return seq, err
	}
	err = s.update(func(tx *bolt.Tx) error {
		seq = tx.Bucket(bucketEvent).Sequence()
		return tx.Bucket(bucketDelivered).Put([]byte(channel), keyItem(wiredesk.ItemID(seq)))
	})
	return seq, err
}

// SetDelivered remembers the newest event that a channel has.
func (s *Store) SetDelivered(_ context.Context, channel string, seq uint64) error {
	return s.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketDelivered).Put([]byte(channel), keyItem(wiredesk.ItemID(seq)))
	})
}
