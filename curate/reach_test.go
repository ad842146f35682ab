package curate_test

import (
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
	last := start.Add(2 * time.Minute) // the subscriber came
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
	if n := w.desk.Reach("all", last.Add(time.Hour), at); n != 0 {
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
	for day := range 10 { // no flood
		w.news(needed.AddDate(0, 0, 32+day), 5)
		at = needed.AddDate(0, 0, 33+day)
	}
	w.build(t, at)
	if n := w.desk.Reach("all", needed.AddDate(0, 0, 31), at); n != 40 {
		t.Errorf("the window has %d now, the maximum is 40", n)
	}
}
