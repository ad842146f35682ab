package storage_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk/storage"

	bolt "go.etcd.io/bbolt"
)

// damage puts a value into a closed database.
func damage(t *testing.T, path, bucket string, key []byte) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if key == nil {
			key, _ = b.Cursor().First()
			return b.Put(key, []byte("?"))
		}
		return b.Put(key, []byte{1, 0xa0}) // an empty record
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestUnreadableItemIsLeftOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s := openAt(t, path)
	all := poll(t, s, 1, start, true, article(1), article(2), article(3))
	_ = s.Close()
	damage(t, path, "item", nil)
	s = openAt(t, path)
	for what, read := range map[string]func() (int, error){
		"items":  func() (int, error) { items, err := s.Items(t.Context(), 0, 10, true); return len(items), err },
		"newest": func() (int, error) { items, err := s.Newest(t.Context(), 10); return len(items), err },
		"first":  func() (int, error) { items, err := s.Items(t.Context(), 0, 2, false); return len(items), err },
	} {
		if n, err := read(); err != nil || n != 2 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	if _, err := s.Item(t.Context(), all.New[0], false); !errors.Is(err, storage.ErrValue) || !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("the item itself: %v", err)
	}
	if _, err := s.Prune(t.Context(), storage.Retention{At: start, Gone: start}); err != nil {
		t.Errorf("prune: %v", err)
	}
}

func TestUnreadableKeyIsTold(t *testing.T) {
	for _, bucket := range []string{"ledger", "verdict"} {
		path := filepath.Join(t.TempDir(), "wiredesk.db")
		s := openAt(t, path)
		_ = s.Close()
		damage(t, path, bucket, []byte("k"))
		s = openAt(t, path)
		_, rows := s.Rows(t.Context())
		_, verdicts := s.Verdicts(t.Context())
		if err := errors.Join(rows, verdicts); !errors.Is(err, storage.ErrValue) || strings.Contains(err.Error(), "%!w") {
			t.Errorf("%s: %v", bucket, err)
		}
	}
}
