package curate_test

import (
	"fmt"
	"testing"
	"time"

	"wiredesk"
)

// More news than the window holds came between two visits of a subscriber: the window grows to
// what that one missed, stays so over a restart, and shrinks when nobody needed it for a month.
func TestWindowGrows(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 10, LimitMax: 40})
	shows := func(when string, want int) {
		t.Helper()
		if got := len(w.shown["all"].Entries); got != want {
			t.Errorf("%s, the window has %d entries, want %d", when, got, want)
		}
	}
	w.news(start, 20)
	w.build(t, start.Add(time.Minute))
	last := start.Add(time.Minute) // the Last-Modified of what the subscriber has
	w.news(start.Add(time.Hour), 8)
	at := start.Add(2 * time.Hour)
	w.build(t, at)
	if n := w.desk.Reach("all", last, at); n != 0 {
		t.Errorf("nothing was missed, and the window has %d now", n)
	}
	w.news(start.Add(3*time.Hour), 15)
	at = start.Add(4 * time.Hour)
	w.build(t, at)
	shows("before anybody was seen", 10)
	if n := w.desk.Reach("all", last, at); n != 23 {
		t.Errorf("23 entries were missed, the window has %d now", n)
	}
	if n := w.desk.Reach("all", start.Add(2*time.Hour), at); n != 0 {
		t.Errorf("one who misses less makes it %d", n)
	}
	w.build(t, at)
	shows("after one was seen who missed 23", 23)
	w.desk = nil
	b := w.build(t, at.Add(time.Hour))
	shows("after a restart", 23)
	if want := at.Add(30 * 24 * time.Hour); !b.Deadline.Equal(want) {
		t.Errorf("the window is looked at again at %v, want %v", b.Deadline, want)
	}
	if n := w.desk.Reach("all", last.AddDate(0, -2, 0), at.Add(time.Hour)); n != 0 {
		t.Errorf("one who slept for two months makes it %d", n)
	}
	needed := at.AddDate(0, 0, 10)
	w.desk.Reach("all", last, needed)
	w.build(t, needed)
	w.build(t, at.AddDate(0, 0, 31))
	shows("a month after it was needed first", 23)
	w.build(t, needed.AddDate(0, 0, 31))
	shows("a month after it was needed last", 10)
	version := needed.AddDate(0, 0, 31).Add(time.Hour)
	w.news(version.Add(-time.Minute), 1)
	w.build(t, version)
	for day := range 10 { // no flood
		w.news(needed.AddDate(0, 0, 32+day), 5)
		at = needed.AddDate(0, 0, 33+day)
	}
	w.build(t, at)
	if n := w.desk.Reach("all", version, at); n != 40 {
		t.Errorf("the window has %d now, the maximum is 40", n)
	}
}

// Nothing was missed that a version had already, that took its place in the past, or that a
// stranger made up.
func TestWindowStays(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 5, LimitMax: 40})
	w.news(start, 20)
	version := start.Add(time.Minute + 600*time.Millisecond) // told to readers in whole seconds
	w.build(t, version)
	at := start.Add(time.Hour)
	for i := range 30 { // of a source that was added, and had them before
		w.record(at.Add(time.Duration(i)), wiredesk.Item{
			Source: 2, Backlog: true, Title: fmt.Sprintf("Old story number %d", i), Link: fmt.Sprintf("https://s2.example/%d", i),
			Published: start.AddDate(0, 0, -3).Add(time.Duration(i) * time.Minute), DateSaid: "yes",
		})
	}
	w.news(at, 1)
	w.build(t, at.Add(time.Minute))
	if w.shown["all"].Pages < 5 {
		t.Fatalf("there are %d pages, which have announced nothing old", w.shown["all"].Pages)
	}
	for what, since := range map[string]time.Time{
		"the last version": version.Truncate(time.Second), "a date of nothing": start.Add(30 * time.Minute), "a date before the feed": start.AddDate(0, 0, -20),
	} {
		if n := w.desk.Reach("all", since, at.Add(2*time.Minute)); n != 0 {
			t.Errorf("%s: the window has %d now", what, n)
		}
	}
}
