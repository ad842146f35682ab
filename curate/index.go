package curate

import (
	"slices"

	"wiredesk"
)

// An index finds items by a fingerprint. Nearly every fingerprint has one item, which is
// kept without a slice of its own. The zero fingerprint finds nothing.
type index struct {
	one  map[wiredesk.Identity]wiredesk.ItemID
	more map[wiredesk.Identity][]wiredesk.ItemID
}

func newIndex() index {
	return index{one: make(map[wiredesk.Identity]wiredesk.ItemID), more: make(map[wiredesk.Identity][]wiredesk.ItemID)}
}

func (x index) add(key wiredesk.Identity, id wiredesk.ItemID) {
	if key == (wiredesk.Identity{}) {
		return
	}
	if _, ok := x.one[key]; !ok {
		x.one[key] = id
		return
	}
	x.more[key] = append(x.more[key], id)
}

func (x index) remove(key wiredesk.Identity, id wiredesk.ItemID) {
	more := slices.DeleteFunc(x.more[key], func(other wiredesk.ItemID) bool { return other == id })
	if x.one[key] == id {
		delete(x.one, key)
		if len(more) > 0 {
			x.one[key], more = more[0], more[1:]
		}
	}
	if delete(x.more, key); len(more) > 0 {
		x.more[key] = more
	}
}

// maxCandidates is how many items may share a fingerprint before it means nothing.
const maxCandidates = 50

// find returns the items with a fingerprint, newest first. More than [maxCandidates] of them
// are as good as none.
func (x index) find(key wiredesk.Identity) []wiredesk.ItemID {
	first, ok := x.one[key]
	if !ok || len(x.more[key]) >= maxCandidates {
		return nil
	}
	ids := append([]wiredesk.ItemID{first}, x.more[key]...)
	slices.SortFunc(ids, func(a, b wiredesk.ItemID) int { return int(min(max(int64(b)-int64(a), -1), 1)) })
	return ids
}
