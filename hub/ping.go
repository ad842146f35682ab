package hub

import (
	"context"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"wiredesk"
)

// A PingStore remembers what a hub elsewhere was told.
type PingStore interface {
	// Pings returns all that are stored, by topic.
	Pings(ctx context.Context) (map[string]wiredesk.Ping, error)
	// ChangePings stores some and removes others by topic, all together.
	ChangePings(ctx context.Context, put []wiredesk.Ping, remove []string) error
}

// A Poster sends a form to a hub. Nil means that the hub took it; the wait is how long it asks to
// be left alone.
type Poster interface {
	Post(ctx context.Context, address string, form url.Values) (wait time.Duration, err error)
}

const (
	// collect is how long to wait for more after a topic changed, so that one ping tells of all
	// that came together.
	collect = time.Second
	// pingGap is the least time between two pings for one topic.
	pingGap = 10 * time.Second
	// pingGiveUp is how long a version is told of in vain. The next one is tried again.
	pingGiveUp = 7 * 24 * time.Hour
)

// A Pinger tells a hub elsewhere when our feeds change. Its methods may be called from any
// goroutine.
type Pinger struct {
	store PingStore
	post  Poster
	log   *slog.Logger
	wake  chan struct{} // of capacity one

	mu      sync.Mutex // guards what follows, for moments only
	hub     string
	topics  map[string]string    // versions
	changed map[string]time.Time // when a version was first seen that the hub was not told of
	pings   map[string]wiredesk.Ping
	stale   []string // pings of topics that there are no more
	counts  PingFigures

	failures int       // in a row, whatever the topic
	rest     time.Time // the hub is left alone until then
}

// PingFigures count the pings since a pinger was made.
type PingFigures struct{ Delivered, Failed uint64 }

// NewPinger returns a pinger that knows what is stored. It tells nobody until it has a hub. A
// nil logger discards.
func NewPinger(ctx context.Context, store PingStore, post Poster, log *slog.Logger) (*Pinger, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	pings, err := store.Pings(ctx)
	if err != nil {
		return nil, err
	}
	return &Pinger{
		store: store, post: post, log: log, wake: make(chan struct{}, 1),
		topics: map[string]string{}, changed: map[string]time.Time{}, pings: pings,
	}, nil
}

// SetTopics says which feeds there are now, and which hub is to be told of their changes; an
// empty one is none. A topic without a body is as it was.
func (p *Pinger) SetTopics(hub string, topics []Topic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.hub != hub {
		p.hub, p.rest, p.failures = hub, time.Time{}, 0
		clear(p.changed)
	}
	old := p.topics
	p.topics = make(map[string]string, len(topics))
	if hub == "" {
		topics = nil
	}
	for _, t := range topics {
		version := t.Version
		if t.Body == nil {
			version = old[t.URL]
		}
		p.topics[t.URL] = version
		switch _, noticed := p.changed[t.URL]; {
		case version == "" || p.told(t.URL, version):
			delete(p.changed, t.URL)
		case !noticed:
			p.changed[t.URL] = now
		}
	}
	for topic := range p.pings {
		if _, there := p.topics[topic]; !there {
			p.stale = append(p.stale, topic)
			delete(p.pings, topic)
			delete(p.changed, topic)
		}
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// notBefore returns when the hub may be told of a topic.
func (p *Pinger) notBefore(topic string) time.Time {
	if ping := p.pings[topic]; ping.Hub == p.hub {
		return ping.Next
	}
	return time.Time{} // another hub said so
}

func (p *Pinger) told(topic, version string) bool {
	ping, ok := p.pings[topic]
	return ok && ping.Hub == p.hub && ping.Told == version
}

// Run tells the hub until ctx ends. The error is always nil.
func (p *Pinger) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		p.forget(ctx)
		topic, wait := p.next(time.Now())
		if topic != "" {
			p.ping(ctx, topic)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-p.wake:
		}
	}
	return nil
}

// Once tells the hub of everything that it was not told of and that may be tried now, and
// returns. What fails is tried again by the next one.
func (p *Pinger) Once(ctx context.Context) {
	p.forget(ctx)
	p.mu.Lock()
	var topics []string
	for topic := range p.changed {
		if !p.notBefore(topic).After(time.Now()) {
			topics = append(topics, topic)
		}
	}
	p.mu.Unlock()
	slices.Sort(topics)
	for _, topic := range topics {
		p.mu.Lock()
		resting := p.rest.After(time.Now())
		p.mu.Unlock()
		if resting || ctx.Err() != nil {
			return
		}
		p.ping(ctx, topic)
	}
}

// next returns the topic to ping now, or how long there is none.
func (p *Pinger) next(now time.Time) (topic string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait = lookLatest
	for _, t := range slices.Sorted(maps.Keys(p.changed)) {
		at := later(p.changed[t].Add(collect), p.notBefore(t), p.rest)
		if !at.After(now) {
			return t, 0
		}
		wait = min(wait, at.Sub(now))
	}
	return "", wait
}

func later(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// ping tells the hub of one topic. Hubs agree on no form: some want hub.url, some hub.topic, and
// few take several topics at once.
func (p *Pinger) ping(ctx context.Context, topic string) {
	p.mu.Lock()
	hub, version, is := p.hub, p.topics[topic], p.pings[topic]
	p.mu.Unlock()
	wait, err := p.post.Post(ctx, hub, url.Values{"hub.mode": {"publish"}, "hub.url": {topic}, "hub.topic": {topic}})
	if ctx.Err() != nil { // cut short by us
		return
	}
	now := time.Now()
	is.Topic = topic
	if is.Hub != hub {
		is = wiredesk.Ping{Topic: topic, Hub: hub}
	}
	p.mu.Lock()
	if err == nil {
		is.Told, is.Failures, is.Failing, is.Problem, is.Next = version, 0, time.Time{}, "", now.Add(pingGap)
		p.failures = 0
		p.counts.Delivered++
	} else {
		p.failed(now, &is, wait, err)
		if now.Sub(is.Failing) >= pingGiveUp {
			is.Told, is.Failing = version, time.Time{}
		}
	}
	there := p.hub == hub && p.topics[topic] != ""
	if there {
		p.pings[topic] = is
		delete(p.changed, topic)
		if !p.told(topic, p.topics[topic]) {
			p.changed[topic] = now
		}
	}
	p.mu.Unlock()
	if there {
		p.save(ctx, []wiredesk.Ping{is}, nil)
	}
}

// failed takes a failure in. The whole hub is left alone for a while: what one topic cannot be
// told of, others most likely cannot either.
func (p *Pinger) failed(now time.Time, is *wiredesk.Ping, wait time.Duration, err error) {
	p.counts.Failed++
	p.rest = now.Add(max(wait, min(retryFirst<<min(p.failures, 16), retryMost)))
	p.failures++
	is.Failures++
	if is.Failing.IsZero() {
		is.Failing = now
	}
	is.Next, is.Problem = p.rest, problem(err)
	p.log.Warn("hub was not told of a change", "topic", is.Topic, "problem", is.Problem, "retry_in", p.rest.Sub(now).String())
}

// forget removes the pings of topics that there are no more.
func (p *Pinger) forget(ctx context.Context) {
	p.mu.Lock()
	stale := p.stale
	p.stale = nil
	p.mu.Unlock()
	if len(stale) > 0 {
		p.save(ctx, nil, stale)
	}
}

// save stores pings. One that is not stored is at worst sent again.
func (p *Pinger) save(ctx context.Context, put []wiredesk.Ping, remove []string) {
	if err := p.store.ChangePings(context.WithoutCancel(ctx), put, remove); err != nil {
		p.log.Error("cannot store what the hub was told", "error", err)
	}
}

// Figures returns what was counted until now.
func (p *Pinger) Figures() PingFigures {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}
