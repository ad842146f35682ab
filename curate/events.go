package curate

import (
	"cmp"
	"slices"
	"time"

	"wiredesk"
)

// Stories that tell of one event in different words are kept apart, because they are
// different texts, but know of each other: coverage counts the sources of all of them. An
// item's event is found once, when it is first curated, and remembered with its story.

// A telling is how many items of a source tell of an event.
type telling struct {
	source wiredesk.SourceID
	items  int
}

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
	if group, tie, found := d.events.Find(mark, it.id.Seen(), uint64(it.source)); found {
		a.EventScore, a.EventOn = tie.Score, tie.On
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

// tell says that a story tells of an event.
func (d *Desk) tell(s *story, event wiredesk.StoryID) {
	if s.event == event && slices.Contains(d.tellers[event], s) {
		return
	}
	d.untell(s)
	s.event = event
	d.tellers[event] = append(d.tellers[event], s)
	d.touched[event] = true
}

// untell takes a story out of its event.
func (d *Desk) untell(s *story) {
	d.tellers[s.event] = slices.DeleteFunc(d.tellers[s.event], func(other *story) bool { return other == s })
	d.touched[s.event] = true
	if len(d.tellers[s.event]) == 0 {
		delete(d.tellers, s.event)
		delete(d.touched, s.event)
		d.unplace(wiredesk.GroupEvent, s.event)
	}
}

// counted takes in that a source has one item more or less on an event. Only if there are
// more or fewer sources then are all stories of the event looked at again, and only if rules
// ask for that: an event may have thousands of items.
func (d *Desk) counted(event wiredesk.StoryID, source wiredesk.SourceID, by int) {
	d.touched[event] = true
	sources := d.sourcesOf[event]
	before := len(sources)
	i := slices.IndexFunc(sources, func(t telling) bool { return t.source == source })
	if i < 0 {
		i, sources = before, append(sources, telling{source: source})
	}
	if sources[i].items += by; sources[i].items == 0 {
		sources = slices.Delete(sources, i, i+1)
	}
	if d.sourcesOf[event] = sources; len(sources) == 0 {
		delete(d.sourcesOf, event)
	}
	if !d.program.wide || len(sources) == before {
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

// widened returns when the newest source of an event came to it.
func (d *Desk) widened(event wiredesk.StoryID) (when time.Time) {
	first := make(map[wiredesk.SourceID]time.Time)
	for _, s := range d.tellers[event] {
		for _, it := range s.items {
			if came, known := first[it.source]; !known || it.came().Before(came) {
				first[it.source] = it.came()
			}
		}
	}
	for _, came := range first {
		when = later(when, came)
	}
	return when
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
