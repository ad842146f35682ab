package curate_test

import (
	"reflect"
	"slices"
	"strings"
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
	before, list := w.shown, w.editions()
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
	plans := make(map[string]curate.FeedPlan)
	for _, p := range curate.Compare(list, b.Editions, func(feed, id string) bool { return announced[feed+" "+id] }) {
		plans[p.Feed] = p
	}

	w.desk = nil // the reload
	w.build(t, at)
	for _, f := range w.config.Feeds {
		observe(t, f.Name, before[f.Name], w.shown[f.Name], plans[f.Name], announced)
	}
}

// editions returns what is shown, in the order of the config.
func (w *world) editions() (out []wiredesk.Edition) {
	for _, f := range w.config.Feeds {
		out = append(out, w.shown[f.Name])
	}
	return out
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
func observe(t *rapid.T, feed string, before, after wiredesk.Edition, plan curate.FeedPlan, announced map[string]bool) {
	ids := func(e wiredesk.Edition) (out []string) {
		for _, entry := range e.Entries {
			out = append(out, entry.ID)
		}
		return out
	}
	of := func(lists ...[]curate.EntryPlan) (out []string) {
		for _, e := range slices.Concat(lists...) {
			out = append(out, e.Entry.ID)
		}
		return out
	}
	var fresh []string
	for _, e := range slices.Concat(plan.Appear, plan.Split) {
		if e.New {
			fresh = append(fresh, e.Entry.ID)
		}
	}
	was, is := ids(before), ids(after)
	var stayed []string // of the old feed, what is neither struck nor moved
	for _, id := range was {
		gone := slices.Contains(of(plan.Vanish, plan.Merge), id)
		if gone == slices.Contains(is, id) {
			t.Fatalf("%s: %s vanishes: %t", feed, id, gone)
		}
		if !gone && !slices.Contains(of(plan.Move), id) {
			stayed = append(stayed, id)
		}
	}
	var rest []string
	for _, id := range is {
		appears := slices.Contains(of(plan.Appear, plan.Split), id)
		if appears == slices.Contains(was, id) {
			t.Fatalf("%s: %s appears: %t", feed, id, appears)
		}
		if appears && slices.Contains(fresh, id) == announced[feed+" "+id] {
			t.Fatalf("%s: %s is new to subscribers: %t", feed, id, slices.Contains(fresh, id))
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
		changed := !reflect.DeepEqual(visible(before.Entries[i]), visible(e))
		if told := slices.Contains(of(plan.Change), e.ID); changed != told {
			t.Fatalf("%s: %s changes: %t\nbefore %+v\nafter  %+v", feed, e.ID, told, before.Entries[i], e)
		}
	}
}

// visible returns an entry without what nobody sees of it.
func visible(e wiredesk.Entry) wiredesk.Entry {
	it := &e.Item
	it.ID, it.Source, it.GUID, it.Title, it.First, it.Words, it.Size, it.Mark = 0, 0, "", "", "", wiredesk.Identity{}, 0, 0
	it.Published, it.Updated, it.Seen, it.Revised, it.Gone = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	it.DateSaid, it.Revisions, it.Backlog, it.Known = "", 0, false, false
	e.Source.Updated = time.Time{}
	e.Also = slices.Clone(e.Also)
	for i := range e.Also {
		e.Also[i].Item, e.Also[i].Published, e.Also[i].Source.Updated = 0, time.Time{}, time.Time{}
	}
	return e
}

// An entry that another one takes in merges, one that comes out of another splits, and the
// fewest that will do move.
func TestPlanOfStories(t *testing.T) {
	entry := func(id string, items ...wiredesk.ItemID) wiredesk.Entry {
		e := wiredesk.Entry{ID: id, Item: wiredesk.Item{ID: items[0]}, Coverage: len(items)}
		for _, also := range items[1:] {
			e.Also = append(e.Also, wiredesk.Coverage{Item: also})
		}
		return e
	}
	edition := func(name string, entries ...wiredesk.Entry) wiredesk.Edition {
		return wiredesk.Edition{Feed: wiredesk.Feed{Name: name}, Entries: entries}
	}
	apart := edition("all", entry("a", 1), entry("b", 2), entry("c", 3))
	together := edition("all", entry("a", 1, 2), entry("c", 3))
	turned := edition("all", entry("c", 3), entry("a", 1), entry("b", 2))
	other := edition("other", entry("a", 1))
	known := func(_, id string) bool { return id != "b" }
	for _, c := range []struct {
		name          string
		before, after []wiredesk.Edition
		want          string
	}{
		{"same", []wiredesk.Edition{apart}, []wiredesk.Edition{apart}, "all none"},
		{"merge", []wiredesk.Edition{apart}, []wiredesk.Edition{together}, "all changed merge b with a change a"},
		{"split", []wiredesk.Edition{together}, []wiredesk.Edition{apart}, "all changed split b with a new change a"},
		{"move", []wiredesk.Edition{apart}, []wiredesk.Edition{turned}, "all changed move c"},
		{"feeds", []wiredesk.Edition{apart}, []wiredesk.Edition{other}, "other new appear a all removed vanish a vanish b vanish c"},
	} {
		if got := inWords(curate.Compare(c.before, c.after, known)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func inWords(plans []curate.FeedPlan) string {
	var words []string
	for _, p := range plans {
		words = append(words, p.Feed, string(p.Standing))
		for _, list := range []struct {
			did     string
			entries []curate.EntryPlan
		}{{"appear", p.Appear}, {"vanish", p.Vanish}, {"move", p.Move}, {"merge", p.Merge}, {"split", p.Split}, {"change", p.Change}} {
			for _, e := range list.entries {
				words = append(words, list.did, e.Entry.ID)
				if e.With != "" {
					words = append(words, "with", e.With)
				}
				if e.New {
					words = append(words, "new")
				}
			}
		}
	}
	return strings.Join(words, " ")
}
