package curate_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"
)

// stateOf returns what explain says of an item in the feed all.
func (w *world) stateOf(t *testing.T, id wiredesk.ItemID, at time.Time) (curate.State, string) {
	t.Helper()
	x, err := w.desk.Explain(id, at)
	if err != nil {
		t.Fatal(err)
	}
	return x.Feeds[0].State, x.Feeds[0].Why
}

// takeBack has the source take an item back.
func (w *world) takeBack(id wiredesk.ItemID, at time.Time) {
	it := *w.items[id]
	it.Withdrawn = at
	w.items[id] = &it
	if w.desk != nil {
		w.desk.Add(&it)
	}
}

// What a source took back stays as it was, is marked, or makes room for a tombstone, as the feed
// says; in an archive too.
func TestTakenBackBySource(t *testing.T) {
	for policy, want := range map[wiredesk.Withdrawn]struct {
		kind  string
		state curate.State
	}{
		wiredesk.WithdrawnKeep:   {"entry", curate.Published},
		wiredesk.WithdrawnMark:   {"withdrawn", curate.Withdrawn},
		wiredesk.WithdrawnRemove: {"tombstone", curate.Withdrawn},
	} {
		w := newWorld(wiredesk.Feed{Name: "all", Limit: 3, Withdrawn: policy})
		w.news(start, 5)
		w.build(t, start.Add(time.Minute))
		ids := slices.Sorted(maps.Keys(w.items))
		archived, shown := ids[0], ids[4]
		at := start.Add(time.Hour)
		w.takeBack(archived, at)
		w.takeBack(shown, at)
		b := w.build(t, at)
		found := w.reachable(t, "all")
		for _, r := range w.memory.Rows {
			if r.Item == archived || r.Item == shown {
				if found[r.ID] != want.kind {
					t.Errorf("policy %d: %s is %q, want %q", policy, r.ID, found[r.ID], want.kind)
				}
			} else if found[r.ID] != "entry" {
				t.Errorf("policy %d: the neighbour %s is %q", policy, r.ID, found[r.ID])
			}
		}
		if state, why := w.stateOf(t, shown, at); state != want.state {
			t.Errorf("policy %d: %s, %s", policy, state, why)
		}
		pages := []curate.PageRef{{Feed: "all", Number: 1}}
		if policy == wiredesk.WithdrawnKeep {
			pages = nil
		}
		if !slices.Equal(b.Pages, pages) {
			t.Errorf("policy %d: pages %v are made again", policy, b.Pages)
		}
		if e := w.shown["all"]; policy == wiredesk.WithdrawnMark && !e.Entries[0].Updated.Equal(at) {
			t.Errorf("it was updated %v", e.Entries[0].Updated)
		}
		w.takeBack(archived, time.Time{}) // it is in the document again
		w.takeBack(shown, time.Time{})
		w.build(t, at.Add(time.Hour))
		for id, kind := range w.reachable(t, "all") {
			if kind != "entry" {
				t.Errorf("policy %d: %s is %q after it came back", policy, id, kind)
			}
		}
	}
}

// What one source takes back and another still tells is told by that one.
func TestTakenBackByOneOfTwo(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Withdrawn: wiredesk.WithdrawnRemove})
	first := w.record(start, wiredesk.Item{Source: 1, Title: "Told first", Link: "https://x.example/1", Content: "<p>It is longer, so it leads.</p>"})
	w.record(start.Add(time.Minute), wiredesk.Item{Source: 2, Title: "Told too", Link: "https://x.example/1"})
	w.build(t, start.Add(time.Hour))
	w.expect(t, "all", "Told first")
	w.takeBack(first, start.Add(2*time.Hour))
	w.build(t, start.Add(2*time.Hour))
	w.expect(t, "all", "Told too")
	if e := w.shown["all"].Entries[0]; len(e.Also) > 0 || e.Withdrawn.Is() {
		t.Errorf("also told by %v, withdrawn %v", e.Also, e.Withdrawn)
	}
}

// What was never announced does not appear, and leaves no tombstone.
func TestTakenBackBeforeItWasAnnounced(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Withdrawn: wiredesk.WithdrawnRemove})
	id := w.record(start, wiredesk.Item{Source: 1, Title: "Too early", Link: "https://x.example/1"})
	w.takeBack(id, start.Add(time.Minute))
	w.build(t, start.Add(time.Hour))
	if e := w.shown["all"]; len(e.Entries)+len(e.Tombstones)+len(w.memory.Rows) > 0 {
		t.Errorf("%d entries, %d tombstones, %d rows", len(e.Entries), len(e.Tombstones), len(w.memory.Rows))
	}
}

// Tombstones take no entry's place, and go when the entry would have gone.
func TestTombstonesGoWithTime(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 3, Withdrawn: wiredesk.WithdrawnRemove})
	w.news(start, 3)
	w.build(t, start.Add(time.Minute))
	newest := slices.Max(slices.Collect(maps.Keys(w.items)))
	w.decide(wiredesk.Decision{Item: newest, At: start.Add(time.Hour), Verb: wiredesk.Hide})
	w.news(start.Add(2*time.Hour), 2)
	w.build(t, start.Add(3*time.Hour))
	if e := w.shown["all"]; len(e.Entries) != 3 || len(e.Tombstones) != 1 || e.Tombstones[0].By != wiredesk.ByDesk {
		t.Errorf("%d entries, tombstones %v", len(e.Entries), e.Tombstones)
	}
	if state, why := w.stateOf(t, newest, start.Add(3*time.Hour)); state != curate.Hidden || why != "hidden by hand, and a tombstone says so" {
		t.Errorf("%s, %s", state, why)
	}
	w.news(start.Add(4*time.Hour), 3)
	w.build(t, start.Add(5*time.Hour))
	if e := w.shown["all"]; len(e.Tombstones) != 0 {
		t.Errorf("tombstones %v", e.Tombstones)
	}
}
