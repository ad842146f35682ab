package main

import (
	"context"
	"fmt"
	"time"
)

type rulesCommand struct{}

// Help is shown by wiredesk rules --help.
func (rulesCommand) Help() string {
	return `Examples:
  wiredesk rules
  wiredesk rules --json

Hits are the stored items that a rule applies to now; an item that was pruned does not
count any more, but the last hit is remembered.`
}

// quiet is how long a rule may match nothing before that is pointed out.
const quiet = 90 * 24 * time.Hour

// ruleReply is how one rule has fared. Times that never were are left out.
type ruleReply struct {
	Name        string    `json:"name"`
	At          string    `json:"at"`
	Hits        int       `json:"hits"`
	LastHit     time.Time `json:"last_hit,omitzero"`
	Failures    int       `json:"failures"`
	LastFailure string    `json:"last_failure,omitempty"`
	Since       time.Time `json:"since"`
	Remark      string    `json:"remark,omitempty"` // what the operator may want to do something about
}

// Run prints the rules.
func (rulesCommand) Run(ctx context.Context, p *program) error {
	var reply []ruleReply
	if err := p.ask(ctx, "rules", struct{}{}, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	now := time.Now()
	t := newTable(p.stdout, "RULE", "AT", "HITS", "LAST HIT", "FAILED", "REMARK")
	for _, r := range reply {
		remark := r.Remark
		if r.LastFailure != "" {
			remark = join(remark, "last failure: "+r.LastFailure)
		}
		t.row(cell(r.Name, 40), cell(r.At, 0), fmt.Sprint(r.Hits), ago(r.LastHit, now), fmt.Sprint(r.Failures), cell(remark, 0))
	}
	return t.flush()
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func (n *newsroom) rulesVerb(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at, err := n.current(ctx)
	if err != nil {
		return nil, err
	}
	tallies, err := n.desk.Rules(at)
	if err != nil {
		return nil, err
	}
	reply := []ruleReply{}
	for _, r := range tallies {
		one := ruleReply{
			Name: r.Name, At: r.Position.String(), Hits: r.Hits, LastHit: r.LastHit,
			Failures: r.Failures, LastFailure: r.LastFailure, Since: r.Since,
		}
		if r.Quiet(time.Now(), quiet) {
			one.Remark = "nothing has matched for 90 days"
		}
		reply = append(reply, one)
	}
	return reply, nil
}
