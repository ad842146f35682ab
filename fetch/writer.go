package fetch

import (
	"context"
	"sync/atomic"
	"time"

	"wiredesk"
)

const (
	writeMost = 256                   // polls in one call of Record
	writeWait = 10 * time.Millisecond // for more of them
)

// A recorder hands polls to the store, many at once: a commit costs the same for one and for
// a hundred.
type recorder struct {
	p      *Poller
	in     chan batch
	ended  chan struct{}
	flying atomic.Int64 // workers that may still bring something
}

// A batch is what one worker brought; it waits for reply.
type batch struct {
	polls []wiredesk.Poll
	reply chan<- written
}

type written struct {
	recorded []wiredesk.Recorded
	err      error
}

func newWriter(p *Poller) *recorder {
	return &recorder{p: p, in: make(chan batch), ended: make(chan struct{})}
}

func (w *recorder) start(ctx context.Context) {
	// What came is recorded even when everything ends.
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer close(w.ended)
		for first := range w.in {
			w.write(ctx, w.gather(first))
		}
	}()
}

// stop waits until everything is written. No worker may be left.
func (w *recorder) stop() {
	close(w.in)
	<-w.ended
}

// record returns when the polls are in the store.
func (w *recorder) record(polls []wiredesk.Poll) ([]wiredesk.Recorded, error) {
	reply := make(chan written, 1)
	w.in <- batch{polls, reply}
	done := <-reply
	return done.recorded, done.err
}

// gather waits a little for others to come along, if there are others.
func (w *recorder) gather(first batch) []batch {
	all := []batch{first}
	timer := time.NewTimer(writeWait)
	defer timer.Stop()
	for len(all) < writeMost && int64(len(all)) < w.flying.Load() {
		select {
		case b, ok := <-w.in:
			if !ok {
				return all
			}
			all = append(all, b)
		case <-timer.C:
			return all
		}
	}
	return all
}

func (w *recorder) write(ctx context.Context, all []batch) {
	polls := make([]wiredesk.Poll, 0, len(all)) // one each, as a rule; they are large
	for _, b := range all {
		polls = append(polls, b.polls...)
	}
	recorded, err := w.p.o.Store.Record(ctx, polls)
	if err != nil && len(all) > 1 { // one that cannot be stored must not take others with it
		for i := range all {
			w.write(ctx, all[i:i+1])
		}
		return
	}
	if err == nil {
		if w.p.o.OnRecorded != nil {
			w.p.o.OnRecorded(recorded)
		}
		for _, p := range polls {
			if w.p.o.OnPoll != nil && !p.Older {
				w.p.o.OnPoll(p)
			}
		}
	}
	for _, b := range all {
		b.reply <- written{recorded, err}
	}
}
