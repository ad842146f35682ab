package storage

import (
	"context"
	"flag"
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

// manyStates is how many states TestManyStates has. The long run has 18,000.
var manyStates = flag.Int("states", 1200, "how many states of one source TestManyStates records")

// a source is read again and again for years: most states are as the one before, some have
// an edit, some a new item, and old ones leave. What is stored grows by the new items alone, and
// as much in the second half as in the first.
func TestManyStates(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "wiredesk.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const window, newEvery, editEvery = 12, 4, 3
	start := time.Date(2016, 3, 1, 12, 0, 0, 0, time.UTC)
	edits := make(map[int]int)
	entry := func(n int) wiredesk.Item {
		return wiredesk.Item{
			GUID: fmt.Sprintf("https://planet.example/%d", n), Link: fmt.Sprintf("https://planet.example/%d", n), Title: fmt.Sprintf("Entry %d", n),
			Content:   fmt.Sprintf("<p>What entry number %d says, in more than a handful of words, edited %d times.</p>", n, edits[n]),
			Published: start.Add(time.Duration(n) * time.Hour), Mark: uint64(n)<<20 | uint64(edits[n]+1),
		}
	}
	told, half := window, *manyStates/2
	var used []int64
	for state := 0; state <= 2*half; {
		var polls []wiredesk.Poll
		for range min(100, 2*half+1-state) {
			if state%newEvery == 1 {
				told++
			}
			if state%editEvery == 1 {
				edits[told-3]++
			}
			var items []wiredesk.Item
			for n := told; n > told-window; n-- {
				items = append(items, entry(n))
			}
			at := start.Add(time.Duration(state) * time.Hour)
			polls = append(polls, wiredesk.Poll{Source: 1, At: at, Document: &wiredesk.Document{Whole: true, Items: items}})
			state++
		}
		if _, err := s.Record(t.Context(), polls); err != nil {
			t.Fatal(err)
		}
		if len(used) == 0 || len(used) == 1 && state >= half || state > 2*half {
			_, now, err := s.Size()
			if err != nil {
				t.Fatal(err)
			}
			used = append(used, now)
		}
	}
	items, bodies, names := 0, 0, 0
	_ = s.view(func(tx *bolt.Tx) error {
		items, bodies, names = count(tx, bucketItem), count(tx, bucketBody), count(tx, bucketIdentity)
		return nil
	})
	if items != told || bodies > 2*told || names > 7*told {
		t.Errorf("%d items were told: %d are stored, with %d bodies and %d names", told, items, bodies, names)
	}
	if first, second := used[1]-used[0], used[2]-used[1]; second > first*3/2+10*pageSize {
		t.Errorf("the first half took %d bytes, the second %d", first, second)
	}
	t.Logf("%d states, %d items, %d names, %d bytes", 2*half, items, names, used[2])
}
