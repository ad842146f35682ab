package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/curate"
	"wiredesk/storage"
)

type planCommand struct {
	All bool `help:"Every entry, not only the first ten of a kind."`
}

// Help is shown by wiredesk plan --help.
func (planCommand) Help() string {
	return `Examples:
  wiredesk plan                  what would change, feed by feed
  wiredesk plan && wiredesk reload

It compares what the feeds show with what they would show if the config in the file were the
running one. Nothing is polled and nothing is written. Exit code 0: nothing changes; 3:
something does; 2: the config has mistakes.`
}

// errChanges is how plan says that it found changes.
var errChanges = errors.New("the config would change something")

type planReply struct {
	Feeds []feedPlan `json:"feeds"`
	// Unknown are sources that were never polled: what they bring is not known.
	Unknown []string `json:"unknown_sources"`
	Gone    []string `json:"removed_sources"`
}

type feedPlan struct {
	Feed   string `json:"feed"`
	Change string `json:"change"` // "new", "removed", "changed" or "none"
	// About says that the title or other words of the feed itself change.
	About  bool        `json:"about"`
	New    int         `json:"new_to_subscribers"`
	Appear []planEntry `json:"appear"`
	Vanish []planEntry `json:"vanish"`
	Move   []planEntry `json:"move"`
	Other  []planEntry `json:"other"` // another title, lead or company
}

type planEntry struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Link   string `json:"link,omitempty"`
	Source string `json:"source,omitempty"`
	New    bool   `json:"new"` // to subscribers
}

// Run prints what would change.
func (c planCommand) Run(ctx context.Context, p *program) error {
	if _, _, err := p.load(); err != nil {
		return err
	}
	var reply planReply
	if err := p.ask(ctx, "plan", struct{}{}, &reply); err != nil {
		return err
	}
	changes := slices.ContainsFunc(reply.Feeds, func(f feedPlan) bool { return f.Change != "none" }) || len(reply.Unknown)+len(reply.Gone) > 0
	switch {
	case p.cli.JSON:
		if err := printJSON(p.stdout, reply); err != nil {
			return err
		}
	case !changes:
		fmt.Fprintln(p.stdout, "nothing changes")
	default:
		c.print(p, &reply)
	}
	if changes {
		return errChanges
	}
	return nil
}

func (c planCommand) print(p *program, reply *planReply) {
	out := func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }
	list := func(sign string, entries []planEntry) {
		for i, e := range entries {
			if i == 10 && !c.All {
				out("  %s … and %d more (--all)", sign, len(entries)-i)
				return
			}
			mark := ""
			if e.New {
				mark = " (new to subscribers)"
			}
			out("  %s %s: %s%s", sign, cell(e.Source, 30), cell(cmp.Or(e.Title, e.Link), 70), mark)
		}
	}
	for _, f := range reply.Feeds {
		if f.Change == "none" {
			continue
		}
		out("%s", f.summary())
		list("+", f.Appear)
		list("-", f.Vanish)
		list("~", f.Move)
		list("*", f.Other)
	}
	for _, url := range reply.Unknown {
		out("new source %s: unknown until polled", cell(url, 0))
	}
	for _, url := range reply.Gone {
		out("removed source %s", cell(url, 0))
	}
}

// summary says in a line what changes in a feed.
func (f *feedPlan) summary() string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	appear := "appear"
	if f.New > 0 {
		appear += fmt.Sprintf(" (%d new to subscribers)", f.New)
	}
	add(len(f.Appear), appear)
	add(len(f.Vanish), "vanish")
	add(len(f.Move), "move")
	add(len(f.Other), "change")
	if f.About {
		parts = append(parts, "its own title or description changes")
	}
	head := f.Feed
	if f.Change != "changed" {
		head = f.Change + " feed " + f.Feed
	}
	if len(parts) == 0 {
		return head
	}
	return head + ": " + strings.Join(parts, ", ")
}

// plan compares what the feeds show with what they would show by the config in the file. A
// daemon knows what it shows; without one, the store remembers what was shown last.
func (n *newsroom) plan(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before, err := n.shownBefore(ctx)
	if err != nil {
		return nil, err
	}
	cfg, compiled, err := loadConfig(n.cfg.Path, n.getenv)
	if err != nil {
		return nil, err
	}
	then := &newsroom{log: n.log, getenv: n.getenv, store: n.store, editions: make(map[string]wiredesk.Edition)}
	reply := planReply{Feeds: []feedPlan{}, Unknown: []string{}, Gone: []string{}}
	if err := then.pretend(ctx, cfg, compiled, &reply); err != nil {
		return nil, err
	}
	for _, s := range n.sources {
		if !slices.ContainsFunc(then.sources, func(t source) bool { return t.ID == s.ID }) {
			reply.Gone = append(reply.Gone, s.Source.URL)
		}
	}
	for _, name := range then.feedNames() {
		old, known := before[name]
		after := curate.ShowingOf(then.editions[name])
		changes := curate.Compare(old, after, func(id string) bool { return then.announcedBefore(name, id) })
		f := planOf(name, &changes)
		if !known {
			f.Change, f.About = "new", false
		}
		reply.Feeds = append(reply.Feeds, f)
		delete(before, name)
	}
	for _, name := range sortedNames(before) {
		changes := curate.Compare(before[name], curate.Showing{}, nil)
		f := planOf(name, &changes)
		f.Change, f.About = "removed", false
		reply.Feeds = append(reply.Feeds, f)
	}
	return reply, nil
}

// pretend curates what is stored by another config, and writes nothing.
func (n *newsroom) pretend(ctx context.Context, cfg *config.Config, compiled *curate.Program, reply *planReply) error {
	wanted, err := n.wanted(ctx, cfg)
	if err != nil {
		return err
	}
	plain := make([]wiredesk.Source, len(wanted))
	for i := range wanted {
		plain[i] = wanted[i].Source
	}
	known, err := n.store.Known(ctx, plain)
	if err != nil {
		return err
	}
	for i := range wanted {
		st, err := n.store.State(ctx, known[i].ID)
		if err != nil {
			return err
		}
		if known[i].ID == 0 || st.Polled.IsZero() && !wanted[i].Paused {
			reply.Unknown = append(reply.Unknown, wanted[i].Source.URL)
		}
		if known[i].ID == 0 {
			continue
		}
		wanted[i].Registered = known[i]
		n.sources = append(n.sources, wanted[i])
	}
	n.cfg, n.program = cfg, compiled
	_, err = n.curate(ctx, time.Now())
	return err
}

// announcedBefore reports whether an id was in the ledger of a feed before this pretence.
func (n *newsroom) announcedBefore(feed, id string) bool {
	for _, r := range n.desk.Pending().Rows {
		if r.Feed == feed && r.ID == id {
			return false
		}
	}
	return n.desk.Announced(feed, id)
}

// shownBefore returns what the feeds show now, or showed when they were last built.
func (n *newsroom) shownBefore(ctx context.Context) (map[string]curate.Showing, error) {
	before := make(map[string]curate.Showing)
	if n.site.Load() != nil {
		for _, name := range n.feedNames() {
			before[name] = curate.ShowingOf(n.editions[name])
		}
		return before, nil
	}
	stored, err := n.store.Showings(ctx)
	for name, s := range stored {
		showing := curate.Showing{About: s.About}
		for _, e := range s.Entries {
			showing.Entries = append(showing.Entries, curate.Shown(e))
		}
		before[name] = showing
	}
	return before, err
}

// toStored returns a showing as the store keeps it.
func toStored(s curate.Showing) storage.Showing {
	stored := storage.Showing{About: s.About}
	for _, e := range s.Entries {
		stored.Entries = append(stored.Entries, storage.Shown(e))
	}
	return stored
}

func (n *newsroom) feedNames() []string {
	names := make([]string, len(n.cfg.Feeds))
	for i, f := range n.cfg.Feeds {
		names[i] = f.Name
	}
	return names
}

func sortedNames(m map[string]curate.Showing) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func planOf(name string, c *curate.Changes) feedPlan {
	entries := func(list []curate.Shown) []planEntry {
		out := []planEntry{}
		for _, e := range list {
			out = append(out, planEntry{ID: e.ID, Title: e.Title, Link: e.Link, Source: e.Source, New: slices.Contains(c.New, e.ID)})
		}
		return out
	}
	f := feedPlan{
		Feed: name, Change: "changed", About: c.About, New: len(c.New),
		Appear: entries(c.Appear), Vanish: entries(c.Vanish), Move: entries(c.Move), Other: entries(c.Change),
	}
	if c.None() {
		f.Change = "none"
	}
	return f
}
