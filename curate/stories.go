package curate

import (
	"crypto/sha256"
	"time"

	"wiredesk"
	"wiredesk/curate/likeness"
)

// assign gives an item its story: the one that is remembered, or the one of an item that
// tells the same, or its own.
func (d *Desk) assign(it *item) {
	a, remembered := d.assigned[it.id]
	if !remembered {
		a = d.tie(it)
		a.Event = d.event(it, &a)
		d.pending.Assignments = append(d.pending.Assignments, a)
	}
	if delete(d.assigned, it.id); remembered && len(d.assigned) == 0 {
		d.assigned = make(map[wiredesk.ItemID]wiredesk.Assignment) // an emptied map gives no memory back
	}
	it.story, it.assignment = a.Story, a
	s := d.story(a.Story)
	s.items = append(s.items, it)
	d.tell(s, eventOf(&a))
	d.counted(s.event, it.source, 1)
	d.byLink.add(it.link, it.id)
	d.byWords.add(it.words, it.id)
	d.unprint(it)
}

// unprint has the fingerprint of an item made, or made again, before the next comparison.
func (d *Desk) unprint(it *item) {
	if d.program.merge && !it.unprinted {
		it.unprinted = true
		d.unprinted = append(d.unprinted, it)
	}
}

// story returns the story of that name, which may be new.
func (d *Desk) story(id wiredesk.StoryID) *story {
	s := d.stories[id]
	if s == nil {
		s = &story{id: id}
		d.stories[id] = s
	}
	return s
}

// tie finds the story of a new item. Only what is certain counts here: to show one story
// twice is bad, to hide one behind another is worse.
func (d *Desk) tie(it *item) wiredesk.Assignment {
	own := wiredesk.Assignment{Item: it.id, Story: it.id, By: wiredesk.ByItself, Score: 1}
	if !d.program.merge {
		return own
	}
	if with := d.sameLink(it); with != nil {
		return wiredesk.Assignment{Item: it.id, Story: with.story, By: wiredesk.ByLink, With: with.id, Score: 1}
	}
	if with := d.sameWords(it); with != nil {
		return wiredesk.Assignment{Item: it.id, Story: with.story, By: wiredesk.ByWords, With: with.id, Score: 1}
	}
	if with, tie := d.sameText(it); with != nil {
		return wiredesk.Assignment{Item: it.id, Story: with.story, By: wiredesk.ByLikeness, With: with.id, Score: tie.Score, On: tie.On}
	}
	return own
}

// sameText returns the item of another source whose text is most like that of a new one, if
// it is the same text republished.
func (d *Desk) sameText(it *item) (*item, likeness.Tie) {
	d.printAll(it.id.Seen())
	mark, ok := d.fingerprint(it)
	if !ok {
		return nil, likeness.Tie{}
	}
	var found *item
	var best likeness.Tie
	for _, id := range d.likes.Candidates(mark, it.id.Seen()) {
		with := d.items[wiredesk.ItemID(id)]
		if with == nil || with.source == it.source || apart(it, with) > d.program.window || d.carries(with.story, it.source) {
			continue
		}
		tie := likeness.Compare(mark, d.likes.Fingerprint(id))
		if tie.Kind == likeness.Duplicate && tie.Score > best.Score {
			found, best = with, tie
		}
	}
	return found, best
}

// fingerprint makes the fingerprint of an item, which needs its text.
func (d *Desk) fingerprint(it *item) (likeness.Fingerprint, bool) {
	full, err := d.load(it.id, true)
	if err != nil { // what cannot be read is like nothing; the build that follows says so
		return likeness.Fingerprint{}, false
	}
	return likeness.Of(full.Title, wiredesk.Text(full.Summary), wiredesk.Text(full.Content)), true
}

// printAll makes the fingerprints that are still to be made, of items that were seen within
// the window before a moment. That is put off until something new is to be compared, because
// a desk that is filled from the store has many items and needs few.
func (d *Desk) printAll(at time.Time) {
	for _, it := range d.unprinted {
		it.unprinted = false
		seen := it.id.Seen()
		if at.Sub(seen) > d.program.window || d.items[it.id] != it {
			continue
		}
		if mark, ok := d.fingerprint(it); ok {
			d.likes.Add(uint64(it.id), seen, mark)
			if !it.eventful { // a revision adds nothing to its event
				it.eventful = true
				d.events.Add(uint64(eventOf(&it.assignment)), seen, mark, uint64(it.source))
			}
		}
	}
	d.unprinted = nil
}

// sameLink returns the newest item of another source with the same link, if the link is
// not one that some source uses for several stories.
func (d *Desk) sameLink(it *item) *item {
	ids := d.byLink.find(it.link)
	storyOf := make(map[wiredesk.SourceID]wiredesk.StoryID)
	var found *item
	for _, id := range ids {
		with := d.items[id]
		if other, ok := storyOf[with.source]; ok && other != with.story {
			return nil
		}
		storyOf[with.source] = with.story
		if found == nil && !d.carries(with.story, it.source) && d.near(it, with) {
			found = with
		}
	}
	if _, twice := storyOf[it.source]; twice {
		return nil
	}
	return found
}

// sameWords returns the newest item with the same words. A source that says the same
// again the next day means it as news, so within a source it must be the same hour.
func (d *Desk) sameWords(it *item) *item {
	for _, id := range d.byWords.find(it.words) {
		with := d.items[id]
		window := d.program.window
		if d.carries(with.story, it.source) {
			window = min(window, time.Hour)
		}
		if apart(it, with) <= window {
			return with
		}
	}
	return nil
}

// near reports whether two items with the same link are close enough in time. The date of
// an item may be that of our first look, so either date will do.
func (d *Desk) near(a, b *item) bool {
	return apart(a, b) <= d.program.window || a.id.Seen().Sub(b.id.Seen()).Abs() <= d.program.window
}

func apart(a, b *item) time.Duration { return a.published.Sub(b.published).Abs() }

// carries reports whether a story has an item of the source already.
func (d *Desk) carries(id wiredesk.StoryID, source wiredesk.SourceID) bool {
	for _, it := range d.stories[id].items {
		if it.source == source {
			return true
		}
	}
	return false
}

// linkKey is a fingerprint of a canonical link; zero for one that says nothing.
func linkKey(link string) (key wiredesk.Identity) {
	if link == "" || wiredesk.FrontPage(link) {
		return key
	}
	sum := sha256.Sum256([]byte(wiredesk.CanonicalLink(link)))
	copy(key[:], sum[:])
	return key
}
