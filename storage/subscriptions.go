package storage

import (
	"context"
	"fmt"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

type subscriptionRecord struct {
	Callback string                      `cbor:"1,keyasint"`
	Source   wiredesk.SourceID           `cbor:"2,keyasint"`
	Topic    string                      `cbor:"3,keyasint"`
	Hub      string                      `cbor:"4,keyasint"`
	Secret   string                      `cbor:"5,keyasint,omitempty"`
	Status   wiredesk.SubscriptionStatus `cbor:"6,keyasint,omitempty"`
	Asked    moment                      `cbor:"7,keyasint,omitempty"`
	Until    moment                      `cbor:"8,keyasint,omitempty"`
	Next     moment                      `cbor:"9,keyasint,omitempty"`
	Failures int                         `cbor:"10,keyasint,omitempty"`
	Problem  string                      `cbor:"11,keyasint,omitempty"`
}

// Subscriptions returns all subscriptions, in no useful order.
func (s *Store) Subscriptions(context.Context) (all []wiredesk.Subscription, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		all = nil
		return tx.Bucket(bucketSubscription).ForEach(func(k, v []byte) error {
			var r subscriptionRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("subscription %s: %w", k, err)
			}
			all = append(all, wiredesk.Subscription{
				ID: string(k), Callback: r.Callback, Source: r.Source, Topic: r.Topic, Hub: r.Hub, Secret: r.Secret,
				Status: r.Status, Asked: r.Asked.time(), Until: r.Until.time(), Next: r.Next.time(),
				Failures: r.Failures, Problem: r.Problem,
			})
			return nil
		})
	})
	return all, err
}

// ChangeSubscriptions stores subscriptions, removes others by their ID, and writes in the
// states of sources until when they are pushed, all in one transaction.
func (s *Store) ChangeSubscriptions(_ context.Context, put []wiredesk.Subscription, remove []string, leases map[wiredesk.SourceID]time.Time) error {
	return s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketSubscription)
		for i := range put {
			sub := &put[i]
			v, err := s.codec.pack([]byte(sub.ID), subscriptionRecord{
				Callback: sub.Callback, Source: sub.Source, Topic: sub.Topic, Hub: sub.Hub, Secret: sub.Secret,
				Status: sub.Status, Asked: momentOf(sub.Asked), Until: momentOf(sub.Until), Next: momentOf(sub.Next),
				Failures: sub.Failures, Problem: sub.Problem,
			})
			if err != nil {
				return err
			}
			if err := b.Put([]byte(sub.ID), v); err != nil {
				return err
			}
		}
		for _, id := range remove {
			if err := b.Delete([]byte(id)); err != nil {
				return err
			}
		}
		for id, until := range leases {
			st, err := readState(s.codec, tx, id)
			if err != nil {
				return err
			}
			if st.PushedUntil.Equal(until) {
				continue
			}
			if st.PushedUntil = until; until.IsZero() {
				st.Untold = 0
			}
			if err := writeState(s.codec, tx, id, &st); err != nil {
				return err
			}
		}
		return nil
	})
}
