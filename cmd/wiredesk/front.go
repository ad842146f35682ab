package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"wiredesk/config"
	"wiredesk/curate"
	"wiredesk/publish"
	"wiredesk/storage"
	"wiredesk/web"
)

// A front is what readers meet until the newsroom behind it has built a site. It answers with
// the last site, which lies beside the database: at once if that is the newest that was shown,
// and also where no other can be built, because the database is damaged or the disk is full. A
// process that was killed may have shown a newer one than it had laid there; then readers wait
// until that one is built again, as nothing is to vanish and come back.
type front struct {
	p               *program
	cfg             *config.Config
	public, metrics web.Doorway
	limits          *web.Limits
	vitals          *vitals
	service         service

	vault   *publish.Vault
	last    atomic.Pointer[publish.Site] // as it lies there; nil if there is none
	trouble atomic.Pointer[string]       // why there is no newsroom, for everybody to read
	room    *newsroom

	shown  atomic.Pointer[publish.Site] // what is served; nil if nothing
	judged chan struct{}                // closed when it is known what is to be served
}

// readersWait is how long a reader is kept waiting rather than sent away.
const readersWait = 5 * time.Second

// Pauses between attempts to open a database that cannot be used.
const (
	reopen    = 10 * time.Second
	reopenMax = 5 * time.Minute
)

// newFront returns a front that serves the last site.
func newFront(p *program, cfg *config.Config) *front {
	f := &front{p: p, cfg: cfg, vitals: new(vitals), service: service{p.log}, judged: make(chan struct{})}
	vault, last, err := publish.OpenVault(vaultFolder(cfg), publish.NewArchive(archiveFolder(cfg)))
	if err != nil {
		p.log.Warn("the last site is not whole", "error", err)
	}
	f.vault = vault
	f.last.Store(last)
	f.limits = web.NewLimits(web.Proxies{Networks: cfg.Server.TrustedProxies, Socket: cfg.Server.TrustSocket}, p.log)
	f.say("starting")
	nothing := func() string { return "" }
	trouble := func() string { return *f.trouble.Load() }
	f.public.Lead(web.WithHealth(&f.last, nothing, trouble, f.limits.Handler(http.HandlerFunc(f.answer))))
	return f
}

// answer answers a reader as soon as it is known with what.
func (f *front) answer(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost { // for a hub, or from one: there is none yet
		new(web.Doorway).ServeHTTP(w, r)
		return
	}
	timer := time.NewTimer(readersWait)
	defer timer.Stop()
	select {
	case <-f.judged:
	case <-timer.C:
	case <-r.Context().Done():
	}
	web.Site(&f.shown).ServeHTTP(w, r)
}

// show has a site served. It is for one goroutine.
func (f *front) show(site *publish.Site) {
	f.shown.Store(site)
	select {
	case <-f.judged:
	default:
		close(f.judged)
	}
}

// newest reports whether nothing newer was ever shown than the last site: the stamps of what is
// shown are stored before it is.
func (f *front) newest(ctx context.Context) bool {
	last := f.last.Load()
	known, err := f.room.store.Stamps(ctx)
	if err != nil || last == nil {
		return false
	}
	for path, s := range last.Stamps() {
		if k := known[path]; k.Hash != s.Hash || !k.Changed.Equal(s.Changed) {
			return false
		}
	}
	return true
}

// vaultFolder returns where the last site lies: beside the database.
func vaultFolder(cfg *config.Config) string {
	path := cfg.Storage.Path
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".site"
}

func (f *front) say(trouble string) { f.trouble.Store(&trouble) }

// close closes the newsroom, if there is one.
func (f *front) close() {
	if f.room == nil {
		return
	}
	if err := f.room.close(); err != nil {
		f.p.log.Error("close", "error", err)
	}
}

// work opens the database and runs the newsroom on it until ctx ends. If it cannot be opened
// and there is a last site, that one is served, and it is tried again and again. It may have
// been mended or replaced; nothing is written to it meanwhile.
func (f *front) work(ctx context.Context, compiled *curate.Program, d doors) error {
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP) // which would end the process otherwise
	defer signal.Stop(again)
	defer func() { f.show(f.shown.Load()) }() // nobody waits for what will not come
	told := ""
	for pause := reopen; ; pause = min(2*pause, reopenMax) {
		admin, err := f.open(ctx, compiled, d.public)
		if err == nil {
			if told != "" {
				f.p.log.Info("the database can be used again")
			}
			if f.newest(ctx) {
				f.show(f.last.Load())
			}
			return f.room.serve(ctx, f, admin, d)
		}
		if ctx.Err() != nil || f.last.Load() == nil || errors.Is(err, storage.ErrLocked) {
			return err
		}
		f.show(f.last.Load())
		if err.Error() != told {
			told = err.Error()
			f.p.log.Error("the database cannot be used, the last site is served", "error", err, "hint", hintOf(err), "retry_in", pause.String())
			f.say("the database cannot be used: the last site is served, and the log says more")
			f.service.ready(*f.trouble.Load()) // for readers it is
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again:
		case <-time.After(pause):
		}
	}
}

// open opens the database, and everything that needs it.
func (f *front) open(ctx context.Context, compiled *curate.Program, public net.Addr) (admin net.Listener, err error) {
	n, err := f.p.openConfig(ctx, f.cfg, compiled, true, public)
	if err != nil {
		return nil, err
	}
	if err = errors.Join(n.openSubscriber(ctx), n.openHubs(ctx)); err == nil {
		admin, err = listenAdmin(ctx, f.cfg.Server.Socket, f.cfg.Server.SocketMode, f.cfg.Server.SocketGroup)
	}
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	n.site.Store(f.last.Load())
	n.outlet.start(f.vault)
	n.vitals, n.service = f.vitals, f.service
	f.room = n
	return admin, nil
}

// notReady says why what is served is not up to date, or will not be for long, for everybody
// to read; nothing if it is.
func (n *newsroom) notReady() string {
	switch site := n.site.Load(); {
	case n.unpublished() != nil:
		return nothingPublished
	case site == nil:
		return "the first site is not built yet"
	case site.Restored():
		return "the last site is served: no new one could be built, and the log says why"
	}
	if text := n.notAlive(); text != "" {
		return text
	}
	if troubles := n.troubles.names(); len(troubles) > 0 {
		return strings.Join(troubles, ", ") + ": wiredesk health and the log say why"
	}
	if n.writable.wrong() != nil {
		return "the database cannot be written to: wiredesk doctor and the log say why"
	}
	return ""
}

// notAlive says that nothing moves, or that nothing was ever published because something is
// wrong, for everybody to read; nothing if all is alive.
func (n *newsroom) notAlive() string {
	if n.unpublished() != nil {
		return nothingPublished
	}
	return strings.Join(n.vitals.stuck(stuckAfter), ", ")
}

const nothingPublished = "nothing is published, because no site could be built: wiredesk health and the log say why"

// unpublished returns why nothing was ever published, if something is wrong; else nil.
func (n *newsroom) unpublished() error {
	if site := n.site.Load(); site != nil && !site.Empty() {
		return nil
	}
	return n.troubles.of(cannotBuild)
}
