package storage_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk"
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
	s, err := storage.Open(path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
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

// flip flips a bit of a closed file, where a text is that is in it once.
func flip(t *testing.T, path, text string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(raw, []byte(text)); n != 1 {
		t.Fatalf("%q is %d times in the file", text, n)
	}
	raw[bytes.Index(raw, []byte(text))] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// a bit that flips inside a value hurts no page, and makes another text of it. It is found
// when all is read, and when the value is; the file stays as it is, and what is known is not taken
// for news.
func TestFlippedBitIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s := openAt(t, path)
	it := article(1)
	it.Title = "The letter that a disk changes"
	all := poll(t, s, 1, start, true, it)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, path, it.Title)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Verify(t.Context(), path); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("verify: %v", err)
	}
	if s, err = storage.Open(path, storage.Options{}); err != nil {
		t.Fatal(err)
	}
	if it, err := s.Item(t.Context(), all.New[0], false); !errors.Is(err, storage.ErrValue) {
		t.Errorf("the item: %+v, %v", it, err)
	}
	if _, err := s.Examine(t.Context()); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("examine: %v", err)
	}
	it.Title, it.Mark = "Said otherwise", 7
	if got, err := s.Record(t.Context(), []wiredesk.Poll{{Source: 1, At: start, Document: &wiredesk.Document{Items: []wiredesk.Item{it}}}}); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("poll: %+v, %v", got, err)
	}
	if _, _, err := s.Compact(t.Context()); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("compact: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + ".whole"); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if _, err := storage.Open(path, storage.Options{Check: true}); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("open: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was written to: %v", err)
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
