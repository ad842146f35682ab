package curate

import (
	"cmp"
	"slices"

	"wiredesk"
)

// Stories that tell of one event in different words are kept apart, because they are
// different texts, but know of each other: coverage counts the sources of all of them. An
// item's event is found once, when it is first curated, and remembered with its story.

// event finds the event of a new item: that of the story it joins, or of the stories that
// tell of it in other words, or its own.
func (d *Desk) event(it *item, a *wiredesk.Assignment) wiredesk.StoryID {
	if s := d.stories[a.Story]; s != nil {
		return s.event
	}
	if !d.program.merge {
		return it.id
	}
	d.printAll(it.id.Seen())
	mark, ok := d.fingerprint(it)
	if !ok {
		return it.id
	}
	if group, _, found := d.events.Find(mark, it.id.Seen(), uint64(it.source)); found {
		return wiredesk.StoryID(group)
	}
	return it.id
}

// eventOf returns the event of an assignment; one that was made before there were events is
// its story's own.
func eventOf(a *wiredesk.Assignment) wiredesk.StoryID {
	if a.Event == 0 {
		return a.Story
	}
	return a.Event
}

// tell says that a story tells of an event, and has every story that does looked at again,
// if rules ask how many sources there are.
func (d *Desk) tell(s *story, event wiredesk.StoryID) {
	if s.event != event {
		d.untell(s)
		s.event = event
	}
	if !slices.Contains(d.tellers[event], s) {
		d.tellers[event] = append(d.tellers[event], s)
	}
	d.retell(event)
}

// untell takes a story out of its event.
func (d *Desk) untell(s *story) {
	d.tellers[s.event] = slices.DeleteFunc(d.tellers[s.event], func(other *story) bool { return other == s })
	if len(d.tellers[s.event]) == 0 {
		delete(d.tellers, s.event)
		d.unplace(wiredesk.GroupEvent, s.event)
	}
	d.retell(s.event)
}

func (d *Desk) retell(event wiredesk.StoryID) {
	if !d.program.wide {
		return
	}
	for _, other := range d.tellers[event] {
		d.dirty[other.id] = true
	}
}

// eventItems returns every item that tells of an event, in ascending order.
func (d *Desk) eventItems(event wiredesk.StoryID) []*item {
	var items []*item
	for _, s := range d.tellers[event] {
		items = append(items, s.items...)
	}
	slices.SortFunc(items, func(a, b *item) int { return cmp.Compare(a.id, b.id) })
	return items
}

// coverage is how many sources items are of.
func coverage(items []*item) int {
	var seen []wiredesk.SourceID
	for _, it := range items {
		if !slices.Contains(seen, it.source) {
			seen = append(seen, it.source)
		}
	}
	return len(seen)
}
