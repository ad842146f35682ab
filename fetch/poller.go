package fetch

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wiredesk"
)

// A Store remembers sources and what their polls brought.
type Store interface {
	// State returns what is known of a source; the zero state if nothing is.
	State(ctx context.Context, id wiredesk.SourceID) (wiredesk.SourceState, error)
	// Lease writes down when each source is due next, before it is asked: a program that
	// crashes again and again asks nobody twice. If it fails, nothing is asked.
	Lease(ctx context.Context, due map[wiredesk.SourceID]time.Time) error
	// Record stores polls, items and states together, and returns what changed.
	Record(ctx context.Context, polls []wiredesk.Poll) ([]wiredesk.Recorded, error)
}

// A Target is a source to poll, and what of its state the poller must know beforehand.
type Target struct {
	ID     wiredesk.SourceID
	Source *wiredesk.Source // not changed by anybody from now on
	Due    time.Time        // zero for now
	Quiet  time.Time        // its host is left alone until then
	At     string           // where it is asked, if not at its own address
	// Dormant says that it is asked only when [Poller.Ask] names it: it is gone, or paused
	// by hand.
	Dormant bool
}

// TargetOf returns the target for a source in that state.
func TargetOf(id wiredesk.SourceID, src *wiredesk.Source, st *wiredesk.SourceState) Target {
	known := learntAt(src, *st)
	t := Target{ID: id, Source: src, Due: known.Due, Quiet: known.Quiet, Dormant: !known.Gone.IsZero() || known.Paused}
	t.At = AskedAt(src, &known)
	if st.Asked != "" && st.Asked != src.URL {
		t.Due = time.Time{} // it has never been asked there
	}
	return t
}

// PollerOptions say with what and how fast to poll. Client and Store are required.
type PollerOptions struct {
	Client *Client
	Store  Store
	Logger *slog.Logger // nil discards
	// FullTexts keeps the articles of sources with FullText; without it no page is asked.
	FullTexts FullTexts
	// OnFullText is told of items whose article came, changed or went; it may be nil.
	OnFullText func(wiredesk.ItemID)

	// Absences keeps which entries of sources with CheckWithdrawn are absent; without it, or
	// without FullTexts, no link is asked about.
	Absences Absences
	// OnWithdrawn is told of items that their source took back; it may be nil.
	OnWithdrawn func(wiredesk.ItemID)

	Concurrency int // requests at once; 64 if zero
	PerHost     int // of them to one host; 2 if zero
	// Gap is the least time between two requests to one host on the public network; 100 ms
	// if zero, none if negative.
	Gap time.Duration
	// Rate is how many requests [Poller.Run] starts per second at most, after a restart
	// above all; as many as Concurrency if zero.
	Rate int

	// OnStart is told how late a request begins: since its source was due. It is not told of
	// what was asked for by hand, nor of older pages. It is called from many goroutines at
	// once; it may be nil.
	OnStart func(late time.Duration)
	// OnPoll is told of each poll that was recorded (a second time if it turns out that the
	// network was at fault), but not of older pages; OnRecorded of what changed, before
	// OnPoll of the same polls. Both are called one at a time and must not wait long. They
	// may be nil.
	OnPoll     func(wiredesk.Poll)
	OnRecorded func([]wiredesk.Recorded)
	// OnLost is told of sources that were to be asked and of which nothing is recorded: by
	// an error of the store, or, if that is nil, because the request was cut short. They are
	// asked again when they are due. With an error and no source, it is an article of which
	// nothing is recorded. It may be called beside the others; it may be nil.
	OnLost func(ids []wiredesk.SourceID, err error)
}

// A Poller asks sources when they are due. Its methods may be called from any goroutine,
// but only one of Run and Once at a time, and each wants to be told the sources anew.
type Poller struct {
	o   PollerOptions
	log *slog.Logger

	wake  chan struct{} // of capacity one: news coalesces
	round atomic.Pointer[time.Time]

	mu      sync.Mutex
	targets []Target
	changed bool
	asked   []wiredesk.SourceID
	pages   []wiredesk.SourceID
}

// NewPoller returns a poller without sources. It starts nothing.
func NewPoller(o PollerOptions) *Poller {
	o.Concurrency = cmp.Or(o.Concurrency, 64)
	o.PerHost = cmp.Or(o.PerHost, defaultPerHost)
	o.Rate = cmp.Or(o.Rate, o.Concurrency)
	o.Gap = max(cmp.Or(o.Gap, 100*time.Millisecond), 0)
	p := &Poller{o: o, log: o.Logger, wake: make(chan struct{}, 1)}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return p
}

// SetSources says which sources there are. It may be called while the poller runs: those
// that did not change are not disturbed, a request to one that is gone is cancelled.
// Paused ones are left out. The slice belongs to the poller from now on.
func (p *Poller) SetSources(targets []Target) {
	p.mu.Lock()
	p.targets, p.changed = targets, true
	p.mu.Unlock()
	p.signal()
}

// Ask polls a source soon, whenever it is due, and also one that was paused or gone when
// it was looked at last and is not any more. A host that asked for quiet is left alone
// all the same.
func (p *Poller) Ask(id wiredesk.SourceID) {
	p.mu.Lock()
	p.asked = append(p.asked, id)
	p.mu.Unlock()
	p.signal()
}

// AskPages looks soon which pages of a source with FullText are to be asked. That happens
// after each poll anyway: this is for items that came by another way, as from a hub.
func (p *Poller) AskPages(id wiredesk.SourceID) {
	p.mu.Lock()
	p.pages = append(p.pages, id)
	p.mu.Unlock()
	p.signal()
}

func (p *Poller) signal() {
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Pulse has the loop of Run come round soon, and returns when it last did; the zero time if it
// never did. It never waits: who asks now and then sees whether the loop is alive.
func (p *Poller) Pulse() time.Time {
	p.signal()
	if last := p.round.Load(); last != nil {
		return *last
	}
	return time.Time{}
}

// news returns what was said since the last call.
func (p *Poller) news() (targets []Target, changed bool, asked, pages []wiredesk.SourceID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	targets, changed, asked, pages = p.targets, p.changed, p.asked, p.pages
	p.changed, p.asked, p.pages = false, nil, nil
	return targets, changed, asked, pages
}

// Run polls until ctx ends. Then requests under way are cancelled, answers that came are
// recorded, and nothing of it runs any more when Run returns; the error is always nil.
func (p *Poller) Run(ctx context.Context) error {
	l := newLoop(p)
	l.pace = time.Second / time.Duration(p.o.Rate)
	l.run(ctx)
	return nil
}

// A Summary is what one round of polls brought.
type Summary struct {
	Polled                                  int
	Changed, Unchanged, NotModified, Failed int
	Skipped                                 int // gone, paused, on a host that asked for quiet, or moved to where another source is
	New, Revised                            int // items
	Took                                    time.Duration
}

// Once polls what is due and returns when all of it was recorded. With all it polls
// whatever the interval says, but never a source that is gone or on a host that asked for
// quiet. progress, which may be nil, is told how many of how many are done. The error is
// that of ctx, or the first of the store, which ends the round.
func (p *Poller) Once(ctx context.Context, all bool, progress func(done, total int)) (Summary, error) {
	started := time.Now()
	p.mu.Lock()
	targets := p.targets
	p.mu.Unlock()
	l := newLoop(p)
	l.once, l.all, l.progress = true, all, progress
	l.set(started, targets)
	l.run(ctx)
	l.sum.Took = time.Since(started)
	if l.err != nil {
		return l.sum, l.err
	}
	return l.sum, ctx.Err()
}
