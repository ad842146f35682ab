package storage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

type followerRecord struct {
	Topic    string        `cbor:"1,keyasint"`
	Callback string        `cbor:"2,keyasint"`
	Secret   string        `cbor:"3,keyasint,omitempty"`
	Since    moment        `cbor:"4,keyasint,omitempty"`
	Until    moment        `cbor:"5,keyasint,omitempty"`
	Told     string        `cbor:"6,keyasint,omitempty"`
	Failures int           `cbor:"7,keyasint,omitempty"`
	Failing  moment        `cbor:"8,keyasint,omitempty"`
	Next     moment        `cbor:"9,keyasint,omitempty"`
	Problem  string        `cbor:"10,keyasint,omitempty"`
	Asked    *intentRecord `cbor:"11,keyasint,omitempty"`
}

type intentRecord struct {
	Unsubscribe bool   `cbor:"1,keyasint,omitempty"`
	Secret      string `cbor:"2,keyasint,omitempty"`
	Lease       int64  `cbor:"3,keyasint,omitempty"` // seconds
	At          moment `cbor:"4,keyasint,omitempty"`
	Told        string `cbor:"5,keyasint,omitempty"`
}

func recordOfFollower(f *wiredesk.Follower) followerRecord {
	r := followerRecord{
		Topic: f.Topic, Callback: f.Callback, Secret: f.Secret, Since: momentOf(f.Since), Until: momentOf(f.Until), Told: f.Told,
		Failures: f.Failures, Failing: momentOf(f.Failing), Next: momentOf(f.Next), Problem: f.Problem,
	}
	if in := f.Asked; in != nil {
		r.Asked = &intentRecord{Unsubscribe: in.Unsubscribe, Secret: in.Secret, Lease: int64(in.Lease / time.Second), At: momentOf(in.At), Told: in.Told}
	}
	return r
}

func (r *followerRecord) follower() wiredesk.Follower {
	f := wiredesk.Follower{
		Topic: r.Topic, Callback: r.Callback, Secret: r.Secret, Since: r.Since.time(), Until: r.Until.time(), Told: r.Told,
		Failures: r.Failures, Failing: r.Failing.time(), Next: r.Next.time(), Problem: r.Problem,
	}
	if in := r.Asked; in != nil {
		f.Asked = &wiredesk.Intent{Unsubscribe: in.Unsubscribe, Secret: in.Secret, Lease: time.Duration(in.Lease) * time.Second, At: in.At.time(), Told: in.Told}
	}
	return f
}

// keyFollower is made of both parts of what tells followers apart. Neither has a zero byte.
func keyFollower(f *wiredesk.Follower) []byte {
	sum := sha256.Sum256([]byte(f.Topic + "\x00" + f.Callback))
	return sum[:16]
}

// Followers returns everybody who follows a feed at our hub, in no useful order.
func (s *Store) Followers(context.Context) (all []wiredesk.Follower, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		all = nil
		return tx.Bucket(bucketFollower).ForEach(func(k, v []byte) error {
			var r followerRecord
			if err := s.codec.unpack(k, v, &r); err != nil {
				return fmt.Errorf("follower %x: %w", k, err)
			}
			all = append(all, r.follower())
			return nil
		})
	})
	return all, err
}

// ChangeFollowers stores followers and removes others, all in one transaction. Topic and
// callback say which is meant.
func (s *Store) ChangeFollowers(_ context.Context, put, remove []wiredesk.Follower) error {
	return s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketFollower)
		for i := range put {
			key := keyFollower(&put[i])
			v, err := s.codec.pack(key, recordOfFollower(&put[i]))
			if err != nil {
				return err
			}
			if err := b.Put(key, v); err != nil {
				return err
			}
		}
		for i := range remove {
			if err := b.Delete(keyFollower(&remove[i])); err != nil {
				return err
			}
		}
		return nil
	})
}
