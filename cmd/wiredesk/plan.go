package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wiredesk/curate"
	"wiredesk/storage"
	"wiredesk/web"
)

type planCommand struct {
	All bool `help:"Every entry, not only the first ten of a kind."`
}

// Help is shown by wiredesk plan --help.
func (planCommand) Help() string {
	return `Examples:
  wiredesk plan                  what would change, feed by feed
  wiredesk plan --all            with every entry
  wiredesk plan --config new.toml --json

It compares what the feeds show with what they would show if the config in the file were the
running one: beside a daemon with the daemon's, else with the one that the site was last
built with. Nothing is polled and nothing is written. Exit code 0: nothing that is published
changes; 3: something does; 2: the config has mistakes.`
}

// errChanges is how plan says that it found changes.
var errChanges = errors.New("the config would change something")

// planReply is what would change. Feeds has every feed, Change says which ones change.
type planReply struct {
	Changes bool         `json:"changes"`
	Site    []wordsReply `json:"site"`
	Feeds   []feedPlan   `json:"feeds"`
	Sources []sourcePlan `json:"sources"`
}

type feedPlan struct {
	Feed          string       `json:"feed"`
	Change        string       `json:"change"` // a curate.Standing
	EntriesBefore int          `json:"entries_before"`
	EntriesAfter  int          `json:"entries_after"`
	New           int          `json:"new_to_subscribers"`
	Words         []wordsReply `json:"words"` // the feed's own
	Appear        []planEntry  `json:"appear"`
	Vanish        []planEntry  `json:"vanish"`
	Move          []planEntry  `json:"move"`
	Merge         []planEntry  `json:"merge"`
	Split         []planEntry  `json:"split"`
	Other         []planEntry  `json:"other"` // stay, and are shown differently
}

type planEntry struct {
	ID      string   `json:"id"`
	Item    string   `json:"item"`
	Title   string   `json:"title"`
	Link    string   `json:"link,omitempty"`
	Source  string   `json:"source,omitempty"`
	New     bool     `json:"new"` // to subscribers
	From    int      `json:"from,omitempty"`
	To      int      `json:"to,omitempty"`
	With    string   `json:"with,omitempty"`
	Changes []string `json:"changes,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

type wordsReply struct {
	What   string `json:"what"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type sourcePlan struct {
	Change string `json:"change"`
	URL    string `json:"url"`
	Title  string `json:"title,omitempty"`
	List   string `json:"reading_list,omitempty"`
	Items  uint64 `json:"items"` // that came from it so far
}

// What becomes of a source.
const (
	sourceNew     = "new"
	sourceBack    = "back" // was there before, and its items are still stored
	sourceRemoved = "removed"
	listNew       = "new reading list"
)

// decide says whether anything changes.
func (r *planReply) decide() {
	r.Changes = len(r.Site)+len(r.Sources) > 0 ||
		slices.ContainsFunc(r.Feeds, func(f feedPlan) bool { return f.Change != string(curate.FeedSame) })
}

// Run prints what would change.
func (c planCommand) Run(ctx context.Context, p *program) error {
	reply, err := p.askPlan(ctx)
	if err != nil {
		return err
	}
	switch {
	case p.cli.JSON:
		if err := printJSON(p.stdout, reply); err != nil {
			return err
		}
	case !reply.Changes:
		fmt.Fprintln(p.stdout, "no changes")
	default:
		c.print(p, reply)
	}
	if reply.Changes {
		return errChanges
	}
	return nil
}

// askPlan asks the daemon, or finds out itself. A config with mistakes is told at once: a
// daemon would not take it in.
func (p *program) askPlan(ctx context.Context) (*planReply, error) {
	cfg, compiled, err := p.load()
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(patience); ; {
		var reply planReply
		err := web.Ask(ctx, cfg.Server.Socket, "plan", struct{}{}, &reply, nil)
		if !errors.Is(err, web.ErrNoDaemon) {
			return &reply, err
		}
		found, err := p.planMyself(ctx, cfg, compiled)
		// Two commands at once take turns.
		if !errors.Is(err, storage.ErrLocked) || time.Now().After(deadline) || !sleep(ctx, 100*time.Millisecond) {
			return found, err
		}
	}
}

func (c planCommand) print(p *program, reply *planReply) {
	out := func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }
	words := func(list []wordsReply) {
		for _, w := range list {
			out("  ~ %s: %q becomes %q", w.What, cell(w.Before, 60), cell(w.After, 60))
		}
	}
	if len(reply.Site) > 0 {
		out("the site:")
		words(reply.Site)
	}
	for i := range reply.Feeds {
		f := &reply.Feeds[i]
		if f.Change == string(curate.FeedSame) {
			continue
		}
		out("%s", f.summary())
		words(f.Words)
		c.list(p, "+", "", f.Appear)
		c.list(p, "+", "splits", f.Split)
		c.list(p, "-", "", f.Vanish)
		c.list(p, "-", "merges", f.Merge)
		c.list(p, "~", "moves", f.Move)
		c.list(p, "~", "changes", f.Other)
	}
	for _, s := range reply.Sources {
		out("%s", s.line())
	}
}

// most is how many entries of a kind are shown without --all.
const most = 10

// list prints entries that have something in common.
func (c planCommand) list(p *program, sign, did string, entries []planEntry) {
	for i, e := range entries {
		if i == most && !c.All {
			fmt.Fprintf(p.stdout, "  %s … and %d more (--all)\n", sign, len(entries)-i)
			return
		}
		fmt.Fprintf(p.stdout, "  %s %s\n", sign, e.line(did))
	}
}

// line says in one line what happens to an entry, and why.
func (e *planEntry) line(did string) string {
	news, reason := "", e.Reason
	if e.New {
		news = "new to subscribers"
	}
	if reason != "" && e.To > 0 {
		reason = "until now: " + reason
	}
	switch did {
	case "moves":
		did = fmt.Sprintf("moves from %d to %d", e.From, e.To)
	case "merges":
		did = "merges into " + e.With
	case "splits":
		did = "splits from " + e.With
	case "changes":
		did = "changes: " + strings.Join(e.Changes, ", ")
	}
	line := cell(cmp.Or(e.Title, e.Link), 70)
	if e.Source != "" {
		line = cell(e.Source, 30) + ": " + line
	}
	if e.Link != "" {
		line += " " + cell(e.Link, 0)
	}
	return line + notes(did, news, reason)
}

// summary says in a line what changes in a feed.
func (f *feedPlan) summary() string {
	var parts []string
	add := func(n int, verb, more string) {
		if n > 0 {
			parts = append(parts, changeCount(n, verb)+more)
		}
	}
	news := ""
	if f.New > 0 {
		news = fmt.Sprintf(" (%d new to subscribers)", f.New)
	}
	if len(f.Appear) == 0 { // what splits off may be new as well
		add(len(f.Split), "split", news)
	} else {
		add(len(f.Appear), "appear", news)
		add(len(f.Split), "split", "")
	}
	add(len(f.Vanish), "vanish", "")
	add(len(f.Merge), "merge", "")
	add(len(f.Move), "move", "")
	add(len(f.Other), "change", "")
	if len(f.Words) > 0 {
		parts = append(parts, "its own words change")
	}
	head := f.Feed
	if f.Change != string(curate.FeedChanged) {
		head = f.Change + " feed " + f.Feed
	}
	if len(parts) == 0 {
		return head + ": nothing in it"
	}
	return head + ": " + strings.Join(parts, ", ")
}

// line says in one line what becomes of a source.
func (s *sourcePlan) line() string {
	name := cell(s.URL, 0)
	if s.Title != "" && s.Title != s.URL {
		name += " (" + cell(s.Title, 40) + ")"
	}
	switch s.Change {
	case sourceNew:
		return "new source " + name + ": unknown until polled"
	case listNew:
		return "new reading list " + name + ": unknown until it is read"
	case sourceBack:
		return "source " + name + " is back, with what is stored of it"
	default:
		return "removed source " + name + ": what is stored of it stays stored"
	}
}

// changeCount says how many entries do something: 3 appear, 1 appears.
func changeCount(n int, verb string) string {
	switch {
	case n != 1:
	case strings.HasSuffix(verb, "sh"):
		verb += "es"
	default:
		verb += "s"
	}
	return fmt.Sprintf("%d %s", n, verb)
}

// notes joins what there is to say of an entry, cleaned for a terminal.
func notes(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, cell(p, 0))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, "; ") + ")"
}
