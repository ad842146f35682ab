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
	words  map[string]*term
	queue  []turn
}

// A turn is when a group got an item.
type turn struct {
	group *group
	at    time.Time
}

// A term is a word and the groups that have it.
type term struct {
	text   string
	known  int      // in how many groups it is
	groups []*group // these, the newest at most, in the order in which they got it
	stock  bool
}

// A group is the words of an event and in how much of its items each is.
type group struct {
	id    uint64
	words []part // by their text
	items float64
	norm  float64 // length of its vector as of its last item
	last  time.Time
}

// A part is a word of a group, its worth added up over the group's items, and a hash of the one
// source that used it, 0 if several did.
type part struct {
	*term
	worth  float32
	source uint32
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
	return &Events{window: window, groups: make(map[uint64]*group), words: make(map[string]*term)}
}

// Find returns the group that tells of the same event as an item of a source that came at a
// moment, and false if there is none. It changes nothing. Words that only the same source used
// of an event do not count: one source writes series, several write of events.
func (e *Events) Find(f Fingerprint, at time.Time, source uint64) (uint64, Tie, bool) {
	v, norm := e.vector(&f)
	if norm == 0 {
		return 0, Tie{}, false
	}
	var best *group
	var score float64
	by := sourceHash(source)
	for _, g := range e.candidates(v, at) {
		sum := 0.0
		for _, w := range v {
			sum += w.weight * w.idf * g.worth(w.term, by) / g.items
		}
		if s := sum / norm / g.norm; best == nil || s > score || s == score && g.id > best.id {
			best, score = g, s
		}
	}
	if score < eventAlike {
		return 0, Tie{Score: score}, false
	}
	var on []string
	telling := false
	for _, w := range v { // rarest first
		if best.worth(w.term, by) == 0 {
			continue
		}
		telling = telling || !common(w.text)
		if len(on) < 5 {
			on = append(on, w.text)
		}
	}
	if len(on) < eventWords || !telling {
		return 0, Tie{Score: score}, false
	}
	return best.id, Tie{Kind: Event, Score: min(score, 1), On: strings.Join(on, ", ")}, true
}

// Add puts an item of a source that came at a moment into a group, which is founded if it is not there.
// Moments should not go back.
func (e *Events) Add(id uint64, at time.Time, f Fingerprint, source uint64) {
	e.expire(at)
	if f.topic == nil { // of no text
		f.topic = &topic{}
	}
	g := e.groups[id]
	if g == nil {
		g = &group{id: id, words: make([]part, 0, len(f.topic.title)+len(f.topic.summary))}
		e.groups[id] = g
	}
	by := sourceHash(source)
	for _, w := range f.topic.title {
		e.put(g, w, 1, by)
	}
	for _, w := range f.topic.summary {
		e.put(g, w, summaryWorth, by)
	}
	g.items++
	if at.After(g.last) {
		g.last = at
	}
	g.norm = e.length(g)
	e.queue = append(e.queue, turn{g, at})
}

// sourceHash is not 0.
func sourceHash(source uint64) uint32 { return uint32(mix(source)) | 1 }

// put adds to the worth of a word in a group, which a source used.
func (e *Events) put(g *group, word string, worth float32, source uint32) {
	i, there := g.find(word)
	if there {
		g.words[i].worth += worth
		if g.words[i].source != source {
			g.words[i].source = 0
		}
		return
	}
	if len(g.words) >= maxWords {
		return
	}
	t := e.words[word]
	if t == nil {
		t = &term{text: strings.Clone(word), stock: common(word)} // the word may be a piece of a long text
		e.words[t.text] = t
	}
	t.known++
	if len(t.groups) >= maxPostings {
		t.groups = slices.Delete(t.groups, 0, 1)
	}
	t.groups = append(t.groups, g)
	g.words = slices.Insert(g.words, i, part{t, worth, source})
}

// find returns where a word is in a group, or would be.
func (g *group) find(word string) (int, bool) {
	return slices.BinarySearchFunc(g.words, word, func(p part, word string) int { return strings.Compare(p.text, word) })
}

// worth returns that of a word in a group, 0 if only that source used it there.
func (g *group) worth(t *term, source uint32) float64 {
	i := -1
	switch {
	case t == nil:
	case len(g.words) > 64:
		if at, ok := g.find(t.text); ok {
			i = at
		}
	default: // comparing texts costs more than looking at a few more
		i = slices.IndexFunc(g.words, func(p part) bool { return p.term == t })
	}
	if i < 0 || g.words[i].source == source {
		return 0
	}
	return float64(g.words[i].worth)
}

// length adds up in the order of the words, because sums of floats depend on it.
func (e *Events) length(g *group) float64 {
	sum := 0.0
	for _, p := range g.words {
		x := e.idf(p.term) * float64(p.worth) / g.items
		sum += x * x
	}
	return math.Sqrt(max(sum, 1e-9))
}

// expire forgets the groups that got nothing for too long.
func (e *Events) expire(at time.Time) {
	for len(e.queue) > 0 && at.Sub(e.queue[0].at) > e.window {
		g := e.queue[0].group
		e.queue[0] = turn{}
		e.queue = e.queue[1:]
		if e.groups[g.id] != g || at.Sub(g.last) <= e.window {
			continue
		}
		delete(e.groups, g.id)
		for _, p := range g.words {
			p.groups = slices.DeleteFunc(p.groups, func(other *group) bool { return other == g })
			if p.known--; p.known == 0 {
				delete(e.words, p.text)
			}
		}
	}
}

// idf is what a word is worth, from 0 to 1: the less, the more events have it.
func (e *Events) idf(t *term) float64 { return e.rarity(t.known, t.stock) }

func (e *Events) rarity(known int, stock bool) float64 {
	if stock {
		known += stockEvents
	}
	all := math.Log(float64(len(e.groups) + prior))
	return max(0, all-math.Log(float64(known+1))) / all
}

type weighed struct {
	text   string
	term   *term // nil if it is new
	weight float64
	idf    float64 // squared in the cosine: once for each side
}

// vector returns the words of an item and their weights, rarest first, and its length.
func (e *Events) vector(f *Fingerprint) ([]weighed, float64) {
	if f.topic == nil {
		return nil, 0
	}
	var v []weighed
	add := func(word string, worth float64) {
		t := e.words[word]
		idf := e.rarity(0, common(word))
		if t != nil {
			idf = e.idf(t)
		}
		v = append(v, weighed{word, t, worth * idf, idf})
	}
	for _, w := range f.topic.title {
		add(w, 1)
	}
	for _, w := range f.topic.summary {
		add(w, summaryWorth)
	}
	slices.SortStableFunc(v, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	sum := 0.0
	for _, w := range v {
		sum += w.weight * w.weight
	}
	return v, math.Sqrt(sum)
}

// candidates returns the groups of the window that share the worthiest words. Only those that
// share most are looked at: a group lies anywhere in memory, and a common word has many.
func (e *Events) candidates(v []weighed, at time.Time) []*group {
	worth := make(map[*group]float64)
	var met []*group
	probes := 0
	for _, w := range v {
		if w.term == nil || len(w.term.groups) == 0 {
			continue
		}
		for _, g := range slices.Backward(w.term.groups) { // newest first
			sum, ok := worth[g]
			if !ok {
				met = append(met, g)
			}
			worth[g] = sum + w.weight*w.idf
		}
		if probes++; probes == maxProbes || len(met) >= maxMet {
			break
		}
	}
	slices.SortStableFunc(met, func(a, b *group) int { return cmp.Compare(worth[b], worth[a]) })
	var groups []*group
	for _, g := range met {
		if at.Sub(g.last).Abs() > e.window {
			continue
		}
		if groups = append(groups, g); len(groups) == maxCompared {
			break
		}
	}
	return groups
}

// common reports whether a word says little by itself: a stock word, or a small number.
func common(word string) bool {
	return stock[word] || len(word) < 3 && word[0] >= '0' && word[0] <= '9'
}
