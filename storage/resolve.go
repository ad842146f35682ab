package storage

import (
	"wiredesk"
)

// A resolver decides which entries of one document are items that the store knows. The
// rule behind every step: to show an item twice is bad, to take news for an item that is
// known is worse, because nobody notices.
//
// A key that two entries of the document share identifies neither. An item is taken by
// one entry only. Steps go from strong evidence to weak, and each goes over all entries
// before the next begins, so that weak evidence never takes what strong evidence wants.
type resolver struct {
	rule wiredesk.IdentityRule
	// known returns the item that an identity led to last; 0 if none did or two did.
	known func(wiredesk.Identity) wiredesk.ItemID
	// had reports whether any item ever had an identity.
	had func(wiredesk.Identity) bool
	// load returns an item with its newest body, or nil if it is gone from the store.
	load func(wiredesk.ItemID) *wiredesk.Item

	entries []entry
	count   map[wiredesk.Identity]int
	taken   map[wiredesk.ItemID]bool
}

// An entry is one item of a document on its way to being known.
type entry struct {
	item *wiredesk.Item
	ids  []wiredesk.Identity
	// match is the item that this is; 0 while it is not known.
	match wiredesk.ItemID
	// again marks an entry that repeats an earlier one of the same document.
	again bool
}

// resolve fills in match and again of every entry. present leads from the marks of the
// source's newest document to its items.
func (r *resolver) resolve(items []wiredesk.Item, present map[uint64]wiredesk.ItemID) []entry {
	r.count = make(map[wiredesk.Identity]int)
	r.taken = make(map[wiredesk.ItemID]bool)
	r.collect(items)
	for i := range r.entries {
		e := &r.entries[i]
		if id := present[e.item.Mark]; id != 0 && e.item.Mark != 0 && !e.again {
			if r.taken[id] {
				e.again = true
				continue
			}
			r.take(e, id)
		}
	}
	for _, step := range []struct {
		kind wiredesk.IdentityKind
		same func(e *entry, known *wiredesk.Item) bool
	}{
		{wiredesk.KindGUID, sameGUIDAndMore},
		{wiredesk.KindLink, sameLinkAndTitle},
		{wiredesk.KindGUID, plausible},
		{wiredesk.KindAlike, plausible},
		{wiredesk.KindLink, r.sameLink},
		{wiredesk.KindPath, moved},
		{wiredesk.KindDated, sameDate},
	} {
		r.each(step.kind, func(e *entry, id wiredesk.ItemID, known *wiredesk.Item) {
			// What was purged cannot be compared. It is remembered so that it does not
			// come back as news.
			if known == nil || step.same(e, known) {
				r.take(e, id)
			}
		})
	}
	r.wholesale()
	return r.entries
}

// collect computes identities and finds entries that repeat another.
func (r *resolver) collect(items []wiredesk.Item) {
	first := make(map[string]*wiredesk.Item)
	marks := make(map[uint64]bool)
	for i := range items {
		e := entry{item: &items[i]}
		if mark := e.item.Mark; mark != 0 {
			e.again = marks[mark] // the same to the byte
			marks[mark] = true
		}
		e.ids = wiredesk.Identities(e.item, r.rule)
		guid := e.item.GUID
		if guid == "" {
			guid = e.item.Link + "\n" + e.item.Title
		}
		// The same guid for something else is no repetition but a guid that means
		// nothing.
		if f := first[guid]; e.again || f != nil && guid != "\n" && (f.Link == e.item.Link || f.Title == e.item.Title) {
			e.again = true
		} else {
			if f == nil {
				first[guid] = e.item
			}
			for _, id := range e.ids {
				r.count[id]++
			}
		}
		r.entries = append(r.entries, e)
	}
}

// each calls try for every entry that is not known yet and has an identity of the kind
// that leads to an item that no entry has taken.
func (r *resolver) each(kind wiredesk.IdentityKind, try func(*entry, wiredesk.ItemID, *wiredesk.Item)) {
	for i := range r.entries {
		e := &r.entries[i]
		if e.match != 0 || e.again {
			continue
		}
		for _, id := range e.ids {
			if id.Kind() != kind || r.count[id] > 1 {
				continue
			}
			if known := r.known(id); known != 0 && !r.taken[known] {
				try(e, known, r.load(known))
			}
		}
	}
}

// shared reports whether another item of the source has, or had, the identity that a new
// one would be named for.
func (r *resolver) shared(e *entry) bool {
	kind := e.ids[0].Kind()
	if kind != wiredesk.KindGUID && e.item.Link != "" {
		kind = wiredesk.KindLink
	}
	for _, id := range e.ids {
		if id.Kind() == kind && (r.count[id] > 1 || r.had(id)) {
			return true
		}
	}
	return false
}

func (r *resolver) take(e *entry, id wiredesk.ItemID) {
	e.match = id
	r.taken[id] = true
}

// wholesale matches by words alone, which is only believed when a whole document has
// changed its guids and links at once: a single entry with the words of an older one may
// be the next of a series ("Open thread").
func (r *resolver) wholesale() {
	var unknown, alike int
	for _, e := range r.entries {
		switch {
		case e.again:
		case e.match != 0:
			return
		default:
			unknown++
		}
	}
	r.each(wiredesk.KindWords, func(*entry, wiredesk.ItemID, *wiredesk.Item) { alike++ })
	if alike < 2 || alike*2 < unknown {
		return
	}
	r.each(wiredesk.KindWords, func(e *entry, id wiredesk.ItemID, _ *wiredesk.Item) { r.take(e, id) })
}

// sameGUIDAndMore is certain: the guid is the same, and so is what it names.
func sameGUIDAndMore(e *entry, known *wiredesk.Item) bool {
	it := e.item
	if it.Link != "" && known.Link != "" {
		return sameLinks(it, known) || sameWords(it, known)
	}
	return sameTitles(it, known)
}

// sameLinkAndTitle holds against any guid: sites that move keep links and lose guids.
func sameLinkAndTitle(e *entry, known *wiredesk.Item) bool { return sameTitles(e.item, known) }

// plausible asks of a guid only that something else fits: if title, words, link and date
// are all others, the guid was given to another item (renumbering), and that is news.
func plausible(e *entry, known *wiredesk.Item) bool {
	it := e.item
	return sameLinks(it, known) || sameTitles(it, known) || sameWords(it, known) ||
		sameDates(it, known) || similarity(it, known) >= 0.3
}

// sameLink: where there are no guids the link is the identity, but the front page of a
// site is everybody's link.
func (r *resolver) sameLink(e *entry, known *wiredesk.Item) bool {
	it := e.item
	if it.GUID == "" || known.GUID == "" || r.rule == wiredesk.IdentityLink {
		return !frontPage(it.Link) || sameTitles(it, known)
	}
	return similarity(it, known) >= 0.5
}

// moved: title and path are the same on another host. Two blogs in one planet may both
// say "Hello world" at /hello-world, so one more thing must fit.
func moved(e *entry, known *wiredesk.Item) bool {
	return sameDates(e.item, known) || sameWords(e.item, known) || similarity(e.item, known) >= 0.5
}

// sameDate: title and date are the same, guid and link are not. A date without a time of
// day is shared by too many.
func sameDate(e *entry, known *wiredesk.Item) bool {
	h, m, s := e.item.Published.UTC().Clock()
	return h+m+s > 0 || similarity(e.item, known) >= 0.5
}

func sameLinks(a, b *wiredesk.Item) bool {
	return a.Link != "" && wiredesk.CanonicalLink(a.Link) == wiredesk.CanonicalLink(b.Link)
}

func sameTitles(a, b *wiredesk.Item) bool {
	words := wiredesk.Words(a.Title)
	other := wiredesk.Words(b.Title)
	if len(words) != len(other) {
		return false
	}
	for i := range words {
		if words[i] != other[i] {
			return false
		}
	}
	return len(words) > 0
}

func sameWords(a, b *wiredesk.Item) bool {
	words, ok := wiredesk.WordsIdentity(a)
	return ok && words == b.Words
}

func sameDates(a, b *wiredesk.Item) bool {
	return a.Dated() && b.Dated() && a.Published.Unix() == b.Published.Unix()
}

func frontPage(link string) bool {
	canonical := wiredesk.CanonicalLink(link)
	for i := len("https://"); i < len(canonical); i++ {
		if c := canonical[i]; c == '/' || c == '?' || c == '#' {
			return false
		}
	}
	return true
}

// similarity returns the share of words that two items have in common, from 0 to 1: the
// Jaccard index of the first words of title and text.
func similarity(a, b *wiredesk.Item) float64 {
	x, y := wordSet(a), wordSet(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	common := 0
	for w := range x {
		if y[w] {
			common++
		}
	}
	return float64(common) / float64(len(x)+len(y)-common)
}

func wordSet(it *wiredesk.Item) map[string]bool {
	const enough = 500
	text := it.Text()
	if len(text) > 8*enough {
		text = text[:8*enough]
	}
	set := make(map[string]bool)
	for _, w := range append(wiredesk.Words(it.Title), wiredesk.Words(text)...) {
		set[w] = true
	}
	return set
}
