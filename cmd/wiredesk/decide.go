package main

import (
	"cmp"
	"context"
	"fmt"
	"os/user"
	"slices"
	"time"

	"wiredesk"
)

// A decision is what all commands that decide have in common.
type decision struct {
	Item string `arg:"" help:"Its link, guid, published id, or the id that wiredesk items shows."`
	Feed string `placeholder:"NAME" help:"Only in this feed; without it, in all."`
	By   string `placeholder:"WHO" help:"Who decides; without it, the user of this system."`
}

type (
	approveCommand struct{ decision }
	hideCommand    struct{ decision }
	pinCommand     struct{ decision }
	unpinCommand   struct{ decision }
	undoCommand    struct{ decision }
)

// Help is shown by wiredesk approve --help.
func (approveCommand) Help() string {
	return `Examples:
  wiredesk items --held
  wiredesk approve dgw5azxjqc5c
  wiredesk approve https://example.org/an-article --feed go

It takes its place in the feed as of now, so that nobody misses it.`
}

// Help is shown by wiredesk hide --help.
func (hideCommand) Help() string {
	return `Examples:
  wiredesk hide https://example.org/an-article
  wiredesk hide dgw5azxjqc5c --feed go --by editor

It leaves the feed at once; feed readers that have it already may keep it.`
}

// Help is shown by wiredesk pin --help.
func (pinCommand) Help() string {
	return `Examples:
  wiredesk pin https://example.org/an-article --feed go

It stays first, and in the feed, until wiredesk unpin.`
}

// Help is shown by wiredesk unpin --help.
func (unpinCommand) Help() string {
	return `Examples:
  wiredesk unpin https://example.org/an-article --feed go`
}

// Help is shown by wiredesk undo --help.
func (undoCommand) Help() string {
	return `Examples:
  wiredesk undo https://example.org/an-article
  wiredesk undo dgw5azxjqc5c --feed go

Once more takes back the one before. wiredesk explain shows what was decided.`
}

// Run approves an item.
func (c approveCommand) Run(ctx context.Context, p *program) error {
	return c.send(ctx, p, wiredesk.Approve)
}

// Run hides an item.
func (c hideCommand) Run(ctx context.Context, p *program) error { return c.send(ctx, p, wiredesk.Hide) }

// Run pins an item.
func (c pinCommand) Run(ctx context.Context, p *program) error { return c.send(ctx, p, wiredesk.Pin) }

// Run unpins an item.
func (c unpinCommand) Run(ctx context.Context, p *program) error {
	return c.send(ctx, p, wiredesk.Unpin)
}

// Run takes the newest decision back.
func (c undoCommand) Run(ctx context.Context, p *program) error { return c.send(ctx, p, wiredesk.Undo) }

type decideArgs struct {
	Item string `json:"item"`
	Feed string `json:"feed,omitempty"`
	By   string `json:"by"`
	Verb string `json:"verb"`
}

type decideReply struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Verb  string `json:"verb"`
	Feed  string `json:"feed,omitempty"`
	By    string `json:"by"`
	// Already says that it stood so before, and that nothing was added.
	Already bool `json:"already"`
}

func (c decision) send(ctx context.Context, p *program, verb wiredesk.Verb) error {
	by := c.By
	if by == "" {
		by = "unknown"
		if u, err := user.Current(); err == nil {
			by = u.Username
		}
	}
	var reply decideReply
	if err := p.ask(ctx, "decide", decideArgs{c.Item, c.Feed, by, string(verb)}, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	verbed := reply.Verb
	if reply.Already {
		verbed += " (it stood so already)"
	}
	fmt.Fprintf(p.stdout, "%s: %s%s\n", verbed, cell(reply.Title, 0), in(reply.Feed))
	return nil
}

func (n *newsroom) decide(ctx context.Context, args decideArgs, _ func(int, int)) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := n.current(ctx); err != nil {
		return nil, err
	}
	verb := wiredesk.Verb(args.Verb)
	if !slices.Contains(wiredesk.Verbs(), verb) {
		return nil, fmt.Errorf("nothing can be decided by %q", args.Verb)
	}
	if _, known := n.desk.Shown(args.Feed); args.Feed != "" && !known {
		return nil, n.noFeed(args.Feed)
	}
	ids, err := n.find(ctx, args.Item)
	if err != nil {
		return nil, err
	}
	switch {
	case len(ids) == 0:
		return nil, withHint(fmt.Errorf("no item is known as %q", args.Item), "wiredesk items lists the newest")
	case verb == wiredesk.Undo:
		// The item that was decided on may be another of the same link.
		i := slices.IndexFunc(ids, func(id wiredesk.ItemID) bool { return n.desk.Undoable(id, args.Feed) })
		if i < 0 {
			return nil, fmt.Errorf("nothing was decided about %q%s that could be undone", args.Item, in(args.Feed))
		}
		ids = ids[i:]
	}
	it, err := n.store.Item(ctx, ids[0], false)
	if err != nil {
		return nil, err
	}
	d := wiredesk.Decision{At: time.Now(), By: args.By, Via: "cli", Item: it.ID, Feed: args.Feed, Verb: verb}
	reply := decideReply{ID: it.ID.String(), Title: cmp.Or(it.Title, it.Link), Verb: args.Verb, Feed: args.Feed, By: args.By}
	if n.stands(d) {
		reply.Already = true // a second one would need a second undo
		return reply, nil
	}
	if d, err = n.store.Decide(ctx, d); err != nil {
		return nil, err
	}
	n.desk.Decide(d)
	n.news.signal()
	return reply, nil
}

// stands reports whether a decision would change nothing in the feed it is for. One for all
// feeds is compared where no feed has decisions of its own.
func (n *newsroom) stands(d wiredesk.Decision) bool {
	before := n.desk.Decisions(d.Item)
	is, will := wiredesk.Stand(before, d.Feed), wiredesk.Stand(append(before, d), d.Feed)
	if !is.Approved.IsZero() && d.Verb == wiredesk.Approve {
		will.Approved = is.Approved
	}
	return d.Verb != wiredesk.Undo && is == will &&
		!slices.ContainsFunc(before, func(b wiredesk.Decision) bool { return d.Feed == "" && b.Feed != "" })
}
