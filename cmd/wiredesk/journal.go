package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/storage"
)

// The journal is every decision as a line of JSON, in the order in which they were made. It
// names items as the world knows them, so that it can be kept beside the config and read
// into a database that was filled anew.

// A journalEntry is one decision.
type journalEntry struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Verb string    `json:"verb"`
	Feed string    `json:"feed,omitempty"`
	// Text is that of a note.
	Text string      `json:"text,omitempty"`
	Item journalItem `json:"item"`
	// With are the items that a merge took in, or that a split left.
	With []journalItem `json:"with,omitempty"`
}

// A journalItem names an item by what its source says.
type journalItem struct {
	Source string `json:"source"`
	GUID   string `json:"guid,omitempty"`
	Link   string `json:"link,omitempty"`
	Title  string `json:"title,omitempty"` // for people
}

type journalArgs struct{}

// exportJournal prints the journal.
func (p *program) exportJournal(ctx context.Context) error {
	var reply []journalEntry
	if err := p.ask(ctx, "journal", journalArgs{}, &reply); err != nil {
		return err
	}
	out := json.NewEncoder(p.stdout)
	out.SetEscapeHTML(false)
	for _, e := range reply {
		if err := out.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// journal returns every decision. One about an item that was purged is left out: nothing
// could be made of it anywhere.
func (n *newsroom) journal(ctx context.Context, _ journalArgs, _ func(int, int)) (any, error) {
	decisions, err := n.store.Decisions(ctx)
	if err != nil {
		return nil, err
	}
	addresses := make(map[wiredesk.SourceID]string)
	n.mu.Lock()
	for _, s := range n.sources {
		addresses[s.ID] = s.Source.URL
	}
	n.mu.Unlock()
	entries := []journalEntry{}
	for _, d := range decisions {
		item, ok, err := n.journalItem(ctx, d.Item, addresses)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		e := journalEntry{At: d.At, By: d.By, Verb: string(d.Verb), Feed: d.Feed, Item: item}
		if !d.Verb.Regroups() {
			e.Text = d.Value
		} else {
			for word := range strings.FieldsSeq(d.Value) {
				id, _ := wiredesk.ParseItemID(word)
				with, ok, err := n.journalItem(ctx, id, addresses)
				if err != nil {
					return nil, err
				}
				if ok {
					e.With = append(e.With, with)
				}
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (n *newsroom) journalItem(ctx context.Context, id wiredesk.ItemID, addresses map[wiredesk.SourceID]string) (journalItem, bool, error) {
	it, err := n.store.Item(ctx, id, false)
	if errors.Is(err, storage.ErrNotFound) {
		return journalItem{}, false, nil
	}
	if err != nil {
		return journalItem{}, false, err
	}
	return journalItem{Source: addresses[it.Source], GUID: it.GUID, Link: it.Link, Title: it.Title}, true, nil
}

type rejournalReply struct {
	Read    int `json:"read"`
	New     int `json:"new"`
	Known   int `json:"known"`
	Missing int `json:"missing"` // decisions about items that are not here
}

// journal reads a journal in.
func (c importCommand) journal(ctx context.Context, p *program) error {
	if c.Into != "" || c.DryRun {
		return errors.New("--into and --dry-run are for OPML files, not for --decisions")
	}
	body, err := p.readAll(c.File)
	if err != nil {
		return err
	}
	var entries []journalEntry
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(nil, len(body)+1)
	for i := 1; lines.Scan(); i++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var e journalEntry
		in := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		in.DisallowUnknownFields()
		if err := in.Decode(&e); err != nil {
			return withHint(fmt.Errorf("%s:%d: %w", c.File, i, err), "a journal is what wiredesk export --decisions prints")
		}
		switch {
		case !slices.Contains(wiredesk.Verbs(), wiredesk.Verb(e.Verb)):
			return fmt.Errorf("%s:%d: nothing can be decided by %q", c.File, i, e.Verb)
		case e.At.IsZero() || e.By == "":
			return fmt.Errorf("%s:%d: at and by are missing: when was this decided, and by whom?", c.File, i)
		}
		entries = append(entries, e)
	}
	var reply rejournalReply
	if err := p.ask(ctx, "rejournal", entries, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	fmt.Fprintf(p.stdout, "%d read, %d new, %d known, %d about items that are not here\n", reply.Read, reply.New, reply.Known, reply.Missing)
	if reply.Missing > 0 {
		fmt.Fprintln(p.stderr, "once their sources were polled, import the journal again: what is known is not taken twice")
	}
	return nil
}

// rejournal carries out the decisions of a journal that were not made here yet.
func (n *newsroom) rejournal(ctx context.Context, entries []journalEntry, _ func(int, int)) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := n.current(ctx); err != nil {
		return nil, err
	}
	reply := rejournalReply{Read: len(entries)}
	for _, e := range entries {
		id, ok, err := n.journaled(ctx, e.Item)
		if err != nil {
			return nil, err
		}
		if !ok {
			reply.Missing++
			continue
		}
		d := wiredesk.Decision{At: e.At, By: e.By, Via: "import", Item: id, Feed: e.Feed, Verb: wiredesk.Verb(e.Verb), Value: e.Text}
		if slices.ContainsFunc(n.desk.Decisions(id), func(k wiredesk.Decision) bool {
			return k.At.Equal(d.At) && k.By == d.By && k.Feed == d.Feed && k.Verb == d.Verb
		}) {
			reply.Known++
			continue
		}
		if _, known := n.desk.Shown(e.Feed); e.Feed != "" && !known {
			return nil, n.noFeed(e.Feed)
		}
		made, here, err := n.replay(ctx, d, e.With)
		switch {
		case err != nil:
			return nil, err
		case made:
			reply.New++
		case here:
			reply.Known++
		default:
			reply.Missing++
		}
	}
	return reply, nil
}

// replay carries out a decision of a journal. It is not made if the stories are as it wants
// them, nor if the other items that it is about are not here.
func (n *newsroom) replay(ctx context.Context, d wiredesk.Decision, with []journalItem) (made, here bool, err error) {
	if !d.Verb.Regroups() {
		return true, true, n.carryOut(ctx, d)
	}
	for _, w := range with {
		id, ok, err := n.journaled(ctx, w)
		if err != nil {
			return false, false, err
		}
		here = here || ok
		apart := n.desk.StoryOf(id) != n.desk.StoryOf(d.Item)
		if ok && apart == (d.Verb == wiredesk.Merge) {
			d.Value = id.String()
			return true, true, n.carryOut(ctx, d)
		}
	}
	if !here {
		return false, false, nil
	}
	// The stories are so already. The decision is noted all the same: an undo that follows must
	// take back this one and no other.
	d.Value = ""
	if d, err = n.store.Decide(ctx, d, nil); err != nil {
		return false, true, err
	}
	n.desk.Decide(d)
	return true, true, nil
}

// journaled returns the item that a journal names.
func (n *newsroom) journaled(ctx context.Context, j journalItem) (wiredesk.ItemID, bool, error) {
	for _, name := range []string{j.GUID, j.Link} {
		if name == "" {
			continue
		}
		ids, err := n.find(ctx, name)
		if err != nil {
			return 0, false, err
		}
		for _, id := range ids {
			from := n.desk.SourceOf(id)
			if j.Source == "" || slices.ContainsFunc(n.sources, func(s source) bool { return s.ID == from && s.Source.URL == j.Source }) {
				return id, true, nil
			}
		}
	}
	return 0, false, nil
}
