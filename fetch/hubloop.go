package fetch

import (
	"context"
	"sync"
	"time"

	"wiredesk"
)

const (
	hubsAtOnce = 8                      // requests to hubs
	hubGap     = 100 * time.Millisecond // between two to the same one
	// asksWaiting is how many requests may wait for their hub before no more sources are
	// looked at: a hub with thousands of them is asked one by one.
	asksWaiting = 256
	// lookPause is the least time between two looks at all subscriptions.
	lookPause = time.Second
)

// A hubLoop is one run of a subscriber. All of it belongs to one goroutine.
type hubLoop struct {
	s      *Subscriber
	queue  []string // subscriptions whose hub is to be asked, in order
	flying map[string]bool
	ready  map[string]time.Time // when a hub may be asked again
	done   chan string
	work   sync.WaitGroup
	hold   time.Time // the store refused: nothing is changed before
}

// Run keeps subscriptions alive and processes what hubs send, until ctx ends. Then what
// was accepted is recorded, and nothing of it runs any more when Run returns; the error is
// always nil.
func (s *Subscriber) Run(ctx context.Context) error {
	var processing sync.WaitGroup
	processing.Go(func() { s.process(ctx) })
	defer processing.Wait()
	l := &hubLoop{s: s, flying: map[string]bool{}, ready: map[string]time.Time{}, done: make(chan string, hubsAtOnce)}
	defer l.work.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		l.review(ctx, now)
		timer.Reset(l.start(ctx, time.Now()))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.wake:
		case host := <-l.done:
			delete(l.flying, host)
		}
	}
	return nil
}

// review looks at the sources for which something happened, or is due.
func (l *hubLoop) review(ctx context.Context, now time.Time) {
	if l.hold.After(now) {
		return
	}
	l.s.mu.Lock()
	if !l.s.look.After(now) {
		l.s.look = now.Add(24 * time.Hour)
		for _, sub := range l.s.subs {
			if !sub.Next.After(now) {
				l.s.dirty[sub.Source] = true
			} else if sub.Next.Before(l.s.look) {
				l.s.look = sub.Next
			}
		}
		if pause := now.Add(lookPause); l.s.look.Before(pause) {
			l.s.look = pause
		}
	}
	var ids []wiredesk.SourceID
	for id := range l.s.dirty {
		if len(l.queue)+len(l.s.asks)+len(ids) >= asksWaiting {
			break
		}
		ids = append(ids, id)
		delete(l.s.dirty, id)
	}
	l.s.mu.Unlock()
	for _, id := range ids {
		err := l.s.review(ctx, now, id)
		if err == nil {
			continue
		}
		l.s.mu.Lock()
		l.s.dirty[id] = true
		l.s.mu.Unlock()
		if l.hold.Before(now) && ctx.Err() == nil {
			l.s.log.Error("cannot store subscriptions", "error", err)
		}
		l.hold = now.Add(holdAfter)
	}
	l.s.mu.Lock()
	l.queue = append(l.queue, l.s.asks...)
	l.s.asks = nil
	l.s.mu.Unlock()
}

// start asks the hubs that may be asked now and returns how long nothing else can happen.
func (l *hubLoop) start(ctx context.Context, now time.Time) time.Duration {
	l.s.mu.Lock()
	backlog := len(l.s.dirty) > 0
	wake := l.s.look
	l.s.mu.Unlock()
	if backlog {
		wake = now.Add(lookPause)
	}
	if l.hold.After(now) {
		wake = l.hold
	}
	waiting := l.queue[:0]
	for i, id := range l.queue {
		sub, _, ok := l.s.find(id)
		host := HostOf(sub.Hub)
		switch {
		case !ok || sub.Status != wiredesk.SubscriptionAsked && sub.Status != wiredesk.SubscriptionLeaving:
			continue // it took too long and is tried again later
		case len(l.flying) >= hubsAtOnce:
			waiting = append(waiting, l.queue[i:]...)
			l.queue = waiting
			return max(wake.Sub(now), lookPause)
		case l.flying[host], l.ready[host].After(now):
			if at := l.ready[host]; at.After(now) && at.Before(wake) {
				wake = at
			}
			waiting = append(waiting, id)
			continue
		}
		l.flying[host], l.ready[host] = true, now.Add(hubGap)
		l.work.Go(func() {
			l.s.ask(ctx, id)
			l.done <- host
		})
	}
	l.queue = waiting
	return max(wake.Sub(now), time.Millisecond)
}

// ask asks the hub of a subscription and takes in a refusal. An acceptance says nothing
// yet: the hub has to verify it.
func (s *Subscriber) ask(ctx context.Context, id string) {
	sub, _, ok := s.find(id)
	s.mu.Lock()
	src := s.sources[sub.Source]
	s.mu.Unlock()
	if !ok {
		return
	}
	if src == nil { // it is not a source any more; its hub is asked as a stranger's
		src = &wiredesk.Source{}
	}
	log := s.log.With("source", s.called(&sub), "hub", Redact(sub.Hub))
	wait, err := s.o.Client.askHub(ctx, src, &sub)
	switch {
	case ctx.Err() != nil: // cut short by us
		return
	case err == nil:
		log.Debug("hub asked", "status", int(sub.Status))
		return
	case sub.Status == wiredesk.SubscriptionLeaving: // its lease ends by itself
		log.Debug("hub does not unsubscribe", "problem", err.Error())
		return
	}
	_, stored := s.change(ctx, id, func(sub *wiredesk.Subscription) bool {
		if sub.Status != wiredesk.SubscriptionAsked {
			return false // it was verified all the same
		}
		sub.Status, sub.Next, sub.Problem = wiredesk.SubscriptionFailed, time.Time{}, err.Error()
		if sub.Failures++; wait > 0 {
			sub.Next = time.Now().Add(wait)
		}
		return true
	})
	if stored != nil {
		s.log.Error("cannot store subscriptions", "error", stored)
		return
	}
	log.Warn("hub does not subscribe us; the source is polled", "problem", err.Error())
}
