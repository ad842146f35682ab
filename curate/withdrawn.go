package curate

import (
	"fmt"
	"slices"
	"time"

	"wiredesk"
)

// What was announced may be taken back: by a person, or by every source that told it. What
// becomes of it then, the feed says ([wiredesk.Withdrawn]). What was never announced just does
// not appear.

// withdrawal returns whether and by whom a unit was taken back that a feed may show, as far as
// the feed minds.
func (d *Desk) withdrawal(f *shownFeed, j judgement) wiredesk.Withdrawal {
	if j.hidden {
		return wiredesk.Withdrawal{At: j.hiddenAt, By: wiredesk.ByDesk}
	}
	if f.feed.Withdrawn == wiredesk.WithdrawnKeep {
		return wiredesk.Withdrawal{}
	}
	w := wiredesk.Withdrawal{By: wiredesk.BySource}
	for _, o := range j.pass {
		if o.item.withdrawn.IsZero() {
			return wiredesk.Withdrawal{}
		}
		w.At = later(w.At, o.item.withdrawn)
	}
	return w
}

// hiddenOf returns whether a person hid one of these items. It holds for what the feed would not
// take any more too, as after a changed rule or without its source: a page of the archive may
// have it.
func (d *Desk) hiddenOf(f *shownFeed, items []*item) (w wiredesk.Withdrawal) {
	for _, it := range items {
		if stands := wiredesk.Stand(d.decisions[it.id], f.feed.Name); stands.Hidden {
			w = wiredesk.Withdrawal{At: later(w.At, stands.HiddenAt), By: wiredesk.ByDesk}
		}
	}
	return w
}

// upheld returns those of the items that tell a unit which were not taken back by their
// sources; all of them if the unit itself was taken back, or the feed does not mind.
func (d *Desk) upheld(f *shownFeed, pass []*outcome, w wiredesk.Withdrawal) []*outcome {
	if w.Is() || f.feed.Withdrawn == wiredesk.WithdrawnKeep {
		return pass
	}
	return slices.DeleteFunc(slices.Clone(pass), func(o *outcome) bool { return !o.item.withdrawn.IsZero() })
}

// standing reports whether something that was taken back still has its place in a feed, to be
// marked there or to be a tombstone.
func (f *shownFeed) standing(w wiredesk.Withdrawal, announced bool) bool {
	return !w.Is() || announced && f.feed.Withdrawn != wiredesk.WithdrawnKeep
}

// buried reports whether there is a tombstone in the place of an entry.
func (f *shownFeed) buried(p *placed) bool {
	return p.withdrawn.Is() && f.feed.Withdrawn == wiredesk.WithdrawnRemove
}

// changed returns when a person last changed what is seen of a unit. What is shown again where
// readers were told that it was withdrawn counts: a tombstone holds for what is no newer (RFC 6721
// section 3). Where it went without a word it comes back without one.
func (f *shownFeed) changed(j judgement) time.Time {
	at := later(j.noted, j.unnoted)
	if f.feed.Withdrawn == wiredesk.WithdrawnKeep {
		return at
	}
	return later(at, j.shown)
}

// takeBack notes what was taken back of a unit, or given again, so that the pages of the
// archive that have it are made again.
func (d *Desk) takeBack(f *shownFeed, items []*item, w wiredesk.Withdrawal) {
	for _, it := range items {
		row, ok := d.rows[rowKey{f.feed.Name, it.id}]
		if !ok || f.taken[it.id] == w {
			continue
		}
		f.taken[it.id] = w
		if !w.Is() {
			delete(f.taken, it.id)
		}
		if row.Page > 0 {
			f.stale[row.Page] = true
		}
	}
}

// mark returns what of a row's withdrawal is seen in a document; nothing if there is none.
func (f *shownFeed) mark(id wiredesk.ItemID) string {
	w, ok := f.taken[id]
	switch {
	case !ok:
		return ""
	case f.feed.Withdrawn == wiredesk.WithdrawnKeep:
		return "hidden"
	}
	return fmt.Sprintf("%d by %d at %s", f.feed.Withdrawn, w.By, w.At.Format(time.RFC3339Nano))
}

// afterwards says what a feed does about something that was taken back.
func (f *shownFeed) afterwards(p *placed) string {
	switch {
	case p == nil || !p.withdrawn.Is(): // never announced, the feed just drops it, or others stand there
		return ""
	case f.buried(p):
		return ", and a tombstone says so"
	}
	return ", and its place says so"
}
