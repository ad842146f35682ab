package likeness

import (
	"cmp"
	"slices"
	"time"
)

// An Index finds the items of a window of time that are worth comparing with a new one.
// It is for one goroutine.
type Index struct {
	window time.Duration
	items  map[uint64]slot // by id
	slots  []*indexed
	free   []slot
	// one has the item of a key, as nearly every key has just one; more has those that came
	// after it, in their order. Two keys that are one by chance make one more candidate.
	one   map[uint32]slot
	more  map[uint32][]slot
	queue []*indexed // in the order in which they came
}

// A slot is where an item is: half as long as its id or address, and an item has some twenty
// keys.
type slot uint32

type indexed struct {
	id   uint64
	at   time.Time
	mark Fingerprint
}

const (
	maxBucket     = 64 // items under one key; the oldest go first
	maxCandidates = 24
	maxMet        = 96 // items after which no further key is looked at
)

// NewIndex returns an empty index that forgets what is older than window.
func NewIndex(window time.Duration) *Index {
	return &Index{window: window, items: make(map[uint64]slot), one: make(map[uint32]slot), more: make(map[uint32][]slot)}
}

// Add brings in an item that came at a moment. What came more than the window before is
// forgotten, so moments should not go back. An id that is there is replaced.
func (x *Index) Add(id uint64, at time.Time, f Fingerprint) {
	x.Remove(id)
	x.expire(at)
	f.topic = nil
	it := &indexed{id, at, f}
	in := x.take(it)
	x.items[id] = in
	x.queue = append(x.queue, it)
	for _, key := range f.keys() {
		if _, ok := x.one[key]; !ok {
			x.one[key] = in
			continue
		}
		x.more[key] = append(x.more[key], in)
		if len(x.more[key]) >= maxBucket {
			x.drop(key, x.one[key])
		}
	}
}

// Remove takes an item out.
func (x *Index) Remove(id uint64) {
	in, ok := x.items[id]
	if !ok {
		return
	}
	delete(x.items, id)
	for _, key := range x.slots[in].mark.keys() {
		x.drop(key, in)
	}
	x.slots[in] = nil
	x.free = append(x.free, in)
}

// take finds a slot for an item.
func (x *Index) take(it *indexed) slot {
	if n := len(x.free); n > 0 {
		in := x.free[n-1]
		x.free = x.free[:n-1]
		x.slots[in] = it
		return in
	}
	x.slots = append(x.slots, it)
	return slot(len(x.slots) - 1)
}

// item returns the item of an id, nil if it is not there.
func (x *Index) item(id uint64) *indexed {
	if in, ok := x.items[id]; ok {
		return x.slots[in]
	}
	return nil
}

// drop takes an item from under a key.
func (x *Index) drop(key uint32, in slot) {
	more := slices.DeleteFunc(x.more[key], func(other slot) bool { return other == in })
	if first, ok := x.one[key]; ok && first == in {
		delete(x.one, key)
		if len(more) > 0 {
			x.one[key], more = more[0], more[1:]
		}
	}
	if delete(x.more, key); len(more) > 0 {
		x.more[key] = more
	}
}

func (x *Index) expire(at time.Time) {
	n := 0
	for ; n < len(x.queue); n++ {
		it := x.queue[n]
		if x.item(it.id) != it { // it was taken out
			continue
		}
		if at.Sub(it.at) <= x.window {
			break
		}
		x.Remove(it.id)
	}
	x.queue = x.queue[n:]
}

// Len returns how many items are in the index.
func (x *Index) Len() int { return len(x.items) }

// Fingerprint returns that of an item, which is zero if it is not there.
func (x *Index) Fingerprint(id uint64) Fingerprint {
	if it := x.item(id); it != nil {
		return it.mark
	}
	return Fingerprint{}
}

// Candidates returns the items within the window before or after a moment that have most
// in common with a fingerprint, the likeliest first, then the newest.
func (x *Index) Candidates(f Fingerprint, at time.Time) []uint64 {
	met, common := x.meet(&f)
	ids := make([]uint64, 0, maxCandidates)
	by := make(map[uint64]int, maxCandidates)
	for _, in := range met {
		it := x.slots[in]
		if at.Sub(it.at).Abs() > x.window {
			continue
		}
		by[it.id] = common[in]
		if ids = append(ids, it.id); len(ids) == maxCandidates {
			break
		}
	}
	slices.SortFunc(ids, func(a, b uint64) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(b, a)) })
	return ids
}

// meet returns where items are that have keys of a fingerprint, those that have most in common
// first, and how much that is: a key is worth the less, the more have it. It looks at none of
// them, because they lie anywhere in memory, and stops at enough, so that a full window costs
// no more.
func (x *Index) meet(f *Fingerprint) (met []slot, common map[slot]int) {
	type under struct {
		first slot
		more  []slot
	}
	var found []under
	for _, key := range f.keys() {
		if first, ok := x.one[key]; ok {
			found = append(found, under{first, x.more[key]})
		}
	}
	slices.SortStableFunc(found, func(a, b under) int { return cmp.Compare(len(a.more), len(b.more)) })
	common = make(map[slot]int)
	for _, u := range found {
		if len(met) >= maxMet {
			break
		}
		worth := maxBucket / (1 + len(u.more))
		add := func(in slot) {
			if common[in] == 0 {
				met = append(met, in)
			}
			common[in] += worth
		}
		for _, in := range slices.Backward(u.more) { // newest first
			add(in)
		}
		add(u.first)
	}
	slices.SortStableFunc(met, func(a, b slot) int { return cmp.Compare(common[b], common[a]) })
	return met, common
}
