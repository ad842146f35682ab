package publish

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"
)

// How much is kept for readers who ask for what is new (RFC 3229 with the instance
// manipulation "feed").
const (
	// keptVersions is how many earlier versions of a document are known again: two days of a
	// feed that changes each quarter of an hour, in 10 KB.
	keptVersions = 200
	// keptDeltas is how many answers of a document are kept. Readers come in a few rhythms, so
	// that few versions are asked about.
	keptDeltas = 8
)

// A lineage is what a feed document knows of the versions before it. No version is kept, but
// which of its present entries are new since.
type lineage struct {
	versions []version // oldest first; the last is the document itself
	oldest   int       // number of the first of these
	entries  []placed

	mu     sync.Mutex
	deltas map[int]*Document // by the number of the version that readers have
}

// A version is what is remembered of a document that was: its hash and its Last-Modified.
type version struct {
	hash     string
	modified time.Time
}

// A placed is an entry in the bytes of a document.
type placed struct {
	start, end int
	mark       uint64 // of its bytes
	since      int    // number of the version that had it first as it is
}

var marks = maphash.MakeSeed()

// newLineage returns that of a document of these bytes, which replaces last; nil for what is
// no feed in XML.
func newLineage(d, last *Document) *lineage {
	if d.Type != typeRSS && d.Type != typeAtom {
		return nil
	}
	present := version{d.hash, d.Modified}
	if last == nil || last.lineage == nil {
		return &lineage{versions: []version{present}, entries: places(d)}
	}
	old := last.lineage
	if last.hash == d.hash {
		if len(old.entries) < len(d.parts) { // it was read from a vault: nobody knew where they stand
			return &lineage{versions: old.versions, oldest: old.oldest, entries: places(d)}
		}
		return old
	}
	first := max(0, len(old.versions)+1-keptVersions)
	l := &lineage{
		versions: append(slices.Clone(old.versions[first:]), present), oldest: old.oldest + first,
		entries: places(d),
	}
	known := make(map[uint64]int, len(old.entries))
	for _, e := range old.entries {
		known[e.mark] = e.since
	}
	for i := range l.entries {
		since, ok := known[l.entries[i].mark]
		if !ok {
			since = l.oldest + len(l.versions) - 1
		}
		l.entries[i].since = since
	}
	return l
}

// places returns where the entries of a document stand.
func places(d *Document) []placed {
	all := make([]placed, len(d.parts))
	for i, p := range d.parts {
		all[i] = placed{start: p.start, end: p.end, mark: maphash.Bytes(marks, d.Body[p.start:p.end])}
	}
	return all
}

// Since returns the document without the entries that were in it as they are when tag, with
// its quotes, was its ETag in some coding. It has the ETag of the whole, and its header fields
// say what it is (RFC 3229). Of several tags, the newest version counts, which is returned
// too. It is false where that is not remembered, nothing was added since, or all is new.
func (d *Document) Since(tags ...string) (delta *Document, base string, ok bool) {
	l := d.lineage
	if l == nil {
		return nil, "", false
	}
	newest := -1
	for _, tag := range tags {
		if i := l.index(tag); i > newest {
			newest, base = i, tag
		}
	}
	if newest < 0 {
		return nil, "", false
	}
	number := l.oldest + newest
	l.mu.Lock()
	defer l.mu.Unlock()
	delta, ok = l.deltas[number]
	if !ok {
		delta = d.without(number)
		if len(l.deltas) >= keptDeltas || l.deltas == nil {
			l.deltas = make(map[int]*Document, keptDeltas)
		}
		l.deltas[number] = delta
	}
	return delta, base, delta != nil
}

// Had returns the Last-Modified of the version that had this tag, with its quotes; false where that
// is not remembered.
func (d *Document) Had(tag string) (modified time.Time, ok bool) {
	if d.lineage == nil {
		return time.Time{}, false
	}
	i := d.lineage.index(tag)
	if i < 0 {
		return time.Time{}, false
	}
	return d.lineage.versions[i].modified, true
}

// index returns which of the versions has that tag; -1 if none that is remembered.
func (l *lineage) index(tag string) int {
	tag = strings.Trim(tag, `"`)
	if len(tag) < hashLength {
		return -1
	}
	hash, rest := tag[:hashLength], tag[hashLength:]
	for c := range Coding(Codings) {
		if rest == c.suffix() {
			for i, one := range slices.Backward(l.versions) {
				if one.hash == hash {
					return i
				}
			}
		}
	}
	return -1
}

// without returns the document without the entries that version had, or nil if these are none
// or all.
func (d *Document) without(version int) *Document {
	fresh, size, at := 0, len(d.Body), 0
	for _, e := range d.lineage.entries {
		if e.since > version {
			fresh++
		} else {
			size -= e.end - e.start
		}
	}
	if fresh == 0 || fresh == len(d.lineage.entries) {
		return nil
	}
	body := make([]byte, 0, size)
	for _, e := range d.lineage.entries {
		if e.since <= version {
			body = append(body, d.Body[at:e.start]...)
			at = e.end
		}
	}
	delta := d.twin()
	body = append(body, d.Body[at:]...)
	delta.Body, delta.delta, delta.packs = body, true, new([Codings]packed)
	return delta
}
