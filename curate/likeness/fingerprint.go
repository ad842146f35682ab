package likeness

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

const (
	slots      = 64 // of a sketch; a fingerprint of the whole text
	rows       = 3  // slots that make one band
	bands      = 16 // of a sketch that are indexed
	opening    = 64 // words at the beginning that are compared exactly
	lead       = 20 // of these, that a new version of a story would have changed
	shingle    = 2  // words that make one piece of text
	sign       = 12 // words after the title at the end of a text, which say where it comes from
	maxFacts   = 48 // numbers and names kept with their place
	maxTitle   = 16 // words of a title kept
	maxSummary = 12 // words of a summary kept for events
	maxText    = 1 << 16
)

// A Fingerprint is what is kept of a text to compare it: some hundred bytes, whatever the
// text's length. The zero value is that of an empty text and is like nothing.
type Fingerprint struct {
	sketch  []uint16 // MinHash of the pieces of the text; nil where there are few
	size    int      // how many different pieces the text has
	opening []uint16 // the pieces of its beginning, sorted
	lead    []uint16 // the first of these, sorted
	title   []uint32 // significant words
	exact   uint64   // hash of all words of the title
	count   int      // words of the title
	numbers []uint16 // of the title, sorted
	digits  []uint16 // all numbers, sorted
	facts   []fact   // sorted by place
	has     words    // all words of title and text
	about   []uint32 // words of the title that the text has too
	names   []uint32 // in the beginning of the text
	days    uint8    // of the week, in the title and the beginning of the text
	topic   *topic   // for events; an index does not keep it
}

// A topic is the significant words of a title, and those of a summary that are not in it.
type topic struct{ title, summary []string }

// A fact is a number or a name, and the hash of the words around it.
type fact struct {
	place  uint32
	value  uint16
	number bool
}

// Of makes a fingerprint of an item's title, summary and content, all plain text. The longer
// of summary and content is its text.
func Of(title, summary, content string) Fingerprint {
	var f Fingerprint
	head := tokens(title, 2000)
	f.topic = &topic{title: significant(head, maxTitle)}
	f.title = make([]uint32, len(f.topic.title))
	for i, w := range f.topic.title {
		f.title[i] = uint32(hash(w))
	}
	f.count = len(head)
	f.exact = hashAll(head)
	for _, t := range head {
		if t.number {
			f.numbers = append(f.numbers, uint16(hash(t.text)))
		}
	}
	f.digits = slices.Clone(f.numbers)
	if summary == "" {
		summary = content
	}
	for _, w := range significant(tokens(summary, 600), maxSummary+maxTitle) {
		if len(f.topic.summary) < maxSummary && !slices.Contains(f.topic.title, w) {
			f.topic.summary = append(f.topic.summary, w)
		}
	}
	text := content
	if len(summary) > len(content) {
		text = summary
	}
	body := trimTitle(tokens(text, maxText), head)
	if nounsAreNames(body) {
		for i := range body {
			body[i].name = false
		}
	}
	f.read(body)
	f.gather(head, len(head))
	f.subjects(head, body)
	slices.SortStableFunc(f.facts, func(a, b fact) int { return cmp.Compare(a.place, b.place) })
	f.facts = slices.Clone(f.facts)
	f.numbers, f.digits = compact(f.numbers), compact(f.digits)
	return f
}

// trimTitle takes the title off the beginning of a text that repeats it, and out of its end ("The
// post TITLE appeared first on …") if it is long enough to be no phrase.
func trimTitle(text, head []token) []token {
	n := len(head)
	at := func(i int) bool {
		return i >= 0 && i+n < len(text) && slices.EqualFunc(text[i:i+n], head, func(a, b token) bool { return a.text == b.text })
	}
	if n >= 2 && at(0) {
		text = text[n:]
	}
	for i := max(len(text)-n-sign, 0); n >= 4 && i+n < len(text); i++ {
		if at(i) {
			return slices.Delete(text, i, i+n)
		}
	}
	return text
}

// read takes in the words of the text.
func (f *Fingerprint) read(text []token) {
	pieces := make(map[uint64]bool, len(text))
	for i := 0; i+shingle <= len(text); i++ {
		h := mix(hash(text[i].text)*31 + hash(text[i+1].text))
		pieces[h] = true
		if i < opening {
			f.opening = append(f.opening, uint16(h))
		}
	}
	f.lead = compact(slices.Clone(f.opening[:min(len(f.opening), lead)]))
	f.opening = compact(f.opening)
	f.size = len(pieces)
	if f.size >= 12 {
		f.sketch = sketch(pieces)
	}
	for _, t := range text {
		if t.number && len(f.digits) < 2*maxFacts {
			f.digits = append(f.digits, uint16(hash(t.text)))
		}
	}
	f.gather(text, opening)
}

// words is a Bloom filter, of a power of two of numbers. The zero value has no word.
type words []uint64

// wordsFor returns a filter for n words: sixteen bits for each, 4096 in all at most.
func wordsFor(n int) words {
	size := 4
	for size < 64 && size*64 < n*16 {
		size *= 2
	}
	return make(words, size)
}

func (w words) add(h uint32) {
	last := uint32(len(w) - 1)
	w[h>>6&last] |= 1 << (h & 63)
	w[h>>18&last] |= 1 << (h >> 12 & 63)
}

// may reports whether a word is there; now and then it says so of one that is not.
func (w words) may(h uint32) bool {
	if len(w) == 0 {
		return false
	}
	last := uint32(len(w) - 1)
	return w[h>>6&last]&(1<<(h&63)) != 0 && w[h>>18&last]&(1<<(h>>12&63)) != 0
}

// subjects notes what the text is about, and which words it has.
func (f *Fingerprint) subjects(head, body []token) {
	f.has = wordsFor(len(head) + len(body))
	for _, t := range body {
		f.has.add(t.root())
	}
	for _, t := range head {
		if h := t.root(); !stop[t.text] && f.has.may(h) && len(f.about) < maxTitle {
			f.about = append(f.about, h)
		}
	}
	for _, t := range head {
		f.has.add(t.root())
	}
	for i, t := range body {
		if t.name && i < opening {
			f.names = append(f.names, t.root())
		}
	}
	f.days = daysIn(head) | daysIn(body[:min(len(body), opening)])
	f.about, f.names = slices.Clone(f.about), slices.Clone(f.names)
}

// lacks reports whether a text does not have all of some words.
func (f *Fingerprint) lacks(words []uint32) bool {
	return slices.ContainsFunc(words, func(h uint32) bool { return !f.has.may(h) })
}

// gather keeps the numbers of a text, and the names among its first words, with the words
// before and after: a text that is filled into a form differs in just these.
func (f *Fingerprint) gather(text []token, names int) {
	at := func(i int) uint64 {
		if i < 0 || i >= len(text) {
			return 7
		}
		return hash(text[i].text)
	}
	for i, t := range text {
		if len(f.facts) >= maxFacts {
			return
		}
		if t.number || t.name && i < names {
			v := uint16(hash(t.text))
			f.facts = append(f.facts, fact{uint32(mix(at(i-1)*3 + at(i+1)*5)), v, t.number})
			if t.number && i > 0 {
				f.facts = append(f.facts, fact{uint32(mix(at(i-1)*7 + at(i-2)*11)), v, true})
			}
			if t.number && i+1 < len(text) { // the end of a text is no place: all have one
				f.facts = append(f.facts, fact{uint32(mix(at(i+1)*13 + at(i+2)*17)), v, true})
			}
		}
	}
}

// sketch is a MinHash: each slot has the least of the pieces' hashes under another
// permutation, so two sketches agree in as large a share of slots as the texts share pieces.
func sketch(pieces map[uint64]bool) []uint16 {
	var least [slots]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	for p := range pieces {
		for i := range least {
			if h := (p ^ seeds[i]) * 0x9e3779b97f4a7c15; h < least[i] {
				least[i] = h
			}
		}
	}
	s := make([]uint16, slots)
	for i, h := range least {
		s[i] = uint16(mix(h))
	}
	return s
}

var seeds = func() (s [slots]uint64) {
	for i := range s {
		s[i] = mix(uint64(i)*0x632be59bd9b4e019 + 1)
	}
	return s
}()

func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

func hashAll(list []token) uint64 {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(t.text)
		b.WriteByte(' ')
	}
	return hash(b.String())
}

// mix spreads the bits of a hash (the finalizer of splitmix64).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func compact(s []uint16) []uint16 {
	slices.Sort(s)
	return slices.Clone(slices.Compact(s))
}

// shared counts what two sorted lists have in common.
func shared(a, b []uint16) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n, i, j = n+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return n
}

// keys are under what a text is indexed: texts that are alike share some.
func (f *Fingerprint) keys() []uint32 {
	keys := make([]uint32, 0, bands+maxTitle)
	add := func(key uint64) { keys = append(keys, uint32(mix(key))) }
	if f.sketch != nil {
		for b := range bands {
			key := uint64(b + 1)
			for _, slot := range f.sketch[b*rows : (b+1)*rows] {
				key = bits.RotateLeft64(key, 16) ^ uint64(slot)
			}
			add(key)
		}
	}
	for i := 0; i < 4 && i+1 < len(f.lead); i += 2 { // sorted by hash: a MinHash of how it begins
		add(1<<40 + uint64(f.lead[i])<<16 + uint64(f.lead[i+1]))
	}
	if f.count > 0 {
		add(f.exact)
	}
	for i := 1; i < len(f.title) && i < 10; i++ {
		add(uint64(f.title[i-1])*3<<1 + uint64(f.title[i]))
	}
	return keys
}
