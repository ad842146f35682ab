package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
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

	noteCommand struct {
		decision
		Text string `arg:"" optional:"" help:"What to say above the content. Nothing takes the note away."`
	}
	splitCommand struct{ regrouping }
	mergeCommand struct {
		regrouping
		With string `arg:"" help:"The item whose story is to be one with the first one's."`
	}
)

// A regrouping is a decision about stories, which are the same in all feeds.
type regrouping struct {
	Item string `arg:"" help:"Its link, guid, published id, or the id that wiredesk items shows."`
	By   string `placeholder:"WHO" help:"Who decides; without it, the user of this system."`
}

// Help is shown by wiredesk approve --help.
func (approveCommand) Help() string {
	return `Examples:
  wiredesk items --held
  wiredesk approve dgw5azxjqc5c
  wiredesk approve https://example.org/an-article --feed go

Whatever holds it, a rule, the feed or a gate, lets it through, and what was hidden is shown
again. It takes its place in the feed as of now, so that nobody misses it.`
}

// Help is shown by wiredesk hide --help.
func (hideCommand) Help() string {
	return `Examples:
  wiredesk hide https://example.org/an-article
  wiredesk hide dgw5azxjqc5c --feed go --by editor

Its whole story leaves the feed at once, or all feeds without --feed; feed readers that have
it already may keep it. wiredesk approve or wiredesk undo shows it again.`
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

// Help is shown by wiredesk note --help.
func (noteCommand) Help() string {
	return `Examples:
  wiredesk note https://example.org/an-article "Read it for the second half."
  wiredesk note dgw5azxjqc5c "For members" --feed go
  wiredesk note dgw5azxjqc5c               takes it away

It stands above the content, marked as the curator's. The entry is updated, not announced
again.`
}

// Help is shown by wiredesk split --help.
func (splitCommand) Help() string {
	return `Examples:
  wiredesk explain https://example.org/an-article    shows the story and why it is one
  wiredesk split https://example.org/an-article

The item is a story of its own from now on, and nothing joins it to the other one again.
What of the two was never announced for itself is announced now.`
}

// Help is shown by wiredesk merge --help.
func (mergeCommand) Help() string {
	return `Examples:
  wiredesk merge https://example.org/an-article https://example.net/the-same

The stories of both are one from now on, under the id that was announced first.`
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

// Run puts a note above an item, or takes it away.
func (c noteCommand) Run(ctx context.Context, p *program) error {
	return p.decide(ctx, decideArgs{Item: c.Item, Feed: c.Feed, By: c.By, Verb: string(wiredesk.Note), Value: c.Text})
}

// Run makes an item a story of its own.
func (c splitCommand) Run(ctx context.Context, p *program) error {
	return p.decide(ctx, decideArgs{Item: c.Item, By: c.By, Verb: string(wiredesk.Split)})
}

// Run makes one story of two.
func (c mergeCommand) Run(ctx context.Context, p *program) error {
	if err := named(c.With); err != nil {
		return err
	}
	return p.decide(ctx, decideArgs{Item: c.Item, By: c.By, Verb: string(wiredesk.Merge), Value: c.With})
}

// Run takes the newest decision back.
func (c undoCommand) Run(ctx context.Context, p *program) error { return c.send(ctx, p, wiredesk.Undo) }

// named refuses to take nothing, such as a variable of a script that is not set, for the name
// of something.
func named(what ...string) error {
	if slices.ContainsFunc(what, func(s string) bool { return strings.TrimSpace(s) == "" }) {
		return usageError{withHint(errors.New("an argument is empty"), "name an item by its link, guid or id, or a source by its name")}
	}
	return nil
}

type decideArgs struct {
	Item string `json:"item"`
	Feed string `json:"feed,omitempty"`
	By   string `json:"by"`
	Verb string `json:"verb"`
	// Value is the text of a note, or the other item of a merge.
	Value string `json:"value,omitempty"`
}

type decideReply struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Verb  string `json:"verb"`
	Feed  string `json:"feed,omitempty"`
	By    string `json:"by"`
	// Already says that it stood so before, and that nothing was added.
	Already bool `json:"already"`
	// Hidden says that the item is hidden all the same, in that feed or in all.
	Hidden bool `json:"hidden,omitempty"`
}

func (c decision) send(ctx context.Context, p *program, verb wiredesk.Verb) error {
	return p.decide(ctx, decideArgs{Item: c.Item, Feed: c.Feed, By: c.By, Verb: string(verb)})
}

// decide asks for a decision and tells what came of it.
func (p *program) decide(ctx context.Context, args decideArgs) error {
	if err := named(args.Item); err != nil {
		return err
	}
	args.By = cmp.Or(args.By, thisUser())
	var reply decideReply
	if err := p.ask(ctx, "decide", args, &reply); err != nil {
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
	if reply.Hidden && reply.Verb != string(wiredesk.Hide) {
		fmt.Fprintln(p.stderr, "it is hidden: wiredesk approve shows it again")
	}
	return nil
}

// thisUser returns the name of the user of this system.
func thisUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
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
	ids, err := n.need(ctx, args.Item)
	if err != nil {
		return nil, err
	}
	if verb == wiredesk.Undo {
		// The item that was decided on may be another of the same link.
		i := slices.IndexFunc(ids, func(id wiredesk.ItemID) bool { _, ok := n.desk.Undoable(id, args.Feed); return ok })
		if i < 0 {
			return nil, n.nothingToUndo(ids, args)
		}
		ids = ids[i:]
	}
	it, err := n.store.Item(ctx, ids[0], false)
	if err != nil {
		return nil, err
	}
	d := wiredesk.Decision{At: time.Now(), By: args.By, Via: "cli", Item: it.ID, Feed: args.Feed, Verb: verb, Value: args.Value}
	if verb == wiredesk.Merge {
		with, err := n.need(ctx, args.Value)
		if err != nil {
			return nil, err
		}
		d.Value = with[0].String()
	}
	reply := decideReply{ID: it.ID.String(), Title: cmp.Or(it.Title, it.Link), Verb: args.Verb, Feed: args.Feed, By: args.By}
	if !verb.Regroups() && n.stands(d) {
		reply.Already = true // a second one would need a second undo
	} else if err := n.carryOut(ctx, d); err != nil {
		return nil, err
	}
	reply.Hidden = wiredesk.Stand(n.desk.Decisions(it.ID), args.Feed).Hidden
	return reply, nil
}

// nothingToUndo says so, and in which feed there would be something.
func (n *newsroom) nothingToUndo(ids []wiredesk.ItemID, args decideArgs) error {
	err := fmt.Errorf("nothing was decided about %q%s that could be undone", args.Item, cmp.Or(in(args.Feed), " for all feeds"))
	for _, id := range ids {
		for _, d := range slices.Backward(n.desk.Decisions(id)) {
			if _, ok := n.desk.Undoable(id, d.Feed); ok && d.Feed != "" {
				return withHint(err, "wiredesk undo %s --feed %s takes back what was decided there", args.Item, d.Feed)
			} else if ok {
				return withHint(err, "wiredesk undo %s takes back what was decided for all", args.Item)
			}
		}
	}
	return err
}

// need returns the items that a person means, of which there must be one.
func (n *newsroom) need(ctx context.Context, what string) ([]wiredesk.ItemID, error) {
	ids, err := n.find(ctx, what)
	if err == nil && len(ids) == 0 {
		err = withHint(fmt.Errorf("no item is known as %q", what), "wiredesk items lists the newest")
	}
	return ids, err
}

// carryOut stores a decision, together with the stories that it makes, and has it built. Of
// a merge, Value is the other item. The caller holds n.mu.
func (n *newsroom) carryOut(ctx context.Context, d wiredesk.Decision) error {
	var moves []wiredesk.Assignment
	var err error
	if d.Verb.Regroups() {
		with, _ := wiredesk.ParseItemID(d.Value) // none, for a split
		if d.Value, moves, err = n.desk.Regroup(d.Verb, d.Item, with); err != nil {
			return err
		}
	}
	if d.Verb == wiredesk.Undo {
		if undone, ok := n.desk.Undoable(d.Item, d.Feed); ok && undone.Verb.Regroups() {
			moves = n.desk.Unregroup(undone)
		}
	}
	if d, err = n.store.Decide(ctx, d, moves); err != nil {
		return err
	}
	n.desk.Decide(d)
	n.desk.Move(moves)
	n.news.signal()
	return nil
}

// stands reports whether a decision would change nothing in the feed it is for. One for all
// feeds is compared where no feed has decisions of its own.
func (n *newsroom) stands(d wiredesk.Decision) bool {
	before := n.desk.Decisions(d.Item)
	is, will := wiredesk.Stand(before, d.Feed), wiredesk.Stand(append(before, d), d.Feed)
	if !is.Approved.IsZero() && d.Verb == wiredesk.Approve {
		will.Approved = is.Approved
	}
	if is.Noted == will.Noted {
		will.NotedAt = is.NotedAt
	}
	return d.Verb != wiredesk.Undo && is == will &&
		!slices.ContainsFunc(before, func(b wiredesk.Decision) bool { return d.Feed == "" && b.Feed != "" })
}
