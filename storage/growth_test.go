package storage

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"wiredesk"
)

// A source that names its items anew at every poll must not fill the disk with names.
func TestNamesDoNotPileUp(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "wiredesk.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	names := func() (n int) {
		_ = s.view(func(tx *bolt.Tx) error {
			n = tx.Bucket(bucketIdentity).Stats().KeyN
			return nil
		})
		return n
	}
	var after5 int
	for poll := range 50 {
		at = at.Add(time.Hour)
		it := wiredesk.Item{
			GUID: fmt.Sprintf("session-%d", poll), Link: fmt.Sprintf("https://example.org/a?sid=%d", poll),
			Title: "One article that stays", Published: time.Date(2026, 2, 1, 9, 30, 0, 0, time.UTC), Seen: at, Mark: uint64(poll + 1),
		}
		out, err := s.Record(context.Background(), []wiredesk.Poll{{Source: 1, At: at, Document: &wiredesk.Document{Whole: true, Items: []wiredesk.Item{it}}}})
		if err != nil {
			t.Fatal(err)
		}
		if poll > 0 && len(out[0].New) > 0 {
			t.Fatalf("poll %d: new again", poll)
		}
		if poll == 5 {
			after5 = names()
		}
	}
	if n := names(); n > after5 {
		t.Errorf("%d names after 5 polls, %d after 50", after5, n)
	}
}
