package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

// Item returns an item, with its newest summary and content if body is set. The error is
// [ErrNotFound] if there is none.
func (s *Store) Item(_ context.Context, id wiredesk.ItemID, body bool) (it *wiredesk.Item, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		it, err = readItem(s.codec, tx, id, body)
		return err
	})
	return it, err
}

// First returns an item's summary and content as they were first seen.
func (s *Store) First(_ context.Context, id wiredesk.ItemID) (summary, content string, err error) {
	var body bodyRecord
	err = s.view(func(tx *bolt.Tx) error {
		key := keyBody(id, bodyFirst)
		if v := tx.Bucket(bucketBody).Get(key); v != nil {
			return s.codec.unpack(key, v, &body)
		}
		return nil
	})
	return body.Summary, body.Content, err
}

// Items returns the items after one id, in ascending order, n at most; bodies says
// whether with summary and content. An empty result is the end. Pages keep transactions
// short: a reader that lingers keeps old pages of the file from being used again. An item
// that cannot be read is left out and logged.
func (s *Store) Items(_ context.Context, after wiredesk.ItemID, n int, bodies bool) (items []wiredesk.Item, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketItem).Cursor()
		k, v := c.Seek(keyItem(after + 1))
		items, err = s.page(tx, k, v, c.Next, n, bodies)
		return err
	})
	return items, err
}

// page reads n items at most, from the one at k on, in the direction of step.
func (s *Store) page(tx *bolt.Tx, k, v []byte, step func() (key, value []byte), n int, bodies bool) (items []wiredesk.Item, err error) {
	for ; k != nil && len(items) < n; k, v = step() {
		it, err := decodeItem(s.codec, tx, itemIn(k), v, bodies)
		if errors.Is(err, ErrValue) {
			s.leaveOut(itemIn(k), err)
			continue
		}
		if err != nil {
			return nil, err
		}
		items = append(items, *it)
	}
	return items, nil
}

// leaveOut tells of an item that cannot be read: it must not keep all others away.
func (s *Store) leaveOut(id wiredesk.ItemID, err error) {
	s.logger.Error("an item cannot be read and is left out", "item", id.String(), "error", err)
}

// Newest returns the n items that were recorded last, newest first, without bodies.
// One that cannot be read is left out and logged.
func (s *Store) Newest(_ context.Context, n int) (items []wiredesk.Item, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketItem).Cursor()
		k, v := c.Last()
		items, err = s.page(tx, k, v, c.Prev, n, false)
		return err
	})
	return items, err
}

// FindGUID returns the items that have, or had, a guid in their sources, newest first.
func (s *Store) FindGUID(_ context.Context, guid string) (ids []wiredesk.ItemID, err error) {
	if guid == "" {
		return nil, nil
	}
	key := wiredesk.Identities(&wiredesk.Item{GUID: guid}, wiredesk.IdentityAuto)[0]
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketSource).ForEach(func(k, _ []byte) error {
			number, err := numberAt(tx.Bucket(bucketIdentity), keyIdentity(sourceIn(k), key), itemSize)
			if err != nil {
				return err
			}
			id := itemIn(number)
			if tx.Bucket(bucketItem).Get(keyItem(id)) != nil {
				ids = append(ids, id)
			}
			return nil
		})
	})
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids, err
}

func readItem(c *codec, tx *bolt.Tx, id wiredesk.ItemID, body bool) (*wiredesk.Item, error) {
	v := tx.Bucket(bucketItem).Get(keyItem(id))
	if v == nil {
		return nil, fmt.Errorf("item %s: %w", id, ErrNotFound)
	}
	return decodeItem(c, tx, id, v, body)
}

func decodeItem(c *codec, tx *bolt.Tx, id wiredesk.ItemID, value []byte, body bool) (*wiredesk.Item, error) {
	var r itemRecord
	if err := c.unpack(keyItem(id), value, &r); err != nil {
		return nil, fmt.Errorf("item %s: %w", id, err)
	}
	it := r.item(id)
	if !body {
		return &it, nil
	}
	bodies := tx.Bucket(bucketBody)
	key := keyBody(id, bodyNewest)
	v := bodies.Get(key)
	if v == nil {
		key = keyBody(id, bodyFirst)
		v = bodies.Get(key)
	}
	if v != nil {
		var b bodyRecord
		if err := c.unpack(key, v, &b); err != nil {
			return nil, fmt.Errorf("body of item %s: %w", id, err)
		}
		it.Summary, it.Content = b.Summary, b.Content
	}
	return &it, nil
}
