package curate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"
)

// A wire that writes all day does not bury a blog that writes once in the evening: the blog has
// its share. What is over is in the day's digest, and nothing is lost.
func TestBudget(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 200, MaxPerDay: 8})
	w.config.Zone = time.FixedZone("west", -3*3600)
	midnight := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC) // there
	say := func(at time.Time, source wiredesk.SourceID, title string) wiredesk.ItemID {
		return w.record(at, wiredesk.Item{Source: source, Title: title, Link: "https://x.example/" + strings.ReplaceAll(title, " ", "-")})
	}
	say(midnight.Add(-48*time.Hour), 1, "wire before")
	say(midnight.Add(-48*time.Hour), 2, "blog before")
	deadline := w.build(t, midnight.Add(-47*time.Hour)).Deadline
	// The wire writes forty times, the blog once, at nine in the evening.
	var last wiredesk.ItemID
	at := midnight
	advance := func(until time.Time) {
		for !deadline.IsZero() && deadline.Before(until) {
			deadline = w.build(t, deadline).Deadline
		}
		deadline = w.build(t, until).Deadline
	}
	for i := range 40 {
		at = midnight.Add(time.Duration(i+1) * 30 * time.Minute)
		last = say(at, 1, fmt.Sprintf("wire %d", i))
		advance(at)
		if i == 10 {
			if n := len(w.shown["all"].Entries) - 2; n < 4 || n > 6 {
				t.Errorf("%d entries by five in the morning", n)
			}
		}
	}
	blog := midnight.Add(21 * time.Hour)
	say(blog, 2, "blog at last")
	advance(blog)
	if got := w.shown["all"].Entries[0].Title; got != "blog at last" {
		t.Errorf("the first is %q: the blog is buried", got)
	}
	if x, err := w.desk.Explain(last, blog); err != nil || x.Feeds[0].State != curate.Queued {
		t.Errorf("%+v, %v", x.Feeds, err)
	}
	advance(midnight.Add(24 * time.Hour))
	e := w.shown["all"].Entries
	digest := e[0]
	if n := len(e) - 3; n != 8 || len(digest.Digest) != 41-8 || digest.Title != "2026-03-01" || !digest.Published.Equal(midnight.Add(24*time.Hour)) {
		t.Fatalf("%d entries of the day, %d in the digest %q of %v", n, len(digest.Digest), digest.Title, digest.Published)
	}
	if x, err := w.desk.Explain(last, at); err != nil || x.Feeds[0].State != curate.InDigest {
		t.Errorf("%+v, %v", x.Feeds, err)
	}
	seen := map[string]bool{}
	for _, entry := range e[1:] {
		seen[entry.Title] = true
	}
	for _, c := range digest.Digest {
		if seen[c.Title] {
			t.Errorf("%q is there twice", c.Title)
		}
		seen[c.Title] = true
	}
	if len(seen) != 43 {
		t.Errorf("%d of 43 are told", len(seen))
	}
	// After a restart all is as it was, under the same ids.
	w.desk = nil
	b := w.build(t, midnight.Add(25*time.Hour))
	if got := b.Editions[0].Entries; len(got) != len(e) || got[0].ID != digest.ID || len(got[0].Digest) != len(digest.Digest) {
		t.Errorf("after a restart %d entries, the first %s", len(got), got[0].ID)
	}
	// What is hidden leaves the digest; a day without a limit has none.
	w.decide(wiredesk.Decision{Item: last, Verb: wiredesk.Hide, At: midnight.Add(26 * time.Hour)})
	w.build(t, midnight.Add(26*time.Hour))
	if n := len(w.shown["all"].Entries[0].Digest); n != 41-8-1 {
		t.Errorf("%d in the digest after one was hidden", n)
	}
}

// A limit that comes later does not look back, and the first build has none.
func TestBudgetBegins(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 5})
	for i := range 20 {
		w.record(start.Add(time.Duration(i)*time.Minute), wiredesk.Item{Source: 1, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://x.example/%d", i)})
	}
	w.build(t, start.Add(time.Hour))
	w.config.Feeds[0].MaxPerDay = 2
	w.desk = nil
	w.build(t, start.Add(72*time.Hour))
	w.expect(t, "all", "19", "18", "17", "16", "15")
	for i := range 4 {
		w.record(start.Add(73*time.Hour), wiredesk.Item{Source: 1, Title: fmt.Sprintf("new %d", i), Link: fmt.Sprintf("https://x.example/new/%d", i)})
	}
	w.build(t, start.Add(73*time.Hour))
	if got := titles(w.shown["all"]); !strings.HasPrefix(got[0], "new") || !strings.HasPrefix(got[1], "new") || strings.HasPrefix(got[2], "new") {
		t.Errorf("%q", got)
	}
}
