package fetch

import (
	"cmp"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"time"

	"wiredesk"
)

// skipMost is the longest that skipDays and skipHours push a poll beyond its interval.
const skipMost = 7 * 24 * time.Hour

// hear takes in what SetSources, Ask and AskPages said.
func (l *loop) hear(now time.Time) {
	targets, changed, asked, pages := l.p.news()
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
	slices.Sort(pages)
	for _, id := range slices.Compact(pages) {
		if e, ok := l.entries[id]; ok {
			l.wantPages(now, e)
		}
	}
}

// set makes the entries those of targets.
func (l *loop) set(now time.Time, targets []Target) {
	l.wantFullTexts(now, targets)
	wanted := make(map[wiredesk.SourceID]bool, len(targets))
	for _, t := range targets {
		if l.once && t.Dormant {
			l.sum.Skipped++
			continue
		}
		if t.Source.Paused {
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
			l.dropPages(e.id)
			l.wantPages(now, e)
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
	l.outage.among(l.sourceHosts())
}

func (l *loop) add(now time.Time, t Target) {
	due := l.believe(now, t)
	if l.once && !l.all && due.After(now) {
		return
	}
	if l.all {
		due = now
	}
	h := l.hostOf(t.Source.URL)
	h.near = h.near || near(t.Source)
	if credible(now, t.Quiet, t.Source) && t.Quiet.After(h.quiet) {
		h.quiet = now.Add(t.Quiet.Sub(now))
	}
	l.observe(now, h, t.Source)
	e := &dueSource{id: t.ID, src: t.Source, host: h, at: cmp.Or(t.At, t.Source.URL), index: -1, byHand: l.all}
	h.entries[e] = struct{}{}
	l.entries[t.ID] = e
	if !t.Dormant {
		l.due.put(e, due)
		l.asker(e)
	}
	if !t.Dormant {
		l.wantPages(now, e)
	}
	if t.Source.AllowPrivate {
		l.p.log.Debug("source may live on a private network", "source", sourceName{t.Source})
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
	if !credible(now, t.Due, t.Source) {
		wait = fraction(rangeOf(t.Source).base, t.Source.URL, "", 0)
	}
	return now.Add(wait)
}

// credible reports whether we may have set such a time ourselves, by a clock that was
// right.
func credible(now, at time.Time, src *wiredesk.Source) bool {
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

// hostOf returns the host of an address.
func (l *loop) hostOf(url string) *host {
	name := HostOf(url)
	h, ok := l.hosts[name]
	if !ok {
		h = &host{name: name, entries: map[*dueSource]struct{}{}, index: -1}
		l.hosts[name] = h
	}
	return h
}

// sourceHosts counts the hosts that have sources, and not only pages.
func (l *loop) sourceHosts() int {
	hosts := make(map[*host]bool)
	for _, e := range l.entries {
		hosts[e.host] = true
	}
	return len(hosts)
}

// takeOut takes an entry out of all lines, and ends the request for it.
func (l *loop) takeOut(e *dueSource) {
	e.removed = true
	l.due.drop(e)
	if e.queued {
		e.host.line = slices.DeleteFunc(e.host.line, func(x *dueSource) bool { return x == e })
		e.queued = false
		l.ready.sort(e.host, l.p.o.PerHost)
	}
	if e.flying {
		e.cancel()
	}
}

func (l *loop) remove(e *dueSource) {
	l.takeOut(e)
	delete(l.entries, e.id)
	l.dropPages(e.id)
	l.settleAt(e, "")
	l.leave(e)
}

// leave takes an entry from its host, and the hosts away that have none, once they may be
// asked without regard to what was before.
func (l *loop) leave(e *dueSource) {
	delete(e.host.entries, e)
	if len(e.host.entries) > 0 {
		return
	}
	if !e.host.empty {
		e.host.empty = true
		l.empty = append(l.empty, e.host)
	}
	l.sweep(time.Now())
}

// sweep takes away the hosts of l.empty that may go.
func (l *loop) sweep(now time.Time) {
	l.empty = slices.DeleteFunc(l.empty, func(h *host) bool {
		switch {
		case len(h.entries) > 0: // it is in use again
		case h.flying > 0 || h.quiet.After(now) || h.next.After(now):
			return false
		case l.hosts[h.name] == h:
			delete(l.hosts, h.name)
		}
		h.empty = false
		return true
	})
}
