package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/web"
)

type doctorCommand struct{}

// Help is shown by wiredesk doctor --help.
func (doctorCommand) Help() string {
	return `Examples:
  wiredesk doctor
  wiredesk doctor --json
  sudo -u wiredesk wiredesk doctor --config /etc/wiredesk/wiredesk.toml

It looks at the config, the database, the disk, permissions, the clock, the network, the base address
as readers see it, hubs, sizes and who is notified, and says what to do about what is wrong. Exit code
1 means that something is. It works beside a running daemon and without one. It asks the host of one
source for its time, and polls and publishes nothing.`
}

// How a check went.
const (
	checkOK      = "ok"
	checkWarning = "warning" // it works, but may not for long, or not for all
	checkFailed  = "failed"
	checkSkipped = "skipped"
)

// A checkup is one thing that was looked at.
type checkup struct {
	Name  string `json:"name"`
	State string `json:"state"` // ok, warning, failed, skipped
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"` // what to do
}

type doctorReply struct {
	OK     bool      `json:"ok"` // nothing has failed
	Checks []checkup `json:"checks"`
}

// errUnwell is that a check has failed. It was told already.
var errUnwell = errors.New("something is wrong")

// Run looks at everything and says what to do.
func (doctorCommand) Run(ctx context.Context, p *program) error {
	d := &doctor{p: p}
	d.examine(ctx)
	reply := doctorReply{OK: true, Checks: d.checks}
	for _, c := range d.checks {
		reply.OK = reply.OK && c.State != checkFailed
	}
	var err error
	if p.cli.JSON {
		err = printJSON(p.stdout, reply)
	} else {
		err = printCheckups(p, reply.Checks)
	}
	if err == nil && !reply.OK {
		err = errUnwell
	}
	return err
}

func printCheckups(p *program, checks []checkup) error {
	t := newTable(p.stdout)
	for _, c := range checks {
		t.row(c.State, c.Name, cell(c.Text, 0))
		if c.Hint != "" {
			t.row("", "", "→ "+cell(c.Hint, 0))
		}
	}
	return t.flush()
}

// A doctor is one look at everything.
type doctor struct {
	p      *program
	cfg    *config.Config
	checks []checkup
}

func (d *doctor) say(name, state, hint, format string, args ...any) {
	d.checks = append(d.checks, checkup{Name: name, State: state, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// fail says that something is wrong, with the hint of the error, or else the given one.
func (d *doctor) fail(name string, err error, hint string) {
	d.say(name, checkFailed, cmp.Or(hintOf(err), hint), "%v", err)
}

// examine makes every check that can be made.
func (d *doctor) examine(ctx context.Context) {
	cfg, _, err := d.p.load()
	d.config(cfg, err)
	if err != nil {
		d.besides(ctx, cfg)
		return
	}
	d.cfg = cfg
	d.permissions()
	d.disk()
	inside := d.inside(ctx)
	d.network(ctx)
	d.outside(ctx, inside)
	d.owner()
}

func (d *doctor) config(cfg *config.Config, err error) {
	if problems, ok := errors.AsType[wiredesk.Problems](err); ok {
		for _, problem := range problems {
			d.say("config", checkFailed, problem.Hint, "%s", strings.TrimSpace(problem.Position.String()+": "+problem.What))
		}
		return
	}
	if err != nil {
		d.fail("config", err, "")
		return
	}
	for _, w := range cfg.Warnings {
		d.say("config", checkWarning, w.Hint, "%s: %s", w.Position, w.What)
	}
	if len(cfg.Sources)+len(cfg.ReadingLists) == 0 {
		d.say("config", checkWarning, "wiredesk add URL finds the feed of a page and writes it there", "%s is sound, but names no source", cfg.Path)
		return
	}
	d.say("config", checkOK, "", "%s: %s, %s, %s", cfg.Path, count(len(cfg.Sources), "source"), count(len(cfg.ReadingLists), "reading list"), count(len(cfg.Feeds), "feed"))
}

// besides asks the daemon although the config has mistakes, or one who may not read all of it
// asks. Of such a config only the socket is any good.
func (d *doctor) besides(ctx context.Context, cfg *config.Config) {
	if cfg == nil || cfg.Server.Socket == "" {
		return
	}
	var view insideView
	if web.Ask(ctx, cfg.Server.Socket, "doctor", struct{}{}, &view, nil) == nil {
		d.say("daemon", checkOK, "", "it runs, with the config that it has taken")
		d.checks = append(d.checks, view.Checks...)
	}
}

// An insideView is what only whoever has the database open can tell. Home is a hash of the
// page at /, empty if there is none, and Base the base address that a daemon has taken.
type insideView struct {
	Checks []checkup `json:"checks"`
	Home   string    `json:"home,omitempty"`
	Base   string    `json:"base"`
}

// inside has the database looked at: by the daemon if one runs, else by this process.
func (d *doctor) inside(ctx context.Context) *insideView {
	var view insideView
	err := web.Ask(ctx, d.cfg.Server.Socket, "doctor", struct{}{}, &view, nil)
	switch {
	case err == nil:
		d.say("daemon", checkOK, "", "it runs, and answers at %s", d.cfg.Server.Socket)
		d.checks = append(d.checks, view.Checks...)
		return &view
	case !errors.Is(err, web.ErrNoDaemon):
		d.fail("daemon", err, "")
		return nil
	}
	d.say("daemon", checkSkipped, "wiredesk run starts it, or systemctl start wiredesk", "none answers at %s", d.cfg.Server.Socket)
	d.listen(ctx)
	if !d.closed(ctx) {
		return nil
	}
	if err := d.p.ask(ctx, "doctor", struct{}{}, &view); err != nil {
		d.fail("database", err, "")
		return nil
	}
	d.checks = append(d.checks, view.Checks...)
	return nil
}

// doctorVerb looks at what is stored.
func (n *newsroom) doctorVerb(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	var d doctor
	now := time.Now()
	if n.polling.Load() { // of a file that nobody has open more can be said, and was
		d.stored(ctx, n)
	}
	d.sources(ctx, n, now)
	d.sizes(n)
	d.hub(ctx, n)
	d.channels(ctx, n, now)
	if !n.polling.Load() {
		d.build(ctx, n, now)
	}
	problems, _ := n.troubles.all()
	for _, problem := range slices.Concat(problems, n.vitals.stuck(stuckAfter)) {
		d.say("daemon", checkFailed, "", "%s", problem)
	}
	view := insideView{Checks: d.checks, Base: n.running().Server.BaseURL}
	if site := n.site.Load(); site != nil {
		if doc, ok := site.Lookup("/"); ok {
			view.Home = hashOf(doc.Body)
		}
	}
	return view, nil
}
