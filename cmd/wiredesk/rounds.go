package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"wiredesk"
	"wiredesk/fetch"
)

// rounds are the commands that wait for the running poller to have asked their sources.
// The zero value is ready.
type rounds struct {
	mu   sync.Mutex
	open map[*round]bool
}

// A round is some sources that were asked for at once.
type round struct {
	mu      *sync.Mutex
	started time.Time
	waiting map[wiredesk.SourceID]bool
	total   int
	sum     onceReply
	err     error         // of the store, the first
	woken   chan struct{} // of capacity one
}

func (r *rounds) begin(sources []source) *round {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = make(map[*round]bool)
	}
	n := &round{mu: &r.mu, started: time.Now(), waiting: make(map[wiredesk.SourceID]bool), total: len(sources), woken: make(chan struct{}, 1)}
	for i := range sources {
		n.waiting[sources[i].ID] = true
	}
	r.open[n] = true
	return n
}

func (r *rounds) end(n *round) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, n)
}

// recorded counts what polls changed. It is called before polled is for the same polls.
func (r *rounds) recorded(changes []wiredesk.Recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.open {
		for _, c := range changes {
			if n.waiting[c.Source] {
				n.sum.New += len(c.New)
				n.sum.Revised += len(c.Revised)
			}
		}
	}
}

// polled ticks a source off.
func (r *rounds) polled(p wiredesk.Poll) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.open {
		if !n.waiting[p.Source] {
			continue
		}
		delete(n.waiting, p.Source)
		n.sum.Polled++
		switch p.Outcome {
		case wiredesk.Failed:
			n.sum.Failed++
		case wiredesk.NotModified:
			n.sum.NotModified++
		case wiredesk.Unchanged:
			n.sum.Unchanged++
		case wiredesk.Changed:
			n.sum.Changed++
		}
		n.wake()
	}
}

// lost ticks off sources of which nothing will be recorded for now.
func (r *rounds) lost(ids []wiredesk.SourceID, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.open {
		for _, id := range ids {
			if !n.waiting[id] {
				continue
			}
			delete(n.waiting, id)
			n.sum.Skipped++
			if n.err == nil {
				n.err = err
			}
		}
		n.wake()
	}
}

// wake has the one who waits look again.
func (n *round) wake() {
	select {
	case n.woken <- struct{}{}:
	default:
	}
}

// left returns the sources that the round still waits for, in ascending order.
func (n *round) left() []wiredesk.SourceID {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.waiting))
}

// wait returns when every source was polled, but for those that may not be by then; see
// skip. The error is the first of the store, if it failed.
func (n *round) wait(ctx context.Context, room *newsroom, progress func(done, total int)) (onceReply, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		n.mu.Lock()
		left, sum, err := len(n.waiting), n.sum, n.err
		n.mu.Unlock()
		progress(n.total-left, n.total)
		if left == 0 && err != nil {
			return onceReply{}, fmt.Errorf("%d of %d sources were polled: %w", sum.Polled, n.total, err)
		}
		if left == 0 {
			sum.Seconds = time.Since(n.started).Seconds()
			return sum, nil
		}
		select {
		case <-ctx.Done():
			return onceReply{}, ctx.Err()
		case <-n.woken:
		case <-tick.C: // not whenever woken: it reads the state of every source
			if err := n.skip(ctx, room); err != nil {
				return onceReply{}, err
			}
		}
	}
}

// skip takes out the sources that are not asked whatever a person says: gone, paused, not
// in the config any more, or on a host that asked for quiet.
func (n *round) skip(ctx context.Context, room *newsroom) error {
	room.mu.Lock()
	sources := room.sources
	room.mu.Unlock()
	ids := make([]wiredesk.SourceID, len(sources))
	for i := range sources {
		ids[i] = sources[i].ID
	}
	states, err := room.store.States(ctx, ids)
	if err != nil {
		return err
	}
	now := time.Now()
	quiet := make(map[string]bool)
	for i := range sources {
		if states[i].Quiet.After(now) {
			quiet[fetch.HostOf(sources[i].Source.URL)] = true
		}
	}
	asked := make(map[wiredesk.SourceID]bool, len(sources))
	for i := range sources {
		s, st := &sources[i], &states[i]
		asked[s.ID] = !s.Paused && !st.Paused && st.Gone.IsZero() && !quiet[fetch.HostOf(s.Source.URL)]
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for id := range n.waiting {
		if !asked[id] {
			delete(n.waiting, id)
			n.sum.Skipped++
		}
	}
	return nil
}
