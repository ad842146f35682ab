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
	rest := slices.DeleteFunc(x.find(key), func(other wiredesk.ItemID) bool { return other == id })
	delete(x.one, key)
	delete(x.more, key)
	for _, other := range rest {
		x.add(key, other)
	}
}

// find returns the items with a fingerprint, newest first.
func (x index) find(key wiredesk.Identity) []wiredesk.ItemID {
	first, ok := x.one[key]
	if !ok {
		return nil
	}
	ids := append([]wiredesk.ItemID{first}, x.more[key]...)
	slices.SortFunc(ids, func(a, b wiredesk.ItemID) int { return int(min(max(int64(b)-int64(a), -1), 1)) })
	return ids
}
