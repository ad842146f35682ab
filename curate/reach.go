package curate

import (
	"slices"
	"time"
)

// wideFor is for how long a window that grew stays so after it was last needed, and how long
// ago a subscriber may have come last who is waited for. Who sleeps longer has the archive.
const wideFor = 30 * 24 * time.Hour

// Reach makes a feed's window reach back to what a subscriber had who last read it at since,
// by as many entries as it takes, the feed's maximum at most. It returns how many the window
// has from now on, or 0 if it was large enough. The window shrinks when nobody needed it for
// a month.
func (d *Desk) Reach(feed string, since, at time.Time) int {
	f := d.feed(feed)
	if f == nil || at.Sub(since) > wideFor || !f.sent(since) {
		return 0
	}
	at = at.Truncate(time.Millisecond).UTC()
	need := f.missed(since)
	switch {
	case need <= f.feed.Limit:
		return 0
	case need > f.state.Window:
		grows := need > f.extent()
		f.state.Window, f.state.Wide, f.dirty = need, at, true
		d.pending.Feeds = append(d.pending.Feeds, f.state)
		if !grows {
			return 0
		}
		return need
	case at.Sub(f.state.Wide) > 24*time.Hour: // once a day is exact enough
		f.state.Wide = at
		d.pending.Feeds = append(d.pending.Feeds, f.state)
	}
	return 0
}

// missed returns how many entries a window must have to hold all that was announced after a
// moment, as far as the feed's maximum goes.
func (f *shownFeed) missed(since time.Time) (need int) {
	n := 0
	for _, p := range slices.Backward(f.order) {
		if n == f.feed.LimitMax {
			break
		}
		if f.buried(p) {
			continue
		}
		n++
		// What came since and has its place before that is no news, as after a changed rule, and
		// nobody has missed it.
		news := p.row.Place.After(since.Add(-time.Minute)) // it takes a moment from the poll to the build
		if p.announced && news && p.row.Announced.Truncate(time.Second).After(since) {
			need = n
		}
	}
	return need
}

// sent reports whether a version of the feed may have had that Last-Modified: something was
// announced then. A date that a stranger made up, or another server, says nothing of us.
func (f *shownFeed) sent(since time.Time) bool {
	return slices.ContainsFunc(f.order, func(p *placed) bool {
		// Where two versions came within a second, the later one says the next.
		late := since.Sub(p.row.Announced.Truncate(time.Second))
		return p.announced && late >= 0 && late <= time.Second
	})
}

// extent is how many entries the window has now, without what is pinned.
func (f *shownFeed) extent() (n int) {
	for _, p := range f.window()[len(f.pinned):] {
		if !f.buried(p) {
			n++
		}
	}
	return n
}

// narrow shrinks a window that nobody needed for long.
func (d *Desk) narrow(f *shownFeed, at time.Time) {
	if f.state.Window > 0 && !at.Before(f.state.Wide.Add(wideFor)) {
		f.state.Window, f.state.Wide, f.dirty = 0, time.Time{}, true
		d.pending.Feeds = append(d.pending.Feeds, f.state)
	}
}

// narrows returns when a window shrinks if nobody needs it; zero if never.
func (f *shownFeed) narrows() time.Time {
	if f.state.Window == 0 {
		return time.Time{}
	}
	return f.state.Wide.Add(wideFor)
}
