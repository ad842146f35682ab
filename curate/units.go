package curate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"wiredesk"
)

// What one entry of a feed stands for is a unit: a story, or all stories of an event, or one
// item ([wiredesk.Group]). A unit is known by the id of what came first in it.

// unit returns the unit that an item belongs to in a feed.
func (d *Desk) unit(f *shownFeed, it *item) wiredesk.ItemID {
	switch f.feed.Group {
	case wiredesk.GroupEvent:
		return d.stories[it.story].event
	case wiredesk.GroupNone:
		return it.id
	case wiredesk.GroupDuplicate:
	}
	return it.story
}

// placeUnits places what a feed shows of a story that was evaluated. Events have to wait
// until all of their stories were ([Desk.placeEvents]).
func (d *Desk) placeUnits(f *shownFeed, s *story, outcomes []*outcome, at time.Time) {
	switch f.feed.Group {
	case wiredesk.GroupDuplicate:
		d.place(f, s.id, s.items, d.judge(f, outcomes, at), at)
	case wiredesk.GroupEvent:
		d.touched[s.event] = true
	case wiredesk.GroupNone:
		for _, it := range s.items {
			i := slices.IndexFunc(outcomes, func(o *outcome) bool { return o.item == it })
			if i < 0 { // its source is not in the config
				f.clear(it.id)
				d.takeBack(f, []*item{it}, d.hiddenOf(f, []*item{it}))
				continue
			}
			d.place(f, it.id, []*item{it}, d.judge(f, outcomes[i:i+1], at), at)
		}
	}
}

// placeEvents places the events of which a story was evaluated in this build.
func (d *Desk) placeEvents(at time.Time) error {
	for _, event := range sortedKeys(d.touched) {
		var err error
		for g := range d.program.groups {
			var joined [][]*outcome // by story
			for _, f := range d.feeds {
				if f.feed.group != g || f.feed.Group != wiredesk.GroupEvent {
					continue
				}
				if joined == nil {
					if joined, err = d.outcomesOf(event, g, at); err != nil {
						return fmt.Errorf("event %s: %w", event, err)
					}
				}
				d.place(f, event, d.eventItems(event), d.judgeEvent(f, joined, at), at)
			}
		}
		delete(d.touched, event)
	}
	return nil
}

// outcomesOf runs the rules of a group over every story of an event.
func (d *Desk) outcomesOf(event wiredesk.StoryID, g int, at time.Time) ([][]*outcome, error) {
	joined := [][]*outcome{}
	for _, s := range d.tellers[event] {
		fulls, err := d.loadAll(s)
		if err != nil {
			return nil, err
		}
		joined = append(joined, d.outcomes(s, fulls, g, at))
	}
	return joined, nil
}

// judgeEvent joins what a feed says to the stories of an event. One that a person hid is
// left out and hides no other; the event is hidden if all of them are.
func (d *Desk) judgeEvent(f *shownFeed, joined [][]*outcome, at time.Time) judgement {
	all := judgement{hidden: len(joined) > 0}
	for _, outcomes := range joined {
		j := d.judge(f, outcomes, at)
		if j.hidden {
			all.hiddenAt = later(all.hiddenAt, j.hiddenAt)
			continue
		}
		all.hidden = false
		all.pass, all.held = append(all.pass, j.pass...), append(all.held, j.held...)
		all.pinned = all.pinned || j.pinned
		all.approved = later(all.approved, j.approved)
		all.shown, all.unnoted = later(all.shown, j.shown), later(all.unnoted, j.unnoted)
		if j.noted.After(all.noted) {
			all.note, all.noted = j.note, j.noted
		}
	}
	slices.SortFunc(all.pass, func(a, b *outcome) int { return cmp.Compare(a.item.id, b.item.id) })
	return all
}
