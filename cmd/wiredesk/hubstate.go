package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/publish"
)

type hubCommand struct{}

// Help is shown by wiredesk hub --help.
func (hubCommand) Help() string {
	return `Examples:
  wiredesk hub
  wiredesk hub --json

Who waits is one who was not yet sent, or a hub that was not yet told of, the present version
of a feed. docs/websub.md tells what subscribers can expect.`
}

// hubReply is how the hub stands that our feeds name.
type hubReply struct {
	Hub     string       `json:"hub"` // its address; empty if there is none
	Builtin bool         `json:"builtin"`
	Topics  []topicReply `json:"topics"`
}

// topicReply is how far others are told of one feed document.
type topicReply struct {
	Feed        string    `json:"feed"`
	Topic       string    `json:"topic"`
	Subscribers *int      `json:"subscribers,omitempty"` // of the builtin hub; others do not tell
	Waiting     int       `json:"waiting"`
	Next        time.Time `json:"next,omitzero"`     // when the first of those that failed is tried again
	Problem     string    `json:"problem,omitempty"` // of one of them
}

// Run prints how the hub stands.
func (hubCommand) Run(ctx context.Context, p *program) error {
	var reply hubReply
	if err := p.ask(ctx, "hub", struct{}{}, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	if reply.Hub == "" {
		fmt.Fprintln(p.stdout, `the feeds name no hub; [websub] hub = "builtin" makes one`)
		return nil
	}
	fmt.Fprintf(p.stdout, "hub: %s\n", printable(reply.Hub))
	now := time.Now()
	t := newTable(p.stdout, "TOPIC", "SUBSCRIBERS", "WAITING", "NEXT TRY", "PROBLEM")
	for _, r := range reply.Topics {
		subscribers, next := "-", ""
		if r.Subscribers != nil {
			subscribers = strconv.Itoa(*r.Subscribers)
		}
		if !r.Next.IsZero() {
			next = ago(r.Next, now)
		}
		t.row(cell(r.Topic, 0), subscribers, strconv.Itoa(r.Waiting), next, cell(r.Problem, 0))
	}
	return t.flush()
}

// hubVerb answers from what is stored, so that it is the same with and without a daemon.
func (n *newsroom) hubVerb(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	n.mu.Lock()
	cfg := n.cfg
	n.mu.Unlock()
	reply := hubReply{Hub: hubAddress(cfg), Builtin: cfg.WebSub.Hub == config.BuiltinHub, Topics: []topicReply{}}
	if reply.Hub == "" {
		return reply, nil
	}
	stamps, err := n.store.Stamps(ctx)
	if err != nil {
		return nil, err
	}
	followers, err := n.store.Followers(ctx)
	if err != nil {
		return nil, err
	}
	pings, err := n.store.Pings(ctx)
	if err != nil {
		return nil, err
	}
	byTopic := make(map[string][]wiredesk.Follower)
	for _, f := range followers {
		if !f.Until.IsZero() {
			byTopic[f.Topic] = append(byTopic[f.Topic], f)
		}
	}
	base := publish.Base(cfg.Server.BaseURL)
	for _, f := range cfg.Feeds {
		for _, format := range publish.Formats {
			path := "/" + f.Name + "." + format
			t := topicReply{Feed: f.Name, Topic: base + path}
			if reply.Builtin {
				t.follow(byTopic[t.Topic], stamps[path].Hash)
			} else if ping := pings[t.Topic]; ping.Told != stamps[path].Hash || ping.Hub != reply.Hub {
				t.wait(ping.Next, ping.Problem)
			}
			reply.Topics = append(reply.Topics, t)
		}
	}
	return reply, nil
}

// follow counts who follows, and who does not have the present version.
func (t *topicReply) follow(followers []wiredesk.Follower, version string) {
	t.Subscribers = new(len(followers))
	for _, f := range followers {
		if f.Told != version {
			t.wait(f.Next, f.Problem)
		}
	}
}

// wait counts one who waits, and why it failed if it did.
func (t *topicReply) wait(next time.Time, problem string) {
	t.Waiting++
	if problem != "" && (t.Next.IsZero() || next.Before(t.Next)) {
		t.Next, t.Problem = next, problem
	}
}
