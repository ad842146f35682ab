package storage

import (
	"context"
	"fmt"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

type pingRecord struct {
	Hub      string `cbor:"1,keyasint"`
	Told     string `cbor:"2,keyasint,omitempty"`
	Failures int    `cbor:"3,keyasint,omitempty"`
	Failing  moment `cbor:"4,keyasint,omitempty"`
	Next     moment `cbor:"5,keyasint,omitempty"`
	Problem  string `cbor:"6,keyasint,omitempty"`
}

// Pings returns what hubs elsewhere are told, by topic.
func (s *Store) Pings(context.Context) (map[string]wiredesk.Ping, error) {
	all := map[string]wiredesk.Ping{}
	err := s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketPing).ForEach(func(k, v []byte) error {
			var r pingRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("ping of %s: %w", k, err)
			}
			all[string(k)] = wiredesk.Ping{
				Topic: string(k), Hub: r.Hub, Told: r.Told, Failures: r.Failures, Failing: r.Failing.time(), Next: r.Next.time(), Problem: r.Problem,
			}
			return nil
		})
	})
	return all, err
}

// ChangePings stores pings and removes others by their topic, all in one transaction.
func (s *Store) ChangePings(_ context.Context, put []wiredesk.Ping, remove []string) error {
	return s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketPing)
		for i := range put {
			p := &put[i]
			v, err := s.codec.pack([]byte(p.Topic), pingRecord{
				Hub: p.Hub, Told: p.Told, Failures: p.Failures, Failing: momentOf(p.Failing), Next: momentOf(p.Next), Problem: p.Problem,
			})
			if err != nil {
				return err
			}
			if err := b.Put([]byte(p.Topic), v); err != nil {
				return err
			}
		}
		for _, topic := range remove {
			if err := b.Delete([]byte(topic)); err != nil {
				return err
			}
		}
		return nil
	})
}
