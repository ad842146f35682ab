package curate

import (
	"fmt"
	"slices"
	"time"

	"wiredesk"
)

// An Explanation says for one item what every layer made of it.
type Explanation struct {
	Item   wiredesk.Item
	Source string
	Story  []Member
	Event  []Member // the first items of the other stories that tell of the same event
	// EventScore and EventOn say on what the item's story was taken for one of the event.
	EventScore float64
	EventOn    string
	Decisions  []wiredesk.Decision
	Feeds      []FeedExplanation
}

// A Member is one item of a story, and on what it joined.
type Member struct {
	Item   wiredesk.ItemID
	Source string
	Title  string
	Link   string
	By     wiredesk.Tie
	Score  float64
	On     string // what a likeness was found on, in words
}

// A FeedExplanation says where an item stands in one feed, and why.
type FeedExplanation struct {
	Feed  string
	State State
	Why   string // in words
	Steps []Step // the rules that applied to the item
	Score float64
	Tags  []string
	// Row is the ledger's memory of the item's story in the feed; zero if it was never
	// announced there.
	Row      wiredesk.Row
	Position int // in the feed, from 1; 0 if it is not shown
	Lead     bool
}

// A State is where an item stands in a feed.
type State string

// The states.
const (
	Published   State = "published"    // shown, alone or as part of its story
	BelowLimit  State = "below limit"  // in the feed, but older than what it shows
	Archived    State = "archived"     // on a page of the feed's archive
	HeldBack    State = "held"         // waits for a person
	Settling    State = "settling"     // waits for a corrected version
	LeftOut     State = "left out"     // was there before its source was added
	Queued      State = "queued"       // waits for room in the day's budget
	InDigest    State = "in digest"    // the day's budget had no room for it
	Withdrawn   State = "withdrawn"    // by its source, and the feed minds
	Hidden      State = "hidden"       // by a person
	Dropped     State = "dropped"      // by a rule
	NotSelected State = "not selected" // the feed's condition is not met
	NoSource    State = "no source"    // its source is not in the config
)

// Explain says why an item is, or is not, in each feed as of at, which should be the
// moment of the newest build. The error is of loading; an item that the desk does not
// have is nil.
func (d *Desk) Explain(id wiredesk.ItemID, at time.Time) (*Explanation, error) {
	it := d.items[id]
	if it == nil {
		return nil, nil
	}
	full, err := d.load(id, true)
	if err != nil {
		return nil, err
	}
	s := d.stories[it.story]
	x := &Explanation{Item: *full, Source: d.sourceName(it.source), Decisions: d.decisions[id]}
	fulls, err := d.loadAll(s)
	if err != nil {
		return nil, err
	}
	for i, member := range s.items {
		x.Story = append(x.Story, Member{
			Item: member.id, Source: d.sourceName(member.source), Title: fulls[i].Title, Link: fulls[i].Link,
			By: member.assignment.By, Score: member.assignment.Score, On: member.assignment.On,
		})
	}
	for _, other := range d.tellers[s.event] {
		if other == s || len(other.items) == 0 {
			continue
		}
		first := other.items[0]
		told, err := d.load(first.id, false)
		if err != nil {
			return nil, err
		}
		x.Event = append(x.Event, Member{
			Item: first.id, Source: d.sourceName(first.source), Title: told.Title, Link: told.Link,
			Score: first.assignment.EventScore, On: first.assignment.EventOn,
		})
	}
	x.EventScore, x.EventOn = s.items[0].assignment.EventScore, s.items[0].assignment.EventOn
	for _, f := range d.feeds {
		outcomes := d.outcomes(s, fulls, f.feed.group, at)
		x.Feeds = append(x.Feeds, d.explainIn(f, it, f.placed[d.unit(f, it)], outcomes, at))
	}
	return x, nil
}

func (d *Desk) explainIn(f *shownFeed, it *item, p *placed, outcomes []*outcome, at time.Time) FeedExplanation {
	x := FeedExplanation{Feed: f.feed.Name}
	i := slices.IndexFunc(outcomes, func(o *outcome) bool { return o.item == it })
	if i < 0 {
		x.State, x.Why = NoSource, "its source is not in the config"
		return x
	}
	o := outcomes[i]
	x.Steps, x.Score, x.Tags = o.steps, o.env.Score, o.env.Tags
	if _, err := f.feed.where.holds(o.env); err != nil && !o.dropped {
		x.Steps = append(slices.Clone(o.steps), Step{Rule: "where", Position: f.feed.WhereAt, Failed: err.Error()})
	}
	if p != nil {
		x.Row, x.Lead = *p.row, p.lead == it.id
		if !p.announced {
			x.Row = wiredesk.Row{}
		}
		x.Position = slices.Index(f.shown(), p) + 1
	}
	j := d.judge(f, outcomes, at)
	has := func(list []*outcome) bool { return slices.Contains(list, o) }
	held := slices.IndexFunc(j.held, func(h detained) bool { return h.outcome == o })
	switch {
	case j.hidden:
		x.State, x.Why = Hidden, "hidden by hand"+f.afterwards(p)
	case o.dropped:
		x.State, x.Why = Dropped, o.by+" drops it"
	case wiredesk.Stand(d.decisions[it.id], f.feed.Name).Dropped:
		x.State, x.Why = Dropped, "dropped by hand"
	case held >= 0:
		x.State, x.Why = HeldBack, j.held[held].by+" holds it until it is approved"
	case has(j.waiting):
		x.State, x.Why = Settling, "waits until "+d.settles(f, it).Format(time.RFC3339)+" for a corrected version"
	case has(j.left):
		x.State, x.Why = LeftOut, "its source had it before it was added; more than its backfill asks for"
	case !has(j.pass):
		x.State, x.Why = NotSelected, fmt.Sprintf("the feed takes what meets: %s", f.feed.Where)
	case d.withdrawal(f, j).Is():
		x.State, x.Why = Withdrawn, "its source took it back"+f.afterwards(p)
	case p != nil && f.budget.waits(p):
		x.State, x.Why = Queued, "waits for room in today's budget"
	case p != nil && p.over:
		x.State, x.Why = InDigest, "the day's budget had no room for it"
	case x.Position == 0 && p != nil && p.row.Page > 0:
		x.State, x.Why = Archived, fmt.Sprintf("on page %d of the feed's archive", p.row.Page)
	case x.Position == 0:
		x.State, x.Why = BelowLimit, "newer entries fill the feed"
	case x.Lead:
		x.State, x.Why = Published, "it leads its story"
	default:
		x.State, x.Why = Published, "named with the story it belongs to"
	}
	return x
}

func (d *Desk) sourceName(id wiredesk.SourceID) string {
	if src := d.sources[id]; src != nil {
		return src.Shown()
	}
	return "a source that is not in the config"
}

// Decisions returns what was decided about an item, undone or not, oldest first.
func (d *Desk) Decisions(id wiredesk.ItemID) []wiredesk.Decision {
	return slices.Clone(d.decisions[id])
}

// Held returns the items that wait for a person in a feed, or in any if feed is empty,
// newest first.
func (d *Desk) Held(feed string) []wiredesk.ItemID {
	var ids []wiredesk.ItemID
	for _, f := range d.feeds {
		if feed != "" && feed != f.feed.Name {
			continue
		}
		for _, held := range f.held {
			ids = append(ids, held...)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	slices.Reverse(ids)
	return ids
}

// Shown returns the leads of what a feed shows, in its order, and false if there is no
// such feed.
func (d *Desk) Shown(feed string) ([]wiredesk.ItemID, bool) {
	f := d.feed(feed)
	if f == nil {
		return nil, false
	}
	var ids []wiredesk.ItemID
	for _, p := range f.shown() {
		if !p.digest {
			ids = append(ids, p.lead)
		}
	}
	return ids, true
}

// ShownItems returns every item of every story that some feed shows, or that waits for a page
// of its archive.
func (d *Desk) ShownItems() map[wiredesk.ItemID]bool {
	items := make(map[wiredesk.ItemID]bool)
	for _, f := range d.feeds {
		for _, p := range slices.Concat(f.shown(), f.loose) {
			for _, it := range p.items {
				items[it.id] = true
			}
		}
	}
	return items
}

// Undoable returns the decision that an undo on an item, in that feed or in all if it is
// empty, would take back, and false if there is none.
func (d *Desk) Undoable(id wiredesk.ItemID, feed string) (wiredesk.Decision, bool) {
	return wiredesk.Undoable(d.decisions[id], feed)
}

// Find returns the items whose link, guid or published id is text, newest first.
func (d *Desk) Find(text string) []wiredesk.ItemID {
	if id, ok := d.owner[text]; ok {
		return []wiredesk.ItemID{id}
	}
	return d.byLink.find(linkKey(text))
}

// SourceOf returns the source of an item; zero if the desk does not have it.
func (d *Desk) SourceOf(id wiredesk.ItemID) wiredesk.SourceID {
	if it := d.items[id]; it != nil {
		return it.source
	}
	return 0
}

// StoryOf returns the story of an item; zero if the desk does not have it.
func (d *Desk) StoryOf(id wiredesk.ItemID) wiredesk.StoryID {
	if it := d.items[id]; it != nil {
		return it.story
	}
	return 0
}
