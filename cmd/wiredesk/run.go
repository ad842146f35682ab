package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/storage"
	"wiredesk/web"
)

type runCommand struct{}

// Help is shown by wiredesk run --help.
func (runCommand) Help() string {
	return `Examples:
  wiredesk run
  wiredesk run --config /etc/wiredesk/wiredesk.toml

SIGTERM or Ctrl-C ends it cleanly, SIGHUP (or wiredesk reload) lets it read its config
again: a bad one changes nothing. Other commands work beside it.`
}

// Run runs the daemon until it is told to stop.
func (runCommand) Run(ctx context.Context, p *program) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, compiled, err := p.load()
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		p.log.Warn("config", "warning", w.String())
	}
	// An address that is taken is told before anything else is done.
	public, err := web.Listen(ctx, cfg.Server.Listen, 0o666)
	if err != nil {
		return err
	}
	defer public.Close()
	settlePort(cfg, public.Addr())
	metrics, err := listenMetrics(ctx, cfg.Server.Metrics)
	if err != nil {
		return err
	}
	if metrics != nil {
		defer metrics.Close()
	}
	if err := refuseFolder(cfg.Publish.Dir); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, stop)() // a second signal kills the process at once
	f := newFront(p, cfg)
	defer f.close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		f.service.watchdog(ctx, f.vitals)
		f.service.stopping()
		return nil
	})
	g.Go(func() error { return web.Serve(ctx, f.limits.Listener(public), &f.public, p.log) })
	if metrics != nil {
		g.Go(func() error { return web.Serve(ctx, metrics, &f.metrics, p.log) })
	}
	g.Go(func() error { return f.work(ctx, compiled, doors{public.Addr(), metrics}) })
	err = g.Wait()
	p.log.Info("stopped")
	return err
}

// settlePort puts the port that the system chose into a base address that was made from
// listen = "…:0".
func settlePort(cfg *config.Config, got net.Addr) {
	if tcp, ok := got.(*net.TCPAddr); ok {
		if base, ok := strings.CutSuffix(cfg.Server.BaseURL, ":0"); ok {
			cfg.Server.BaseURL = fmt.Sprintf("%s:%d", base, tcp.Port)
		}
	}
}

// doors are what the daemon listens on.
type doors struct {
	public  net.Addr
	metrics net.Listener // nil if nobody is to read them
}

// serve runs every loop of the daemon until ctx ends or one of them fails.
func (n *newsroom) serve(ctx context.Context, f *front, admin net.Listener, d doors) error {
	if d.metrics != nil {
		n.measure(time.Now())
		n.log.Info("metrics", "address", d.metrics.Addr().String())
	}
	if err := n.firstBuild(ctx); err != nil {
		return errors.Join(err, admin.Close())
	}
	if err := n.tellOwner(ctx); err != nil { // it is tried again; readers need not wait
		n.log.Error("the owner cannot be told", "error", err)
	}
	f.show(n.site.Load())
	f.public.Lead(n.metrics.Count(n.door(f.limits)))
	if d.metrics != nil {
		f.metrics.Lead(n.metrics.Handler())
	}
	n.log.Info("serving", "address", d.public.String(), "base_url", n.cfg.Server.BaseURL, "sources", len(n.sources), "feeds", len(n.cfg.Feeds))
	g, ctx := errgroup.WithContext(ctx)
	n.work(ctx, g)
	g.Go(func() error { return n.outlet.run(ctx, n.log) })
	g.Go(func() error { return n.reloadOnSignal(ctx) })
	g.Go(func() error { return n.subscriber.Run(ctx) })
	g.Go(func() error { return n.hubs.own.Run(ctx) })
	g.Go(func() error { return n.hubs.pinger.Run(ctx) })
	g.Go(func() error { return web.Serve(ctx, admin, web.Admin(n.verbs(), n.log), n.log) })
	g.Go(func() error { return n.vitals.run(ctx, n.vitalParts()...) })
	n.service.ready(n.working())
	return g.Wait()
}

// firstBuild builds the site for the first time. If that fails and there is a last site, it is
// served until a build does not fail.
func (n *newsroom) firstBuild(ctx context.Context) error {
	_, err := n.rebuild(ctx, time.Now())
	if err == nil {
		return nil
	}
	// Where the database is full, starting again would not help, and the commands that do need a
	// daemon that answers.
	if ctx.Err() != nil || n.site.Load() == nil && !errors.Is(err, storage.ErrFull) {
		return fmt.Errorf("first build: %w", err)
	}
	n.troubles.begin(n.log, cannotBuild, err)
	return nil
}

// work starts the loops that poll and build. They end with ctx.
func (n *newsroom) work(ctx context.Context, g *errgroup.Group) {
	n.polling.Store(true)
	g.Go(func() error { return n.poller.Run(ctx) })
	g.Go(func() error { return n.listLoop(ctx) })
	g.Go(func() error { return n.watchLoop(ctx) })
	for _, c := range n.couriers {
		g.Go(func() error { return c.Run(ctx) })
	}
	g.Go(func() error {
		n.awaitFirstRound(ctx)
		return n.buildLoop(ctx)
	})
}

// firstRound bounds how long a new database waits before anything is announced.
const firstRound = 30 * time.Second

// awaitFirstRound lets a database without a history hear every source once before it
// announces anything. Which item speaks for a story, and so its id, then does not depend
// on which source answered first: a lost database comes to the same ids.
func (n *newsroom) awaitFirstRound(ctx context.Context) {
	rows, err := n.store.Rows(ctx)
	if err != nil || len(rows) > 0 {
		return
	}
	for deadline := time.Now().Add(firstRound); time.Now().Before(deadline); {
		waiting := false
		n.mu.Lock()
		ids := make([]wiredesk.SourceID, 0, len(n.sources))
		for _, s := range n.sources {
			if !s.Paused {
				ids = append(ids, s.ID)
			}
		}
		n.mu.Unlock()
		states, err := n.store.States(ctx, ids)
		if err != nil {
			return
		}
		for i := range states {
			waiting = waiting || states[i].Polled.IsZero()
		}
		n.pulse.beat()
		if !waiting || !sleep(ctx, 50*time.Millisecond) {
			return
		}
	}
}

// reloadOnSignal reads the config again whenever SIGHUP asks for it.
func (n *newsroom) reloadOnSignal(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
			n.tellReload(n.reload(ctx))
		}
	}
}

func (n *newsroom) tellReload(warnings []string, err error) {
	if err == nil {
		for _, w := range warnings {
			n.log.Warn("config", "warning", w)
		}
		n.log.Info("config reloaded")
		return
	}
	if problems, ok := errors.AsType[wiredesk.Problems](err); ok {
		for _, problem := range problems {
			n.log.Error("config not taken, the old one stays", "problem", problem.String())
		}
		return
	}
	n.log.Error("config not taken, the old one stays", "error", err)
}

type reloadCommand struct{}

type reloadReply struct {
	Warnings []string `json:"warnings"`
}

// Help is shown by wiredesk reload --help.
func (reloadCommand) Help() string {
	return `Examples:
  wiredesk check && wiredesk reload

It answers once the site is built with the new config. A bad one changes nothing: its mistakes are told,
and the daemon goes on with the one it has.`
}

// Run has the daemon read its config again.
func (reloadCommand) Run(ctx context.Context, p *program) error {
	cfg, _, err := p.load()
	if err != nil {
		return err
	}
	var reply reloadReply
	err = web.Ask(ctx, cfg.Server.Socket, "reload", struct{}{}, &reply, nil)
	if errors.Is(err, web.ErrNoDaemon) {
		return withHint(err, "there is nothing to reload; start it with wiredesk run")
	}
	if err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	for _, w := range reply.Warnings {
		fmt.Fprintf(p.stderr, "wiredesk: %s\n", printable(w))
	}
	fmt.Fprintln(p.stdout, "reloaded")
	return nil
}

func (n *newsroom) reloadVerb(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	warnings, err := n.reload(ctx)
	n.tellReload(warnings, err)
	if err != nil {
		return nil, err
	}
	if _, err := n.rebuild(ctx, time.Now()); err != nil {
		return nil, fmt.Errorf("the config was taken in, but the last site stays: %w", err)
	}
	return reloadReply{Warnings: warnings}, nil
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p *program) error {
	if p.cli.JSON {
		return printJSON(p.stdout, map[string]string{"version": version()})
	}
	fmt.Fprintf(p.stdout, "wiredesk %s\n", version())
	return nil
}
