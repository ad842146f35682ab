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
	hits := make(map[slot]int)
	var met []slot
	hit := func(in slot) {
		if hits[in]++; hits[in] == 1 {
			met = append(met, in)
		}
	}
	for _, key := range f.keys() {
		if first, ok := x.one[key]; ok {
			for _, in := range slices.Backward(x.more[key]) { // newest first
				hit(in)
			}
			hit(first)
		}
	}
	// Only the likeliest are looked at: an item lies anywhere in memory, and a common key has many.
	slices.SortStableFunc(met, func(a, b slot) int { return cmp.Compare(hits[b], hits[a]) })
	ids := make([]uint64, 0, maxCandidates)
	common := make(map[uint64]int, maxCandidates)
	for _, in := range met {
		it := x.slots[in]
		if at.Sub(it.at).Abs() > x.window {
			continue
		}
		common[it.id] = hits[in]
		if ids = append(ids, it.id); len(ids) == maxCandidates {
			break
		}
	}
	slices.SortFunc(ids, func(a, b uint64) int { return cmp.Or(cmp.Compare(common[b], common[a]), cmp.Compare(b, a)) })
	return ids
}
