package curate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"
)

// tallied returns what the desk says of its rules, one in a line.
func tallied(t *testing.T, w *world, at time.Time) string {
	t.Helper()
	rules, err := w.desk.Rules(at)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	hits := w.desk.Hits()
	for i, r := range rules {
		if hits[i] != r.Hits {
			t.Errorf("%s has %d hits, and %d", r.Name, r.Hits, hits[i])
		}
		fmt.Fprintf(&out, "%s: %d hits", r.Name, r.Hits)
		if !r.LastHit.IsZero() {
			fmt.Fprintf(&out, ", last after %s", r.LastHit.Sub(start))
		}
		if r.Failures > 0 {
			fmt.Fprintf(&out, ", %d failures: %s", r.Failures, r.LastFailure)
		}
		fmt.Fprintf(&out, ", since %s\n", r.Since.Sub(start))
	}
	return out.String()
}

func expectTallies(t *testing.T, w *world, at time.Time, want ...string) {
	t.Helper()
	if got := tallied(t, w, at); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("got\n%swant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestTallies(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"}, wiredesk.Feed{Name: "go"})
	w.config.Rules = []wiredesk.Rule{
		{Name: "adverts", When: `has(title, "ad")`, Drop: true},
		{Name: "go", When: `has(title, "go")`, Score: 1, Feeds: []string{"go"}},
		{Name: "again", When: `has(title, "go")`, Score: 1, Feeds: []string{"go"}}, // asks the same as go
		{Name: "jane", When: `authors[0] == "Jane"`, Score: 1},
		{Name: "never", When: `false`, Score: 1},
	}
	hour := start.Add(time.Hour)
	ad := w.record(start, wiredesk.Item{Source: 1, Title: "ad", Link: "https://x.example/1"})
	w.record(hour, wiredesk.Item{Source: 1, Title: "go", Link: "https://x.example/2"})
	w.record(hour, wiredesk.Item{Source: 2, Title: "by Jane", Link: "https://x.example/3", Authors: []wiredesk.Author{{Name: "Jane"}}})
	w.build(t, hour)
	failure := "index out of range: 0 (array length is 0) (1:8)"
	want := []string{
		"adverts: 1 hits, last after 0s, since 1h0m0s",
		"go: 1 hits, last after 1h0m0s, since 1h0m0s",
		"again: 1 hits, last after 1h0m0s, since 1h0m0s",
		"jane: 1 hits, last after 1h0m0s, 1 failures: " + failure + ", since 1h0m0s",
		"never: 0 hits, since 1h0m0s",
	}
	expectTallies(t, w, hour, want...)

	// A restart changes nothing, and has nothing to store.
	w.desk = w.fresh(t)
	if _, err := w.desk.Build(hour.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if stored := w.desk.Pending().Rules; len(stored) > 0 {
		t.Errorf("a build without news stores %v", stored)
	}
	expectTallies(t, w, hour, want...)

	// What was hit is remembered when the item is gone, and a changed condition is a new rule.
	delete(w.items, ad)
	w.desk.Remove([]wiredesk.ItemID{ad})
	want[0] = "adverts: 0 hits, last after 0s, since 1h0m0s"
	expectTallies(t, w, hour, want...)
	w.config.Rules[4].When = `has(title, "nothing")`
	w.config.Rules[1].Score = 2
	w.desk = nil
	w.build(t, hour.Add(2*time.Hour))
	want[4] = "never: 0 hits, since 3h0m0s"
	expectTallies(t, w, hour, want...)
}

func TestQuietRules(t *testing.T) {
	const long = 90 * 24 * time.Hour
	for name, test := range map[string]struct {
		since, hit time.Duration // before now; 0 is never
		want       bool
	}{
		"new":             {since: time.Hour},
		"never":           {since: long + time.Hour, want: true},
		"hit":             {since: 2 * long, hit: time.Hour},
		"hit long ago":    {since: 2 * long, hit: long + time.Hour, want: true},
		"new, old items":  {since: time.Hour, hit: 2 * long},
		"not in force":    {},
		"to the very day": {since: long},
	} {
		r := curate.RuleTally{}
		if test.since > 0 {
			r.Since = start.Add(-test.since)
		}
		if test.hit > 0 {
			r.LastHit = start.Add(-test.hit)
		}
		if got := r.Quiet(start, long); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
