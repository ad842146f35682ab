package curate_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// reachable returns what a subscriber finds who follows the links from a feed's document to
// the oldest page of its archive, by published id: an entry, a withdrawn one or a tombstone.
func (w *world) reachable(t failer, feed string) map[string]string {
	found := make(map[string]string)
	take := func(entries []wiredesk.Entry, tombstones []wiredesk.Tombstone) {
		for _, e := range entries {
			found[e.ID] = "entry"
			if e.Withdrawn.Is() {
				found[e.ID] = "withdrawn"
			}
		}
		for _, s := range tombstones {
			found[s.ID] = "tombstone"
		}
	}
	take(w.shown[feed].Entries, w.shown[feed].Tombstones)
	for n := w.shown[feed].Pages; n > 0; n-- {
		page, err := w.desk.Page(feed, n)
		if err != nil {
			t.Fatalf("page %d: %v", n, err)
		}
		take(page.Entries, page.Tombstones)
	}
	return found
}

// expected is what a reader should find of something announced.
func expected(policy wiredesk.Withdrawn, hidden bool) string {
	switch {
	case !hidden:
		return "entry"
	case policy == wiredesk.WithdrawnMark:
		return "withdrawn"
	case policy == wiredesk.WithdrawnRemove:
		return "tombstone"
	}
	return ""
}

func (w *world) news(at time.Time, n int) {
	for i := range n {
		at := at.Add(time.Duration(i) * time.Second)
		w.record(at, wiredesk.Item{Source: 1, Title: fmt.Sprintf("News of %s", at.Format(time.TimeOnly)), Link: fmt.Sprintf("https://s1.example/%d", at.Unix())})
	}
}

// two hundred new items at once, and a window of fifty.
func TestMoreNewsThanTheWindowHolds(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.news(start, 30)
	w.build(t, start.Add(time.Minute))
	w.news(start.Add(time.Hour), 200)
	b := w.build(t, start.Add(2*time.Hour))
	if got := len(w.shown["all"].Entries); got != 50 {
		t.Errorf("the window has %d entries", got)
	}
	if got := len(w.reachable(t, "all")); got != 230 {
		t.Errorf("%d of 230 items are reachable", got)
	}
	if want := []curate.PageRef{{"all", 1}, {"all", 2}, {"all", 3}, {"all", 4}}; !slices.Equal(b.Pages, want) {
		t.Errorf("new pages: %v", b.Pages)
	}
	w.news(start.Add(3*time.Hour), 1)
	if b := w.build(t, start.Add(4*time.Hour)); len(b.Pages) > 0 {
		t.Errorf("one new item makes pages %v", b.Pages)
	}
	if got := len(w.shown["all"].Entries); got != 50 {
		t.Errorf("the window has %d entries", got)
	}
}

// What a changed rule lets in that is older than the window is no news: only the archive gets
// it, with the next full page.
func TestOldEntriesGoToTheArchiveOnly(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 5})
	w.config.Rules = []wiredesk.Rule{{Name: "drop", When: `"tag2" in source.tags`, Drop: true}}
	for i := range 3 {
		w.record(start.Add(time.Duration(i)*time.Minute), wiredesk.Item{Source: 2, Title: fmt.Sprintf("Old %d", i), Link: fmt.Sprintf("https://s2.example/%d", i)})
	}
	w.news(start.Add(time.Hour), 7)
	w.build(t, start.Add(2*time.Hour))
	w.config.Rules, w.desk = nil, nil
	w.build(t, start.Add(3*time.Hour))
	w.expect(t, "all", "News of 13:00:06", "News of 13:00:05", "News of 13:00:04", "News of 13:00:03", "News of 13:00:02")
	if found := w.reachable(t, "all"); len(found) != 10 {
		t.Errorf("%d of 10 items are reachable", len(found))
	}
}

// Whatever comes in whatever order, and whoever hides it: what was announced and is not hidden
// is in the window or on a page, every page was full when it was made, and it does not change.
func TestNothingIsMissingFromWindowAndArchive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(
			wiredesk.Feed{Name: "all", Limit: rapid.IntRange(1, 6).Draw(t, "limit"), Order: wiredesk.Order(rapid.IntRange(0, 1).Draw(t, "order"))},
			wiredesk.Feed{Name: "few", Limit: 3, MaxPerDay: rapid.IntRange(0, 4).Draw(t, "max per day"), AtLeast: time.Hour, LimitMax: 5},
		)
		w.config.Merge = false
		policy := wiredesk.Withdrawn(rapid.IntRange(0, 2).Draw(t, "withdrawn"))
		for i := range w.config.Feeds {
			w.config.Feeds[i].Withdrawn = policy
		}
		sizes := map[string]int{"all": w.config.Feeds[0].Limit, "few": 3}
		pages := make(map[curate.PageRef][]string)
		hidden := make(map[wiredesk.ItemID]bool)
		at := start
		var ids []wiredesk.ItemID
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "pause")) * time.Minute)
			for range rapid.IntRange(0, 20).Draw(t, "burst") {
				ids = append(ids, w.record(at, wiredesk.Item{
					Source: wiredesk.SourceID(rapid.IntRange(1, 4).Draw(t, "source")), Title: fmt.Sprintf("Item %d", len(ids)), Link: fmt.Sprintf("https://x.example/%d", len(ids)),
					Published: at.Add(-time.Duration(rapid.IntRange(0, 3000).Draw(t, "minutes")) * time.Minute), Backlog: rapid.Bool().Draw(t, "backlog"),
				}))
			}
			if len(ids) > 0 && rapid.IntRange(0, 2).Draw(t, "hide") == 0 {
				id := rapid.SampledFrom(ids).Draw(t, "hidden")
				verb := wiredesk.Hide
				if hidden[id] {
					verb = wiredesk.Undo
				}
				hidden[id] = !hidden[id]
				w.decide(wiredesk.Decision{Item: id, At: at, Verb: verb})
			}
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				w.desk = nil
			}
			w.build(t, at)
			for feed, size := range sizes {
				found := w.reachable(t, feed)
				for _, r := range w.memory.Rows {
					if r.Feed != feed {
						continue
					}
					// A digest goes with the last of its members.
					digest := r.Item&(1<<20-1) == 1<<20-1
					want := expected(policy, hidden[r.Item])
					if got := found[r.ID]; got != want && (!digest || got != "") {
						t.Fatalf("%s: %s was announced and is %q, not %q", feed, r.ID, got, want)
					}
				}
				checkPages(t, w, feed, size, pages)
			}
		}
	})
}

// checkPages holds that pages are as they were when they were made, but for what is hidden:
// the rows on them are the same, and what is seen of them is in the same order.
func checkPages(t *rapid.T, w *world, feed string, size int, pages map[curate.PageRef][]string) {
	for n := 1; n <= w.desk.Pages(feed); n++ {
		ref := curate.PageRef{Feed: feed, Number: n}
		page, err := w.desk.Page(feed, n)
		if err != nil {
			t.Fatalf("%v", err)
		}
		var seen []string
		for _, e := range page.Entries {
			seen = append(seen, e.ID)
		}
		rows := make(map[string]bool)
		for _, r := range w.memory.Rows {
			if r.Feed == feed && r.Page == n {
				rows[r.ID] = true
			}
		}
		if len(rows) != size {
			t.Fatalf("%s: page %d has %d rows, not %d", feed, n, len(rows), size)
		}
		if len(pages[ref]) < len(seen) { // something was hidden when it was made
			pages[ref] = seen
		}
		then := slices.DeleteFunc(slices.Clone(pages[ref]), func(id string) bool { return !slices.Contains(seen, id) })
		if diff := cmp.Diff(then, seen, emptyIsNil); diff != "" {
			t.Fatalf("%s: page %d (-then +now)\n%s", feed, n, diff)
		}
	}
}
