package fetch

import (
	"container/heap"
	"context"
	"time"

	"wiredesk"
)

// A dueSource is a source in the poller. It is in the heap, or in its host's line, or asked
// just now, or nowhere (gone, paused by hand).
type dueSource struct {
	id   wiredesk.SourceID
	src  *wiredesk.Source
	host *host
	due  time.Time
	at   string // where it is asked

	// search says that an older page is asked next, and not the source itself.
	search *search
	// page says that it is no source but the page of an item.
	page *page
	// outdated says that the item was revised while its page was being asked.
	outdated bool

	index   int  // in the heap; -1 if not there
	leased  bool // its next due time is written down
	byHand  bool // asked for by a person
	queued  bool // in its host's line
	flying  bool // being asked
	removed bool
	cancel  context.CancelFunc
}

// A host is everything that is asked at one origin, in line.
type host struct {
	name    string
	entries map[*dueSource]struct{}
	line    []*dueSource // due or nearly, in the order in which they came to be
	flying  int
	next    time.Time // not before: the gap after the last request
	quiet   time.Time // not before: it asked for quiet
	near    bool      // our own machine or network: no gap
	empty   bool      // in the loop's list of those

	index int // in the heap of hosts; -1 if not there
}

// ready returns when the first in line may be asked.
func (h *host) ready() time.Time {
	at := h.line[0].due
	if h.next.After(at) {
		at = h.next
	}
	if h.quiet.After(at) {
		at = h.quiet
	}
	return at
}

// byDue is a heap of entries, the one that is due first on top.
type byDue []*dueSource

func (q *byDue) Len() int { return len(*q) }
func (q *byDue) Less(i, j int) bool {
	a, b := (*q)[i], (*q)[j]
	if a.due.Equal(b.due) {
		return a.id < b.id
	}
	return a.due.Before(b.due)
}

func (q *byDue) Swap(i, j int) {
	s := *q
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

func (q *byDue) Push(x any) {
	e := x.(*dueSource)
	e.index = len(*q)
	*q = append(*q, e)
}

func (q *byDue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.index = -1
	return e
}

// put sets when a source is due and sorts it in.
func (q *byDue) put(e *dueSource, due time.Time) {
	e.due = due
	if e.index >= 0 {
		heap.Fix(q, e.index)
		return
	}
	heap.Push(q, e)
}

func (q *byDue) drop(e *dueSource) {
	if e.index >= 0 {
		heap.Remove(q, e.index)
	}
}

// byReady is a heap of hosts that have a line and room for one more request.
type byReady []*host

func (q *byReady) Len() int           { return len(*q) }
func (q *byReady) Less(i, j int) bool { return (*q)[i].ready().Before((*q)[j].ready()) }
func (q *byReady) Swap(i, j int) {
	s := *q
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

func (q *byReady) Push(x any) {
	h := x.(*host)
	h.index = len(*q)
	*q = append(*q, h)
}

func (q *byReady) Pop() any {
	old := *q
	h := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	h.index = -1
	return h
}

// sort puts a host where it belongs, or takes it out if it has nothing to do or no room.
func (q *byReady) sort(h *host, perHost int) {
	switch fit := len(h.line) > 0 && h.flying < perHost; {
	case fit && h.index >= 0:
		heap.Fix(q, h.index)
	case fit:
		heap.Push(q, h)
	case h.index >= 0:
		heap.Remove(q, h.index)
	}
}
