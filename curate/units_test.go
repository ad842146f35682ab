package curate_test

import (
	"fmt"
	"testing"
	"time"

	"wiredesk"
)

// What one entry is differs from feed to feed over the same items.
func TestGroups(t *testing.T) {
	w := newWorld(
		wiredesk.Feed{Name: "stories"},
		wiredesk.Feed{Name: "events", Group: wiredesk.GroupEvent},
		wiredesk.Feed{Name: "items", Group: wiredesk.GroupNone},
	)
	w.build(t, start.Add(-time.Hour))
	var ids []wiredesk.ItemID
	record := func(minute int, source wiredesk.SourceID, title, link string) {
		at := start.Add(time.Duration(minute) * time.Minute)
		ids = append(ids, w.record(at, wiredesk.Item{Source: source, Title: title, Link: link}))
		w.build(t, at)
	}
	record(1, 1, "Zürich airport closes both runways after snow storm", "https://a.example/1")
	record(2, 2, "Zürich airport closes both runways after snow storm", "https://a.example/1?utm_source=b")
	was := w.shown["events"].Entries[0]
	record(3, 3, "Library of Ghent lends out musical instruments", "https://c.example/1")
	record(4, 3, "Snow storm: Zürich airport shut, hundreds of flights cancelled", "https://c.example/2")
	for _, restart := range []bool{false, true} {
		if restart {
			w.desk = nil
			w.build(t, start.Add(time.Hour))
		}
		for feed, want := range map[string]int{"stories": 3, "events": 2, "items": 4} {
			if n := len(w.shown[feed].Entries); n != want {
				t.Errorf("restarted %t: %d entries in %s, want %d: %q", restart, n, feed, want, titles(w.shown[feed]))
			}
		}
		// Later coverage updates the entry in its place.
		if e := w.shown["events"].Entries[1]; e.ID != was.ID || !e.Published.Equal(was.Published) || e.Coverage != 3 || len(e.Also) != 2 {
			t.Errorf("restarted %t: %s was %s, coverage %d, also %d", restart, e.ID, was.ID, e.Coverage, len(e.Also))
		}
	}
	// Who hides one story of an event hides no other.
	w.decide(wiredesk.Decision{Item: ids[0], Verb: wiredesk.Hide, At: start.Add(2 * time.Hour)})
	w.build(t, start.Add(2*time.Hour))
	if e := w.shown["events"].Entries; len(e) != 2 || e[0].Coverage == 0 {
		t.Errorf("%q", titles(w.shown["events"]))
	}
	w.expect(t, "stories", "Snow storm: Zürich airport shut, hundreds of flights cancelled", "Library of Ghent lends out musical instruments")
	x, err := w.desk.Explain(ids[3], start.Add(2*time.Hour))
	if err != nil || x.Feeds[1].Position == 0 {
		t.Errorf("%+v, %v", x.Feeds, err)
	}
	if x, err = w.desk.Explain(ids[0], start.Add(2*time.Hour)); err != nil || x.Feeds[1].Why != "hidden by hand" {
		t.Errorf("%+v, %v: the place is that of the other story, and says nothing of this one", x.Feeds, err)
	}
	// What is gone leaves all of them.
	w.desk.Remove(ids)
	for _, id := range ids {
		delete(w.items, id)
	}
	w.build(t, start.Add(3*time.Hour))
	if got := fmt.Sprint(len(w.shown["stories"].Entries), len(w.shown["events"].Entries), len(w.shown["items"].Entries)); got != "0 0 0" {
		t.Errorf("left are %s", got)
	}
}
