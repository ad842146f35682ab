package curate_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"wiredesk"
)

// Three sources tell of one event in words of their own: three entries, and coverage knows
// of all three. What is about something else is not counted.
func TestCoverageCountsTheEvent(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"}, wiredesk.Feed{Name: "wide", Where: "coverage >= 3"})
	w.build(t, start.Add(-time.Hour))
	for i, title := range []string{
		"Zürich airport closes both runways after snow storm",
		"Library of Ghent lends out musical instruments",
		"Snow storm: Zürich airport shut, hundreds of flights cancelled",
		"Passengers stranded as snow closes Zürich airport runways",
	} {
		at := start.Add(time.Duration(i) * time.Minute)
		w.record(at, wiredesk.Item{Source: wiredesk.SourceID(i + 1), Title: title, Link: fmt.Sprintf("https://s%d.example/1", i)})
		w.build(t, at)
	}
	if n := len(w.shown["all"].Entries); n != 4 {
		t.Errorf("%d entries: %q", n, titles(w.shown["all"]))
	}
	if n := len(w.shown["wide"].Entries); n != 3 {
		t.Errorf("%d entries with coverage: %q", n, titles(w.shown["wide"]))
	}
	for _, r := range w.memory.Rows { // eligible when the third came, and seen at the top
		if r.Feed == "wide" && !r.Place.Equal(start.Add(3*time.Minute)) {
			t.Errorf("place %v", r.Place)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.items))[:1] {
		if x, err := w.desk.Explain(id, start.Add(time.Hour)); err != nil || len(x.Event) != 2 {
			t.Errorf("explained with %+v, %v", x.Event, err)
		}
	}
	w.desk = nil
	if b := w.build(t, start.Add(time.Hour)); len(b.Editions) != 2 || len(b.Editions[1].Entries) != 3 {
		t.Errorf("after a restart: %q", titles(b.Editions[1]))
	}
}
