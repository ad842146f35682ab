package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/curate"
)

type itemsCommand struct {
	Feed   string `placeholder:"NAME" help:"Only what this feed shows, in its order; with --held, what it holds."`
	Held   bool   `help:"Only what waits for a person."`
	Number int    `short:"n" default:"30" help:"How many at most."`
}

// Help is shown by wiredesk items --help.
func (itemsCommand) Help() string {
	return `Examples:
  wiredesk items               what came last, and what became of it
  wiredesk items --feed go     what the feed go shows now
  wiredesk items --held        what waits for wiredesk approve or wiredesk release

The first column is an id that other commands take.`
}

type itemsArgs struct {
	Feed   string `json:"feed,omitempty"`
	Held   bool   `json:"held,omitempty"`
	Number int    `json:"number"`
}

// itemReply is one item and where it stands.
type itemReply struct {
	ID        string      `json:"id"`
	Title     string      `json:"title"`
	Link      string      `json:"link,omitempty"`
	Source    string      `json:"source"`
	Published time.Time   `json:"published"`
	Seen      time.Time   `json:"seen"`
	Feeds     []feedState `json:"feeds"`
}

type feedState struct {
	Feed     string `json:"feed"`
	State    string `json:"state"`
	Why      string `json:"why"`
	Position int    `json:"position,omitempty"`
}

// Run prints items.
func (c itemsCommand) Run(ctx context.Context, p *program) error {
	var reply []itemReply
	if err := p.ask(ctx, "items", itemsArgs(c), &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	now := time.Now()
	t := newTable(p.stdout, "ID", "SEEN", "SOURCE", "TITLE", "WHAT BECAME OF IT")
	for _, it := range reply {
		t.row(it.ID, ago(it.Seen, now), cell(it.Source, 20), cell(it.Title, 60), cell(inShort(it.Feeds), 0))
	}
	return t.flush()
}

// inShort says where an item stands in all feeds: the feeds that say the same together.
func inShort(feeds []feedState) string {
	var order []string
	by := make(map[string][]string)
	for _, f := range feeds {
		what := f.State
		if f.State != string(curate.Published) && f.State != string(curate.NotSelected) {
			what = f.Why
		}
		if by[what] == nil {
			order = append(order, what)
		}
		by[what] = append(by[what], f.Feed)
	}
	var parts []string
	for _, what := range order {
		if len(order) == 1 && what != string(curate.Published) {
			parts = append(parts, what)
			continue
		}
		parts = append(parts, what+" in "+strings.Join(by[what], ", "))
	}
	return strings.Join(parts, "; ")
}

func (n *newsroom) items(ctx context.Context, args itemsArgs, _ func(int, int)) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at, err := n.current(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := n.choose(ctx, args)
	if err != nil {
		return nil, err
	}
	reply := []itemReply{}
	for _, id := range ids {
		x, err := n.desk.Explain(id, at)
		if err != nil {
			return nil, err
		}
		if x != nil {
			reply = append(reply, itemOf(x))
		}
	}
	return reply, nil
}

// current returns as of when the desk is, and fills it if there is none. What that adds to
// the ledger waits for the next build of the daemon; without one it is dropped with the
// desk, because only the daemon and once announce. The caller holds n.mu.
func (n *newsroom) current(ctx context.Context) (time.Time, error) {
	if n.desk != nil {
		return n.built, nil
	}
	if _, err := n.curate(ctx, time.Now()); err != nil {
		n.clearDesk() // half of the news may be in it
		return time.Time{}, err
	}
	return n.built, nil
}

// choose returns the items that a command asks for, in the order to show.
func (n *newsroom) choose(ctx context.Context, args itemsArgs) ([]wiredesk.ItemID, error) {
	var ids []wiredesk.ItemID
	shown, known := n.desk.Shown(args.Feed)
	switch {
	case args.Feed != "" && !known:
		return nil, n.noFeed(args.Feed)
	case args.Held:
		ids = n.desk.Held(args.Feed)
	case args.Feed != "":
		ids = shown
	default:
		items, err := n.store.Newest(ctx, args.Number)
		if err != nil {
			return nil, err
		}
		for i := range items {
			ids = append(ids, items[i].ID)
		}
	}
	return ids[:min(len(ids), max(args.Number, 0))], nil
}

// noFeed tells that the config has no feed of a name.
func (n *newsroom) noFeed(name string) error {
	var names []string
	for _, f := range n.cfg.Feeds {
		names = append(names, f.Name)
	}
	return withHint(fmt.Errorf("there is no feed %q", name), "%s", cmp.Or(wiredesk.DidYouMean(name, names), "the feeds are "+strings.Join(names, ", ")))
}

func itemOf(x *curate.Explanation) itemReply {
	r := itemReply{
		ID: x.Item.ID.String(), Title: x.Item.Title, Link: x.Item.Link, Source: x.Source,
		Published: x.Item.Published, Seen: x.Item.Seen,
	}
	for _, f := range x.Feeds {
		r.Feeds = append(r.Feeds, feedState{Feed: f.Feed, State: string(f.State), Why: f.Why, Position: f.Position})
	}
	return r
}
