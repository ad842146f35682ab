package storage

import (
	"context"
	"maps"
	"slices"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

// Retention says what Prune removes. The zero value removes nothing.
type Retention struct {
	// At is when this is done; see [Store.Pruned].
	At time.Time
	// Gone: items that left their source's document before it may be removed.
	Gone time.Time
	// Announced: of those, the announced ones only if they were announced before it.
	Announced time.Time
	// Shown are items that some feed shows now; they stay.
	Shown map[wiredesk.ItemID]bool
}

// Prune removes items that nobody needs any more and returns them. What is held or was
// decided on stays, and so do identities and ledger: what is removed is not news should
// it come back.
func (s *Store) Prune(_ context.Context, keep Retention) ([]wiredesk.ItemID, error) {
	var removed []wiredesk.ItemID
	err := s.update(func(tx *bolt.Tx) error {
		removed = removed[:0]
		needed, err := needed(s.codec, tx, keep)
		if err != nil {
			return err
		}
		err = tx.Bucket(bucketItem).ForEach(func(k, v []byte) error {
			var r itemRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				s.leaveOut(itemIn(k), err)
				return nil
			}
			if id := itemIn(k); r.Gone != 0 && r.Gone.time().Before(keep.Gone) && !needed[id] {
				removed = append(removed, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if removed, err = wholeStories(s.codec, tx, removed); err != nil {
			return err
		}
		for _, id := range removed {
			if err := deleteItem(s.codec, tx, id); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(keyPruned, keyItem(wiredesk.ItemID(momentOf(keep.At))))
	})
	if err != nil {
		return nil, err
	}
	return removed, nil
}

// Pruned returns when Prune was called last; zero if it never was.
func (s *Store) Pruned(context.Context) (at time.Time, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		at = moment(itemIn(tx.Bucket(bucketMeta).Get(keyPruned))).time()
		return nil
	})
	return at, err
}

// wholeStories takes announced items out of those to remove if another item of their story
// stays: without them the story would be announced again.
func wholeStories(c *codec, tx *bolt.Tx, removed []wiredesk.ItemID) ([]wiredesk.ItemID, error) {
	going := make(map[wiredesk.ItemID]bool, len(removed))
	for _, id := range removed {
		going[id] = true
	}
	announced := make(map[wiredesk.ItemID]bool)
	err := tx.Bucket(bucketLedger).ForEach(func(k, _ []byte) error {
		if _, item, _ := splitFeedItem(k); going[item] {
			announced[item] = true
		}
		return nil
	})
	if err != nil || len(announced) == 0 {
		return removed, err
	}
	storyOf := make(map[wiredesk.ItemID]wiredesk.StoryID)
	stays := make(map[wiredesk.StoryID]bool)
	err = tx.Bucket(bucketStory).ForEach(func(k, v []byte) error {
		var r assignmentRecord
		if err := c.unpack(k, v, &r); err != nil {
			return err
		}
		switch id := itemIn(k); {
		case announced[id]:
			storyOf[id] = r.Story
		case !going[id]:
			stays[r.Story] = true
		}
		return nil
	})
	return slices.DeleteFunc(removed, func(id wiredesk.ItemID) bool {
		return announced[id] && stays[storyOf[id]]
	}), err
}

// needed returns the items that must stay whatever their age.
func needed(c *codec, tx *bolt.Tx, keep Retention) (map[wiredesk.ItemID]bool, error) {
	needed := maps.Clone(keep.Shown)
	if needed == nil {
		needed = make(map[wiredesk.ItemID]bool)
	}
	err := tx.Bucket(bucketLedger).ForEach(func(k, v []byte) error {
		_, item, _ := splitFeedItem(k)
		var r rowRecord
		if err := c.unpack(k, v, &r); err != nil {
			return err
		}
		if !r.Announced.time().Before(keep.Announced) {
			needed[item] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = tx.Bucket(bucketDecision).ForEach(func(k, v []byte) error {
		var r decisionRecord
		err := c.unpack(k, v, &r)
		needed[r.Item] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	return needed, tx.Bucket(bucketVerdict).ForEach(func(k, _ []byte) error {
		_, item, _ := splitFeedItem(k)
		needed[item] = true
		return nil
	})
}
