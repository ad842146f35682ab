package curate

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"wiredesk"
)

// A shownFeed is a feed and the stories that are in it.
type shownFeed struct {
	feed  *feed
	state wiredesk.FeedState
	// opened is when the feed first announced something; zero before.
	opened time.Time
	// order has every story that is in the feed and not pinned, last shown first: what is
	// new comes to its end, where a slice grows cheaply.
	order  []*placed
	pinned []*placed
	// loose are those of order that are on no page of the archive, pages the items of the
	// rows on each, newest first, stale the pages that must be made (again); see archive.go.
	loose []*placed
	pages [][]wiredesk.ItemID
	stale map[int]bool
	// taken is what was taken back of what was announced, by the row's item.
	taken  map[wiredesk.ItemID]wiredesk.Withdrawal
	placed map[wiredesk.ItemID]*placed           // by unit, see units.go
	held   map[wiredesk.ItemID][]wiredesk.ItemID // by unit: its items that wait for a person
	budget budget
	dirty  bool // has changed since its edition was made
}

// A placed is a unit's place in a feed.
type placed struct {
	items []*item // of the unit, whether they pass or not
	// row is what the ledger says, or will say once the story is shown.
	row       *wiredesk.Row // once announced, that of the ledger
	announced bool          // row is in the ledger
	first     string        // first address of the source of row's item
	pinned    bool
	lead      wiredesk.ItemID
	also      []wiredesk.ItemID // items that pass too, in the order of the story
	title     string            // of the lead, after rules
	tags      []string
	over      bool // the day's budget had no room for it
	digest    bool // it is the digest of a day, of members
	members   []*placed
	note      string // the curator's
	// changed is when a person last changed what is seen here: by a note, by taking one back, or
	// by showing again what the feed had marked or buried.
	changed time.Time
	// withdrawn is that it was taken back, though it has its place.
	withdrawn wiredesk.Withdrawal
}

// begin prepares a feed for a build: a feed that is new, or whose rules have changed
// since the last build, remembers when.
func (d *Desk) begin(f *shownFeed, at time.Time) {
	limited := f.feed.MaxPerDay > 0
	if f.state.Program == f.feed.fingerprint && limited == !f.state.Budget.IsZero() {
		return
	}
	switch {
	case !limited:
		f.state.Budget = time.Time{}
	case f.state.Budget.IsZero():
		f.state.Budget = at
	}
	if f.state.Program == f.feed.fingerprint {
		d.pending.Feeds = append(d.pending.Feeds, f.state)
		return
	}
	if f.state.Born.IsZero() {
		f.state.Born = at
	}
	f.state.Name, f.state.Program, f.state.Since = f.feed.Name, f.feed.fingerprint, at
	d.pending.Feeds = append(d.pending.Feeds, f.state)
	f.dirty = true
}

// place brings a unit into a feed, or takes it out, as judged.
func (d *Desk) place(f *shownFeed, key wiredesk.ItemID, items []*item, j judgement, at time.Time) {
	f.clear(key)
	if len(j.pass) == 0 && len(j.held) > 0 && !j.hidden {
		d.hold(f, j.held, at)
		for _, h := range j.held {
			f.held[key] = append(f.held[key], h.item.id)
		}
	}
	if len(j.pass) == 0 {
		d.takeBack(f, items, d.hiddenOf(f, items))
		return
	}
	withdrawn := d.withdrawal(f, j)
	d.takeBack(f, items, withdrawn)
	row, announced := d.row(f, items, j, at)
	if !f.standing(withdrawn, announced) {
		return
	}
	j.pass = d.upheld(f, j.pass, withdrawn)
	lead := slices.MinFunc(j.pass, func(a, b *outcome) int { return d.leads(a.item, b.item) })
	p := &placed{
		items: items, row: row, announced: announced, pinned: j.pinned && !withdrawn.Is(), withdrawn: withdrawn,
		lead: lead.item.id, title: f.feed.display(lead), note: j.note, changed: f.changed(j),
	}
	for _, o := range j.pass {
		for _, tag := range o.env.Tags {
			if !slices.Contains(p.tags, tag) {
				p.tags = append(p.tags, tag)
			}
		}
		if o != lead {
			p.also = append(p.also, o.item.id)
		}
	}
	if src := d.sources[d.items[p.row.Item].source]; src != nil {
		p.first = src.First
	}
	f.placed[key] = p
	d.admit(f, p, j)
}

// clear takes a unit out of a feed.
func (f *shownFeed) clear(key wiredesk.ItemID) {
	if p := f.placed[key]; p != nil {
		delete(f.placed, key)
		f.leave(p)
	}
	delete(f.held, key)
}

// unplace takes a unit that is no more out of every feed of such units.
func (d *Desk) unplace(kind wiredesk.Group, key wiredesk.ItemID) {
	for _, f := range d.feeds {
		if f.feed.Group == kind {
			f.clear(key)
		}
	}
}

// hold records that items wait for a person, once.
func (d *Desk) hold(f *shownFeed, held []detained, at time.Time) {
	for _, o := range held {
		d.rule(wiredesk.Verdict{Feed: f.feed.Name, Item: o.item.id, Kind: wiredesk.Held, At: at, Cause: o.by})
	}
}

// leads compares which of two items should lead a story: one that may be credited, then
// the one whose source has priority, then the one that says more, then the earlier one.
func (d *Desk) leads(a, b *item) int {
	private := func(it *item) int {
		if d.sources[it.source].Private {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(private(a), private(b)),
		cmp.Compare(d.sources[b.source].Priority, d.sources[a.source].Priority),
		cmp.Compare(b.size, a.size),
		d.earlier(a, b))
}

// row returns the ledger's row for a story in a feed: the earliest there is, or the one
// that it will get.
func (d *Desk) row(f *shownFeed, items []*item, j judgement, at time.Time) (*wiredesk.Row, bool) {
	var found *wiredesk.Row
	for _, it := range items {
		if r, ok := d.rows[rowKey{f.feed.Name, it.id}]; ok && (found == nil || r.Announced.Before(found.Announced)) {
			found = r
		}
	}
	if found != nil {
		return found, true
	}
	// The earliest item speaks for the story: which one led when we looked first is
	// chance, and a database that is filled again must come to the same ids.
	first := slices.MinFunc(j.pass, func(a, b *outcome) int { return d.earlier(a.item, b.item) })
	return &wiredesk.Row{
		Feed: f.feed.Name, Item: first.item.id, Published: first.item.published,
		Place: d.moment(f, items, j, at),
	}, false
}

// earlier orders items by date, and where that is the same, or was not said, by what does
// not depend on when we asked.
func (d *Desk) earlier(a, b *item) int {
	if a.dated != b.dated {
		if a.dated {
			return -1
		}
		return 1
	}
	said := 0
	if a.dated {
		said = a.published.Compare(b.published)
	}
	return cmp.Or(
		said,
		cmp.Compare(d.sources[a.source].First, d.sources[b.source].First),
		cmp.Compare(a.id, b.id))
}

// moment returns the place of a story that was not announced yet: the moment at which it
// became eligible. That is when the first item that passes was seen, or was approved, or
// came of age, or was joined by another where the feed asks for company. If the moment was
// before the feed's rules were as they are, then it is no news, and its own date is its
// place.
func (d *Desk) moment(f *shownFeed, items []*item, j judgement, at time.Time) time.Time {
	first := slices.MinFunc(j.pass, func(a, b *outcome) int { return cmp.Compare(a.item.id, b.item.id) }).item
	when := later(first.came(), d.settles(f, first))
	if f.feed.story {
		for _, it := range items {
			when = later(when, it.came())
		}
		if f.feed.wide {
			when = later(when, d.widened(d.stories[items[0].story].event))
		}
	}
	for _, age := range f.feed.ages {
		if t := first.published.Add(age); !t.After(at) && t.After(first.id.Seen()) && t.After(when) {
			when = t
		}
	}
	if j.approved.After(when) {
		when = j.approved
	}
	if !when.After(f.state.Since) {
		return first.date()
	}
	return when
}

// date returns an item's own date, which is never after its first sight.
func (it *item) date() time.Time {
	if seen := it.id.Seen(); it.published.After(seen) {
		return seen
	}
	return it.published
}

// came returns when an item came to us: what was there before we looked, by its date.
func (it *item) came() time.Time {
	if it.backlog {
		return it.date()
	}
	return it.id.Seen()
}

// compare is the order of a feed, last shown first.
func (f *shownFeed) compare(a, b *placed) int {
	place := 0
	if f.feed.Order == wiredesk.OrderEntered {
		place = a.row.Place.Compare(b.row.Place)
	}
	return cmp.Or(
		place,
		a.row.Published.Compare(b.row.Published),
		// Not by who answered first. Within a source, later in its document means older, by
		// everybody's habit.
		cmp.Compare(a.first, b.first),
		cmp.Compare(b.row.Item, a.row.Item))
}

// list returns the list that a story stands in.
func (f *shownFeed) list(p *placed) *[]*placed {
	if p.pinned {
		return &f.pinned
	}
	return &f.order
}

func (f *shownFeed) insert(p *placed) {
	list := f.list(p)
	*list = slices.Insert(*list, f.search(*list, p), p)
	f.loosen(p)
}

func (f *shownFeed) remove(p *placed) {
	f.fasten(p)
	list := f.list(p)
	// While a story is parted, two places may be equal for a moment.
	for i := f.search(*list, p); i < len(*list) && f.compare((*list)[i], p) == 0; i++ {
		if (*list)[i] == p {
			*list = slices.Delete(*list, i, i+1)
			return
		}
	}
}

func (f *shownFeed) search(list []*placed, p *placed) int {
	return sort.Search(len(list), func(i int) bool { return f.compare(list[i], p) >= 0 })
}

// shown returns the stories that the feed shows, in their order: what is in its window, then
// what fell out of that before there was an archive page for it.
func (f *shownFeed) shown() []*placed {
	shown := f.window()
	for _, p := range slices.Backward(f.loose) {
		if p.announced && (len(shown) == 0 || f.compare(p, shown[len(shown)-1]) < 0) {
			shown = append(shown, p)
		}
	}
	return shown
}

// window returns what is pinned, then the newest stories. That is as many as the limit says,
// and more if a subscriber who comes seldom needs them ([Desk.Reach]), or if they are as fresh
// as at_least asks, measured from the newest one: the clock has no say.
func (f *shownFeed) window() []*placed {
	shown := slices.Clone(f.pinned)
	slices.Reverse(shown)
	n, last := 0, len(f.order)-1
	for _, p := range slices.Backward(f.order) {
		fresh := f.feed.AtLeast > 0 && n < f.feed.LimitMax && f.order[last].row.Place.Sub(p.row.Place) <= f.feed.AtLeast
		if n >= max(f.feed.Limit, f.state.Window) && !fresh {
			break
		}
		shown = append(shown, p)
		if !f.buried(p) { // a tombstone takes nobody's place
			n++
		}
	}
	return shown
}

// announce writes the rows of stories that are shown for the first time.
func (d *Desk) announce(f *shownFeed, shown []*placed, at time.Time) error {
	var fresh []*placed
	for _, p := range shown {
		if !p.announced {
			fresh = append(fresh, p)
		}
	}
	// Who comes first may claim an id, so that must not depend on when we asked.
	slices.SortFunc(fresh, func(a, b *placed) int {
		if a.digest || b.digest {
			return a.row.Place.Compare(b.row.Place)
		}
		return d.earlier(d.items[a.row.Item], d.items[b.row.Item])
	})
	for _, p := range fresh {
		id, err := d.nameOf(f, p)
		if err != nil {
			return err
		}
		p.row.ID, p.row.Announced, p.announced = id, at, true
		d.owner[id], d.ids[p.row.Item] = p.row.Item, id
		d.rows[rowKey{f.feed.Name, p.row.Item}] = p.row
		d.pending.Rows = append(d.pending.Rows, *p.row)
		if f.feed.MaxPerDay > 0 {
			f.budget.heard = append(f.budget.heard, admission{p.row.Item, p.row.Place})
		}
		if f.opened.IsZero() {
			f.opened = at
		}
	}
	return nil
}
