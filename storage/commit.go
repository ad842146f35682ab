package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

// A Stamp is the hash of a published document and when its bytes last changed.
type Stamp struct {
	Hash    string
	Changed time.Time
}

// A Commit is what one build adds. The zero value adds nothing.
type Commit struct {
	Assignments []wiredesk.Assignment
	Verdicts    []wiredesk.Verdict
	Rows        []wiredesk.Row
	Feeds       []wiredesk.FeedState
	Rules       []wiredesk.RuleState
	Faces       []wiredesk.Face
	Stamps      map[string]Stamp // by path
	// Built is what the build was made with, in whatever form, for [Store.Built]; nil is what
	// the one before was made with.
	Built []byte
}

// Commit stores what a build added, in one transaction. It is called before the site that
// shows it is served: what readers have seen is always in the ledger.
func (s *Store) Commit(_ context.Context, c Commit) error {
	if len(c.Assignments)+len(c.Verdicts)+len(c.Rows)+len(c.Feeds)+len(c.Rules)+len(c.Faces)+len(c.Stamps)+len(c.Built) == 0 {
		return nil
	}
	var needs int64
	err := s.update(func(tx *bolt.Tx) error {
		needs = int64(len(c.Assignments)) * rowSize
		for _, appended := range [][]byte{bucketStory, bucketVerdict, bucketLedger} {
			tx.Bucket(appended).FillPercent = 0.95 // what comes is newer than what is there
		}
		put := func(bucket, key []byte, v any) error {
			value, err := s.codec.pack(key, v)
			if err != nil {
				return err
			}
			needs += costOf(key, value)
			return tx.Bucket(bucket).Put(key, value)
		}
		if err := s.assign(tx, c.Assignments); err != nil {
			return err
		}
		if err := s.setBuilt(tx, c.Built); err != nil {
			return err
		}
		for _, v := range c.Verdicts {
			if err := put(bucketVerdict, keyFeedItem(v.Feed, v.Item), verdictRecord{Kind: v.Kind, At: momentOf(v.At), Cause: v.Cause}); err != nil {
				return err
			}
		}
		for _, r := range c.Rows {
			row := rowRecord{ID: r.ID, Published: momentOf(r.Published), Place: momentOf(r.Place), Announced: momentOf(r.Announced), Page: r.Page}
			if err := put(bucketLedger, keyFeedItem(r.Feed, r.Item), row); err != nil {
				return err
			}
		}
		for _, f := range c.Feeds {
			if err := put(bucketFeed, []byte(f.Name), feedRecord{Born: momentOf(f.Born), Program: f.Program, Since: momentOf(f.Since), Budget: momentOf(f.Budget), Window: f.Window, Wide: momentOf(f.Wide), Updated: momentOf(f.Updated)}); err != nil {
				return err
			}
		}
		for _, f := range c.Faces {
			if err := put(bucketFace, keySource(f.Source), faceRecord{Title: f.Title, Site: f.Site, Language: f.Language, At: momentOf(f.At)}); err != nil {
				return err
			}
		}
		for _, r := range c.Rules {
			if err := put(bucketRule, []byte(r.Key), ruleRecord{First: momentOf(r.First), Hit: momentOf(r.Hit)}); err != nil {
				return err
			}
		}
		for path, stamp := range c.Stamps {
			if err := put(bucketStamp, []byte(path), stampRecord{Hash: stamp.Hash, Changed: momentOf(stamp.Changed)}); err != nil {
				return err
			}
		}
		return nil
	})
	return s.tooMuch(needs, err)
}

// assign writes to which stories items belong.
func (s *Store) assign(tx *bolt.Tx, assignments []wiredesk.Assignment) error {
	for _, a := range assignments {
		key := keyItem(a.Item)
		value, err := s.codec.pack(key, assignmentRecord{Story: a.Story, By: a.By, With: a.With, Score: a.Score, On: a.On, Event: a.Event, EventScore: a.EventScore, EventOn: a.EventOn})
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketStory).Put(key, value); err != nil {
			return err
		}
	}
	return nil
}

// Assignments returns the stories of the items after one, in ascending order of items, n
// at most.
func (s *Store) Assignments(_ context.Context, after wiredesk.ItemID, n int) (out []wiredesk.Assignment, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketStory).Cursor()
		for k, v := c.Seek(keyItem(after + 1)); k != nil && len(out) < n; k, v = c.Next() {
			var r assignmentRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("story of item %s: %w", itemIn(k), err)
			}
			out = append(out, wiredesk.Assignment{Item: itemIn(k), Story: r.Story, By: r.By, With: r.With, Score: r.Score, On: r.On, Event: r.Event, EventScore: r.EventScore, EventOn: r.EventOn})
		}
		return nil
	})
	return out, err
}

// Rows returns the whole ledger.
func (s *Store) Rows(context.Context) (out []wiredesk.Row, err error) {
	names := make(map[string]string) // each is held once, not once for each of its rows
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketLedger).ForEach(func(k, v []byte) error {
			feed, item, ok := splitFeedItem(k)
			feed = once(names, feed)
			var r rowRecord
			err := s.codec.unpack(k, v, &r)
			if err == nil && !ok {
				err = ErrValue
			}
			if err != nil {
				return fmt.Errorf("ledger at %x: %w", k, err)
			}
			out = append(out, wiredesk.Row{Feed: feed, Item: item, ID: r.ID, Published: r.Published.time(), Place: r.Place.time(), Announced: r.Announced.time(), Page: r.Page})
			return nil
		})
	})
	return out, err
}

// Verdicts returns every verdict.
func (s *Store) Verdicts(context.Context) (out []wiredesk.Verdict, err error) {
	names := make(map[string]string)
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketVerdict).ForEach(func(k, v []byte) error {
			feed, item, ok := splitFeedItem(k)
			feed = once(names, feed)
			var r verdictRecord
			err := s.codec.unpack(k, v, &r)
			if err == nil && !ok {
				err = ErrValue
			}
			if err != nil {
				return fmt.Errorf("verdict at %x: %w", k, err)
			}
			out = append(out, wiredesk.Verdict{Feed: feed, Item: item, Kind: r.Kind, At: r.At.time(), Cause: r.Cause})
			return nil
		})
	})
	return out, err
}

// once returns the first string that was the same.
func once(known map[string]string, s string) string {
	if first, ok := known[s]; ok {
		return first
	}
	known[s] = s
	return s
}

// Feeds returns what is remembered of every feed that was ever built, by name.
func (s *Store) Feeds(context.Context) (map[string]wiredesk.FeedState, error) {
	out := make(map[string]wiredesk.FeedState)
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketFeed).ForEach(func(k, v []byte) error {
			var r feedRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("feed %q: %w", k, err)
			}
			out[string(k)] = wiredesk.FeedState{Name: string(k), Born: r.Born.time(), Program: r.Program, Since: r.Since.time(), Budget: r.Budget.time(), Window: r.Window, Wide: r.Wide.time(), Updated: r.Updated.time()}
			return nil
		})
	})
	return out, err
}

// Faces returns how every source last presented itself without suspicion.
func (s *Store) Faces(context.Context) (out []wiredesk.Face, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketFace).ForEach(func(k, v []byte) error {
			var r faceRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("face of source %d: %w", sourceIn(k), err)
			}
			out = append(out, wiredesk.Face{Source: sourceIn(k), Title: r.Title, Site: r.Site, Language: r.Language, At: r.At.time()})
			return nil
		})
	})
	return out, err
}

// Rules returns what is remembered of every rule that was ever in force, by key.
func (s *Store) Rules(context.Context) (map[string]wiredesk.RuleState, error) {
	out := make(map[string]wiredesk.RuleState)
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketRule).ForEach(func(k, v []byte) error {
			var r ruleRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("rule %q: %w", k, err)
			}
			out[string(k)] = wiredesk.RuleState{Key: string(k), First: r.First.time(), Hit: r.Hit.time()}
			return nil
		})
	})
	return out, err
}

// Stamps returns the stamp of every document that was ever published, by path.
func (s *Store) Stamps(context.Context) (map[string]Stamp, error) {
	out := make(map[string]Stamp)
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketStamp).ForEach(func(k, v []byte) error {
			var r stampRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("stamp of %q: %w", k, err)
			}
			out[string(k)] = Stamp{Hash: r.Hash, Changed: r.Changed.time()}
			return nil
		})
	})
	return out, err
}

// Decide stores a decision and returns it with its ID. Moves are the assignments that it
// changes; they are stored in the same transaction.
func (s *Store) Decide(_ context.Context, d wiredesk.Decision, moves []wiredesk.Assignment) (wiredesk.Decision, error) {
	err := s.update(func(tx *bolt.Tx) error {
		if err := s.assign(tx, moves); err != nil {
			return err
		}
		b := tx.Bucket(bucketDecision)
		id, err := b.NextSequence()
		if err != nil {
			return err
		}
		d.ID = id
		key := keyItem(wiredesk.ItemID(id))
		value, err := s.codec.pack(key, decisionRecord{At: momentOf(d.At), By: d.By, Via: d.Via, Item: d.Item, Feed: d.Feed, Verb: string(d.Verb), Value: d.Value})
		if err != nil {
			return err
		}
		return b.Put(key, value)
	})
	d.At = momentOf(d.At).time()
	return d, err
}

// Decisions returns every decision in the order in which they were made.
func (s *Store) Decisions(context.Context) (out []wiredesk.Decision, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketDecision).ForEach(func(k, v []byte) error {
			var r decisionRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("decision %x: %w", k, err)
			}
			out = append(out, wiredesk.Decision{ID: binary.BigEndian.Uint64(k), At: r.At.time(), By: r.By, Via: r.Via, Item: r.Item, Feed: r.Feed, Verb: wiredesk.Verb(r.Verb), Value: r.Value})
			return nil
		})
	})
	return out, err
}
