package fetch_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// A world is a web, a client that asks it and a store, all in one bubble.
type world struct {
	t      *testing.T
	web    *origin.Web
	client *fetch.Client
	store  *memory
	log    *strings.Builder
	logger *slog.Logger
}

// inWorld runs f in a bubble with a world of its own.
func inWorld(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, web: origin.New(), store: newMemory(), log: &strings.Builder{}}
		w.logger = slog.New(slog.NewTextHandler(&syncWriter{b: w.log}, nil))
		w.client = w.newClient(fetch.ClientOptions{Version: "1.0", Contact: "https://example.org/about"})
		t.Cleanup(func() {
			w.client.Close()
			w.web.Close()
		})
		f(w)
	})
}

func (w *world) newClient(o fetch.ClientOptions) *fetch.Client {
	w.t.Helper()
	o.Dial, o.Roots, o.Logger = w.web.Dial, w.web.Roots(), w.logger
	c, err := fetch.NewClient(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// source returns a source with the intervals of the example config.
func source(url string) *wiredesk.Source {
	return &wiredesk.Source{URL: url, Interval: time.Hour, MinInterval: 15 * time.Minute, MaxInterval: 24 * time.Hour}
}

// poll polls once now, keeps the state in the store as storage does, and returns the poll.
func (w *world) poll(src *wiredesk.Source) wiredesk.Poll {
	w.t.Helper()
	st, _ := w.store.State(w.t.Context(), 1)
	p := w.client.Poll(w.t.Context(), 1, src, st, time.Now())
	if _, err := w.store.Record(w.t.Context(), []wiredesk.Poll{p}); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// next waits until the source is due and polls it.
func (w *world) next(src *wiredesk.Source) wiredesk.Poll {
	w.t.Helper()
	st, _ := w.store.State(w.t.Context(), 1)
	time.Sleep(time.Until(st.Due))
	return w.poll(src)
}

// last returns the newest request that the web saw.
func (w *world) last() origin.Request {
	w.t.Helper()
	all := w.web.Requests()
	if len(all) == 0 {
		w.t.Fatal("nobody asked anything")
	}
	return all[len(all)-1]
}

// run starts a poller and returns a function that ends it and waits for it.
func (w *world) run(o fetch.PollerOptions, targets []fetch.Target) (p *fetch.Poller, stop func()) {
	w.t.Helper()
	if o.Client == nil {
		o.Client = w.client
	}
	if o.Store == nil {
		o.Store = w.store
	}
	o.Logger = w.logger
	p = fetch.NewPoller(o)
	p.SetSources(targets)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Run(ctx)
	}()
	return p, func() {
		cancel()
		<-done
	}
}

// targets numbers sources from 1, due as the store says.
func (w *world) targets(sources ...*wiredesk.Source) []fetch.Target {
	var all []fetch.Target
	for i, src := range sources {
		id := wiredesk.SourceID(i + 1)
		st, _ := w.store.State(w.t.Context(), id)
		all = append(all, fetch.TargetOf(id, src, &st))
	}
	return all
}

// A memory is a store that does what the real one promises and nothing more.
type memory struct {
	mu      sync.Mutex
	states  map[wiredesk.SourceID]wiredesk.SourceState
	guids   map[wiredesk.SourceID]map[string]wiredesk.ItemID
	last    wiredesk.ItemID
	commits []int // polls in each call of Record
	leases  int
	fail    error // of Lease and Record
}

func newMemory() *memory {
	return &memory{states: map[wiredesk.SourceID]wiredesk.SourceState{}, guids: map[wiredesk.SourceID]map[string]wiredesk.ItemID{}}
}

func (m *memory) State(_ context.Context, id wiredesk.SourceID) (wiredesk.SourceState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[id], nil
}

func (m *memory) Lease(ctx context.Context, due map[wiredesk.SourceID]time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for id, at := range due {
		st := m.states[id]
		st.Due = at.Round(0)
		m.states[id] = st
	}
	m.leases++
	return ctx.Err()
}

func (m *memory) Record(_ context.Context, polls []wiredesk.Poll) ([]wiredesk.Recorded, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	var all []wiredesk.Recorded
	m.commits = append(m.commits, len(polls))
	for _, p := range polls {
		before := m.states[p.Source]
		st := p.State
		st.Due, st.Polled, st.Quiet = st.Due.Round(0), st.Polled.Round(0), st.Quiet.Round(0)
		st.Changed, st.First, st.Items, st.Present = before.Changed, before.First, before.Items, before.Present
		rec := wiredesk.Recorded{Source: p.Source}
		if p.Document != nil {
			if st.First.IsZero() {
				st.First = p.At.Round(0)
			}
			var present []wiredesk.Presence
			for _, it := range p.Document.Items {
				known := m.guids[p.Source]
				if known == nil {
					known = map[string]wiredesk.ItemID{}
					m.guids[p.Source] = known
				}
				if known[it.GUID] == 0 {
					m.last++
					known[it.GUID] = m.last
					rec.New = append(rec.New, m.last)
					st.Changed = p.At.Round(0)
				} else {
					rec.Known++
				}
				present = append(present, wiredesk.Presence{Mark: it.Mark, Item: known[it.GUID]})
			}
			rec.Missed = !p.Older && p.Document.Whole && rec.Known == 0 && len(present) > 0 && len(st.Present) > 0 && len(present)+len(st.Present) > 2
			if !p.Older {
				st.Present = present
			}
		}
		m.states[p.Source] = st
		all = append(all, rec)
	}
	return all, nil
}

func (m *memory) state(id wiredesk.SourceID) wiredesk.SourceState {
	st, _ := m.State(context.Background(), id)
	return st
}

// items returns how many items of a source are stored.
func (m *memory) items(id wiredesk.SourceID) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.guids[id])
}

func (m *memory) set(id wiredesk.SourceID, change func(*wiredesk.SourceState)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	st := m.states[id]
	change(&st)
	m.states[id] = st
}

// breakWith makes writing fail with err; nil mends it.
func (m *memory) breakWith(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func (m *memory) clone() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := newMemory()
	maps.Copy(c.states, m.states)
	for id, g := range m.guids {
		c.guids[id] = maps.Clone(g)
	}
	c.last = m.last
	return c
}

type syncWriter struct {
	mu sync.Mutex
	b  *strings.Builder
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// feed is a feed with entries of these names.
func feed(names ...string) origin.Reply { return origin.Feed(origin.RSS("Example", names...)) }

// gaps returns the times between requests.
func gaps(rs []origin.Request) []time.Duration {
	var all []time.Duration
	for i := 1; i < len(rs); i++ {
		all = append(all, rs[i].At.Sub(rs[i-1].At))
	}
	return all
}

func shortest(rs []origin.Request) time.Duration {
	g := gaps(rs)
	if len(g) == 0 {
		return 0
	}
	return slices.Min(g)
}
