package likeness

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Events groups items by the event that they tell of, as they come. What a word is worth
// depends on how many events of the window have it, so that the order of coming counts and
// a group once given is to be stored, not asked for again. It is for one goroutine.
type Events struct {
	window time.Duration
	groups map[uint64]*group
	words  map[string][]uint64 // groups by word, in the order in which they got it
	known  map[string]int      // in how many groups a word is
	queue  []turn
}

// A turn is when a group got an item.
type turn struct {
	group uint64
	at    time.Time
}

// A group is the words of an event and in how much of its items each is.
type group struct {
	words  map[string]float64
	items  float64
	source uint64  // of its first item
	shared bool    // another source told of it too
	norm   float64 // length of its vector as of its last item
	last   time.Time
}

const (
	eventAlike   = 0.18 // cosine of an item and a group
	eventWords   = 2    // that they must share: one alone is a topic, not an event
	stockEvents  = 2    // that a stock word is taken to be in besides those that were seen
	summaryWorth = 0.5  // of a word of the summary, that of the title being 1
	prior        = 50   // groups that are taken for granted, so that the first words have a worth
	maxPostings  = 32   // groups looked at for one word, newest first
	maxProbes    = 8    // words of an item that are looked up, rarest first
	maxCompared  = 24   // groups that are compared
	maxWords     = 400  // words of a group
)

// NewEvents returns groups that are forgotten when they got nothing for the time of window.
func NewEvents(window time.Duration) *Events {
	return &Events{window: window, groups: make(map[uint64]*group), words: make(map[string][]uint64), known: make(map[string]int)}
}

// Find returns the group that tells of the same event as an item of a source that came at a
// moment, and false if there is none. It changes nothing. A group that only the same source
// told of is none: one source writes series, several write of events.
func (e *Events) Find(f Fingerprint, at time.Time, source uint64) (uint64, Tie, bool) {
	v, norm := e.vector(&f)
	if norm == 0 {
		return 0, Tie{}, false
	}
	var best uint64
	var score float64
	for _, id := range e.candidates(v, at) {
		g := e.groups[id]
		if !g.shared && g.source == source {
			continue
		}
		sum := 0.0
		for _, w := range v {
			sum += w.weight * w.idf * g.words[w.text] / g.items
		}
		if s := sum / norm / g.norm; s > score || s == score && id > best {
			best, score = id, s
		}
	}
	if score < eventAlike {
		return 0, Tie{Score: score}, false
	}
	var on []string
	telling := false
	for _, w := range v { // rarest first
		if e.groups[best].words[w.text] == 0 {
			continue
		}
		telling = telling || !stock[w.text]
		if len(on) < 5 {
			on = append(on, w.text)
		}
	}
	if len(on) < eventWords || !telling {
		return 0, Tie{Score: score}, false
	}
	return best, Tie{Kind: Event, Score: min(score, 1), On: strings.Join(on, ", ")}, true
}

// Add puts an item of a source that came at a moment into a group, which is founded if it is not there.
// Moments should not go back.
func (e *Events) Add(id uint64, at time.Time, f Fingerprint, source uint64) {
	e.expire(at)
	g := e.groups[id]
	if g == nil {
		g = &group{words: make(map[string]float64), source: source}
		e.groups[id] = g
	}
	g.shared = g.shared || g.source != source
	add := func(word string, worth float64) {
		if g.words[word] == 0 {
			if len(g.words) >= maxWords {
				return
			}
			e.known[word]++
			ids := e.words[word]
			if len(ids) >= maxPostings {
				ids = slices.Delete(ids, 0, 1)
			}
			e.words[word] = append(ids, id)
		}
		g.words[word] += worth
	}
	for _, w := range f.title {
		add(w, 1)
	}
	for _, w := range f.summary {
		add(w, summaryWorth)
	}
	g.items++
	if at.After(g.last) {
		g.last = at
	}
	g.norm = e.length(g)
	e.queue = append(e.queue, turn{id, at})
}

// length adds up in the order of the words, because sums of floats depend on it.
func (e *Events) length(g *group) float64 {
	words := make([]string, 0, len(g.words))
	for w := range g.words {
		words = append(words, w)
	}
	slices.Sort(words)
	sum := 0.0
	for _, w := range words {
		x := e.idf(w) * g.words[w] / g.items
		sum += x * x
	}
	return math.Sqrt(max(sum, 1e-9))
}

// expire forgets the groups that got nothing for too long.
func (e *Events) expire(at time.Time) {
	for len(e.queue) > 0 && at.Sub(e.queue[0].at) > e.window {
		id := e.queue[0].group
		e.queue = e.queue[1:]
		g := e.groups[id]
		if g == nil || at.Sub(g.last) <= e.window {
			continue
		}
		delete(e.groups, id)
		for w := range g.words {
			ids := slices.DeleteFunc(e.words[w], func(other uint64) bool { return other == id })
			if e.words[w] = ids; len(ids) == 0 {
				delete(e.words, w)
			}
			if e.known[w]--; e.known[w] <= 0 {
				delete(e.known, w)
			}
		}
	}
}

// idf is what a word is worth, from 0 to 1: the less, the more events have it.
func (e *Events) idf(word string) float64 {
	all, known := math.Log(float64(len(e.groups)+prior)), e.known[word]
	if stock[word] {
		known += stockEvents
	}
	return max(0, all-math.Log(float64(known+1))) / all
}

type weighed struct {
	text   string
	weight float64
	idf    float64 // squared in the cosine: once for each side
}

// vector returns the words of an item and their weights, rarest first, and its length.
func (e *Events) vector(f *Fingerprint) ([]weighed, float64) {
	var v []weighed
	add := func(word string, worth float64) {
		idf := e.idf(word)
		v = append(v, weighed{word, worth * idf, idf})
	}
	for _, w := range f.title {
		add(w, 1)
	}
	for _, w := range f.summary {
		add(w, summaryWorth)
	}
	slices.SortStableFunc(v, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	sum := 0.0
	for _, w := range v {
		sum += w.weight * w.weight
	}
	return v, math.Sqrt(sum)
}

// candidates returns the groups of the window that share the worthiest words.
func (e *Events) candidates(v []weighed, at time.Time) []uint64 {
	worth := make(map[uint64]float64)
	probes := 0
	for _, w := range v {
		ids := e.words[w.text]
		if len(ids) == 0 {
			continue
		}
		for _, id := range ids {
			if g := e.groups[id]; at.Sub(g.last).Abs() <= e.window {
				worth[id] += w.weight * w.idf * g.words[w.text] / g.items / g.norm
			}
		}
		if probes++; probes == maxProbes {
			break
		}
	}
	ids := make([]uint64, 0, len(worth))
	for id := range worth {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uint64) int { return cmp.Or(cmp.Compare(worth[b], worth[a]), cmp.Compare(b, a)) })
	return ids[:min(len(ids), maxCompared)]
}
