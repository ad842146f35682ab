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
	items  map[uint64]indexed
	// one has the id of a key, as nearly every key has just one; more has those that came
	// after it, in their order.
	one   map[uint64]uint64
	more  map[uint64][]uint64
	queue []uint64 // ids in the order in which they came
}

type indexed struct {
	at   time.Time
	mark Fingerprint
}

const (
	maxBucket     = 64 // items under one key; the oldest go first
	maxCandidates = 24
)

// NewIndex returns an empty index that forgets what is older than window.
func NewIndex(window time.Duration) *Index {
	return &Index{window: window, items: make(map[uint64]indexed), one: make(map[uint64]uint64), more: make(map[uint64][]uint64)}
}

// Add brings in an item that came at a moment. What came more than the window before is
// forgotten, so moments should not go back. An id that is there is replaced.
func (x *Index) Add(id uint64, at time.Time, f Fingerprint) {
	x.Remove(id)
	x.expire(at)
	f.summary = nil // which only events need
	x.items[id] = indexed{at, f}
	x.queue = append(x.queue, id)
	for _, key := range f.keys() {
		if _, ok := x.one[key]; !ok {
			x.one[key] = id
			continue
		}
		x.more[key] = append(x.more[key], id)
		if len(x.more[key]) >= maxBucket {
			x.drop(key, x.one[key])
		}
	}
}

// Remove takes an item out.
func (x *Index) Remove(id uint64) {
	it, ok := x.items[id]
	if !ok {
		return
	}
	delete(x.items, id)
	for _, key := range it.mark.keys() {
		x.drop(key, id)
	}
}

// drop takes an item from under a key.
func (x *Index) drop(key, id uint64) {
	more := slices.DeleteFunc(x.more[key], func(other uint64) bool { return other == id })
	if first, ok := x.one[key]; ok && first == id {
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
		it, ok := x.items[x.queue[n]]
		if ok && at.Sub(it.at) <= x.window {
			break
		}
		if ok {
			x.Remove(x.queue[n])
		}
	}
	x.queue = x.queue[n:]
}

// Len returns how many items are in the index.
func (x *Index) Len() int { return len(x.items) }

// Fingerprint returns that of an item, which is zero if it is not there.
func (x *Index) Fingerprint(id uint64) Fingerprint { return x.items[id].mark }

// Candidates returns the items within the window before or after a moment that have most
// in common with a fingerprint, the likeliest first, then the newest.
func (x *Index) Candidates(f Fingerprint, at time.Time) []uint64 {
	hits := make(map[uint64]int)
	for _, key := range f.keys() {
		first, ok := x.one[key]
		if !ok {
			continue
		}
		for _, id := range append([]uint64{first}, x.more[key]...) {
			if at.Sub(x.items[id].at).Abs() <= x.window {
				hits[id]++
			}
		}
	}
	ids := make([]uint64, 0, len(hits))
	for id := range hits {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uint64) int { return cmp.Or(cmp.Compare(hits[b], hits[a]), cmp.Compare(b, a)) })
	return ids[:min(len(ids), maxCandidates)]
}
