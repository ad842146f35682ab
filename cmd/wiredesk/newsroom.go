package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/curate"
	"wiredesk/fetch"
	"wiredesk/notify"
	"wiredesk/publish"
	"wiredesk/storage"
	"wiredesk/web"
)

// A newsroom is one open database and everything that works on it. The daemon has one for
// its whole life, a command without a daemon for as long as it takes.
type newsroom struct {
	log    *slog.Logger
	getenv func(string) string
	store  *storage.Store
	client *fetch.Client
	poller *fetch.Poller
	site   atomic.Pointer[publish.Site]
	outlet outlet

	subscriber *fetch.Subscriber // of the daemon; else nil
	hubs       *hubs             // of the daemon or a round; else nil

	news     news        // what polls brought since the last build
	polling  atomic.Bool // a loop or a round is polling
	rounds   rounds      // who waits for polls to be done
	pulse    pulse       // of the build loop
	vitals   *vitals     // whether a daemon is alive
	writable lastError   // whether its database can be written to
	service  service     // whoever started the daemon and wants to know how it is

	troubles troubles    // what keeps it from its work
	readers  web.Readers // how seldom subscribers come

	watch    watch             // how sources are, for their owner
	secret   web.Secret        // the status feed
	couriers []*notify.Courier // who bring events to the owner

	tally   tally        // what is counted
	metrics *web.Metrics // of a daemon that is to tell it; else nil

	reloading sync.Mutex // one reload at a time

	mu      sync.Mutex // guards what follows; held while building, never while fetching
	cfg     *config.Config
	program *curate.Program
	look    *publish.Look
	sources []source
	desk    *curate.Desk // nil until it is needed, then built at least once
	// curated are the sources as the desk sees them, which keeps what they say of themselves
	// up to date; nil where the desk is.
	curated  map[wiredesk.SourceID]*curate.Source
	editions map[string]wiredesk.Edition
	built    time.Time // at of the newest build
	noted    bool      // the store knows what the running config is
	shown    lookWords // of a pretence: what look the config asks for

	archive  *publish.Archive
	pages    []curate.PageRef // of it, that builds made new
	missing  []curate.PageRef // of it, that are to be made again
	compared bool             // what is in its folder was compared with the desk
}

// A source is one that the config or a reading list names.
type source struct {
	*wiredesk.Source
	storage.Registered
	list string // the address of its reading list; empty if the config names it
}

// openConfig opens the database of a config; create says whether to make it if there is
// none. Public is what this process listens on, nil if on nothing. Close the newsroom after
// use.
func (p *program) openConfig(ctx context.Context, cfg *config.Config, compiled *curate.Program, create bool, public net.Addr) (*newsroom, error) {
	store, err := storage.Open(cfg.Storage.Path, storage.Options{Create: create, Check: create, Logger: p.log})
	if err != nil {
		return nil, explainOpen(err)
	}
	client, err := newClient(cfg, public, p.log)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return p.furnish(ctx, store, client, cfg, compiled)
}

// furnish makes a newsroom of its parts, which belong to it from now on.
func (p *program) furnish(ctx context.Context, store *storage.Store, client *fetch.Client, cfg *config.Config, compiled *curate.Program) (*newsroom, error) {
	n := &newsroom{
		log: p.log, vitals: new(vitals), service: service{p.log}, getenv: p.getenv, store: store, client: client, archive: publish.NewArchive(archiveFolder(cfg)),
		editions: make(map[string]wiredesk.Edition),
	}
	n.readers.Late = func() { time.AfterFunc(lateWait, n.news.signal) }
	n.poller = fetch.NewPoller(fetch.PollerOptions{
		Client: client, Store: store, Logger: p.log,
		Concurrency: cfg.Fetch.Concurrency, PerHost: cfg.Fetch.PerHost,
		FullTexts: store, OnFullText: n.anew, Absences: store, OnWithdrawn: n.anew,
		OnStart: n.late, OnPoll: n.polled, OnRecorded: n.recorded, OnLost: n.lost,
	})
	n.couriers = n.newCouriers()
	if err := n.apply(ctx, cfg, compiled); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func newClient(cfg *config.Config, public net.Addr, log *slog.Logger) (*fetch.Client, error) {
	o := fetch.ClientOptions{
		Version: version(), Contact: cfg.Fetch.Contact, AllowNetworks: cfg.Fetch.AllowNetworks,
		PerHost: cfg.Fetch.PerHost, Logger: log, Own: own(cfg, public),
	}
	// Two installations with the same sources must not ask in step.
	host, err := os.Hostname()
	if err != nil {
		host = cfg.Storage.Path
	}
	o.Salt = host + " " + cfg.Server.BaseURL
	return fetch.NewClient(o)
}

// own returns the address of our public server: that of the listener, or where this process
// has none, of the config.
func own(cfg *config.Config, public net.Addr) []netip.AddrPort {
	if public == nil {
		named, err := net.ResolveTCPAddr("tcp", cfg.Server.Listen)
		if err != nil { // it is a socket
			return nil
		}
		public = named
	}
	tcp, ok := public.(*net.TCPAddr)
	if !ok {
		return nil
	}
	if tcp.IP == nil { // as in ":8080"
		return []netip.AddrPort{netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(tcp.Port))}
	}
	return []netip.AddrPort{tcp.AddrPort()}
}

// explainOpen adds what to do about a database that does not open.
func explainOpen(err error) error {
	switch {
	case errors.Is(err, storage.ErrNoDatabase):
		return withHint(err, "wiredesk run or wiredesk once makes it")
	case errors.Is(err, storage.ErrLocked):
		return withHint(err, "another wiredesk has it open; stop that one, or give this one a [storage] path of its own")
	case errors.Is(err, storage.ErrFolder):
		return withHint(err, `[storage] path must name a file, such as "wiredesk.db", which wiredesk makes; give it that name in this folder, or another folder`)
	case errors.Is(err, storage.ErrNewer):
		return withHint(err, "take the newer wiredesk again, or restore a backup made before it ran")
	case errors.Is(err, storage.ErrNotDatabase), errors.Is(err, storage.ErrDamaged):
		return withHint(err, "it was left as it is; if it was one, wiredesk restore puts a backup in its place; or move it away and let wiredesk fill a new one from the sources")
	}
	return withHint(err, "[storage] path must be in a folder that this user can write to")
}

func (n *newsroom) close() error {
	n.client.Close()
	return n.store.Close()
}

// apply takes a config in: its sources are polled from now on, and the next build is from
// scratch.
func (n *newsroom) apply(ctx context.Context, cfg *config.Config, compiled *curate.Program) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	look, err := lookOf(&cfg.Site)
	if err != nil {
		return err
	}
	wanted, err := n.wanted(ctx, cfg)
	if err != nil {
		return err
	}
	plain := make([]wiredesk.Source, len(wanted))
	for i := range wanted {
		plain[i] = *wanted[i].Source
	}
	if err := n.store.Limit(cfg.Storage.MaxSize, len(cfg.Feeds)); err != nil {
		return err
	}
	registered, err := n.store.Register(ctx, plain)
	if err != nil {
		return err
	}
	for i := range wanted {
		wanted[i].Registered = registered[i]
	}
	states, err := n.states(ctx, wanted)
	if err != nil {
		return err
	}
	n.cfg, n.program, n.look, n.sources, n.noted = cfg, compiled, look, wanted, false
	n.clearDesk()
	n.tally.know(wanted, states)
	n.watch.know(wanted)
	n.client.SetSite(cfg.Server.BaseURL, feedNames(cfg.Feeds))
	for _, c := range n.couriers {
		c.Retry()
	}
	n.poller.SetSources(targets(wanted, states))
	return n.setTopics(ctx, cfg, wanted)
}

func feedNames(feeds []wiredesk.Feed) []string {
	names := make([]string, len(feeds))
	for i := range feeds {
		names[i] = feeds[i].Name
	}
	return names
}

// states returns what is known of sources, in their order.
func (n *newsroom) states(ctx context.Context, sources []source) ([]wiredesk.SourceState, error) {
	ids := make([]wiredesk.SourceID, len(sources))
	for i := range sources {
		ids[i] = sources[i].ID
	}
	return n.store.States(ctx, ids)
}

// targets returns sources, in those states, as the poller sees them.
func targets(sources []source, states []wiredesk.SourceState) []fetch.Target {
	out := make([]fetch.Target, len(sources))
	for i := range sources {
		out[i] = fetch.TargetOf(sources[i].ID, sources[i].Source, &states[i])
	}
	return out
}

// wanted returns the sources of the config and of its reading lists, each address once.
func (n *newsroom) wanted(ctx context.Context, cfg *config.Config) ([]source, error) {
	var all []source
	seen := make(map[string]bool)
	for i := range cfg.Sources {
		seen[cfg.Sources[i].URL] = true
		all = append(all, source{Source: &cfg.Sources[i]})
	}
	for _, l := range cfg.ReadingLists {
		copied, err := n.store.List(ctx, l.List.URL)
		if err != nil {
			return nil, err
		}
		for _, s := range listed(l, copied.Body) {
			if !seen[s.URL] {
				seen[s.URL] = true
				all = append(all, source{Source: &s, list: l.List.URL})
			}
		}
	}
	return all, nil
}

// needDesk fills the desk from the store. The caller holds n.mu.
func (n *newsroom) needDesk(ctx context.Context) error {
	if n.desk != nil {
		return nil
	}
	// Before anything is read: what comes in from here on stays news, though it may be read
	// below as well.
	n.news.take()
	memory, err := n.memory(ctx)
	if err != nil {
		return err
	}
	sources, err := n.sourcesNow(ctx)
	if err != nil {
		return err
	}
	desk := n.newDesk(ctx, memory, sources)
	if err := n.fill(ctx, desk); err != nil {
		return err
	}
	n.desk, n.curated = desk, sources
	return nil
}

// clearDesk has the desk filled from the store again when it is needed next.
func (n *newsroom) clearDesk() {
	n.desk, n.curated = nil, nil
	n.pages, n.missing, n.compared = nil, nil, false
}

// newDesk returns a desk of the config, without items. Sources belong to it.
func (n *newsroom) newDesk(ctx context.Context, memory curate.Memory, sources map[wiredesk.SourceID]*curate.Source) *curate.Desk {
	desk := curate.NewDesk(n.program, n.cfg.Lists, sources, func(id wiredesk.ItemID, body bool) (*wiredesk.Item, error) {
		it, err := n.store.Item(ctx, id, body)
		if errors.Is(err, storage.ErrValue) {
			err = &unreadableError{id, err}
		}
		if err == nil && body {
			err = n.complete(ctx, it, sources)
		}
		return it, err
	})
	desk.Remember(memory)
	return desk
}

// fill adds every stored item to desks.
func (n *newsroom) fill(ctx context.Context, desks ...*curate.Desk) error {
	for after := wiredesk.ItemID(0); ; {
		items, err := n.store.Items(ctx, after, 1000, false)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return nil
		}
		for i := range items {
			for _, desk := range desks {
				desk.Add(&items[i])
			}
		}
		after = items[len(items)-1].ID
		tuneCollector()
	}
}

// sourcesNow returns the sources as curation sees them, with what is stored of them.
func (n *newsroom) sourcesNow(ctx context.Context) (map[wiredesk.SourceID]*curate.Source, error) {
	states, err := n.states(ctx, n.sources)
	if err != nil {
		return nil, err
	}
	sources := make(map[wiredesk.SourceID]*curate.Source, len(states))
	for i, s := range n.sources {
		sources[s.ID] = &curate.Source{Source: s.Source, First: s.Registered.Origin, Channel: states[i].Channel}
	}
	return sources, nil
}

// memory reads what earlier builds added.
func (n *newsroom) memory(ctx context.Context) (m curate.Memory, err error) {
	for after := wiredesk.ItemID(0); ; {
		page, err := n.store.Assignments(ctx, after, 10_000)
		if err != nil {
			return m, err
		}
		if len(page) == 0 {
			break
		}
		m.Assignments = append(m.Assignments, page...)
		after = page[len(page)-1].Item
	}
	if m.Rows, err = n.store.Rows(ctx); err != nil {
		return m, err
	}
	if m.Verdicts, err = n.store.Verdicts(ctx); err != nil {
		return m, err
	}
	if m.Feeds, err = n.store.Feeds(ctx); err != nil {
		return m, err
	}
	if m.Rules, err = n.store.Rules(ctx); err != nil {
		return m, err
	}
	if m.Faces, err = n.store.Faces(ctx); err != nil {
		return m, err
	}
	m.Decisions, err = n.store.Decisions(ctx)
	return m, err
}

// reload reads the config file again. If it is not sound, nothing changes and the error
// says why.
func (n *newsroom) reload(ctx context.Context) (warnings []string, err error) {
	n.reloading.Lock() // the file that was read last is the one that counts
	defer n.reloading.Unlock()
	n.service.reloading()
	defer func() { n.service.ready(n.working()) }()
	warnings = []string{}
	n.mu.Lock()
	old := n.cfg
	n.mu.Unlock()
	cfg, compiled, err := loadConfig(old.Path, n.getenv)
	if err != nil {
		return nil, err
	}
	for _, w := range cfg.Warnings {
		warnings = append(warnings, w.String())
	}
	for _, part := range []struct {
		what    string
		changed bool
	}{
		{"[server]", !sameServer(cfg.Server, old.Server)},
		{"[storage] path", cfg.Storage.Path != old.Storage.Path},
		{"[fetch] concurrency or per_host", cfg.Fetch.Concurrency != old.Fetch.Concurrency || cfg.Fetch.PerHost != old.Fetch.PerHost},
		{"[fetch] contact or allow_networks", cfg.Fetch.Contact != old.Fetch.Contact || fmt.Sprint(cfg.Fetch.AllowNetworks) != fmt.Sprint(old.Fetch.AllowNetworks)},
	} {
		if part.changed {
			warnings = append(warnings, part.what+" changed: that needs a restart")
		}
	}
	keepRunning(cfg, old)
	if err := n.apply(ctx, cfg, compiled); err != nil {
		return nil, err
	}
	n.news.signal()
	return warnings, nil
}

// keepRunning keeps in a config what only a restart can change.
func keepRunning(cfg, old *config.Config) {
	cfg.Storage.Path = old.Storage.Path
	// A base address that was made from an address to listen on belongs to the one that we
	// do listen on.
	if !sameServer(cfg.Server, old.Server) || strings.HasSuffix(cfg.Server.BaseURL, ":0") {
		cfg.Server = old.Server
	}
}

func sameServer(a, b config.Server) bool {
	return a.Listen == b.Listen && a.Socket == b.Socket && a.SocketMode == b.SocketMode && a.SocketGroup == b.SocketGroup && a.Metrics == b.Metrics &&
		a.TrustSocket == b.TrustSocket && slices.Equal(a.TrustedProxies, b.TrustedProxies)
}

// settings are those of the published site.
func (n *newsroom) settings() publish.Settings {
	return publish.Settings{
		BaseURL: n.cfg.Server.BaseURL, Title: n.cfg.Site.Title, Language: n.cfg.Site.Language,
		Home: n.cfg.Site.Home, Hub: hubAddress(n.cfg), TimeZone: n.cfg.Site.TimeZone,
	}
}

// blogs are the sources that may be named in public. The desk is there.
func (n *newsroom) blogs() []publish.Blog {
	var blogs []publish.Blog
	for _, s := range n.sources {
		if s.Private || !strings.HasPrefix(s.Source.URL, "http") {
			continue
		}
		c := n.curated[s.ID]
		blogs = append(blogs, publish.Blog{Title: c.Shown(), URL: s.Source.URL, Link: c.Channel.Link, Tags: s.Tags})
	}
	return blogs
}
