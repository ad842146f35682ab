package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"wiredesk/fetch"
	"wiredesk/storage"
	"wiredesk/web"
)

type onceCommand struct {
	Now bool `help:"Poll every source whatever its interval; but never one that is gone, or a host that asked for quiet."`
}

// Help is shown by wiredesk once --help.
func (onceCommand) Help() string {
	return `Examples:
  wiredesk once          from cron: every five minutes is polite, only what is due is asked
  wiredesk once --now    after a change

It makes the database if there is none. Where a daemon runs, that one does it.`
}

type onceArgs struct {
	Now bool `json:"now"`
}

// onceReply is what a round brought.
type onceReply struct {
	Polled      int     `json:"polled"`
	Changed     int     `json:"changed"`
	Unchanged   int     `json:"unchanged"`
	NotModified int     `json:"not_modified"`
	Failed      int     `json:"failed"`
	Skipped     int     `json:"skipped"`
	New         int     `json:"new"`
	Revised     int     `json:"revised"`
	Seconds     float64 `json:"seconds"`
}

// Run polls one round.
func (c onceCommand) Run(ctx context.Context, p *program) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var reply onceReply
	progress := newProgress(p.stderr, "polling")
	cfg, compiled, err := p.load()
	if err != nil {
		return err
	}
	if err := refuseFolder(cfg.Publish.Dir); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; {
		err = web.Ask(ctx, cfg.Server.Socket, "once", onceArgs(c), &reply, progress)
		if !errors.Is(err, web.ErrNoDaemon) {
			break
		}
		var n *newsroom
		if n, err = p.openConfig(ctx, cfg, compiled, true, nil); err == nil {
			reply, err = n.roundWithSocket(ctx, c.Now, progress)
			err = errors.Join(err, n.close())
			break
		}
		if !errors.Is(err, storage.ErrLocked) || time.Now().After(deadline) || !sleep(ctx, 100*time.Millisecond) {
			break
		}
	}
	if ctx.Err() != nil {
		return withHint(errors.New("stopped before the round was done"), "what was polled until then is stored")
	}
	if err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	tellRound(p.stdout, reply)
	return nil
}

func tellRound(w io.Writer, r onceReply) {
	fmt.Fprintf(w, "%d polled in %.1fs: %d changed, %d unchanged, %d not modified, %d failed, %d skipped; %s, %d revised\n",
		r.Polled, r.Seconds, r.Changed, r.Unchanged, r.NotModified, r.Failed, r.Skipped, count(r.New, "new item"), r.Revised)
}

// roundWithSocket polls one round in this process, and lets other commands work meanwhile.
func (n *newsroom) roundWithSocket(ctx context.Context, now bool, progress func(done, total int)) (reply onceReply, err error) {
	admin, err := listenAdmin(ctx, n.cfg.Server.Socket, n.cfg.Server.SocketMode, n.cfg.Server.SocketGroup)
	if err != nil {
		return reply, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n.polling.Store(true)
	defer n.polling.Store(false)
	var g errgroup.Group
	verbs := n.verbs()
	verbs["once"] = func(context.Context, json.RawMessage, func(int, int)) (any, error) {
		return nil, withHint(errors.New("a round is under way already"), "wait for it to end")
	}
	g.Go(func() error { return web.Serve(ctx, admin, web.Admin(verbs, n.log), n.log) })
	reply, err = n.round(ctx, now, progress)
	cancel()
	return reply, errors.Join(err, g.Wait())
}

// round asks for reading lists and sources once, builds, and tells a hub elsewhere. One of our
// own needs a daemon.
func (n *newsroom) round(ctx context.Context, now bool, progress func(done, total int)) (onceReply, error) {
	if err := n.openHubs(ctx); err != nil {
		return onceReply{}, err
	}
	if changed, _ := n.followLists(ctx, time.Now(), now); changed {
		if err := n.applyAgain(ctx); err != nil {
			return onceReply{}, err
		}
	}
	// The desk is filled while origins take their time. What polls bring meanwhile stays news.
	var filled errgroup.Group
	filled.Go(func() error {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.needDesk(ctx)
	})
	sum, err := n.poller.Once(ctx, now, progress)
	if err = errors.Join(err, filled.Wait()); err != nil {
		return onceReply{}, err
	}
	if err = n.rebuildAll(ctx, time.Now()); err == nil {
		err = errors.Join(n.prune(ctx, time.Now()), n.writeOut())
		n.hubs.pinger.Once(ctx)
	}
	if err == nil {
		err = n.tellOwner(ctx)
		n.notifyOnce(ctx)
	}
	return replyOf(sum), err
}

func replyOf(s fetch.Summary) onceReply {
	return onceReply{
		Polled: s.Polled, Changed: s.Changed, Unchanged: s.Unchanged, NotModified: s.NotModified,
		Failed: s.Failed, Skipped: s.Skipped, New: s.New, Revised: s.Revised, Seconds: s.Took.Seconds(),
	}
}

// once is the verb of a running daemon. What is due is being asked anyway, so only --now
// has something to ask for.
func (n *newsroom) once(ctx context.Context, args onceArgs, progress func(done, total int)) (any, error) {
	if changed, _ := n.followLists(ctx, time.Now(), args.Now); changed {
		if err := n.applyAgain(ctx); err != nil {
			return nil, err
		}
	}
	var reply onceReply
	if args.Now {
		n.mu.Lock()
		sources := n.sources
		n.mu.Unlock()
		var err error
		if reply, err = n.pollNow(ctx, sources, progress); err != nil {
			return nil, err
		}
	}
	if _, err := n.rebuild(ctx, time.Now()); err != nil {
		return nil, err
	}
	return reply, n.writeOut()
}

// pollNow has sources polled whatever their interval, and waits for it.
func (n *newsroom) pollNow(ctx context.Context, sources []source, progress func(done, total int)) (onceReply, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	if !n.polling.Load() {
		states, err := n.states(ctx, sources)
		if err != nil {
			return onceReply{}, err
		}
		n.poller.SetSources(targets(sources, states))
		sum, err := n.poller.Once(ctx, true, progress)
		if err == nil {
			err = n.rebuildAll(ctx, time.Now())
		}
		return replyOf(sum), err
	}
	round := n.rounds.begin(sources)
	defer n.rounds.end(round)
	// Before anything is asked: what may not be is not asked for.
	if err := round.skip(ctx, n); err != nil {
		return onceReply{}, err
	}
	for _, id := range round.left() {
		n.poller.Ask(id)
	}
	return round.wait(ctx, n, progress)
}

// listenAdmin opens the admin socket.
func listenAdmin(ctx context.Context, path string, mode fs.FileMode, group string) (net.Listener, error) {
	gid := -1
	if group != "" {
		var err error
		if gid, err = groupID(group); err != nil {
			return nil, fmt.Errorf("admin socket: %w", err)
		}
	}
	l, err := web.ListenAs(ctx, "unix:"+path, mode, gid)
	if err != nil {
		return nil, withHint(fmt.Errorf("admin socket: %w", err), "[server] socket must be a short path in a folder that this user can write to")
	}
	return l, nil
}

func groupID(name string) (int, error) {
	if id, err := strconv.Atoi(name); err == nil {
		return id, nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(g.Gid)
}
