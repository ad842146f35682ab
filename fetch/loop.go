package fetch

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"wiredesk"
)

// ahead is how far sources are looked for that will be due soon, so that their due times
// are written down together.
const ahead = time.Second

// A loop is one run of a poller. All of it belongs to one goroutine; the workers speak to
// it through done. No lock is held anywhere while something is waited for.
type loop struct {
	p       *Poller
	entries map[wiredesk.SourceID]*dueSource
	hosts   map[string]*host
	empty   []*host               // of them, those that had nothing left when last looked at
	askers  map[string]*dueSource // by the address where they are asked
	pages   map[wiredesk.ItemID]*dueSource
	pauses  map[string]time.Time // until when hosts asked to be left alone, also such as are not in line
	due     byDue
	ready   byReady

	flying   int
	jobs     chan job
	done     chan result
	workers  int
	work     sync.WaitGroup
	recorder *recorder
	outage   *outage

	pace      time.Duration // between two starts
	nextStart time.Time
	hold      time.Time // nothing is asked before

	once, all   bool
	err         error // of the store, the first; it ends a round
	progress    func(done, total int)
	total, left int
	sum         Summary
}

func newLoop(p *Poller) *loop {
	return &loop{
		p: p, entries: map[wiredesk.SourceID]*dueSource{}, hosts: map[string]*host{}, askers: map[string]*dueSource{}, pages: map[wiredesk.ItemID]*dueSource{},
		pauses: pausesOf(p, time.Now()),
		// Neither waits for the other: each has room for all that may be under way.
		jobs:     make(chan job, p.o.Concurrency),
		done:     make(chan result, p.o.Concurrency),
		recorder: newWriter(p), outage: newOutage(p.log),
	}
}

// run is the loop. It returns when ctx ends, or when nothing is left to do once.
func (l *loop) run(ctx context.Context) {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	l.recorder.start(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		if !l.once {
			l.p.round.Store(&now)
			l.hear(now)
		}
		l.collect(now)
		l.start(asking, now)
		if l.once && (l.left == 0 || l.err != nil) {
			break
		}
		timer.Reset(l.sleep(time.Now()))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-l.p.wake:
		case r := <-l.done:
			l.finish(ctx, time.Now(), r)
		}
	}
	stop()
	close(l.jobs)
	l.work.Wait()
	l.recorder.stop()
}

// collect puts what is due, or nearly, into its host's line.
func (l *loop) collect(now time.Time) {
	if len(l.due) == 0 || l.due[0].due.After(now) {
		return
	}
	for len(l.due) > 0 && !l.due[0].due.After(now.Add(ahead)) {
		e := heap.Pop(&l.due).(*dueSource)
		if e.page == nil && l.asker(e) != e && (l.once || !e.byHand) {
			l.leaveToOther(e, now)
			continue
		}
		e.queued = true
		e.host.line = append(e.host.line, e)
		if len(e.host.line) == 1 {
			l.ready.sort(e.host, l.p.o.PerHost)
		}
	}
}

// start asks what may be asked now.
func (l *loop) start(ctx context.Context, now time.Time) {
	for l.flying < l.p.o.Concurrency && len(l.ready) > 0 && !l.nextStart.After(now) && !l.hold.After(now) {
		h := l.ready[0]
		if h.quiet.After(now) && l.once {
			l.skip(h)
			continue
		}
		if h.ready().After(now) {
			return
		}
		if e := h.line[0]; !e.leased && !l.lease(ctx, now) {
			return
		}
		e := h.line[0]
		h.line = h.line[1:]
		h.flying++
		if !h.near {
			h.next = now.Add(l.p.o.Gap)
		}
		l.ready.sort(h, l.p.o.PerHost)
		l.nextStart = now.Add(l.pace)
		l.launch(ctx, e)
	}
}

func (l *loop) launch(ctx context.Context, e *dueSource) {
	e.queued, e.flying, e.leased = false, true, false
	asking, cancel := context.WithCancel(ctx)
	e.cancel = cancel
	l.flying++
	j := job{ctx: asking, done: cancel, e: e, id: e.id, src: e.src, host: e.host.name, due: e.due, byHand: e.byHand, search: e.search, page: e.page}
	e.byHand, e.search = false, nil
	l.recorder.flying.Add(1)
	if l.workers < l.flying {
		l.workers++
		l.work.Go(l.worker)
	}
	l.jobs <- j
}

// skip takes the line of a host that asked for quiet out of this round.
func (l *loop) skip(h *host) {
	for _, e := range h.line {
		e.queued = false
		if e.page != nil {
			l.left--
			continue
		}
		if e.search != nil {
			l.settle(e.search.first) // it was polled; only its archive is not asked
			continue
		}
		l.settle(result{skipped: true})
	}
	h.line = nil
	l.ready.sort(h, l.p.o.PerHost)
}

// finish takes in what a worker brought.
func (l *loop) finish(ctx context.Context, now time.Time, r result) {
	e := r.job.e
	e.flying = false
	e.host.flying--
	l.flying--
	l.ready.sort(e.host, l.p.o.PerHost)
	if e.page != nil {
		l.finishPage(ctx, now, r)
		return
	}
	if !r.polled && !r.skipped {
		l.lost(r.err, e.id)
	}
	if r.quiet.After(now) {
		l.hush(ctx, now, r.host, r.quiet)
	}
	if e.removed {
		l.leave(e)
		return
	}
	if r.polled {
		l.wantPages(now, e)
		l.wantAbsences(now, e)
	}
	if r.search != nil {
		// The host's other sources, its gap and its limits come first, as for any request.
		e.search, e.leased = r.search, true
		l.due.put(e, now)
		return
	}
	if l.once {
		delete(l.entries, e.id)
		l.settle(r)
		return
	}
	if r.polled {
		l.settleAt(e, AskedAt(e.src, &r.poll.State))
	}
	if !r.due.IsZero() {
		l.due.put(e, r.due)
	}
}

// lost is called when nothing came of asking sources: the store failed, or, with no error,
// we cut the request short. A round ends with the error; else they are asked again when they
// are due. OnLost is told, or else the log.
func (l *loop) lost(err error, ids ...wiredesk.SourceID) {
	switch {
	case l.once && l.err == nil:
		l.err = err
	case l.p.o.OnLost == nil && err != nil:
		l.p.log.Error("the store fails", "error", err)
	}
	if l.p.o.OnLost != nil {
		l.p.o.OnLost(ids, err)
	}
}

// settle counts one source of a round as done.
func (l *loop) settle(r result) {
	l.left--
	if r.skipped {
		l.sum.Skipped++
	}
	if r.polled {
		l.sum.add(r.poll, r.recorded)
	}
	if l.progress != nil {
		l.progress(l.total-l.left, l.total)
	}
}

// sleep returns how long nothing can happen.
func (l *loop) sleep(now time.Time) time.Duration {
	wait := time.Hour // something else wakes us before, or nothing happens then
	if len(l.due) > 0 {
		wait = min(wait, l.due[0].due.Sub(now))
	}
	if len(l.ready) > 0 && l.flying < l.p.o.Concurrency {
		at := l.ready[0].ready()
		for _, other := range []time.Time{l.nextStart, l.hold} {
			if other.After(at) {
				at = other
			}
		}
		wait = min(wait, at.Sub(now))
	}
	return max(wait, 0)
}
