package curate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"wiredesk"
)

// A budget limits how many entries a feed announces on a day ([wiredesk.Feed.MaxPerDay]). Every
// source has an equal share of it, which is there for it at once. What nobody used is given
// out as the day goes, to whoever waits longest. What still waits at midnight is listed in the
// day's digest: nothing falls silent. What a budget decided is a verdict, made once.
type budget struct {
	admitted []admission       // ascending in time, of the newest days
	heard    []admission       // announced, of the newest days, at their places
	queue    []*placed         // wait for room
	digests  map[int64]*placed // by the end of their day
	wake     time.Time         // when something is decided again; zero if nothing waits
}

// An admission is an entry that was let in, or announced at all.
type admission struct {
	item wiredesk.ItemID
	at   time.Time
}

// regular is for how long a source whose item was announced has a share of the day.
const regular = 28 * 24 * time.Hour

// remember takes in what was let in before.
func (b *budget) remember(feed string, verdicts []wiredesk.Verdict) {
	for _, v := range verdicts {
		if v.Feed == feed && v.Kind == wiredesk.Admitted {
			b.admitted = append(b.admitted, admission{v.Item, v.At})
		}
	}
	slices.SortStableFunc(b.admitted, func(a, c admission) int { return cmp.Or(a.at.Compare(c.at), cmp.Compare(a.item, c.item)) })
}

// waits reports whether an entry waits for room.
func (b *budget) waits(p *placed) bool { return slices.Contains(b.queue, p) }

// admit lets a unit into a feed, or has it wait for room, or puts it into the digest that it
// was put into before. Free of the budget is what was announced, what a person let in, and
// what takes a place in the past: the first build, a changed rule, the time before there
// was a limit.
func (d *Desk) admit(f *shownFeed, p *placed, j judgement) {
	if f.feed.MaxPerDay == 0 || p.announced || p.pinned || !j.approved.IsZero() || f.opened.IsZero() {
		f.enter(p)
		return
	}
	for _, it := range p.items {
		switch v := d.verdicts[rowKey{f.feed.Name, it.id}]; v.Kind {
		case wiredesk.Admitted:
			p.row.Place = v.At
			f.enter(p)
			return
		case wiredesk.Digested:
			d.digest(f, p, v.At)
			return
		case wiredesk.Waiting: // a rule that changed meanwhile does not let it through
			p.row.Place = v.At
			f.budget.queue = append(f.budget.queue, p)
			return
		case wiredesk.Held:
		}
	}
	if !p.row.Place.After(f.opened) || !p.row.Place.After(f.state.Since) || !p.row.Place.After(f.state.Budget) {
		f.enter(p)
		return
	}
	d.decree(wiredesk.Verdict{Feed: f.feed.Name, Item: p.row.Item, Kind: wiredesk.Waiting, At: p.row.Place})
	f.budget.queue = append(f.budget.queue, p)
}

// enter shows a unit.
func (f *shownFeed) enter(p *placed) {
	f.insert(p)
	f.dirty = true
}

// leave takes a unit out of wherever it stands.
func (f *shownFeed) leave(p *placed) {
	b := &f.budget
	if i := slices.Index(b.queue, p); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
		return
	}
	f.dirty = true
	if !p.over {
		f.remove(p)
		return
	}
	for end, digest := range b.digests {
		digest.members = slices.DeleteFunc(digest.members, func(other *placed) bool { return other == p })
		if len(digest.members) == 0 {
			f.remove(digest)
			delete(b.digests, end)
		}
	}
}

// digest puts a unit into the digest of the day that ends at a moment.
func (d *Desk) digest(f *shownFeed, p *placed, end time.Time) {
	p.over = true
	b := &f.budget
	digest := b.digests[end.UnixMilli()]
	if digest == nil {
		if b.digests == nil {
			b.digests = make(map[int64]*placed)
		}
		digest = &placed{digest: true, row: &wiredesk.Row{Feed: f.feed.Name, Item: digestItem(end), Published: end, Place: end}}
		digest.title = end.In(d.program.zone).Add(-time.Second).Format(time.DateOnly)
		if row, ok := d.rows[rowKey{f.feed.Name, digest.row.Item}]; ok {
			digest.row, digest.announced = row, true
		}
		b.digests[end.UnixMilli()] = digest
		f.insert(digest)
	}
	digest.members = append(digest.members, p)
	slices.SortFunc(digest.members, func(a, c *placed) int { return -f.compare(a, c) })
	f.dirty = true
}

// digestItem is the number under which the ledger has the digest of the day that ends at a
// moment. It is the last one of its millisecond, which no item ever has.
func digestItem(end time.Time) wiredesk.ItemID {
	return wiredesk.NewItemID(end, 0) | (1<<20 - 1)
}

// nameOf returns the id under which a unit is announced.
func (d *Desk) nameOf(f *shownFeed, p *placed) (string, error) {
	if p.digest {
		return wiredesk.DigestID(f.feed.Name, p.title), nil
	}
	return d.publishedID(p.row.Item)
}

// digestEntry returns what a feed shows of a digest.
func (d *Desk) digestEntry(p *placed) (wiredesk.Entry, error) {
	e := wiredesk.Entry{ID: p.row.ID, Title: p.title, Published: p.row.Published, Updated: p.row.Published}
	for _, m := range p.members {
		it, err := d.load(m.lead, false)
		if err != nil {
			return e, fmt.Errorf("item %s: %w", m.lead, err)
		}
		e.Digest = append(e.Digest, wiredesk.Coverage{Title: m.title, Link: it.Link, Source: d.credit(it), Published: it.Published})
	}
	return e, nil
}

// spend decides about what waits for room in a feed, as of at.
func (d *Desk) spend(f *shownFeed, at time.Time) {
	b := &f.budget
	b.wake = time.Time{}
	if len(b.queue) == 0 {
		return
	}
	slices.SortFunc(b.queue, func(a, c *placed) int {
		return cmp.Or(a.row.Place.Compare(c.row.Place), d.earlier(d.items[a.row.Item], d.items[c.row.Item]))
	})
	begin, end := dayOf(at, d.program.zone)
	waiting := b.queue
	b.queue = nil
	day := d.dayOf(f, waiting, begin)
	for _, p := range waiting {
		if _, over := dayOf(p.row.Place, d.program.zone); p.row.Place.Before(begin) {
			d.decree(wiredesk.Verdict{Feed: f.feed.Name, Item: p.row.Item, Kind: wiredesk.Digested, At: over})
			d.digest(f, p, over)
			continue
		}
		source := d.items[p.row.Item].source
		own := day.used[source] < day.share && day.total < f.feed.MaxPerDay
		if !own && day.total >= day.open(at, begin, end) {
			b.queue = append(b.queue, p)
			continue
		}
		if !own {
			p.row.Place = at
		}
		day.use(source)
		d.decree(wiredesk.Verdict{Feed: f.feed.Name, Item: p.row.Item, Kind: wiredesk.Admitted, At: p.row.Place})
		b.admitted = append(b.admitted, admission{p.row.Item, p.row.Place})
		f.enter(p)
	}
	if len(b.queue) > 0 {
		b.wake = day.next(begin, end)
		if !b.wake.After(at) {
			b.wake = end
		}
	}
}

// decree records a verdict, in place of one that said that a person must look.
func (d *Desk) decree(v wiredesk.Verdict) {
	d.verdicts[rowKey{v.Feed, v.Item}] = v
	d.pending.Verdicts = append(d.pending.Verdicts, v)
}

// A spending is what was used of a day's budget.
type spending struct {
	most, total, share int
	used               map[wiredesk.SourceID]int // of every source that has a share
}

// dayOf counts what was used since a day began.
func (d *Desk) dayOf(f *shownFeed, waiting []*placed, begin time.Time) *spending {
	s := &spending{most: f.feed.MaxPerDay, used: make(map[wiredesk.SourceID]int)}
	b := &f.budget
	b.admitted = slices.DeleteFunc(b.admitted, func(a admission) bool { return begin.Sub(a.at) > regular })
	b.heard = slices.DeleteFunc(b.heard, func(a admission) bool { return begin.Sub(a.at) > regular })
	for _, a := range b.heard {
		if it := d.items[a.item]; it != nil {
			s.used[it.source] += 0 // it has a share
		}
	}
	for _, a := range b.admitted {
		it := d.items[a.item]
		if it == nil {
			continue
		}
		n := s.used[it.source]
		if !a.at.Before(begin) {
			s.total++
			n++
		}
		s.used[it.source] = n
	}
	for _, p := range waiting {
		s.used[d.items[p.row.Item].source] += 0
	}
	s.share = max(s.most/len(s.used), 1)
	return s
}

func (s *spending) use(source wiredesk.SourceID) {
	s.used[source]++
	s.total++
}

// unused is how much of their shares sources did not use yet.
func (s *spending) unused() int {
	n := 0
	for _, used := range s.used {
		n += max(s.share-used, 0)
	}
	return min(n, s.most)
}

// open returns how many entries the feed may have announced by a moment, if sources go beyond
// their shares: all but what is still kept for shares. One is kept to the end if some source
// was not heard yet.
func (s *spending) open(at, begin, end time.Time) int {
	left := float64(end.Sub(at)) / float64(end.Sub(begin))
	kept := int(math.Ceil(float64(s.unused()) * left))
	if s.unheard() {
		kept = max(kept, 1)
	}
	return s.most - kept
}

func (s *spending) unheard() bool {
	for _, used := range s.used {
		if used == 0 {
			return true
		}
	}
	return false
}

// next returns when there is room for one more that goes beyond a share, which is the end of
// the day if there is none before.
func (s *spending) next(begin, end time.Time) time.Time {
	free := s.most - s.total - 1
	if free < 0 || free == 0 && s.unheard() || s.unused() == 0 {
		return end
	}
	left := float64(free) / float64(s.unused())
	when := end.Add(-time.Duration(left * float64(end.Sub(begin)))).Truncate(time.Millisecond).Add(time.Millisecond)
	if when.After(end) {
		return end
	}
	return when
}

// dayOf returns when the day of a moment begins and ends.
func dayOf(at time.Time, zone *time.Location) (begin, end time.Time) {
	y, m, day := at.In(zone).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone).UTC(), time.Date(y, m, day+1, 0, 0, 0, 0, zone).UTC()
}

// sooner returns the earlier of two times of which zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
