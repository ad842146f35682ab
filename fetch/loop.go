package fetch

import (
	"container/heap"
	"context"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"sync"
	"time"

	"wiredesk"
)

const (
	// ahead is how far sources are looked for that will be due soon, so that their due
	// times are written down together.
	ahead = time.Second
	// leaseMost and leasePerHost bound one such batch.
	leaseMost    = 512
	leasePerHost = 32
	// holdAfter is how long nothing is asked when the store does not take leases.
	holdAfter = 10 * time.Second
	// skipMost is the longest that skipDays and skipHours push a poll beyond its interval.
	skipMost = 7 * 24 * time.Hour
)

// A loop is one run of a poller. All of it belongs to one goroutine; the workers speak to
// it through done. No lock is held anywhere while something is waited for.
type loop struct {
	p       *Poller
	entries map[wiredesk.SourceID]*entry
	hosts   map[string]*host
	due     byDue
	ready   byReady

	flying int
	done   chan result
	work   sync.WaitGroup
	writer *writer
	outage *outage

	pace      time.Duration // between two starts
	nextStart time.Time
	hold      time.Time // nothing is asked before

	once, all   bool
	progress    func(done, total int)
	total, left int
	sum         Summary
}

func newLoop(p *Poller) *loop {
	return &loop{
		p: p, entries: map[wiredesk.SourceID]*entry{}, hosts: map[string]*host{},
		// Workers never wait for the loop, so that it may wait for them.
		done:   make(chan result, p.o.Concurrency),
		writer: newWriter(p), outage: newOutage(p.log),
	}
}

// run is the loop. It returns when ctx ends, or when nothing is left to do once.
func (l *loop) run(ctx context.Context) {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	l.writer.start(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		if !l.once {
			l.hear(now)
		}
		l.collect(now)
		l.start(asking, now)
		if l.once && l.left == 0 {
			break
		}
		timer.Reset(l.sleep(time.Now()))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-l.p.wake:
		case r := <-l.done:
			l.finish(time.Now(), r)
		}
	}
	stop()
	l.work.Wait()
	l.writer.stop()
}

// hear takes in what SetSources and Ask said.
func (l *loop) hear(now time.Time) {
	targets, changed, asked := l.p.news()
	if changed {
		l.set(now, targets)
	}
	for _, id := range asked {
		e, ok := l.entries[id]
		if !ok || e.flying || e.queued {
			continue
		}
		e.byHand, e.leased = true, false
		l.due.put(e, now)
	}
}

// set makes the entries those of targets.
func (l *loop) set(now time.Time, targets []Target) {
	wanted := make(map[wiredesk.SourceID]bool, len(targets))
	for _, t := range targets {
		if t.Source.Paused || l.once && t.Dormant {
			continue
		}
		wanted[t.ID] = true
		e, ok := l.entries[t.ID]
		switch {
		case !ok:
			l.add(now, t)
		case e.src == t.Source || reflect.DeepEqual(e.src, t.Source):
		case e.flying && e.src.URL == t.Source.URL:
			e.src = t.Source // from the next poll on
		default:
			if e.src.URL != t.Source.URL {
				t.Due = now
			}
			l.remove(e)
			l.add(now, t)
		}
	}
	for id, e := range l.entries {
		if !wanted[id] {
			l.remove(e)
		}
	}
	l.outage.among(len(l.hosts))
}

func (l *loop) add(now time.Time, t Target) {
	due := l.believe(now, t)
	if l.once && !l.all && due.After(now) {
		return
	}
	if l.all {
		due = now
	}
	name := HostOf(t.Source.URL)
	h, ok := l.hosts[name]
	if !ok {
		h = &host{name: name, entries: map[*entry]struct{}{}, index: -1}
		l.hosts[name] = h
	}
	h.near = h.near || near(t.Source)
	if believable(now, t.Quiet, t.Source) && t.Quiet.After(h.quiet) {
		h.quiet = now.Add(t.Quiet.Sub(now))
	}
	e := &entry{id: t.ID, src: t.Source, host: h, index: -1, byHand: l.all}
	h.entries[e] = struct{}{}
	l.entries[t.ID] = e
	if !t.Dormant {
		l.due.put(e, due)
	}
	l.total++
	l.left++
}

// believe returns when a target is due, on the clock that never jumps. A time further away
// than any that we would set comes from a clock that was wrong: such sources are spread
// over an interval from now.
func (l *loop) believe(now time.Time, t Target) time.Time {
	if t.Due.IsZero() {
		return now
	}
	wait := t.Due.Sub(now)
	if !believable(now, t.Due, t.Source) {
		wait = fraction(rangeOf(t.Source).base, t.Source.URL, "", 0)
	}
	return now.Add(wait)
}

// believable reports whether we may have set such a time ourselves, by a clock that was
// right.
func believable(now, at time.Time, src *wiredesk.Source) bool {
	most := max(rangeOf(src).max, longest)
	return at.Sub(now) <= most+most/10+skipMost
}

// near reports whether a source is of our own machine or network: it is ours to burden.
func near(src *wiredesk.Source) bool {
	if src.AllowPrivate || isFile(src.URL) {
		return true
	}
	u, err := url.Parse(src.URL)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && slices.ContainsFunc(home, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func (l *loop) remove(e *entry) {
	e.removed = true
	l.due.drop(e)
	if e.queued {
		e.host.line = slices.DeleteFunc(e.host.line, func(x *entry) bool { return x == e })
		e.queued = false
		l.ready.sort(e.host, l.p.o.PerHost)
	}
	if e.flying {
		e.cancel()
	}
	delete(l.entries, e.id)
	l.leave(e)
}

// leave takes an entry from its host, and the host away with its last one.
func (l *loop) leave(e *entry) {
	delete(e.host.entries, e)
	if len(e.host.entries) == 0 && e.host.flying == 0 && e.host.quiet.IsZero() {
		delete(l.hosts, e.host.name)
	}
}

// collect puts what is due, or nearly, into its host's line.
func (l *loop) collect(now time.Time) {
	if len(l.due) == 0 || l.due[0].due.After(now) {
		return
	}
	for len(l.due) > 0 && !l.due[0].due.After(now.Add(ahead)) {
		e := heap.Pop(&l.due).(*entry)
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

func (l *loop) launch(ctx context.Context, e *entry) {
	e.queued, e.flying, e.leased = false, true, false
	asking, cancel := context.WithCancel(ctx)
	e.cancel = cancel
	l.flying++
	j := job{e: e, id: e.id, src: e.src, host: e.host.name, byHand: e.byHand}
	e.byHand = false
	l.writer.flying.Add(1)
	l.work.Go(func() {
		defer cancel()
		r := l.ask(asking, j)
		l.writer.flying.Add(-1)
		l.done <- r
	})
}

// skip takes the line of a host that asked for quiet out of this round.
func (l *loop) skip(h *host) {
	for _, e := range h.line {
		e.queued = false
		l.settle(result{skipped: true})
	}
	h.line = nil
	l.ready.sort(h, l.p.o.PerHost)
}

// lease writes down when those next in line are due again, before any of them is asked. It
// is false, and nothing is asked for a while, if the store refuses.
func (l *loop) lease(ctx context.Context, now time.Time) bool {
	due := map[wiredesk.SourceID]time.Time{}
	var leased []*entry
	take := func(h *host) {
		for _, e := range h.line[:min(len(h.line), leasePerHost)] {
			if !e.leased {
				due[e.id] = now.Add(rangeOf(e.src).base)
				leased = append(leased, e)
			}
		}
	}
	take(l.ready[0])
	for _, h := range l.ready[1:] {
		if len(leased) >= leaseMost {
			break
		}
		take(h)
	}
	if err := l.p.o.Store.Lease(ctx, due); err != nil {
		if ctx.Err() == nil {
			l.p.log.Error("cannot write down what is about to be asked; asking nobody for now", "error", err)
		}
		l.hold = now.Add(holdAfter)
		return false
	}
	for _, e := range leased {
		e.leased = true
	}
	return true
}

// finish takes in what a worker brought.
func (l *loop) finish(now time.Time, r result) {
	e := r.job.e
	e.flying = false
	e.host.flying--
	l.flying--
	l.ready.sort(e.host, l.p.o.PerHost)
	if r.quiet.After(now) {
		l.hush(now, r.host, r.quiet)
	}
	if e.removed {
		l.leave(e)
		return
	}
	if l.once {
		delete(l.entries, e.id)
		l.settle(r)
		return
	}
	if !r.due.IsZero() {
		l.due.put(e, r.due)
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

// hush leaves a whole host alone. What of it would be due before then is put off, and that
// is written down as well: a restart must not forget it.
func (l *loop) hush(now time.Time, name string, until time.Time) {
	h, ok := l.hosts[name]
	if !ok || !until.After(h.quiet) {
		return
	}
	h.quiet = until
	l.ready.sort(h, l.p.o.PerHost)
	l.p.log.Info("host asked for quiet", "host", name, "until", until)
	if l.once {
		return
	}
	for _, e := range h.line {
		e.queued, e.leased = false, false
		l.due.put(e, now)
	}
	h.line = nil
	l.ready.sort(h, l.p.o.PerHost)
	due := map[wiredesk.SourceID]time.Time{}
	for e := range h.entries {
		if e.index >= 0 && e.due.Before(until) {
			l.due.put(e, until.Add(fraction(rangeOf(e.src).base/10, e.src.URL, "", 0)))
			due[e.id] = e.due
		}
	}
	if len(due) == 0 {
		return
	}
	// Not the context of the run: an end of it must not lose this.
	if err := l.p.o.Store.Lease(context.Background(), due); err != nil {
		l.p.log.Error("cannot write down that a host asked for quiet", "host", name, "error", err)
	}
}

// sleep returns how long nothing can happen.
func (l *loop) sleep(now time.Time) time.Duration {
	const never = time.Hour
	wait := time.Duration(never)
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
