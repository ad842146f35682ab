package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/curate"
	"wiredesk/fetch"
)

type explainCommand struct {
	Item string `arg:"" help:"Its link, guid, published id, or the id that wiredesk items shows."`
}

// Help is shown by wiredesk explain --help.
func (explainCommand) Help() string {
	return `Examples:
  wiredesk explain https://example.org/an-article
  wiredesk explain dgw5azxjqc5c

For something that never came it says what the sources it might have come from answered.`
}

type explainArgs struct {
	Item string `json:"item"`
}

// explainReply is what every layer made of an item. Items is empty if it never came.
type explainReply struct {
	Items  []itemExplanation `json:"items"`
	Likely []sourceReply     `json:"likely_sources,omitempty"`
}

type itemExplanation struct {
	itemReply
	GUID      string    `json:"guid,omitempty"`
	Updated   time.Time `json:"updated,omitzero"`
	DateSaid  string    `json:"date_said,omitempty"`
	Revisions int       `json:"revisions,omitempty"`
	Gone      time.Time `json:"gone,omitzero"`
	Withdrawn time.Time `json:"withdrawn,omitzero"` // by its source
	FullText  string    `json:"full_text,omitempty"`
	Story     []member  `json:"story"`
	// Event are the first items of other stories on the same event.
	Event      []member        `json:"event,omitempty"`
	EventScore float64         `json:"event_score,omitempty"`
	EventOn    string          `json:"event_on,omitempty"`
	Decisions  []decisionReply `json:"decisions,omitempty"`
	Reasons    []feedReason    `json:"reasons"`
}

type member struct {
	ID     string  `json:"id"`
	Source string  `json:"source"`
	Title  string  `json:"title"`
	Link   string  `json:"link,omitempty"`
	By     string  `json:"by"`
	Score  float64 `json:"score"`
	On     string  `json:"on,omitempty"` // what a likeness was found on
}

type decisionReply struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Verb string    `json:"verb"`
	Feed string    `json:"feed,omitempty"`
	Text string    `json:"text,omitempty"` // of a note
}

type feedReason struct {
	feedState
	ID        string    `json:"id,omitempty"`
	Announced time.Time `json:"announced,omitzero"`
	Place     time.Time `json:"place,omitzero"`
	Lead      bool      `json:"lead"`
	Score     float64   `json:"score"`
	Tags      []string  `json:"tags,omitempty"`
	Rules     []rule    `json:"rules,omitempty"`
}

type rule struct {
	Name   string `json:"name"`
	At     string `json:"at"`
	Did    string `json:"did,omitempty"`
	Failed string `json:"failed,omitempty"`
}

// Run prints why an item is where it is.
func (c explainCommand) Run(ctx context.Context, p *program) error {
	if err := named(c.Item); err != nil {
		return err
	}
	var reply explainReply
	if err := p.ask(ctx, "explain", explainArgs(c), &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		if err := printJSON(p.stdout, reply); err != nil || len(reply.Items) > 0 {
			return err
		}
		return c.never()
	}
	if len(reply.Items) == 0 {
		tellNever(p, c.Item, reply.Likely)
		return c.never()
	}
	for i := range reply.Items {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		printExplanation(p, &reply.Items[i])
	}
	return nil
}

func (c explainCommand) never() error {
	return withHint(fmt.Errorf("never seen: %s", c.Item), "wiredesk items lists what came last")
}

// tellNever says how the sources are that something that never came might have come from.
func tellNever(p *program, item string, likely []sourceReply) {
	fmt.Fprintf(p.stdout, "%s is in no document that was read\n", cell(item, 0))
	now := time.Now()
	for _, s := range likely {
		last := "last asked " + ago(s.LastPoll, now)
		if s.Problem != "" {
			last += ", " + s.Problem
		}
		fmt.Fprintf(p.stdout, "  %s: %s, next %s\n", cell(s.Title, 60), cell(last, 0), next(&s, now))
	}
}

func printExplanation(p *program, x *itemExplanation) {
	now := time.Now()
	out := func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }
	out("%s", cell(x.Title, 0))
	out("  id         %s", x.ID)
	out("  link       %s", cell(x.Link, 0))
	if x.GUID != x.Link {
		out("  guid       %s", cell(x.GUID, 0))
	}
	out("  source     %s", cell(x.Source, 0))
	out("  seen       %s (%s)", x.Seen.Format(time.RFC3339), ago(x.Seen, now))
	out("  published  %s%s", x.Published.Format(time.RFC3339), said2(x.DateSaid))
	if x.Revisions > 0 {
		out("  revised    %d times", x.Revisions)
	}
	if !x.Gone.IsZero() {
		out("  left       its source's document %s", ago(x.Gone, now))
	}
	if !x.Withdrawn.IsZero() {
		out("  withdrawn  by its source: nothing is at the link any more, found %s", ago(x.Withdrawn, now))
	}
	if x.FullText != "" {
		out("  full text  %s", cell(x.FullText, 0))
	}
	if len(x.Story) > 1 {
		out("  story      %d items:", len(x.Story))
		for _, m := range x.Story {
			on := m.By
			if m.On != "" {
				on += ": " + m.On
			}
			out("    %s  %s: %s (%s, score %.2f)", m.ID, cell(m.Source, 30), cell(m.Title, 60), cell(on, 0), m.Score)
		}
	}
	if len(x.Event) > 0 {
		if len(x.Event) == 1 {
			out("  event      another story tells of it:")
		} else {
			out("  event      %d other stories tell of it:", len(x.Event))
		}
		for _, m := range x.Event {
			out("    %s  %s: %s%s", m.ID, cell(m.Source, 30), cell(m.Title, 60), tied(m.Score, m.On))
		}
		if x.EventOn != "" {
			out("    itself%s", tied(x.EventScore, x.EventOn))
		}
	}
	for _, d := range x.Decisions {
		out("  decided    %s by %s%s, %s", d.Verb, cell(d.By, 0), in(d.Feed), ago(d.At, now))
	}
	for _, f := range x.Reasons {
		out("  feed %s: %s: %s", f.Feed, f.State, cell(f.Why, 0))
		if f.Position > 0 {
			out("    at position %d, announced %s as %s", f.Position, ago(f.Announced, now), f.ID)
		}
		for _, r := range f.Rules {
			out("    %s (%s): %s%s", r.Name, r.At, cell(r.Did, 0), cell(failed(r.Failed), 0))
		}
		if f.Score != 0 || len(f.Tags) > 0 {
			out("    score %g, tags %s", f.Score, strings.Join(f.Tags, " "))
		}
	}
}

// tied says on what a story was taken for one of an event.
func tied(score float64, on string) string {
	if on == "" {
		return " (the first)"
	}
	return fmt.Sprintf(" (by %s, score %.2f)", cell(on, 0), score)
}

func said2(date string) string {
	if date == "" {
		return ""
	}
	return " (first sight; the source said " + cell(date, 40) + ")"
}

func in(feed string) string {
	if feed == "" {
		return ""
	}
	return " in " + feed
}

func failed(why string) string {
	if why == "" {
		return ""
	}
	return "failed, the item is kept: " + why
}

func (n *newsroom) explain(ctx context.Context, args explainArgs, _ func(int, int)) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at, err := n.current(ctx)
	if err != nil {
		return nil, err
	}
	reply := explainReply{Items: []itemExplanation{}}
	ids, err := n.find(ctx, args.Item)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		x, err := n.desk.Explain(id, at)
		if err != nil {
			return nil, err
		}
		if x != nil {
			told := explanationOf(x)
			if told.FullText, err = n.tellFullText(ctx, &x.Item, time.Now()); err != nil {
				return nil, err
			}
			reply.Items = append(reply.Items, told)
		}
	}
	if len(reply.Items) == 0 {
		reply.Likely, err = n.likely(ctx, args.Item)
	}
	return reply, err
}

// find returns the items that a person means: by id, link, guid or published id.
func (n *newsroom) find(ctx context.Context, what string) ([]wiredesk.ItemID, error) {
	if id, err := wiredesk.ParseItemID(what); err == nil {
		if _, err := n.store.Item(ctx, id, false); err == nil {
			return []wiredesk.ItemID{id}, nil
		}
	}
	if ids := n.desk.Find(what); len(ids) > 0 {
		return ids, nil
	}
	return n.store.FindGUID(ctx, what)
}

// likely returns the sources on the host of an address that never came.
func (n *newsroom) likely(ctx context.Context, what string) ([]sourceReply, error) {
	if u, err := url.Parse(what); err != nil || u.Host == "" {
		return nil, nil //nolint:nilerr // what is no address has no host
	}
	var out []sourceReply
	for i := range n.sources {
		st, err := n.store.State(ctx, n.sources[i].ID)
		if err != nil {
			return nil, err
		}
		s := namedSource{&n.sources[i], st}
		if fetch.SameSite(s.Source.URL, what) || fetch.SameSite(st.Channel.Link, what) {
			out = append(out, describe(&s, time.Now()))
		}
	}
	return out, nil
}

func explanationOf(x *curate.Explanation) itemExplanation {
	r := itemExplanation{
		itemReply: itemOf(x), GUID: x.Item.GUID, Updated: x.Item.Updated, DateSaid: x.Item.DateSaid,
		Revisions: x.Item.Revisions, Gone: x.Item.Gone, Withdrawn: x.Item.Withdrawn,
	}
	for _, m := range x.Story {
		r.Story = append(r.Story, member{ID: m.Item.String(), Source: m.Source, Title: m.Title, Link: m.Link, By: m.By.String(), Score: m.Score, On: m.On})
	}
	r.EventScore, r.EventOn = x.EventScore, x.EventOn
	for _, m := range x.Event {
		r.Event = append(r.Event, member{ID: m.Item.String(), Source: m.Source, Title: m.Title, Link: m.Link, By: "same event", Score: m.Score, On: m.On})
	}
	for _, d := range x.Decisions {
		reply := decisionReply{At: d.At, By: d.By, Verb: string(d.Verb), Feed: d.Feed}
		if d.Verb == wiredesk.Note {
			reply.Text = d.Value
		}
		r.Decisions = append(r.Decisions, reply)
	}
	for i, f := range x.Feeds {
		reason := feedReason{
			feedState: r.Feeds[i], ID: f.Row.ID, Announced: f.Row.Announced, Place: f.Row.Place,
			Lead: f.Lead, Score: f.Score, Tags: f.Tags,
		}
		for _, s := range f.Steps {
			reason.Rules = append(reason.Rules, rule{Name: s.Rule, At: s.Position.String(), Did: s.Did, Failed: s.Failed})
		}
		r.Reasons = append(r.Reasons, reason)
	}
	return r
}
