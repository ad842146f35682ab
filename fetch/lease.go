package fetch

import (
	"context"
	"fmt"
	"time"

	"wiredesk"
)

const (
	// leaseMost bounds one such batch; of one host it has as many as are asked there in so
	// many turns, so that a crash keeps few waiting that were not asked.
	leaseMost  = 512
	leaseTurns = 16
	// holdAfter is how long nothing is asked when the store does not take leases.
	holdAfter = 10 * time.Second
)

// lease writes down when those next in line are due again, before any of them is asked. It
// is false, and nothing is asked for a while, if the store refuses.
func (l *loop) lease(ctx context.Context, now time.Time) bool {
	due := map[wiredesk.SourceID]time.Time{}
	var leased []*dueSource
	take := func(h *host) {
		if h.quiet.After(now) { // nothing of it will be asked
			return
		}
		for _, e := range h.line[:min(len(h.line), leaseTurns*l.p.o.PerHost, leaseMost)] {
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
			l.lost(fmt.Errorf("write down what is about to be asked: %w", err), l.queued()...)
		}
		l.hold = now.Add(holdAfter)
		return false
	}
	for _, e := range leased {
		e.leased = true
	}
	return true
}

// queued returns every source that is in line.
func (l *loop) queued() (ids []wiredesk.SourceID) {
	for _, h := range l.hosts {
		for _, e := range h.line {
			ids = append(ids, e.id)
		}
	}
	return ids
}

// hush leaves a whole host alone. What of it would be due before then is put off, and that
// is written down as well: a restart must not forget it.
func (l *loop) hush(ctx context.Context, now time.Time, name string, until time.Time) {
	l.pauses[name] = later(l.pauses[name], until)
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
		e.queued, e.leased = false, e.page != nil
		l.due.put(e, now)
	}
	h.line = nil
	l.ready.sort(h, l.p.o.PerHost)
	due := map[wiredesk.SourceID]time.Time{}
	for e := range h.entries {
		if e.search != nil { // the archive can do without us
			l.due.put(e, e.search.first.due)
			e.search, e.leased = nil, false
		}
		if e.index >= 0 && e.due.Before(until) {
			l.due.put(e, until.Add(fraction(rangeOf(e.src).base/10, e.src.URL, "", 0)))
			if e.page == nil { // a page keeps its own time, with what came of asking it
				due[e.id] = e.due
			}
		}
	}
	if len(due) == 0 {
		return
	}
	// An end of the run must not lose this.
	if err := l.p.o.Store.Lease(context.WithoutCancel(ctx), due); err != nil {
		l.p.log.Error("cannot write down that a host asked for quiet", "host", name, "error", err)
	}
}
