package curate_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"

	"pgregory.net/rapid"
)

// What plan says of a changed config is what a strict subscriber sees happen when it is
// taken in: whoever takes the feed of before, strikes what vanishes, and puts in what appears,
// has what the feed shows after.
func TestPlanIsTheDifference(t *testing.T) {
	for range 10 { // a thousand edits, where rapid does a hundred
		rapid.Check(t, planIsTheDifference)
	}
}

func planIsTheDifference(t *rapid.T) {
	w := drawWorld(t)
	at := start
	for range rapid.IntRange(1, 12).Draw(t, "items") {
		at = at.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "pause")) * time.Minute)
		w.record(at, drawItem(t, at))
		w.build(t, at)
	}
	before := w.shown
	w.shown = make(map[string]wiredesk.Edition)
	announced := make(map[string]bool)
	for _, r := range w.memory.Rows {
		announced[r.Feed+" "+r.ID] = true
	}
	w.change(t)
	at = at.Add(time.Minute)

	// The pretence, from the same store, which writes nothing.
	pretence := w.fresh(t)
	b, err := pretence.Build(at)
	if err != nil {
		t.Fatalf("%v", err)
	}
	plans := make(map[string]curate.Changes)
	for _, e := range b.Editions {
		name := e.Feed.Name
		plans[name] = curate.Compare(curate.ShowingOf(before[name]), curate.ShowingOf(e), func(id string) bool { return announced[name+" "+id] })
	}

	w.desk = nil // the reload
	w.build(t, at)
	for _, f := range w.config.Feeds {
		observe(t, f.Name, before[f.Name], w.shown[f.Name], plans[f.Name], announced)
	}
}

// change edits a rule, a feed, a list or a source's tags.
func (w *world) change(t *rapid.T) {
	switch rapid.IntRange(0, 5).Draw(t, "edit") {
	case 0:
		w.config.Rules = append(w.config.Rules, wiredesk.Rule{Name: "new", When: rapid.SampledFrom([]string{`has(title, "one")`, `"tag1" in source.tags`, `coverage > 1`}).Draw(t, "when"), Drop: true})
	case 1:
		if len(w.config.Rules) > 0 {
			w.config.Rules = w.config.Rules[1:]
		}
	case 2:
		w.config.Feeds[0].Where = rapid.SampledFrom([]string{"", `"x" in tags`, `has(title, "two", "four")`, `has(title, brands)`}).Draw(t, "new where")
	case 3:
		w.config.Lists["brands"] = []string{"one", "three"}
		w.config.Feeds[0].Limit = rapid.IntRange(1, 8).Draw(t, "new limit")
	case 4:
		w.sources[1].Tags = []string{"tag2"}
		w.sources[2].Tags = nil
	case 5:
		w.sources[1].Priority = 3
		w.config.Feeds[0].Order = wiredesk.OrderPublished
	}
}

// observe compares a plan with two editions without the help of what made it.
func observe(t *rapid.T, feed string, before, after wiredesk.Edition, plan curate.Changes, announced map[string]bool) {
	ids := func(e wiredesk.Edition) (out []string) {
		for _, entry := range e.Entries {
			out = append(out, entry.ID)
		}
		return out
	}
	of := func(list []curate.Shown) (out []string) {
		for _, s := range list {
			out = append(out, s.ID)
		}
		return out
	}
	was, is := ids(before), ids(after)
	var stayed []string // of the old feed, what is neither struck nor moved
	for _, id := range was {
		gone := slices.Contains(of(plan.Vanish), id)
		if gone == slices.Contains(is, id) {
			t.Fatalf("%s: %s vanishes: %t", feed, id, gone)
		}
		if !gone && !slices.Contains(of(plan.Move), id) {
			stayed = append(stayed, id)
		}
	}
	var rest []string
	for _, id := range is {
		appears := slices.Contains(of(plan.Appear), id)
		if appears == slices.Contains(was, id) {
			t.Fatalf("%s: %s appears: %t", feed, id, appears)
		}
		if appears && slices.Contains(plan.New, id) == announced[feed+" "+id] {
			t.Fatalf("%s: %s is new to subscribers: %t", feed, id, slices.Contains(plan.New, id))
		}
		if !appears && !slices.Contains(of(plan.Move), id) {
			rest = append(rest, id)
		}
	}
	if !slices.Equal(stayed, rest) {
		t.Fatalf("%s: what does not move is %q and becomes %q", feed, stayed, rest)
	}
	for _, e := range after.Entries {
		i := slices.IndexFunc(before.Entries, func(b wiredesk.Entry) bool { return b.ID == e.ID })
		if i < 0 {
			continue
		}
		changed := before.Entries[i].Title != e.Title || before.Entries[i].Item.Link != e.Item.Link || fmt.Sprint(before.Entries[i].Also) != fmt.Sprint(e.Also)
		if told := slices.Contains(of(plan.Change), e.ID); changed && !told && len(before.Entries[i].Also) != len(e.Also) {
			t.Fatalf("%s: %s changes and is not told", feed, e.ID)
		}
	}
}
