package publish

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"time"
)

// A Site is every published document at one moment. It never changes and may be read by
// any number of goroutines.
type Site struct {
	base  string
	path  string // of base
	docs  map[string]*Document
	moved map[string]string // old path to new
	gone  map[string]bool   // names of feeds
	units map[string]unit
	seed  maphash.Seed

	archive  *Archive
	pages    map[string]int // of the archive, by feed
	restored bool
	barren   bool // restored, and it was empty
}

func newSite(base string) *Site {
	return &Site{
		base: base, path: basePath(base), docs: map[string]*Document{}, units: map[string]unit{}, seed: maphash.MakeSeed(),
		pages: map[string]int{},
	}
}

// A unit is a group of documents that are rendered together.
type unit struct {
	mark     uint64 // fingerprint of what they are made from
	paths    []string
	problems []Problem
}

// A Problem is a document that was not put in place, and why. Mended is one of a feed whose
// documents are there, with a text as plain text that was no good HTML.
type Problem struct {
	Path   string
	Cause  error
	Mended bool
}

// String returns path and cause in one line.
func (p Problem) String() string { return fmt.Sprintf("%s: %v", p.Path, p.Cause) }

// A Stamp is when a document took its present bytes. Hash identifies these.
type Stamp struct {
	Hash    string
	Changed time.Time
}

// Lookup returns the document at a path, which begins with a slash and is relative to the
// base address. A page of an archive is read from its folder.
func (s *Site) Lookup(path string) (*Document, bool) {
	if d, ok := s.docs[path]; ok {
		return d, true
	}
	return s.archived(path)
}

// Documents returns all documents by path, but for the pages of archives.
func (s *Site) Documents() []*Document {
	return slices.SortedFunc(maps.Values(s.docs), func(a, b *Document) int { return cmp.Compare(a.Path, b.Path) })
}

// Stamps returns what has to be kept over a restart for Last-Modified to stay true.
func (s *Site) Stamps() map[string]Stamp {
	stamps := make(map[string]Stamp, len(s.docs))
	for path, d := range s.docs {
		stamps[path] = Stamp{Hash: d.hash, Changed: d.Modified}
	}
	return stamps
}

// Problems returns the documents that were refused because they would not have been valid,
// and those that had to be mended, by path. Where there was a last good one, it is in the place
// of one that was refused.
func (s *Site) Problems() []Problem {
	var problems []Problem
	for _, key := range slices.Sorted(maps.Keys(s.units)) {
		problems = append(problems, s.units[key].problems...)
	}
	return problems
}

// Restored reports whether the site was read from a [Vault], and was not made by this process.
func (s *Site) Restored() bool { return s.restored }

// Empty reports whether no feed has an entry.
func (s *Site) Empty() bool {
	for _, d := range s.docs {
		if len(d.parts) > 0 {
			return false
		}
	}
	return !s.restored || s.barren
}

// BaseURL returns the address of the site without a slash at its end.
func (s *Site) BaseURL() string { return s.base }

// BasePath returns the path of the base address, such as "/planet", or nothing.
func (s *Site) BasePath() string { return s.path }
