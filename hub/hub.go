package hub

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"wiredesk"
)

// A Store remembers who follows.
type Store interface {
	// Followers returns all that are stored.
	Followers(ctx context.Context) ([]wiredesk.Follower, error)
	// ChangeFollowers stores some and removes others, by topic and callback, all together.
	ChangeFollowers(ctx context.Context, put, remove []wiredesk.Follower) error
}

// Options say with what a hub works. All but Logger are required.
type Options struct {
	Store Store
	// Transport sends requests to callbacks, which strangers chose: it refuses what must not be
	// asked, and follows no redirect.
	Transport http.RoundTripper
	// SiteOf returns what one owner has of an address, such as its registrable domain: limits
	// are for each of these.
	SiteOf func(address string) string
	Logger *slog.Logger // nil discards
}

// A Hub tells followers of our feeds. Its methods may be called from any goroutine. It is an
// http.Handler for subscriptions; everything else is done by [Hub.Run].
type Hub struct {
	o    Options
	log  *slog.Logger
	wake chan struct{} // of capacity one: news coalesces
	save saver
	work sync.WaitGroup // requests under way

	mu        sync.Mutex // guards what follows, for moments only
	known     bool       // SetTopics was called
	topics    map[string]*Topic
	missing   map[string]time.Time // since when a topic that is followed is not there
	followers map[key]*follower
	byTopic   map[string]map[*follower]struct{}
	sites     map[string]*site
	pending   int             // followers that have yet to confirm something
	dirty     map[string]bool // topics that changed
	look      time.Time       // when the first of the followers wants something
	lanes     lanes
	counts    counts
}

// New returns a hub with the followers that are stored. It is closed until it has topics.
func New(ctx context.Context, o Options) (*Hub, error) {
	h := &Hub{
		o: o, log: o.Logger, wake: make(chan struct{}, 1), save: newSaver(),
		topics: map[string]*Topic{}, missing: map[string]time.Time{}, followers: map[key]*follower{}, byTopic: map[string]map[*follower]struct{}{},
		sites: map[string]*site{}, dirty: map[string]bool{}, lanes: lanes{hosts: map[string]*host{}},
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	stored, err := o.Store.Followers(ctx)
	if err != nil {
		return nil, err
	}
	for i := range stored {
		f := h.add(stored[i].Topic, stored[i].Callback)
		f.Follower = stored[i]
		if f.Asked != nil {
			h.pending++
		}
	}
	return h, nil
}

// SetTopics says what can be followed and how it is now; no topics close the hub. Topics belong
// to the hub from now on. Who follows one that is not there any more is told so after a day.
func (h *Hub) SetTopics(topics []Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.topics
	h.topics = make(map[string]*Topic, len(topics))
	for i := range topics {
		t := &topics[i]
		h.topics[t.URL] = t
		delete(h.missing, t.URL)
		if was := old[t.URL]; was == nil || was.Version != t.Version {
			h.dirty[t.URL] = true
		}
	}
	for url := range h.byTopic {
		if h.topics[url] == nil {
			h.dirty[url] = true
		}
	}
	h.known = true
	h.signal()
}

func (h *Hub) signal() {
	select {
	case h.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run verifies, sends and stores until ctx ends; nothing of it runs any more when it returns.
// The error is always nil.
func (h *Hub) Run(ctx context.Context) error {
	saved := make(chan struct{})
	var saving sync.WaitGroup
	saving.Go(func() { h.saveLoop(ctx, saved) })
	defer saving.Wait()
	defer close(saved)
	defer h.work.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(h.step(ctx, time.Now()))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-h.wake:
		}
	}
	return nil
}

const (
	// lookPause is the least time between two looks at all followers.
	lookPause = 250 * time.Millisecond
	// lookLatest is the most.
	lookLatest = time.Hour
)

// step looks at those for whom something changed or is due, starts what may be started, and
// returns how long nothing else can happen.
func (h *Hub) step(ctx context.Context, now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.known {
		return lookLatest
	}
	if !h.look.After(now) {
		h.look = now.Add(lookLatest)
		for _, f := range h.followers {
			h.consider(now, f)
		}
		h.forgetSites(now)
		if pause := now.Add(lookPause); h.look.Before(pause) {
			h.look = pause
		}
	}
	for topic := range h.dirty {
		for f := range h.byTopic[topic] {
			h.consider(now, f)
		}
	}
	clear(h.dirty)
	for f := h.lanes.next(); f != nil; f = h.lanes.next() {
		h.start(ctx, now, f)
	}
	return max(h.look.Sub(now), time.Millisecond)
}
