package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wiredesk/curate"
)

var edits = flag.Int("edits", 200, "how many edits TestPlanIsWhatReloadDoes makes; after 1000 it demands that everything was led to")

// What plan says is the difference between what is published before and after a real reload,
// over random edits of rules, feeds, lists and sources. Who looks reads the published documents.
// Where no daemon runs, plan says the same. The desk alone is held to it over a thousand edits in
// curate.
func TestPlanIsWhatReloadDoes(t *testing.T) {
	t.Parallel()
	edits := *edits
	if raced || testing.Short() {
		edits = min(edits, 40)
	}
	inDesk(t, func(d *desk) {
		p := newPlanner(d)
		for i := range edits {
			p.live(i)
			p.edit()
			p.check(fmt.Sprintf("edit %d", i))
			if d.t.Failed() {
				d.t.Logf("the config was\n%s", p.previous)
				d.t.Logf("and is now\n%s", p.text())
				return
			}
		}
		d.t.Logf("%d edits: %v", edits, p.seen)
		for _, what := range []string{"appear", "new", "vanish", "move", "other", "words", "new feed", "removed feed", "back", "removed", "changed", "none"} {
			if p.seen[what] == 0 && edits >= 1000 {
				d.t.Errorf("no edit led to: %s", what)
			}
		}
	})
}

// A planner edits a config at random and holds what plan says against what happens.
type planner struct {
	*desk
	rand     *rand.Rand
	presses  []*press
	sources  []string // keys of each source; "-" is not there
	rules    []string
	feeds    map[string][]string // keys of each feed
	brands   string
	previous string
	seen     map[string]int
}

func newPlanner(d *desk) *planner {
	p := &planner{desk: d, rand: rand.New(rand.NewPCG(3, 5)), feeds: map[string][]string{"all": nil}, brands: `"1"`, seen: make(map[string]int)}
	for n := range 6 {
		p.presses = append(p.presses, newPress(d.web, n))
	}
	copyOf(d.web, p.presses[0], p.presses[1]) // stories of two
	copyOf(d.web, p.presses[2], p.presses[3])
	p.sources = make([]string, len(p.presses))
	d.config(p.text())
	d.open()
	p.round()
	return p
}

// text returns the config.
func (p *planner) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[server]\nbase_url = \"https://feeds.example.org\"\n[lists]\nbrands = [%s]\n", p.brands)
	for i, keys := range p.sources {
		if keys != "-" {
			fmt.Fprintf(&b, "[[source]]\nurl = %q\n%s\n", p.presses[i].url(), keys)
		}
	}
	for i, rule := range p.rules {
		fmt.Fprintf(&b, "[[rule]]\nname = \"r%d\"\n%s\n", i, rule)
	}
	for _, name := range slices.Sorted(mapKeys(p.feeds)) {
		fmt.Fprintf(&b, "[[feed]]\nname = %q\n%s\n", name, strings.Join(p.feeds[name], "\n"))
	}
	return b.String()
}

func mapKeys(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// pick returns one of the texts.
func (p *planner) pick(of ...string) string { return of[p.rand.IntN(len(of))] }

func (p *planner) condition() string {
	return p.pick(`has(title, "1")`, `has(title, brands)`, `"town" in tags`, `coverage > 1`, `age < "2d"`, `age > "30h"`, `source.meta.town == "Ghent"`, `score > 0`)
}

// edit changes one thing of the config.
func (p *planner) edit() {
	p.previous = p.text()
	name := p.pick("all", "one", "two")
	source := p.rand.IntN(len(p.sources))
	switch p.rand.IntN(8) {
	case 0, 1:
		rule := fmt.Sprintf("when = '%s'\n%s", p.condition(), p.pick("drop = true", "hold = true", `tag = ["town"]`, "score = 1", `title = '"News: " + title'`))
		if p.rand.IntN(3) == 0 {
			rule += "\nfeeds = [\"all\"]"
		}
		p.rules = append(p.rules, rule)
	case 2, 3:
		if len(p.rules) > 0 {
			i := p.rand.IntN(len(p.rules))
			p.rules = slices.Delete(p.rules, i, i+1)
		}
	case 4:
		if _, there := p.feeds[name]; there && len(p.feeds) > 1 && p.rand.IntN(2) == 0 {
			delete(p.feeds, name)
			if len(p.feeds["all"]) == 0 { // some rules are limited to it
				p.feeds["all"] = nil
			}
			return
		}
		p.feeds[name] = p.feedKeys()
	case 5:
		p.sources[source] = p.pick("", "-", "-", "tags = [\"town\"]", "title = \"Renamed\"", "priority = 3", "content = \"none\"", "private = true", "meta = { town = \"Ghent\" }")
	case 6:
		p.brands = p.pick(`"1"`, `"2", "3"`, `"press"`, `"nothing"`)
	case 7:
		p.feeds[name] = p.feedKeys()
	}
	if len(p.rules) > 6 {
		p.rules = p.rules[3:]
	}
}

func (p *planner) feedKeys() (keys []string) {
	for _, key := range []string{
		fmt.Sprintf("where = '%s'", p.condition()), fmt.Sprintf("limit = %d", 1+p.rand.IntN(30)), `order = "published"`, `order = "published"`, `content = "none"`,
		`title = "Another"`, `description = "About"`, `item_title = 'title + "!"'`, `at_least = "2d"`, fmt.Sprintf("approve = '%s'", p.condition()),
	} {
		if p.rand.IntN(4) == 0 && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// live lets time go by, and now and then something happen.
func (p *planner) live(i int) {
	time.Sleep(time.Duration(1+p.rand.IntN(90)) * time.Minute)
	if i%10 == 0 {
		// Some of it is told late: it is new, and has a date of the day before.
		p.presses[p.rand.IntN(len(p.presses))].tell(time.Now().Add(-time.Duration(p.rand.IntN(30)) * time.Hour))
		p.round()
		return
	}
	p.rebuild()
}

func (p *planner) round() {
	p.t.Helper()
	if _, err := p.room.round(p.t.Context(), true, nil); err != nil {
		p.t.Fatal(err)
	}
}

func (p *planner) rebuild() {
	p.t.Helper()
	if _, err := p.room.rebuild(p.t.Context(), time.Now()); err != nil {
		p.t.Fatal(err)
	}
}

// check plans, reloads and compares.
func (p *planner) check(name string) {
	ctx := p.t.Context()
	p.config(p.text())
	before, ledger := p.look(), p.ledger()
	answer, err := p.room.plan(ctx, struct{}{}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	plan := answer.(*planReply)
	alone := p.alone()
	if diff := cmp.Diff(plan, alone); diff != "" {
		p.t.Errorf("%s: without a daemon plan says something else (-daemon +alone):\n%s", name, diff)
	}
	reload(p.desk, p.text())
	p.rebuild()
	after := p.look()
	told := make(map[string]*feedPlan)
	for i := range plan.Feeds {
		told[plan.Feeds[i].Feed] = &plan.Feeds[i]
	}
	for feed := range union(before, after) {
		if told[feed] == nil {
			p.t.Errorf("%s: plan does not tell of %s", name, feed)
			continue
		}
		p.observe(name, told[feed], before[feed], after[feed], ledger)
	}
	for _, s := range plan.Sources {
		p.seen[s.Change]++
	}
	again, err := p.room.plan(ctx, struct{}{}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if again.(*planReply).Changes {
		p.t.Errorf("%s: after the reload plan still finds changes: %+v", name, again)
	}
}

// alone plans as where no daemon runs.
func (p *planner) alone() *planReply {
	ctx := p.t.Context()
	n := &newsroom{log: p.log, getenv: p.room.getenv, store: p.room.store}
	last, err := n.lastBuilt(ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	cfg, compiled, err := loadConfig(p.path, n.getenv)
	if err != nil {
		p.t.Fatal(err)
	}
	reply, err := last.compareWith(ctx, cfg, compiled, time.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	return reply
}

// A looked is what a subscriber finds of one feed.
type looked struct {
	documents [3]string // RSS, Atom, JSON
	title     string
	ids       []string // in their order
	items     map[string]string
}

// look reads the documents of every feed that is published.
func (p *planner) look() map[string]*looked {
	out := make(map[string]*looked)
	site := p.room.site.Load()
	for _, name := range []string{"all", "one", "two"} {
		l := &looked{items: make(map[string]string)}
		for i, format := range []string{".rss", ".atom", ".json"} {
			doc, ok := site.Lookup("/" + name + format)
			if !ok {
				l = nil
				break
			}
			l.documents[i] = string(doc.Body)
		}
		if l == nil {
			continue
		}
		var feed struct {
			Title string
			Items []json.RawMessage
		}
		if err := json.Unmarshal([]byte(l.documents[2]), &feed); err != nil {
			p.t.Fatal(err)
		}
		l.title = feed.Title
		for _, raw := range feed.Items {
			var item struct{ ID string }
			if err := json.Unmarshal(raw, &item); err != nil {
				p.t.Fatal(err)
			}
			l.ids = append(l.ids, item.ID)
			l.items[item.ID] = string(raw)
		}
		out[name] = l
	}
	return out
}

// ledger returns what was announced in which feed.
func (p *planner) ledger() map[string]bool {
	rows, err := p.room.store.Rows(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	announced := make(map[string]bool)
	for _, r := range rows {
		announced[r.Feed+" "+r.ID] = true
	}
	return announced
}

func union(a, b map[string]*looked) map[string]bool {
	out := make(map[string]bool)
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// observe holds the plan of one feed against what a subscriber found before and after.
func (p *planner) observe(name string, plan *feedPlan, before, after *looked, announced map[string]bool) {
	wrong := func(format string, args ...any) {
		p.t.Errorf(name+": "+plan.Feed+": "+format, args...)
	}
	standing := curate.FeedSame
	switch {
	case before == nil:
		standing, before = curate.FeedNew, &looked{title: after.title}
	case after == nil:
		standing, after = curate.FeedRemoved, &looked{title: before.title}
	case before.documents != after.documents:
		standing = curate.FeedChanged
	}
	if plan.Change != string(standing) {
		wrong("plan says %q, it is %q", plan.Change, standing)
	}
	var appear, vanish, fresh, other, was, is []string
	for _, id := range after.ids {
		switch old, there := before.items[id]; {
		case !there:
			appear = append(appear, id)
			if !announced[plan.Feed+" "+id] {
				fresh = append(fresh, id)
			}
		case old != after.items[id]:
			other = append(other, id)
			is = append(is, id)
		default:
			is = append(is, id)
		}
	}
	for _, id := range before.ids {
		if _, there := after.items[id]; there {
			was = append(was, id)
		} else {
			vanish = append(vanish, id)
		}
	}
	for _, c := range []struct {
		what      string
		want, got []string
	}{
		{"appear", appear, entryIDs(plan.Appear, plan.Split)},
		{"vanish", vanish, entryIDs(plan.Vanish, plan.Merge)},
		{"other", other, entryIDs(plan.Other)},
	} {
		p.seen[c.what] += len(c.want)
		slices.Sort(c.want)
		slices.Sort(c.got)
		if !slices.Equal(c.want, c.got) {
			wrong("%s: plan says %q, it is %q", c.what, c.got, c.want)
		}
	}
	if plan.New != len(fresh) || plan.EntriesBefore != len(before.ids) || plan.EntriesAfter != len(after.ids) {
		wrong("plan counts %d new, %d before, %d after; they are %d, %d, %d", plan.New, plan.EntriesBefore, plan.EntriesAfter, len(fresh), len(before.ids), len(after.ids))
	}
	if before.title != after.title && len(plan.Words) == 0 {
		wrong("plan does not tell of the title %q", after.title)
	}
	moved := entryIDs(plan.Move)
	if len(moved) != len(is)-common(was, is) || !slices.Equal(without(was, moved), without(is, moved)) {
		wrong("plan moves %q to make %q of %q", moved, is, was)
	}
	p.seen["new"] += len(fresh)
	p.seen["move"] += len(moved)
	p.seen["words"] += len(plan.Words)
	switch standing {
	case curate.FeedNew, curate.FeedRemoved:
		p.seen[string(standing)+" feed"]++
	default:
		p.seen[string(standing)]++
	}
}

func entryIDs(lists ...[]planEntry) (ids []string) {
	for _, e := range slices.Concat(lists...) {
		ids = append(ids, e.ID)
	}
	return ids
}

func without(list, gone []string) (rest []string) {
	for _, s := range list {
		if !slices.Contains(gone, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// common returns the length of the longest common subsequence.
func common(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
