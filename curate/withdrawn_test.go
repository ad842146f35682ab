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

// Neither a feed nor an entry says less of its time than before, and what is shown again after it
// was withdrawn in public is newer than its tombstone. O-04, RFC 6721 section 3.
func TestUpdatedNeverGoesBack(t *testing.T) {
	for _, policy := range []wiredesk.Withdrawn{wiredesk.WithdrawnKeep, wiredesk.WithdrawnMark, wiredesk.WithdrawnRemove} {
		w := newWorld(wiredesk.Feed{Name: "all", Withdrawn: policy})
		old := w.record(start, wiredesk.Item{Source: 1, Title: "Old", Link: "https://x.example/1"})
		newest := w.record(start.Add(time.Minute), wiredesk.Item{Source: 1, Title: "Newest", Link: "https://x.example/2"})
		var feed time.Time
		entries := make(map[string]time.Time)
		at := start.Add(time.Hour)
		look := func(after string) wiredesk.Edition {
			w.build(t, at)
			w.desk = nil // the next build starts from what is stored
			e := w.shown["all"]
			if e.Updated.Before(feed) {
				t.Errorf("policy %d, %s: the feed goes back from %v to %v", policy, after, feed, e.Updated)
			}
			feed = e.Updated
			for _, entry := range e.Entries {
				if was := entries[entry.ID]; entry.Updated.Before(was) {
					t.Errorf("policy %d, %s: %s goes back from %v to %v", policy, after, entry.Title, was, entry.Updated)
				}
				entries[entry.ID] = entry.Updated
			}
			at = at.Add(time.Hour)
			return e
		}
		look("first")
		w.decide(wiredesk.Decision{Item: newest, At: at, Verb: wiredesk.Hide})
		hidden := at
		if e := look("hidden"); policy != wiredesk.WithdrawnKeep && !e.Updated.Equal(hidden) {
			t.Errorf("policy %d: the feed was updated %v, not when the entry was hidden", policy, e.Updated)
		}
		w.decide(wiredesk.Decision{Item: newest, At: at, Verb: wiredesk.Undo})
		e := look("shown again")
		if changed := e.Entries[0].Updated.After(hidden); changed != (policy != wiredesk.WithdrawnKeep) {
			t.Errorf("policy %d: hidden %v, updated %v", policy, hidden, e.Entries[0].Updated)
		}
		w.decide(wiredesk.Decision{Item: old, At: at, Verb: wiredesk.Hide})
		look("hidden again")
		w.decide(wiredesk.Decision{Item: old, At: at, Verb: wiredesk.Approve})
		if e := look("approved"); policy != wiredesk.WithdrawnKeep && !e.Updated.Equal(at.Add(-time.Hour)) {
			t.Errorf("policy %d: updated %v after it was approved", policy, e.Updated)
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

// What a person hides is gone from the archive too where the feed would not take it any more: it
// is on the page all the same.
func TestHiddenThoughNotTaken(t *testing.T) {
	for what, change := range map[string]func(*world){
		"a rule drops it":       func(w *world) { w.config.Rules = []wiredesk.Rule{{Name: "out", When: "true", Drop: true}} },
		"the feed wants others": func(w *world) { w.config.Feeds[0].Where = `title == "x"` },
		"its source is removed": func(w *world) { delete(w.sources, 1) },
	} {
		w := newWorld(wiredesk.Feed{Name: "all", Limit: 3, Withdrawn: wiredesk.WithdrawnRemove})
		w.news(start, 6)
		w.build(t, start.Add(time.Minute))
		hidden := slices.Min(slices.Collect(maps.Keys(w.items)))
		change(w)
		w.desk = nil
		w.build(t, start.Add(time.Hour))
		mark := w.desk.PageMark("all", 1)
		at := start.Add(2 * time.Hour)
		dec := wiredesk.Decision{Item: hidden, At: at, Verb: wiredesk.Hide}
		w.memory.Decisions = append(w.memory.Decisions, dec)
		w.desk.Decide(dec)
		if b := w.build(t, at); !slices.Equal(b.Pages, []curate.PageRef{{Feed: "all", Number: 1}}) || w.desk.PageMark("all", 1) == mark {
			t.Errorf("%s: the pages %v are made again", what, b.Pages)
		}
		page, err := w.desk.Page("all", 1)
		if err != nil || len(page.Tombstones) != 1 || !page.Tombstones[0].At.Equal(at) {
			t.Errorf("%s: tombstones %v, %v", what, page.Tombstones, err)
		}
	}
}

// A page is made again if its source is to be named no more, or its text not to be shown.
func TestDiscretionInTheArchive(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 3})
	w.news(start, 6)
	w.build(t, start.Add(time.Minute))
	marks := map[string]bool{w.desk.PageMark("all", 1): true}
	for _, change := range []func(){
		func() { w.sources[1].Private = true }, func() { w.sources[1].Content = wiredesk.ContentSummary }, func() { w.config.Feeds[0].Content = wiredesk.ContentNone },
	} {
		change()
		w.desk = nil
		w.build(t, start.Add(time.Hour))
		marks[w.desk.PageMark("all", 1)] = true
	}
	if len(marks) != 4 {
		t.Errorf("four pages that differ have %d marks", len(marks))
	}
}
