package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wiredesk/web"
)

type healthCommand struct{}

// Help is shown by wiredesk health --help.
func (healthCommand) Help() string {
	return `Examples:
  wiredesk health || systemctl restart wiredesk
  HEALTHCHECK CMD ["wiredesk", "health"]

It asks the address that the daemon listens on. Exit code 1 means that no answer came within five
seconds, or not the right one, that only a new start can help, or that nothing could be published yet
because something is wrong. What the daemon cannot do though it serves, such as polling while the disk
is full, is told too; a new start would not help.`
}

// healthReply is how the daemon is.
type healthReply struct {
	// OK says that it takes no new start, and that what there is to publish was not kept back by
	// a fault.
	OK bool `json:"ok"`
	// Problems are what it cannot do for now, and what to do about that.
	Problems []string `json:"problems,omitempty"`
	// Restart says that it takes a new start to end one of them.
	Restart bool `json:"restart,omitempty"`
}

// Run asks the daemon whether it is well.
func (healthCommand) Run(ctx context.Context, p *program) error {
	cfg, _, err := p.load()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	reply := healthReply{OK: true}
	unwell := web.Healthy(ctx, cfg.Server.Listen)
	// Who may ask for the site may not always open the socket. Then no more is known.
	asked := web.Ask(ctx, cfg.Server.Socket, "health", struct{}{}, &reply, nil)
	if unwell != nil && (asked != nil || len(reply.Problems) == 0) {
		return unwell
	}
	if !reply.OK {
		return errors.New(strings.Join(reply.Problems, "; "))
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	fmt.Fprintln(p.stdout, "ok")
	for _, problem := range reply.Problems {
		fmt.Fprintf(p.stdout, "but %s\n", printable(problem))
	}
	return nil
}

func (n *newsroom) health(context.Context, struct{}, func(int, int)) (any, error) {
	problems, restart := n.troubles.all()
	if stuck := n.vitals.stuck(stuckAfter); len(stuck) > 0 {
		problems, restart = append(problems, stuck...), true
	}
	return healthReply{OK: !restart && n.unpublished() == nil, Problems: problems, Restart: restart}, nil
}
