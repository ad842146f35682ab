package curate

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"wiredesk"
)

// Gates stand between what a feed's condition lets in and what the feed shows: approval,
// floods, time to settle, and the backlog of a source that was added late.

// told reports whether an item was announced in a feed, for itself.
func (d *Desk) told(f *shownFeed, it *item) bool {
	_, ok := d.rows[rowKey{f.feed.Name, it.id}]
	return ok
}

// flooded reports whether an item came with a flood.
func (d *Desk) flooded(it *item) bool {
	v, ok := d.verdicts[rowKey{"", it.id}]
	return ok && v.Kind == wiredesk.Held
}

// wantsApproval reports whether a feed wants a person to look at an item that no rule
// approved. An expression
// that fails keeps the item waiting: it may be what should not be seen.
func (d *Desk) wantsApproval(f *shownFeed, o *outcome) bool {
	if f.feed.approve == nil || o.approved {
		return false
	}
	waits, err := f.feed.approve.holds(o.env)
	return err != nil || waits
}

// settles returns until when an item waits for a corrected version. What was there before
// we looked had its time.
func (d *Desk) settles(f *shownFeed, it *item) time.Time {
	src := d.sources[it.source]
	if it.backlog || src == nil {
		return time.Time{}
	}
	wait := max(src.Settle, f.feed.Settle)
	if wait == 0 {
		return time.Time{}
	}
	return it.id.Seen().Add(wait)
}

// late reports whether an item is more of its source's past than a feed takes that was
// published before the source was read. A feed that nobody reads yet takes all.
func (d *Desk) late(f *shownFeed, it *item) bool {
	if !it.backlog || f.opened.IsZero() || !it.id.Seen().After(f.opened) {
		return false
	}
	src := d.sources[it.source]
	if src == nil || !src.Backfill.Limited || it.dated && it.id.Seen().Sub(it.published) <= src.Backfill.Age {
		return false
	}
	newer := 0
	for _, other := range d.backlogs[it.source] {
		if other != it && cmp.Or(other.published.Compare(it.published), cmp.Compare(it.id, other.id)) > 0 {
			newer++
		}
		if newer >= src.Backfill.Items {
			return true
		}
	}
	return newer >= src.Backfill.Items
}

// splitAt returns when an item was split off, or that from which it was left behind.
func (d *Desk) splitAt(it *item) time.Time {
	if it.assignment.By != wiredesk.BySplit {
		return time.Time{}
	}
	return later(wiredesk.SplitAt(d.decisions[it.id]), wiredesk.SplitAt(d.decisions[it.assignment.With]))
}

// floodGate begins the cause of every verdict of this gate.
const floodGate = "the flood gate"

// What makes a flood: as many items at once as this, and as many times what the source
// brings on a busy day. It must have been read for a while before it has a norm.
const (
	floodLeast  = 10
	floodTimes  = 5
	floodMemory = 28 * 24 * time.Hour
	floodLearns = 72 * time.Hour
	floodGap    = 7    // days of silence, such as ours, that a burst may make up for
	floodKnown  = 5    // new items under titles that were there before
	titleWords  = 3    // a title of fewer says nothing
	maxSites    = 1000 // of a source that are remembered
)

// A rhythm is what a source brought: how many items on which day, and their titles.
type rhythm struct {
	first  time.Time
	days   sparse[int64, int]    // how many items
	titles sparse[uint64, int64] // first sight, in milliseconds of Unix time
	sites  sparse[string, int64] // domains that its items link to, first sight likewise
}

// count takes an item into its source's rhythm.
func (d *Desk) count(it *item, title, link string) {
	r := d.rhythms[it.source]
	seen := it.id.Seen()
	if r == nil {
		r = &rhythm{first: seen}
		d.rhythms[it.source] = r
	}
	if key, ok := titleKey(title); ok {
		it.title = key
		if _, known := r.titles.find(key); !known {
			*r.titles.at(key) = seen.UnixMilli()
		}
	}
	r.link(it, siteOf(link))
	v, held := d.verdicts[rowKey{"", it.id}]
	if strings.HasPrefix(v.Cause, hijackGate) && v.At.After(d.faces[it.source].At) {
		d.suspects[it.source] = append(d.suspects[it.source], it.id)
	}
	if it.backlog {
		d.backlogs[it.source] = append(d.backlogs[it.source], it)
		d.reranked[it.source] = true
		if it.dated && it.published.Before(seen) { // its past tells what is usual
			*r.days.at(day(it.published))++
			if it.published.Before(r.first) {
				r.first = it.published
			}
		}
		return
	}
	if !held {
		*r.days.at(day(seen))++
	}
}

// uncount takes out what count keeps of an item that is not stored any more. The days stay:
// they are few, and what happened then happened.
func (d *Desk) uncount(it *item) {
	r := d.rhythms[it.source]
	if first, ok := r.titles.get(it.title); ok && first == it.id.Seen().UnixMilli() {
		r.titles.remove(it.title)
	}
	if it.backlog {
		d.backlogs[it.source] = slices.DeleteFunc(d.backlogs[it.source], func(other *item) bool { return other == it })
		d.reranked[it.source] = true
	}
}

// rerank has the backlogs that changed looked at again: whether one of their items is among
// the newest depends on the others.
func (d *Desk) rerank() {
	for id := range d.reranked {
		if src := d.sources[id]; src != nil && src.Backfill.Limited {
			for _, it := range d.backlogs[id] {
				d.dirty[it.story] = true
			}
		}
	}
	clear(d.reranked)
}

// A batch is what one poll brought of a source: news, or what it had before we looked.
type batch struct {
	source  wiredesk.SourceID
	seen    int64
	backlog bool
}

// dam holds what came at once in numbers that the source never brought, or under titles that
// it had before: a blog that moved, a clock gone wrong, a stranger at the keyboard. Batches
// are looked at in the order in which they came, because each teaches what is usual.
func (d *Desk) dam(at time.Time) {
	batches := make(map[batch][]*item)
	for _, it := range d.fresh {
		key := batch{it.source, it.id.Seen().UnixMilli(), it.backlog}
		batches[key] = append(batches[key], it)
	}
	d.fresh = nil
	for _, it := range d.turned { // an old entry may be turned into another as well
		key := batch{it.source, at.UnixMilli(), false}
		batches[key] = append(batches[key], it)
	}
	d.turned = nil
	keys := slices.SortedFunc(maps.Keys(batches), func(a, b batch) int {
		backlog := 0
		if a.backlog != b.backlog {
			backlog = 1
			if a.backlog {
				backlog = -1
			}
		}
		return cmp.Or(cmp.Compare(a.seen, b.seen), cmp.Compare(a.source, b.source), backlog)
	})
	for _, key := range keys {
		items := batches[key]
		r := d.rhythms[key.source]
		cause := ""
		news := !key.backlog && items[0].id.Seen().UnixMilli() == key.seen // and no old entries
		if news {
			cause = r.flood(items)
		}
		if cause == "" {
			cause = d.hijack(key.source, items, at)
		}
		if cause == "" {
			continue
		}
		for _, it := range items {
			d.decree(wiredesk.Verdict{Item: it.id, Kind: wiredesk.Held, At: at, Cause: cause})
			d.dirty[it.story] = true
		}
		if news { // a flood is no norm
			*r.days.at(day(items[0].id.Seen())) -= len(items)
		}
	}
}

// flood returns why items that came at once are held, or "".
func (r *rhythm) flood(items []*item) string {
	seen := items[0].id.Seen()
	known := 0
	for _, it := range items {
		if first, ok := r.titles.get(it.title); ok && first < seen.UnixMilli() {
			known++
		}
	}
	if known >= floodKnown && 2*known > len(items) {
		return fmt.Sprintf(floodGate+" (%d of %d items that came at once have titles that were there before)", known, len(items))
	}
	if seen.Sub(r.first) < floodLearns {
		return ""
	}
	// What came earlier on the same day counts as well, or a flood would only have to come in
	// portions.
	today, _ := r.days.get(day(seen))
	most, norm, last := 1, 1, day(r.first)
	for _, d := range r.days {
		if on, n := d.key, d.value; n > 0 && on > day(seen.Add(-floodMemory)) && on < day(seen) {
			// One day alone makes no habit: the second busiest is the norm.
			most, norm, last = max(most, n), max(norm, min(most, n)), max(last, on)
		}
	}
	gap := int(min(max(day(seen)-last, 1), floodGap))
	if today >= floodLeast && today > floodTimes*norm*gap {
		return fmt.Sprintf(floodGate+" (%d items came on one day from a source that brings %d on a busy one)", today, norm)
	}
	return ""
}

func day(t time.Time) int64 { return t.Unix() / 86400 }

// rule records a verdict, once.
func (d *Desk) rule(v wiredesk.Verdict) {
	key := rowKey{v.Feed, v.Item}
	if _, known := d.verdicts[key]; known {
		return
	}
	d.verdicts[key] = v
	d.pending.Verdicts = append(d.pending.Verdicts, v)
}

// titleKey is a fingerprint of a title, and false if the title says too little.
func titleKey(title string) (uint64, bool) {
	words := wiredesk.Words(title)
	if len(words) < titleWords {
		return 0, false
	}
	h := fnv.New64a()
	for _, w := range words {
		h.Write([]byte(w))
		h.Write([]byte{' '})
	}
	return h.Sum64(), true
}

// approvalUndone reports whether a person let an item in and took that back.
func (d *Desk) approvalUndone(f *shownFeed, it *item) bool {
	return f.feed.approve != nil && slices.ContainsFunc(d.decisions[it.id], func(dec wiredesk.Decision) bool {
		return (dec.Verb == wiredesk.Approve || dec.Verb == wiredesk.Release) && (dec.Feed == "" || dec.Feed == f.feed.Name)
	})
}
