package fetch

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"wiredesk"
)

// A SubscriptionStore remembers subscriptions and takes in what hubs send.
type SubscriptionStore interface {
	// Subscriptions returns all that are stored.
	Subscriptions(ctx context.Context) ([]wiredesk.Subscription, error)
	// ChangeSubscriptions stores some, removes others by their ID, and writes in the states
	// of sources until when they are pushed, all together.
	ChangeSubscriptions(ctx context.Context, put []wiredesk.Subscription, remove []string, until map[wiredesk.SourceID]time.Time) error
	// State and Record are those of [Store].
	State(ctx context.Context, id wiredesk.SourceID) (wiredesk.SourceState, error)
	Record(ctx context.Context, polls []wiredesk.Poll) ([]wiredesk.Recorded, error)
}

// SubscriberOptions say with what to subscribe. Client and Store are required.
type SubscriberOptions struct {
	Client *Client
	Store  SubscriptionStore
	Logger *slog.Logger // nil discards

	// OnRecorded is told what a push changed. It must not wait long, and may be nil.
	OnRecorded func([]wiredesk.Recorded)
	// OnLost is told of a source whose hub does not push any more, though it had promised
	// to: it is to be polled soon. It may be nil.
	OnLost func(wiredesk.SourceID)
}

// A Topic is a source, and which hubs and which name of itself it gave when it was polled.
type Topic struct {
	ID     wiredesk.SourceID
	Source *wiredesk.Source // not changed by anybody from now on
	Hubs   []string
	Self   string
}

// TopicOf returns the topic of a source in that state.
func TopicOf(id wiredesk.SourceID, src *wiredesk.Source, st *wiredesk.SourceState) Topic {
	t := Topic{ID: id, Source: src, Self: st.Channel.Self}
	if !st.Paused && st.Gone.IsZero() { // else it is not asked, and not listened to either
		t.Hubs = st.Channel.Hubs
	}
	return t
}

// A Subscriber keeps sources that name a hub subscribed to it and takes in what hubs send
// (WebSub, as a subscriber). Its methods may be called from any goroutine. It is an
// http.Handler for the addresses below its base; what comes there is processed by
// [Subscriber.Run].
type Subscriber struct {
	o     SubscriberOptions
	log   *slog.Logger
	wake  chan struct{} // of capacity one: news coalesces
	inbox *inbox
	local sync.Once // told that hubs cannot reach us

	// writing is held while subscriptions are changed and stored, so that what is stored
	// last is what is known last. It is never held while a request is under way.
	writing sync.Mutex

	mu       sync.Mutex // guards what follows, for moments only
	base     string
	sources  map[wiredesk.SourceID]*wiredesk.Source
	wishes   map[wiredesk.SourceID]wish
	subs     map[string]wiredesk.Subscription
	bySource map[wiredesk.SourceID][]string
	dirty    map[wiredesk.SourceID]bool // to be looked at
	look     time.Time                  // when the first of subs wants something
	asks     []string                   // whose hub is to be asked
}

// NewSubscriber returns a subscriber with what is stored. It wishes for no subscription
// until [Subscriber.SetTopics] is called; those that are stored are ended then.
func NewSubscriber(ctx context.Context, o SubscriberOptions) (*Subscriber, error) {
	s := &Subscriber{
		o: o, log: o.Logger, wake: make(chan struct{}, 1), inbox: newInbox(),
		subs: map[string]wiredesk.Subscription{}, bySource: map[wiredesk.SourceID][]string{},
		wishes: map[wiredesk.SourceID]wish{}, dirty: map[wiredesk.SourceID]bool{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	stored, err := o.Store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	for _, sub := range stored {
		s.subs[sub.ID] = sub
		s.bySource[sub.Source] = append(s.bySource[sub.Source], sub.ID)
	}
	return s, nil
}

// SetTopics says which sources there are, and under which address hubs reach this handler.
// Without a base nothing is subscribed to, and what was is ended.
func (s *Subscriber) SetTopics(base string, topics []Topic) {
	if base != "" {
		base = strings.TrimRight(base, "/") + "/"
	}
	sources := make(map[wiredesk.SourceID]*wiredesk.Source, len(topics))
	wishes := map[wiredesk.SourceID]wish{}
	unreachable := false
	for _, t := range topics {
		sources[t.ID] = t.Source
		w, local := wishOf(base, t.Source, t.Hubs, t.Self)
		unreachable = unreachable || local
		if len(w.hubs) > 0 {
			wishes[t.ID] = w
		}
	}
	s.mu.Lock()
	s.base, s.sources = base, sources
	for id := range s.bySource {
		s.dirty[id] = true
	}
	for id := range wishes {
		s.dirty[id] = true
	}
	s.wishes = wishes
	s.mu.Unlock()
	s.tellLocal(unreachable, base)
	s.signal()
}

// Polled is told of every poll that was recorded: it may have found a hub, or lost it. A 304
// counts as well: SetTopics may have been told what was so before the poll that found it.
func (s *Subscriber) Polled(p wiredesk.Poll) {
	if p.Outcome == wiredesk.Failed {
		return
	}
	s.mu.Lock()
	src, base, before := s.sources[p.Source], s.base, s.wishes[p.Source]
	s.mu.Unlock()
	if src == nil {
		return
	}
	w, local := wishOf(base, src, p.State.Channel.Hubs, p.State.Channel.Self)
	s.tellLocal(local, base)
	if w.equal(before) {
		return
	}
	s.mu.Lock()
	s.wishes[p.Source], s.dirty[p.Source] = w, true
	s.mu.Unlock()
	s.signal()
}

// tellLocal says once why nothing is subscribed to.
func (s *Subscriber) tellLocal(unreachable bool, base string) {
	if unreachable {
		s.local.Do(func() {
			s.log.Info("hubs cannot reach this address, so their sources are only polled; set server.base_url", "callback", base)
		})
	}
}

func (s *Subscriber) signal() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// find returns a subscription and, if it is still wished for, its source.
func (s *Subscriber) find(id string) (sub wiredesk.Subscription, src *wiredesk.Source, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub, ok = s.subs[id]; ok && s.wishes[sub.Source].fits(&sub) {
		src = s.sources[sub.Source]
	}
	return sub, src, ok
}

// change changes one subscription, if fn says so, and plans anew for its source. It returns
// when that is stored.
func (s *Subscriber) change(ctx context.Context, id string, fn func(*wiredesk.Subscription) bool) (changed bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	sub, ok := s.subs[id]
	s.mu.Unlock()
	if !ok || !fn(&sub) {
		return false, nil
	}
	return true, s.settle(ctx, time.Now(), sub.Source, &sub)
}

// review plans anew for a source.
func (s *Subscriber) review(ctx context.Context, now time.Time, id wiredesk.SourceID) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.settle(ctx, now, id, nil)
}

// settle carries a plan for a source out, as far as it is about what is stored: hubs are
// asked later. changed may be one of its subscriptions as it has become. The caller holds
// s.writing.
func (s *Subscriber) settle(ctx context.Context, now time.Time, id wiredesk.SourceID, changed *wiredesk.Subscription) error {
	s.mu.Lock()
	w := s.wishes[id]
	before := make(map[string]wiredesk.Subscription)
	var subs []wiredesk.Subscription
	for _, key := range s.bySource[id] {
		before[key] = s.subs[key]
		subs = append(subs, s.subs[key])
	}
	s.mu.Unlock()
	had := pushedUntil(now, w, subs)
	if changed != nil {
		subs[slices.IndexFunc(subs, func(sub wiredesk.Subscription) bool { return sub.ID == changed.ID })] = *changed
	}
	p := planFor(now, id, w, subs, rand.Text)

	var put []wiredesk.Subscription
	var ids []string
	for _, sub := range p.keep {
		ids = append(ids, sub.ID)
		if before[sub.ID] != sub {
			put = append(put, sub)
		}
		delete(before, sub.ID)
	}
	gone := slices.Collect(maps.Keys(before))
	has := pushedUntil(now, w, p.keep)
	if len(put)+len(gone) > 0 || !has.Equal(had) {
		until := map[wiredesk.SourceID]time.Time{id: has}
		if err := s.o.Store.ChangeSubscriptions(ctx, put, gone, until); err != nil {
			return err
		}
	}
	s.mu.Lock()
	for _, sub := range put {
		s.subs[sub.ID] = sub
		if sub.Next.Before(s.look) {
			s.look = sub.Next
		}
	}
	for _, key := range gone {
		delete(s.subs, key)
	}
	if s.bySource[id] = ids; len(ids) == 0 {
		delete(s.bySource, id)
	}
	s.asks = append(s.asks, p.ask...)
	src := s.sources[id]
	s.mu.Unlock()
	if len(put) > 0 {
		s.signal()
	}
	if !had.IsZero() && has.IsZero() && src != nil {
		s.lost(ctx, id, src)
	}
	return nil
}

// lost has a source polled whose hub has gone. One that is not polled anyway is left alone.
func (s *Subscriber) lost(ctx context.Context, id wiredesk.SourceID, src *wiredesk.Source) {
	st, err := s.o.Store.State(ctx, id)
	if err != nil || st.Paused || !st.Gone.IsZero() {
		return
	}
	s.log.Info("source is not pushed any more", "source", called(src))
	if s.o.OnLost != nil {
		s.o.OnLost(id)
	}
}
