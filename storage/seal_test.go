package storage

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// whichever bit of a value flips, and whichever key it comes to stand under, it is found.
func TestEveryFlippedBit(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	key := []byte("key")
	for name, write := range map[string]func([]byte, any) ([]byte, error){"plain": c.pack, "compressed": c.squeeze} {
		value, err := write(key, bodyRecord{Summary: "A summary.", Content: "<p>What it says.</p>"})
		if err != nil {
			t.Fatal(err)
		}
		var r bodyRecord
		if err := c.unpack(key, value, &r); err != nil || r.Summary != "A summary." {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		for bit := range 8 * len(value) {
			other := bytes.Clone(value)
			other[bit/8] ^= 1 << (bit % 8)
			if err := c.unpack(key, other, &r); !errors.Is(err, ErrValue) {
				t.Errorf("%s: bit %d: %v", name, bit, err)
			}
		}
		if err := c.unpack([]byte("kex"), value, &r); !errors.Is(err, ErrValue) {
			t.Errorf("%s: under another key: %v", name, err)
		}
	}
}

// every value of a database of the newest schema is sealed, in whichever bucket, but for
// the numbers of which a wrong one does no harm; and every seal is looked at.
func TestEverySealIsChecked(t *testing.T) {
	s, err := Open(unkeep(t, newest()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sealed := slices.Collect(func(yield func(string) bool) {
		for name := range values {
			if !yield(name) {
				return
			}
		}
		for name := range sealedNumbers {
			if !yield(name) {
				return
			}
		}
	})
	met := 0
	for _, name := range sealed {
		_ = s.update(func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(name))
			k, v := b.Cursor().First()
			if k == nil {
				return errPretended
			}
			met++
			if err := b.Put(k, append(bytes.Clone(v[:len(v)-1]), v[len(v)-1]^1)); err != nil {
				t.Error(err)
			}
			if err := checkSeals(context.Background(), tx); !errors.Is(err, ErrValue) {
				t.Errorf("%s: %v", name, err)
			}
			return errPretended
		})
	}
	if met < 12 {
		t.Errorf("only %d buckets hold something", met)
	}
}

// A value that cannot be read under a key says so; it is not taken for a value of the schema
// before, which had no seals.
func TestNumbersAreSealed(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "wiredesk.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key, number := []byte("key"), keyItem(5)
	for value, want := range map[string]bool{
		string(number): true, string(seal(key, number)): true, string(seal([]byte("kex"), number)): false, "": false, string(number[:7]): false,
	} {
		got, err := unsealNumber(key, []byte(value), itemSize)
		if (err == nil) != want || want && !bytes.Equal(got, number) {
			t.Errorf("%x: %x, %v", value, got, err)
		}
	}
}
