package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wiredesk"
	"wiredesk/curate"
)

// A heldBack is what the commands have in common that decide about what a gate holds.
type heldBack struct {
	What string `arg:"" help:"A source, by its name, title or address: all that is held of it. Or one item: its link, guid, published id, or the id that wiredesk items shows."`
	Feed string `placeholder:"NAME" help:"Only in this feed; without it, in all."`
	By   string `placeholder:"WHO" help:"Who decides; without it, the user of this system."`
}

type (
	releaseCommand struct{ heldBack }
	dropCommand    struct{ heldBack }
)

// Help is shown by wiredesk release --help.
func (releaseCommand) Help() string {
	return `Examples:
  wiredesk items --held
  wiredesk release go-blog                       everything of this source that is held
  wiredesk release https://example.org/an-article

It takes its place in the feed as of now, so that nobody misses it.`
}

// Help is shown by wiredesk drop --help.
func (dropCommand) Help() string {
	return `Examples:
  wiredesk items --held
  wiredesk drop go-blog                          everything of this source that is held
  wiredesk drop dgw5azxjqc5c

Where other feeds have published it already, it stays in those. What is dropped stays stored;
wiredesk undo takes it back, item by item.`
}

// Run publishes what is held.
func (c releaseCommand) Run(ctx context.Context, p *program) error {
	return c.send(ctx, p, wiredesk.Release)
}

// Run decides that what is held is never published.
func (c dropCommand) Run(ctx context.Context, p *program) error { return c.send(ctx, p, wiredesk.Drop) }

type releaseArgs struct {
	What string `json:"what"`
	Feed string `json:"feed,omitempty"`
	By   string `json:"by"`
	Verb string `json:"verb"`
}

type releaseReply struct {
	Verb  string      `json:"verb"`
	Feed  string      `json:"feed,omitempty"`
	By    string      `json:"by"`
	Items []itemReply `json:"items"` // as they stood before
}

func (c heldBack) send(ctx context.Context, p *program, verb wiredesk.Verb) error {
	if err := named(c.What); err != nil {
		return err
	}
	var reply releaseReply
	args := releaseArgs{What: c.What, Feed: c.Feed, By: cmp.Or(c.By, thisUser()), Verb: string(verb)}
	if err := p.ask(ctx, "release", args, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	for _, it := range reply.Items {
		for _, feed := range it.decidedIn(verb, reply.Feed) {
			fmt.Fprintf(p.stdout, "%s: %s%s\n", reply.Verb, cell(cmp.Or(it.Title, it.Link), 0), in(feed))
		}
	}
	return nil
}

// decidedIn returns the feeds for which a decision about what is held counts: the one that was
// named, else all, as "". What some feeds hold and others have announced is dropped only where
// it is held.
func (it *itemReply) decidedIn(verb wiredesk.Verb, feed string) []string {
	held, announced := []string{}, false
	for _, f := range it.Feeds {
		switch curate.State(f.State) {
		case curate.HeldBack:
			held = append(held, f.Feed)
		case curate.Published, curate.Archived, curate.BelowLimit, curate.Queued, curate.InDigest:
			announced = true
		}
	}
	if feed == "" && verb == wiredesk.Drop && announced {
		return held
	}
	return []string{feed}
}

// release decides about everything that is held of a source, or about one item.
func (n *newsroom) release(ctx context.Context, args releaseArgs, _ func(int, int)) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at, err := n.current(ctx)
	if err != nil {
		return nil, err
	}
	verb := wiredesk.Verb(args.Verb)
	if verb != wiredesk.Release && verb != wiredesk.Drop {
		return nil, fmt.Errorf("nothing can be decided by %q", args.Verb)
	}
	if _, known := n.desk.Shown(args.Feed); args.Feed != "" && !known {
		return nil, n.noFeed(args.Feed)
	}
	ids, err := n.heldOf(ctx, args.What, args.Feed)
	if err != nil {
		return nil, err
	}
	reply := releaseReply{Verb: args.Verb, Feed: args.Feed, By: args.By, Items: []itemReply{}}
	now := time.Now()
	for _, id := range ids {
		x, err := n.desk.Explain(id, at)
		if err != nil {
			return nil, err
		}
		it := itemOf(x)
		for _, feed := range it.decidedIn(verb, args.Feed) {
			d := wiredesk.Decision{At: now, By: args.By, Via: "cli", Item: id, Feed: feed, Verb: verb}
			if err := n.carryOut(ctx, d); err != nil {
				return nil, err
			}
		}
		reply.Items = append(reply.Items, it)
	}
	return reply, nil
}

// heldOf returns what is held of a source, or the one item that is meant, oldest first.
func (n *newsroom) heldOf(ctx context.Context, what, feed string) ([]wiredesk.ItemID, error) {
	held := n.desk.Held(feed)
	slices.Reverse(held)
	var of []wiredesk.ItemID
	switch s, err := n.theNamed(ctx, n.sources, what); {
	case err == nil:
		for _, id := range held {
			if n.desk.SourceOf(id) == s.ID {
				of = append(of, id)
			}
		}
	case !errors.Is(err, errNoSource):
		return nil, err
	default:
		ids, err := n.need(ctx, what)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if slices.Contains(held, id) {
				of = append(of, id)
			}
		}
		if len(of) == 0 {
			return nil, withHint(fmt.Errorf("%q is not held%s", what, in(feed)), "wiredesk explain %s says where it stands", what)
		}
	}
	if len(of) == 0 {
		return nil, withHint(fmt.Errorf("nothing is held of %q%s", what, in(feed)), "wiredesk items --held lists what is")
	}
	return of, nil
}
