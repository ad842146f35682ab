package curate

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"wiredesk"
)

// Decisions that change which items are one story: split and merge, and their undoing. They
// are carried out once, as new assignments that are stored with the decision, so that every
// later desk finds the items where a person put them.

// Regroup works out what a split or merge does: the items that it moves, for the decision's
// Value, and the assignments that must be stored together with the decision before it is
// carried out by [Desk.Move]. With is the other item of a merge.
func (d *Desk) Regroup(verb wiredesk.Verb, id, with wiredesk.ItemID) (value string, moves []wiredesk.Assignment, err error) {
	s := d.stories[d.items[id].story]
	if verb == wiredesk.Split {
		if len(s.items) == 1 && len(d.tellers[s.event]) == 1 {
			return "", nil, errors.New("it is the only item of its story")
		}
		if len(s.items) == 1 { // it leaves its event
			a := d.items[id].assignment
			a.Event = ownEvent(id)
			return idsText(d.eventItems(s.event), id), []wiredesk.Assignment{a}, nil
		}
		return idsText(s.items, id), d.carve(s, []wiredesk.ItemID{id}), nil
	}
	other := d.items[with]
	if other == nil {
		return "", nil, errors.New("the other item is not there any more")
	}
	if other.story == s.id {
		return "", nil, errors.New("they are one story already")
	}
	from := d.stories[other.story]
	return idsText(from.items, 0), d.join(from.items, s.id, id), nil
}

// Unregroup works out what the undoing of a split or merge does, as [Desk.Regroup] does.
func (d *Desk) Unregroup(dec wiredesk.Decision) (moves []wiredesk.Assignment) {
	it := d.items[dec.Item]
	if it == nil {
		return nil
	}
	s := d.stories[it.story]
	var moved []wiredesk.ItemID
	for word := range strings.FieldsSeq(dec.Value) {
		id, err := wiredesk.ParseItemID(word)
		other := d.items[id]
		if err != nil || other == nil {
			continue
		}
		if dec.Verb == wiredesk.Split && it.assignment.By != wiredesk.BySplit && s.event == ownEvent(it.id) {
			moves := d.join(s.items, s.id, 0)
			for i := range moves {
				moves[i] = d.items[moves[i].Item].assignment
				moves[i].Event = d.stories[other.story].event
			}
			return moves
		}
		if dec.Verb == wiredesk.Split && other.story != s.id {
			return d.join(s.items, other.story, other.id) // back to what it left
		}
		if dec.Verb == wiredesk.Merge && other.story == s.id {
			moved = append(moved, id)
		}
	}
	if len(moved) == 0 || len(moved) == len(s.items) {
		return nil
	}
	return d.carve(s, moved)
}

// carve returns the assignments that part a story in two: what is in out, and the rest. The
// part that has the item for which the story is called keeps its name.
func (d *Desk) carve(s *story, out []wiredesk.ItemID) (moves []wiredesk.Assignment) {
	moving := func(it *item) bool { return slices.Contains(out, it.id) }
	if slices.Contains(out, s.id) {
		moving = func(it *item) bool { return !slices.Contains(out, it.id) }
	}
	left := s.items[slices.IndexFunc(s.items, func(it *item) bool { return !moving(it) })]
	for _, it := range s.items {
		if !moving(it) {
			continue
		}
		a := it.assignment
		if len(moves) == 0 {
			a = wiredesk.Assignment{Item: it.id, Story: it.id, By: wiredesk.BySplit, With: left.id, Score: 1, Event: ownEvent(it.id)}
		} else {
			a.Story, a.Event = moves[0].Item, moves[0].Event
		}
		moves = append(moves, a)
	}
	return moves
}

// join returns the assignments that put items into a story, with an item that is there.
func (d *Desk) join(items []*item, to wiredesk.StoryID, with wiredesk.ItemID) (moves []wiredesk.Assignment) {
	for _, it := range items {
		moves = append(moves, wiredesk.Assignment{Item: it.id, Story: to, By: wiredesk.ByHand, With: with, Score: 1, Event: d.stories[to].event})
	}
	return moves
}

// Move carries out assignments that a decision made and that are stored.
func (d *Desk) Move(moves []wiredesk.Assignment) {
	for _, a := range moves {
		it := d.items[a.Item]
		if it == nil {
			continue
		}
		from := d.stories[it.story]
		from.items = slices.DeleteFunc(from.items, func(other *item) bool { return other == it })
		it.story, it.assignment = a.Story, a
		for i := range d.pending.Assignments { // must not be stored over what was decided
			if d.pending.Assignments[i].Item == a.Item {
				d.pending.Assignments[i] = a
			}
		}
		to := d.story(a.Story)
		at, _ := slices.BinarySearchFunc(to.items, it.id, func(other *item, id wiredesk.ItemID) int {
			return cmp.Compare(other.id, id)
		})
		to.items = slices.Insert(to.items, at, it)
		d.counted(from.event, it.source, -1)
		if len(from.items) == 0 {
			d.untell(from)
		}
		d.tell(to, eventOf(&a))
		d.counted(to.event, it.source, 1)
		d.dirty[from.id], d.dirty[to.id] = true, true
	}
}

// idsText lists the items of a story but one.
func idsText(items []*item, but wiredesk.ItemID) string {
	var words []string
	for _, it := range items {
		if it.id != but {
			words = append(words, it.id.String())
		}
	}
	return strings.Join(words, " ")
}

// ownEvent names the event of what a person took out of another one. An event is else named
// for its first item, whose name the rest may keep.
func ownEvent(id wiredesk.ItemID) wiredesk.StoryID { return id | 1<<63 }
