package curate

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"time"

	"wiredesk"
	"wiredesk/curate/likeness"
)

// A Source is what curation must know of a source.
type Source struct {
	*wiredesk.Source
	// First is the source's first address, from which published ids are made.
	First string
	// Channel is what the source says of itself.
	Channel wiredesk.Channel
}

// Shown returns the name under which the source is shown.
func (s *Source) Shown() string {
	return cmp.Or(s.Title, s.Channel.Title, s.Name, s.URL)
}

// Load returns a stored item; body says whether with its newest summary and content.
type Load func(id wiredesk.ItemID, body bool) (*wiredesk.Item, error)

// A Desk is what a program makes of the stored items. It holds numbers and fingerprints of
// items, never their text, and loads the few that it needs. It is for one goroutine.
//
// Fill a new desk with [Desk.Remember] first, then with every stored item in ascending
// order of ids by [Desk.Add]; afterwards add what is new and call [Desk.Build].
type Desk struct {
	program *Program
	lists   map[string][]string
	sources map[wiredesk.SourceID]*Source
	load    Load

	items     map[wiredesk.ItemID]*item
	stories   map[wiredesk.StoryID]*story
	byLink    index
	byWords   index
	likes     *likeness.Index // by text
	events    *likeness.Events
	touched   map[wiredesk.StoryID]bool      // events of which a story was evaluated in this build
	tellers   map[wiredesk.StoryID][]*story  // by event, in the order in which they came
	sourcesOf map[wiredesk.StoryID][]telling // by event
	// unprinted are items that may still have to come into likes, in ascending order.
	unprinted []*item

	decisions map[wiredesk.ItemID][]wiredesk.Decision
	assigned  map[wiredesk.ItemID]wiredesk.Assignment // remembered, taken by Add
	rows      map[rowKey]*wiredesk.Row
	owner     map[string]wiredesk.ItemID // of published ids
	ids       map[wiredesk.ItemID]string // published ids, one for an item in all feeds
	verdicts  map[rowKey]wiredesk.Verdict
	feeds     []*shownFeed
	tally     tally

	backlogs map[wiredesk.SourceID][]*item // what each source had before we looked
	reranked map[wiredesk.SourceID]bool    // whose backlog changed since the last build
	rhythms  map[wiredesk.SourceID]*rhythm
	faces    map[wiredesk.SourceID]wiredesk.Face
	suspects map[wiredesk.SourceID][]wiredesk.ItemID // items that the hijack gate holds
	turned   []*item                                 // revised since the last build so that they link elsewhere
	fresh    []*item                                 // added since the last build, and not curated before

	dirty     map[wiredesk.StoryID]bool
	deadlines deadlines
	pending   Additions
}

type rowKey struct {
	feed string
	item wiredesk.ItemID
}

// An item is what the desk keeps of an item.
type item struct {
	id         wiredesk.ItemID
	source     wiredesk.SourceID
	published  time.Time
	dated      bool // published is the source's word, not our first sight
	backlog    bool
	withdrawn  time.Time // by its source
	marks      uint32    // what rules made of it; see tally
	size       int       // of its text, for completeness
	story      wiredesk.StoryID
	assignment wiredesk.Assignment
	link       wiredesk.Identity
	words      wiredesk.Identity
	title      uint64 // a fingerprint, for floods
	site       string // domain of its link
	eventful   bool   // its words were added to its event
	unprinted  bool   // is in the desk's list of that name
}

// A story is its items in ascending order.
type story struct {
	id    wiredesk.StoryID
	items []*item
	wake  time.Time // its newest deadline; zero if there is none
	event wiredesk.StoryID
}

// Additions are what builds add to what is stored. They must be committed before what they
// belong to is shown.
type Additions struct {
	Assignments []wiredesk.Assignment
	Rows        []wiredesk.Row
	Verdicts    []wiredesk.Verdict
	Feeds       []wiredesk.FeedState
	Rules       []wiredesk.RuleState
	Faces       []wiredesk.Face
}

// Memory is what earlier builds added, as it is stored.
type Memory struct {
	Assignments []wiredesk.Assignment
	Rows        []wiredesk.Row
	Verdicts    []wiredesk.Verdict
	Feeds       map[string]wiredesk.FeedState
	Rules       map[string]wiredesk.RuleState // by key
	Faces       []wiredesk.Face
	Decisions   []wiredesk.Decision
}

// NewDesk returns an empty desk. Sources are those of the config: items of others are
// kept in their stories but shown nowhere.
func NewDesk(p *Program, lists map[string][]string, sources map[wiredesk.SourceID]*Source, load Load) *Desk {
	d := &Desk{
		program: p, lists: lists, sources: sources, load: load,
		items:     make(map[wiredesk.ItemID]*item),
		stories:   make(map[wiredesk.StoryID]*story),
		byLink:    newIndex(),
		byWords:   newIndex(),
		likes:     likeness.NewIndex(p.window),
		events:    likeness.NewEvents(p.window),
		touched:   make(map[wiredesk.StoryID]bool),
		sourcesOf: make(map[wiredesk.StoryID][]telling),
		tellers:   make(map[wiredesk.StoryID][]*story),
		decisions: make(map[wiredesk.ItemID][]wiredesk.Decision),
		assigned:  make(map[wiredesk.ItemID]wiredesk.Assignment),
		rows:      make(map[rowKey]*wiredesk.Row),
		owner:     make(map[string]wiredesk.ItemID),
		ids:       make(map[wiredesk.ItemID]string),
		verdicts:  make(map[rowKey]wiredesk.Verdict),
		backlogs:  make(map[wiredesk.SourceID][]*item),
		faces:     make(map[wiredesk.SourceID]wiredesk.Face),
		suspects:  make(map[wiredesk.SourceID][]wiredesk.ItemID),
		reranked:  make(map[wiredesk.SourceID]bool),
		rhythms:   make(map[wiredesk.SourceID]*rhythm),
		dirty:     make(map[wiredesk.StoryID]bool),
		tally:     newTally(p),
	}
	for i := range p.feeds {
		d.feeds = append(d.feeds, &shownFeed{
			feed: &p.feeds[i], dirty: true, placed: make(map[wiredesk.ItemID]*placed), held: make(map[wiredesk.ItemID][]wiredesk.ItemID),
			stale: make(map[int]bool), taken: make(map[wiredesk.ItemID]wiredesk.Withdrawal),
		})
	}
	return d
}

// Remember brings in what earlier builds added. It is called once, before any Add.
func (d *Desk) Remember(m Memory) {
	for _, a := range m.Assignments {
		d.assigned[a.Item] = a
	}
	opened := make(map[string]time.Time)
	archived := make(map[string][]wiredesk.Row)
	heard := make(map[string][]admission)
	for _, r := range m.Rows {
		if same := d.ids[r.Item]; same == r.ID {
			r.ID = same // which is held once for all feeds
		}
		heard[r.Feed] = append(heard[r.Feed], admission{r.Item, r.Place})
		if first, ok := opened[r.Feed]; !ok || r.Announced.Before(first) {
			opened[r.Feed] = r.Announced
		}
		d.rows[rowKey{r.Feed, r.Item}] = &r
		if r.Page > 0 {
			archived[r.Feed] = append(archived[r.Feed], r)
		}
		d.owner[r.ID], d.ids[r.Item] = r.Item, r.ID
	}
	for _, v := range m.Verdicts {
		d.verdicts[rowKey{v.Feed, v.Item}] = v
	}
	for _, f := range d.feeds {
		f.budget.remember(f.feed.Name, m.Verdicts)
		if f.feed.MaxPerDay > 0 {
			f.budget.heard = heard[f.feed.Name]
		}
		f.state, f.opened = m.Feeds[f.feed.Name], opened[f.feed.Name]
		f.bind(archived[f.feed.Name])
	}
	d.rememberRules(m.Rules)
	for _, f := range m.Faces {
		d.faces[f.Source] = f
	}
	for _, dec := range m.Decisions {
		d.decisions[dec.Item] = append(d.decisions[dec.Item], dec)
	}
}

// Add brings in an item that is new or was revised. New items must come in ascending
// order of their ids.
func (d *Desk) Add(it *wiredesk.Item) {
	if known := d.items[it.ID]; known != nil {
		d.unindex(known)
		if site := siteOf(it.Link); site != known.site {
			d.rhythms[known.source].link(known, site)
			d.turned = append(d.turned, known)
		}
		known.published, known.dated, known.size, known.words, known.link = it.Published, it.Dated(), it.Size, it.Words, linkKey(it.Link)
		known.withdrawn = it.Withdrawn
		d.byLink.add(known.link, known.id)
		d.byWords.add(known.words, known.id)
		d.unprint(known)
		d.dirty[known.story] = true
		d.reranked[known.source] = d.reranked[known.source] || known.backlog
		return
	}
	mine := &item{
		id: it.ID, source: it.Source, published: it.Published, dated: it.Dated(), backlog: it.Backlog,
		size: it.Size, words: it.Words, link: linkKey(it.Link), withdrawn: it.Withdrawn,
	}
	d.items[it.ID] = mine
	if _, known := d.assigned[it.ID]; !known {
		d.fresh = append(d.fresh, mine)
	}
	d.count(mine, it.Title, it.Link)
	d.assign(mine)
	d.dirty[mine.story] = true
}

// Remove takes items out that are not stored any more.
func (d *Desk) Remove(ids []wiredesk.ItemID) {
	for _, id := range ids {
		it := d.items[id]
		if it == nil {
			continue
		}
		delete(d.items, id)
		d.unindex(it)
		d.uncount(it)
		s := d.stories[it.story]
		s.items = slices.DeleteFunc(s.items, func(other *item) bool { return other == it })
		d.dirty[s.id] = true
		d.unplace(wiredesk.GroupNone, id)
		d.counted(s.event, it.source, -1)
	}
}

// Size returns how many items there are and how many stories they tell.
func (d *Desk) Size() (items, stories int) { return len(d.items), len(d.stories) }

// SetChannel brings in what a source says of itself now.
func (d *Desk) SetChannel(id wiredesk.SourceID, c wiredesk.Channel) {
	src := d.sources[id]
	if src == nil {
		return
	}
	same := src.Channel.Title == c.Title && src.Channel.Link == c.Link && src.Channel.ID == c.ID
	src.Channel = c
	if same {
		return
	}
	for _, it := range d.items { // rare enough: a source that changed its name
		if it.source == id {
			d.dirty[it.story] = true
		}
	}
}

func (d *Desk) unindex(it *item) {
	d.byLink.remove(it.link, it.id)
	d.byWords.remove(it.words, it.id)
	d.likes.Remove(uint64(it.id))
}

// Decide brings in a decision.
func (d *Desk) Decide(dec wiredesk.Decision) {
	d.decisions[dec.Item] = append(d.decisions[dec.Item], dec)
	if it := d.items[dec.Item]; it != nil {
		d.dirty[it.story] = true
	}
}

// A Build is what changed since the build before.
type Build struct {
	// Editions are the feeds that changed, in the order of the config.
	Editions []wiredesk.Edition
	// Pages are the pages of archives that are new, or of which something was taken back or
	// given again; see [Desk.Page].
	Pages []PageRef
	// Deadline is when to build again even if nothing comes in; zero means never.
	Deadline time.Time
}

// A PageRef names a page of a feed's archive.
type PageRef struct {
	Feed   string
	Number int
}

// Build brings every feed up to date as of at. What it adds to the ledger is in
// [Desk.Pending] until [Desk.Committed]. With an error of loading it returns what it did until
// then; once the item was taken out by [Desk.Remove], it goes on from there.
func (d *Desk) Build(at time.Time) (Build, error) {
	at = at.Truncate(time.Millisecond).UTC() // the store knows no finer time
	for _, f := range d.feeds {
		d.begin(f, at)
		d.narrow(f, at)
	}
	d.dam(at)
	d.rerank()
	d.beginTally(at)
	d.deadlines.due(at, d.dirty)
	for _, id := range sortedKeys(d.dirty) {
		s := d.stories[id]
		if s == nil { // its items were removed, its deadline was left
			continue
		}
		if len(s.items) == 0 {
			d.unplace(wiredesk.GroupDuplicate, s.id)
			d.untell(s)
			delete(d.stories, id)
			continue
		}
		if err := d.evaluate(s, at); err != nil {
			return Build{}, fmt.Errorf("story %s: %w", id, err)
		}
		delete(d.dirty, id)
	}
	clear(d.dirty)
	d.endTally()
	if err := d.placeEvents(at); err != nil {
		return Build{}, err
	}
	for _, f := range d.feeds {
		d.spend(f, at)
	}
	var b Build
	for _, f := range d.feeds {
		if !f.dirty {
			continue
		}
		edition, err := d.edition(f, at)
		if err != nil {
			return b, fmt.Errorf("feed %s: %w", f.feed.Name, err)
		}
		f.dirty = false
		b.Editions = append(b.Editions, edition)
	}
	b.Deadline = d.deadlines.next()
	for _, f := range d.feeds {
		b.Deadline = sooner(sooner(b.Deadline, f.budget.wake), f.narrows())
		for _, n := range slices.Sorted(maps.Keys(f.stale)) {
			b.Pages = append(b.Pages, PageRef{f.feed.Name, n})
		}
		clear(f.stale)
		if f.uncut() {
			f.dirty, b.Deadline = true, at
		}
	}
	return b, nil
}

// Pending returns what builds added that was not committed yet.
func (d *Desk) Pending() Additions { return d.pending }

// Committed says that what Pending returned is stored.
func (d *Desk) Committed() { d.pending = Additions{} }

func sortedKeys(set map[wiredesk.StoryID]bool) []wiredesk.StoryID {
	ids := make([]wiredesk.StoryID, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// deadlines is a heap of the moments at which a story may change by time alone.
type deadlines []deadline

type deadline struct {
	at    time.Time
	story wiredesk.StoryID
}

func (d *deadlines) Len() int           { return len(*d) }
func (d *deadlines) Less(i, j int) bool { return (*d)[i].at.Before((*d)[j].at) }
func (d *deadlines) Swap(i, j int)      { (*d)[i], (*d)[j] = (*d)[j], (*d)[i] }

// Push implements heap.Interface.
func (d *deadlines) Push(x any) { *d = append(*d, x.(deadline)) }

// Pop implements heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	*d = (*d)[:last]
	return x
}

// due moves the stories whose deadline has come to dirty.
func (d *deadlines) due(at time.Time, dirty map[wiredesk.StoryID]bool) {
	for len(*d) > 0 && !(*d)[0].at.After(at) {
		dirty[heap.Pop(d).(deadline).story] = true
	}
}

func (d *deadlines) next() time.Time {
	if len(*d) == 0 {
		return time.Time{}
	}
	return (*d)[0].at
}
