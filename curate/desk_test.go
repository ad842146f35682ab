package curate_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A world is everything that a desk depends on, as a store would keep it.
type world struct {
	config  curate.Config
	sources map[wiredesk.SourceID]*curate.Source
	items   map[wiredesk.ItemID]*wiredesk.Item
	memory  curate.Memory
	desk    *curate.Desk
	shown   map[string]wiredesk.Edition
}

func newWorld(feeds ...wiredesk.Feed) *world {
	for i := range feeds {
		if feeds[i].Limit == 0 {
			feeds[i].Limit = 50
		}
	}
	w := &world{
		config:  curate.Config{Feeds: feeds, Merge: true, Window: 72 * time.Hour, Lists: map[string][]string{"brands": {"AT&T", "O'Reilly"}}},
		sources: make(map[wiredesk.SourceID]*curate.Source),
		items:   make(map[wiredesk.ItemID]*wiredesk.Item),
		shown:   make(map[string]wiredesk.Edition),
	}
	for id := range wiredesk.SourceID(4) {
		url := fmt.Sprintf("https://s%d.example/feed", id+1)
		w.sources[id+1] = &curate.Source{Source: &wiredesk.Source{URL: url, Tags: []string{fmt.Sprintf("tag%d", id+1)}}, First: url, Channel: wiredesk.Channel{Title: fmt.Sprintf("Source %d", id+1)}}
	}
	return w
}

// fresh makes a desk from what is stored, as after a restart.
func (w *world) fresh(t failer) *curate.Desk {
	p, err := curate.Compile(w.config)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	d := curate.NewDesk(p, w.config.Lists, w.sources, func(id wiredesk.ItemID, _ bool) (*wiredesk.Item, error) {
		it := *w.items[id]
		return &it, nil
	})
	d.Remember(w.memory)
	for _, id := range slices.Sorted(maps.Keys(w.items)) {
		d.Add(w.items[id])
	}
	return d
}

type failer interface{ Fatalf(string, ...any) }

// record stores an item and tells the desk, if there is one.
func (w *world) record(at time.Time, it wiredesk.Item) wiredesk.ItemID {
	var last wiredesk.ItemID
	for id := range w.items {
		last = max(last, id)
	}
	it.ID = wiredesk.NewItemID(at, last)
	it.Seen = it.ID.Seen()
	if it.Published.IsZero() {
		it.Published = it.Seen
	}
	it.First = wiredesk.FirstIdentity(&it, wiredesk.IdentityAuto)
	it.Words, _ = wiredesk.WordsIdentity(&it)
	it.Size = max(len(wiredesk.Text(it.Summary)), len(wiredesk.Text(it.Content)))
	w.items[it.ID] = &it
	if w.desk != nil {
		w.desk.Add(&it)
	}
	return it.ID
}

// build builds and commits, as the build loop does.
func (w *world) build(t failer, at time.Time) curate.Build {
	if w.desk == nil {
		w.desk = w.fresh(t)
	}
	b, err := w.desk.Build(at)
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	w.commit(w.desk.Pending())
	w.desk.Committed()
	for _, e := range b.Editions {
		w.shown[e.Feed.Name] = e
	}
	return b
}

func (w *world) commit(a curate.Additions) {
	w.memory.Assignments = append(w.memory.Assignments, a.Assignments...)
	w.memory.Rows = append(w.memory.Rows, a.Rows...)
	w.memory.Verdicts = append(w.memory.Verdicts, a.Verdicts...)
	w.memory.Faces = append(w.memory.Faces, a.Faces...)
	if w.memory.Feeds == nil {
		w.memory.Feeds = make(map[string]wiredesk.FeedState)
	}
	for _, f := range a.Feeds {
		w.memory.Feeds[f.Name] = f
	}
	w.memory.Rules = maps.Clone(w.memory.Rules) // a desk may still be told of what was
	for _, r := range a.Rules {
		if w.memory.Rules == nil {
			w.memory.Rules = make(map[string]wiredesk.RuleState)
		}
		w.memory.Rules[r.Key] = r
	}
}

func (w *world) decide(d wiredesk.Decision) {
	d.ID = uint64(len(w.memory.Decisions) + 1)
	w.memory.Decisions = append(w.memory.Decisions, d)
	if w.desk != nil {
		w.desk.Decide(d)
	}
}

func titles(e wiredesk.Edition) []string {
	var out []string
	for _, entry := range e.Entries {
		out = append(out, entry.Title)
	}
	return out
}

func (w *world) expect(t *testing.T, feed string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, titles(w.shown[feed])); diff != "" {
		t.Errorf("feed %s (-want +got)\n%s", feed, diff)
	}
}

func TestSameStoryOnce(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.sources[2].Priority = 1
	w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1?utm_source=a", Published: start.Add(-2 * time.Hour)})
	w.record(start, wiredesk.Item{Source: 2, Title: "A, syndicated", Link: "http://x.example/1/", Published: start.Add(-time.Hour)})
	w.record(start, wiredesk.Item{Source: 3, Title: "B", Link: "https://x.example/2", Published: start.Add(-3 * time.Hour)})
	w.build(t, start.Add(time.Minute))
	w.expect(t, "all", "A, syndicated", "B")
	e := w.shown["all"].Entries[0]
	if len(e.Also) != 1 || e.Also[0].Source.Title != "Source 1" || e.Coverage != 2 {
		t.Errorf("%+v, coverage %d", e.Also, e.Coverage)
	}
	delete(w.sources, 2) // the other source keeps the story, under the same id
	w.desk = nil
	w.build(t, start.Add(time.Hour))
	w.expect(t, "all", "A", "B")
	if got := w.shown["all"].Entries[0].ID; got != e.ID {
		t.Errorf("id was %s, is %s", e.ID, got)
	}
}

func TestLaterCoverageIsNotAnnouncedAgain(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.sources[2].Priority = 1
	w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	w.build(t, start)
	w.record(start.Add(time.Hour), wiredesk.Item{Source: 3, Title: "B", Link: "https://x.example/2"})
	w.build(t, start.Add(time.Hour))
	before := w.shown["all"].Entries[1]
	w.record(start.Add(2*time.Hour), wiredesk.Item{Source: 2, Title: "A better", Link: "https://x.example/1"})
	w.build(t, start.Add(2*time.Hour))
	w.expect(t, "all", "B", "A better")
	after := w.shown["all"].Entries[1]
	if after.ID != before.ID || !after.Published.Equal(before.Published) {
		t.Errorf("before %s %v, after %s %v", before.ID, before.Published, after.ID, after.Published)
	}
	if len(w.memory.Rows) != 2 {
		t.Errorf("%d rows in the ledger", len(w.memory.Rows))
	}
}

const agency = "The council voted on Monday to close the old bridge for repairs, which are to last until the spring of next year."

func TestSameWordsElsewhere(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.record(start, wiredesk.Item{Source: 1, Title: "Bridge closed", Link: "https://a.example/1", Content: "<p>" + agency + "</p>"})
	w.record(start, wiredesk.Item{Source: 2, Title: "Bridge closed", Link: "https://b.example/9", Content: "<div><b>" + agency + "</b></div>"})
	w.record(start, wiredesk.Item{Source: 3, Title: "Bridge closed", Link: "https://c.example/9", Content: "<p>Something else.</p>"})
	w.build(t, start)
	w.expect(t, "all", "Bridge closed", "Bridge closed")
}

func TestNotOneStory(t *testing.T) {
	for name, items := range map[string][]wiredesk.Item{
		"same title, few words": {
			{Source: 1, Title: "Weekly links", Link: "https://a.example/1"},
			{Source: 2, Title: "Weekly links", Link: "https://b.example/1"},
		},
		"one source, one link, two items": {
			{Source: 1, Title: "One", Link: "https://a.example/log"},
			{Source: 1, Title: "Two", Link: "https://a.example/log"},
		},
		"a series a day apart": {
			{Source: 1, Title: "Open thread", Link: "https://a.example/1", Content: agency, Published: start.Add(-24 * time.Hour)},
			{Source: 1, Title: "Open thread", Link: "https://a.example/2", Content: agency},
		},
		"both link to the front page": {
			{Source: 1, Title: "Version 2 released", Link: "https://a.example/"},
			{Source: 2, Title: "Server outage tonight", Link: "https://a.example"},
		},
		"same words months apart": {
			{Source: 1, Title: "Clocks change", Link: "https://a.example/1", Content: agency, Published: start.AddDate(0, -6, 0)},
			{Source: 2, Title: "Clocks change", Link: "https://b.example/2", Content: agency},
		},
	} {
		w := newWorld(wiredesk.Feed{Name: "all"})
		for _, it := range items {
			w.record(start, it)
		}
		w.build(t, start)
		if n := len(w.shown["all"].Entries); n != len(items) {
			t.Errorf("%s: %d entries", name, n)
		}
	}
}

func TestRules(t *testing.T) {
	w := newWorld(
		wiredesk.Feed{Name: "all"},
		wiredesk.Feed{Name: "telecom", Where: `has(title, lists.brands) and has(title, brands) and score > 0`, ItemTitle: `source.title + ": " + title`},
		wiredesk.Feed{Name: "wide", Where: `coverage >= 2`},
	)
	w.config.Rules = []wiredesk.Rule{
		{Name: "adverts", When: `has(title, "sponsored") or "ad" in categories`, Drop: true},
		{Name: "good", When: `source.tags[0] == "tag1"`, Score: 5, Tags: []string{"good"}},
		{Name: "shout", When: `has(title, "shout")`, Title: `lower(title)`},
		{Name: "check", When: `has(title, "rumour")`, Hold: true, Feeds: []string{"all"}},
	}
	at := start.Add(time.Minute)
	w.record(start, wiredesk.Item{Source: 1, Title: "AT&T buys", Link: "https://x.example/1", Published: start.Add(-1 * time.Hour)})
	w.record(start, wiredesk.Item{Source: 2, Title: "AT&Tx buys", Link: "https://x.example/2", Published: start.Add(-2 * time.Hour)})
	w.record(start, wiredesk.Item{Source: 2, Title: "Sponsored: buy this", Link: "https://x.example/3", Published: start.Add(-3 * time.Hour)})
	w.record(start, wiredesk.Item{Source: 2, Title: "An ad", Categories: []wiredesk.Category{{Term: "AD"}}, Link: "https://x.example/4", Published: start.Add(-4 * time.Hour)})
	w.record(start, wiredesk.Item{Source: 2, Title: "SHOUT", Link: "https://x.example/5", Published: start.Add(-5 * time.Hour)})
	rumour := w.record(start, wiredesk.Item{Source: 2, Title: "A rumour", Link: "https://x.example/6", Published: start.Add(-6 * time.Hour)})
	w.record(start, wiredesk.Item{Source: 3, Title: "AT&T buys", Link: "https://x.example/1", Published: start.Add(-1 * time.Hour)})
	w.build(t, at)
	w.expect(t, "all", "AT&T buys", "AT&Tx buys", "shout")
	w.expect(t, "telecom", "Source 1: AT&T buys")
	w.expect(t, "wide", "AT&T buys")
	if diff := cmp.Diff([]wiredesk.ItemID{rumour}, w.desk.Held("")); diff != "" {
		t.Errorf("held (-want +got)\n%s", diff)
	}

	approved := start.Add(time.Hour)
	w.decide(wiredesk.Decision{Item: rumour, Verb: wiredesk.Approve, At: approved})
	w.build(t, approved)
	w.expect(t, "all", "A rumour", "AT&T buys", "AT&Tx buys", "shout") // it comes late and is seen
}

func TestHideAndPin(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"}, wiredesk.Feed{Name: "other"})
	var ids []wiredesk.ItemID
	for i := range 3 {
		ids = append(ids, w.record(start.Add(time.Duration(i)*time.Minute), wiredesk.Item{Source: 1, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://x.example/%d", i)}))
	}
	w.build(t, start)
	w.decide(wiredesk.Decision{Item: ids[0], Verb: wiredesk.Pin, Feed: "all"})
	w.decide(wiredesk.Decision{Item: ids[1], Verb: wiredesk.Hide})
	w.build(t, start.Add(time.Hour))
	w.expect(t, "all", "0", "2")
	w.expect(t, "other", "2", "0")
	w.decide(wiredesk.Decision{Item: ids[1], Verb: wiredesk.Undo})
	w.decide(wiredesk.Decision{Item: ids[0], Verb: wiredesk.Undo, Feed: "all"})
	w.build(t, start.Add(2*time.Hour))
	w.expect(t, "all", "2", "1", "0")
}

func TestPlaces(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 3})
	for i := range 4 { // backfill: by date
		w.record(start, wiredesk.Item{Source: 1, Title: fmt.Sprintf("old %d", i), Link: fmt.Sprintf("https://x.example/%d", i), Published: start.Add(-time.Duration(i+1) * time.Hour), Backlog: true})
	}
	w.build(t, start)
	w.expect(t, "all", "old 0", "old 1", "old 2")
	// What comes in late, with an old date, is news all the same.
	w.record(start.Add(time.Hour), wiredesk.Item{Source: 1, Title: "late", Link: "https://x.example/late", Published: start.Add(-240 * time.Hour)})
	// What a new source had before we looked is not.
	w.record(start.Add(time.Hour), wiredesk.Item{Source: 2, Title: "backlog", Link: "https://x.example/backlog", Published: start.Add(-2 * time.Hour).Add(time.Minute), Backlog: true})
	w.build(t, start.Add(time.Hour))
	w.expect(t, "all", "late", "old 0", "backlog")
}

func TestChangedRuleIsNotNews(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "go", Where: `has(title, "go")`})
	for i, title := range []string{"go one", "rust two", "go three"} {
		w.record(start.Add(time.Duration(i)*time.Hour), wiredesk.Item{Source: 1, Title: title, Link: fmt.Sprintf("https://x.example/%d", i)})
	}
	w.build(t, start.Add(3*time.Hour))
	w.expect(t, "go", "go three", "go one")
	w.config.Feeds[0].Where = `has(title, "go", "rust")`
	w.desk = nil
	w.build(t, start.Add(4*time.Hour))
	w.expect(t, "go", "go three", "rust two", "go one")
}

// So it is with what a rule dropped; and what was there before has its id and place again.
func TestRuleThatDropsNoMoreIsNotNews(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	drop := func(words string) {
		w.config.Rules = []wiredesk.Rule{{Name: "drop", When: `has(title, ` + words + `)`, Drop: true}}
		w.desk = nil
	}
	drop(`"rust"`)
	for i, title := range []string{"go one", "rust two", "go three"} {
		w.record(start.Add(time.Duration(i)*time.Hour), wiredesk.Item{Source: 1, Title: title, Link: fmt.Sprintf("https://x.example/%d", i)})
	}
	w.build(t, start.Add(3*time.Hour))
	w.expect(t, "all", "go three", "go one")
	before := w.shown["all"].Entries
	drop(`"go"`)
	w.build(t, start.Add(4*time.Hour))
	w.expect(t, "all", "rust two")
	drop(`"nothing"`)
	w.build(t, start.Add(5*time.Hour))
	w.expect(t, "all", "go three", "rust two", "go one")
	if len(w.memory.Rows) != 3 {
		t.Errorf("%d rows in the ledger for 3 items", len(w.memory.Rows))
	}
	after := w.shown["all"].Entries
	if diff := cmp.Diff(before, []wiredesk.Entry{after[0], after[2]}); diff != "" {
		t.Errorf("what came back differs (-before +after)\n%s", diff)
	}
}

func TestEmbargoTakesPlaceWhenItEnds(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "slow", Where: `age >= "2h"`}, wiredesk.Feed{Name: "fresh", Where: `age < duration("2h")`})
	w.build(t, start.Add(-time.Hour))
	w.record(start, wiredesk.Item{Source: 1, Title: "a", Link: "https://x.example/a"})
	b := w.build(t, start)
	w.expect(t, "slow")
	w.expect(t, "fresh", "a")
	if want := start.Add(2 * time.Hour); !b.Deadline.Equal(want) {
		t.Fatalf("deadline %v, want %v", b.Deadline, want)
	}
	b = w.build(t, b.Deadline)
	w.expect(t, "slow", "a")
	w.expect(t, "fresh")
	if place := w.memory.Rows[len(w.memory.Rows)-1].Place; !place.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("place %v", place)
	}
	if !b.Deadline.IsZero() {
		t.Errorf("another deadline: %v", b.Deadline)
	}
}

// What is let in late by the end of a rule, or by company, is seen like other news.
func TestLateByOtherWays(t *testing.T) {
	for name, f := range map[string]wiredesk.Feed{
		"not younger than":  {Where: `not (age < "1d")`},
		"a rule that ended": {Where: `true`},
		"company":           {Where: `score >= 1`},
	} {
		f.Name, f.Limit = "all", 2
		w := newWorld(f)
		w.config.Rules = []wiredesk.Rule{
			{Name: "young", When: `has(title, "rumour") and age < "1d"`, Drop: name == "a rule that ended", Tags: []string{"young"}},
			{Name: "known", When: `not has(title, "rumour") or source.tags[0] == "tag3"`, Score: 1},
		}
		w.build(t, start.Add(-time.Hour))
		w.record(start, wiredesk.Item{Source: 1, Title: "a rumour", Link: "https://x.example/rumour"})
		for i := range 5 {
			at := start.Add(time.Duration(i+1) * time.Minute)
			w.record(at, wiredesk.Item{Source: 2, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://y.example/%d", i), Published: start.Add(-48 * time.Hour)})
			w.build(t, at)
		}
		at := start.Add(24 * time.Hour)
		if name == "company" {
			w.record(at, wiredesk.Item{Source: 3, Title: "a rumour that is none", Link: "https://x.example/rumour"})
		}
		w.build(t, at)
		if got := titles(w.shown["all"]); len(got) == 0 || !strings.HasPrefix(got[0], "a rumour") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTitlesDoNotNamePrivateSources(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", ItemTitle: `source.title + ": " + title`})
	w.config.Rules = []wiredesk.Rule{{Name: "t", Title: `title + " (" + source.url + ")"`, Tags: []string{"x"}}}
	w.sources[1].Private = true
	w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	w.build(t, start)
	if got := w.shown["all"].Entries[0].Title; strings.Contains(got, "Source 1") || strings.Contains(got, "s1.example") {
		t.Errorf("title %q", got)
	}
}

func TestAtLeast(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 2, AtLeast: 3 * time.Hour, LimitMax: 5})
	for i := range 10 {
		w.record(start.Add(time.Duration(i)*time.Hour), wiredesk.Item{Source: 1, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://x.example/%d", i)})
	}
	w.build(t, start)
	w.expect(t, "all", "9", "8", "7", "6")
}

func TestPublishedIDs(t *testing.T) { // S-36
	w := newWorld(wiredesk.Feed{Name: "all"})
	guid := "https://x.example/1"
	w.record(start, wiredesk.Item{Source: 1, GUID: guid, Title: "Mine", Link: guid})
	w.build(t, start)
	w.record(start.Add(time.Hour), wiredesk.Item{Source: 2, GUID: guid, Title: "I claim this", Link: "https://evil.example/1"})
	w.build(t, start.Add(time.Hour))
	e := w.shown["all"].Entries
	if e[1].ID != guid || e[0].ID == guid || !strings.HasPrefix(e[0].ID, "urn:uuid:") {
		t.Errorf("ids %s, %s", e[1].ID, e[0].ID)
	}
	ids := []string{e[0].ID, e[1].ID}
	// A lost database that is filled again announces the same ids (law 2).
	w.memory, w.desk = curate.Memory{}, nil
	w.build(t, start.Add(2*time.Hour))
	e = w.shown["all"].Entries
	if got := []string{e[0].ID, e[1].ID}; !slices.Equal(got, ids) {
		t.Errorf("ids were %q, are %q", ids, got)
	}
}

func TestPrivateSourcesAreNotNamed(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.sources[1].Private = true
	w.sources[3].URL = "file:///var/lib/notes.xml"
	w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	w.record(start, wiredesk.Item{Source: 2, Title: "A", Link: "https://x.example/1", Content: "longer"})
	w.record(start, wiredesk.Item{Source: 1, Title: "B", Link: "https://x.example/2", Published: start.Add(-time.Hour)})
	w.record(start, wiredesk.Item{Source: 3, Title: "C", Link: "https://x.example/3", Published: start.Add(-2 * time.Hour)})
	w.build(t, start)
	if s := fmt.Sprintf("%+v", w.shown["all"].Entries); strings.Contains(s, "Source 1") || strings.Contains(s, "s1.example") || strings.Contains(s, "/var/lib") {
		t.Errorf("a private source or a file is named: %s", s)
	}
}

func TestContentIsCutToTheLeast(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "full"}, wiredesk.Feed{Name: "short", Content: wiredesk.ContentSummary})
	w.sources[2].Content = wiredesk.ContentNone
	long := strings.Repeat("word &amp; ", 200)
	w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1", Content: "<p>" + long + "</p>"})
	w.record(start, wiredesk.Item{Source: 2, Title: "B", Link: "https://x.example/2", Content: "secret", Summary: "secret", Published: start.Add(-time.Hour)})
	w.build(t, start)
	full, short := w.shown["full"].Entries, w.shown["short"].Entries
	if full[0].Item.Content == "" || full[1].Item.Content+full[1].Item.Summary != "" {
		t.Errorf("full: %q, %q", full[0].Item.Content, full[1].Item.Content)
	}
	if c, s := short[0].Item.Content, short[0].Item.Summary; c != "" || len(s) > 600 || !strings.HasPrefix(s, "word &amp; word") || !strings.HasSuffix(s, "…") {
		t.Errorf("short: %q, %q", c, s)
	}
}

// drawFeeds and the other draws make small worlds in which much collides.
func drawWorld(t *rapid.T) *world {
	where := rapid.SampledFrom([]string{"", `score >= 0`, `"x" in tags`, `coverage >= 2`, `age < "3h"`, `age >= "2h" and has(title, "one", "two")`, `not (age > "90m")`})
	var feeds []wiredesk.Feed
	for i := range rapid.IntRange(1, 3).Draw(t, "feeds") {
		feeds = append(feeds, wiredesk.Feed{
			Name: fmt.Sprintf("f%d", i), Where: where.Draw(t, "where"), Limit: rapid.IntRange(1, 6).Draw(t, "limit"),
			Order:     wiredesk.Order(rapid.IntRange(0, 1).Draw(t, "order")),
			MaxPerDay: rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "max per day"),
			Group:     wiredesk.Group(rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "group")),
			Approve:   rapid.SampledFrom([]string{"", "", "", "true", `has(title, "one")`}).Draw(t, "approve"),
			Settle:    time.Duration(rapid.SampledFrom([]int{0, 0, 30, 90}).Draw(t, "settle")) * time.Minute,
		})
	}
	w := newWorld(feeds...)
	for id := range wiredesk.SourceID(4) {
		w.sources[id+1].Settle = time.Duration(rapid.SampledFrom([]int{0, 0, 0, 45}).Draw(t, "source settle")) * time.Minute
		w.sources[id+1].Backfill = rapid.SampledFrom([]wiredesk.Backfill{{}, {Limited: true, Items: 1, Age: time.Hour}}).Draw(t, "backfill")
	}
	rules := []wiredesk.Rule{
		{Name: "drop", When: `has(title, "three")`, Drop: true},
		{Name: "tag", When: `source.tags[0] in ["tag1", "tag2"]`, Tags: []string{"x"}, Score: 1},
		{Name: "old", When: `age > "5h"`, Score: -2},
		{Name: "wide", When: `coverage > 1`, Score: 3},
		{Name: "hold", When: `has(title, "two")`, Hold: true},
	}
	for _, r := range rules {
		if rapid.Bool().Draw(t, r.Name) {
			w.config.Rules = append(w.config.Rules, r)
		}
	}
	return w
}

func drawItem(t *rapid.T, at time.Time) wiredesk.Item {
	word := rapid.SampledFrom([]string{"one", "two", "three", "four"}).Draw(t, "word")
	it := wiredesk.Item{
		Source:  wiredesk.SourceID(rapid.IntRange(1, 4).Draw(t, "source")),
		Title:   word,
		Link:    fmt.Sprintf("https://x.example/%d", rapid.IntRange(1, 8).Draw(t, "link")),
		Backlog: rapid.Bool().Draw(t, "backlog"),
	}
	if rapid.Bool().Draw(t, "text") {
		it.Content = "<p>" + agency + " " + word + "</p>"
	}
	it.GUID = rapid.SampledFrom([]string{"", it.Link, "tag:x.example,2026:" + word}).Draw(t, "guid")
	it.Published = at.Add(-time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes")) * time.Minute)
	return it
}

// Building item by item gives what building from scratch gives, in ledger and in feeds;
// and between two deadlines nothing depends on the time.
func TestIncrementalEqualsFromScratch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		at := start
		var ids []wiredesk.ItemID
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "pause")) * time.Minute)
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			default:
				ids = append(ids, w.record(at, drawItem(t, at)))
			case 3:
				if len(ids) > 0 { // a revision
					id := rapid.SampledFrom(ids).Draw(t, "revised")
					it := *w.items[id]
					it.Title += " one"
					it.Link = fmt.Sprintf("https://x.example/%d", rapid.IntRange(1, 8).Draw(t, "link"))
					it.Words, _ = wiredesk.WordsIdentity(&it)
					w.items[id] = &it
					if w.desk != nil {
						w.desk.Add(&it)
					}
				}
			case 4:
				if len(ids) > 0 {
					w.drawDecision(t, at, ids)
				}
			}
			// The scratch desk sees the memory that the build will see.
			before := w.memory
			before.Feeds = maps.Clone(before.Feeds)
			if w.desk != nil { // an assignment is made once, on what was known then
				before.Assignments = append(slices.Clone(before.Assignments), w.desk.Pending().Assignments...)
			}
			var scratchRows []wiredesk.Row
			if rapid.Bool().Draw(t, "build") {
				scratch := w.freshFrom(t, before)
				b := w.build(t, at)
				sb, err := scratch.Build(at)
				if err != nil {
					t.Fatalf("scratch: %v", err)
				}
				scratchRows = scratch.Pending().Rows
				if diff := cmp.Diff(w.memory.Rows[len(before.Rows):], scratchRows, emptyIsNil); diff != "" {
					t.Fatalf("ledger (-incremental +scratch)\n%s", diff)
				}
				for _, e := range sb.Editions {
					if diff := cmp.Diff(w.shown[e.Feed.Name], e, emptyIsNil); diff != "" {
						t.Fatalf("feed %s (-incremental +scratch)\n%s", e.Feed.Name, diff)
					}
				}
				sameTallies(t, w.desk, scratch, at)
				untilDeadline(t, w, at, b.Deadline)
			}
		}
	})
}

// drawDecision decides something about one of some items.
func (w *world) drawDecision(t *rapid.T, at time.Time, ids []wiredesk.ItemID) {
	id, other := rapid.SampledFrom(ids).Draw(t, "item"), rapid.SampledFrom(ids).Draw(t, "other")
	verb := rapid.SampledFrom(wiredesk.Verbs()).Draw(t, "verb")
	feed := rapid.SampledFrom([]string{"", "f0"}).Draw(t, "feed")
	switch {
	case verb.Regroups() || verb == wiredesk.Undo && feed == "":
		if w.desk == nil {
			w.desk = w.fresh(t)
		}
		if verb == wiredesk.Undo {
			w.unregroup(at, id)
		} else if _, _, err := w.desk.Regroup(verb, id, other); err == nil {
			w.regroup(t, at, verb, id, other)
		}
	default:
		w.decide(wiredesk.Decision{Item: id, At: at, Verb: verb, Feed: feed, Value: "a note"})
	}
}

// sameTallies holds that two desks say the same of every rule.
func sameTallies(t *rapid.T, incremental, scratch *curate.Desk, at time.Time) {
	a, err := incremental.Rules(at)
	if err != nil {
		t.Fatalf("%v", err)
	}
	b, err := scratch.Rules(at)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(a, b, emptyIsNil); diff != "" {
		t.Fatalf("rules (-incremental +scratch)\n%s", diff)
	}
}

// untilDeadline holds that just before the deadline everything is as it was at.
func untilDeadline(t *rapid.T, w *world, at, deadline time.Time) {
	if deadline.IsZero() {
		deadline = at.AddDate(1, 0, 0)
	}
	later := deadline.Add(-time.Millisecond)
	if !later.After(at) {
		return
	}
	d := w.freshFrom(t, w.memory)
	b, err := d.Build(later)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, e := range b.Editions {
		if diff := cmp.Diff(w.shown[e.Feed.Name], e, emptyIsNil); diff != "" {
			t.Fatalf("feed %s at %v differs before the deadline %v (-then +later)\n%s", e.Feed.Name, at, deadline, diff)
		}
	}
}

var emptyIsNil = cmpopts.EquateEmpty()

func (w *world) freshFrom(t failer, m curate.Memory) *curate.Desk {
	copied := *w
	copied.memory = m
	return copied.fresh(t)
}

// What becomes eligible late is seen: it stands above everything that was announced
// before it became eligible, whatever its date.
func TestLateIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(wiredesk.Feed{Name: "all", Limit: 5})
		w.config.Rules = []wiredesk.Rule{{Name: "hold", When: `has(title, "rumour")`, Hold: true}}
		at := start
		rumour := w.record(at, wiredesk.Item{Source: 1, Title: "a rumour", Link: "https://x.example/rumour", Published: at.Add(-time.Duration(rapid.IntRange(0, 1000).Draw(t, "age")) * time.Hour)})
		for i := range rapid.IntRange(0, 30).Draw(t, "others") {
			at = at.Add(time.Minute)
			w.record(at, wiredesk.Item{Source: 2, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://y.example/%d", i)})
			w.build(t, at)
		}
		at = at.Add(time.Hour)
		w.decide(wiredesk.Decision{Item: rumour, Verb: wiredesk.Approve, At: at})
		w.build(t, at)
		if first := w.shown["all"].Entries[0].Title; first != "a rumour" {
			t.Fatalf("first is %q", first)
		}
	})
}

// A story whose last item was pruned may still have a deadline. It used to be the end of
// the program.
func TestDeadlineOfAStoryThatIsGone(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Where: `age > "3d"`, Limit: 10})
	at := start
	id := w.record(at, wiredesk.Item{Source: 1, GUID: "a", Title: "A"})
	w.build(t, at)
	w.desk.Remove([]wiredesk.ItemID{id})
	delete(w.items, id)
	w.build(t, at.Add(time.Hour))
	if b := w.build(t, at.Add(4*24*time.Hour)); !b.Deadline.IsZero() {
		t.Errorf("there is a deadline left: %v", b.Deadline)
	}
}

// An item that is revised again and again has one deadline, not one for each revision.
func TestDeadlinesDoNotPileUp(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Where: `age > "30d"`, Limit: 10})
	id := w.record(start, wiredesk.Item{Source: 1, GUID: "a", Title: "A"})
	for i := range 100 {
		if w.desk != nil {
			w.desk.Add(w.items[id])
		}
		w.build(t, start.Add(time.Duration(i)*time.Minute))
	}
	if n := curate.Deadlines(w.desk); n != 1 {
		t.Errorf("%d deadlines for one story", n)
	}
}
