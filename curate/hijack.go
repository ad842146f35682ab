package curate

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"wiredesk"
)

// A source that changed hands (a domain that ran out, a host that was broken into) shows it in
// several ways at once: another title, another home, another language, links to where it never
// linked. One or two of these are a redesign; three together hold what is new until a person
// says that it is well.

// hijackGate begins the cause of every verdict of this gate.
const hijackGate = "the hijack gate"

const (
	hijackSigns = 3    // of four
	titleStays  = 0.34 // share of the words of a feed's title that make it the same
)

// hijack returns why items that came at once are held, or "". Where nothing is wrong it
// remembers how the source presents itself.
func (d *Desk) hijack(id wiredesk.SourceID, items []*item, at time.Time) string {
	src := d.sources[id]
	if src == nil {
		return ""
	}
	face, known := d.faces[id]
	now := wiredesk.Face{Source: id, Title: src.Channel.Title, Site: siteOf(src.Channel.Link), Language: face.Language}
	var signs []string
	if known && face.Title != "" && now.Title != "" && !alike(face.Title, now.Title) {
		signs = append(signs, "title")
	}
	if known && face.Site != "" && now.Site != "" && face.Site != now.Site {
		signs = append(signs, "home page")
	}
	if d.rhythms[id].newSites(items) {
		signs = append(signs, "links")
	}
	if face.Language == "" || len(signs) == hijackSigns-1 { // it costs half a millisecond
		language := d.languageOf(items)
		if face.Language != "" && language != "" && language != face.Language {
			signs = append(signs, "language")
		}
		if language != "" {
			now.Language = language
		}
	}
	if known && len(signs) >= hijackSigns && !d.cleared(id) {
		for _, it := range items {
			d.suspects[id] = append(d.suspects[id], it.id)
		}
		return hijackGate + " (" + strings.Join(signs, ", ") + " of the source changed together)"
	}
	if now.Title == "" {
		now.Title = face.Title
	}
	if now.Site == "" {
		now.Site = face.Site
	}
	if now.At = face.At; now != face || !known || len(d.suspects[id]) > 0 {
		now.At = at
		delete(d.suspects, id)
		d.faces[id] = now
		d.pending.Faces = append(d.pending.Faces, now)
	}
	return ""
}

// suspected reports whether new items of a source are held because it seems to be another.
func (d *Desk) suspected(id wiredesk.SourceID) bool {
	return len(d.suspects[id]) > 0 && !d.cleared(id)
}

// cleared reports whether a person let something pass that this gate holds of a source: then
// all is well.
func (d *Desk) cleared(id wiredesk.SourceID) bool {
	return slices.ContainsFunc(d.suspects[id], func(it wiredesk.ItemID) bool {
		return !wiredesk.Stand(d.decisions[it], "").Approved.IsZero()
	})
}

// newSites reports whether most of the items link to domains that no earlier item linked to.
func (r *rhythm) newSites(items []*item) bool {
	linking, fresh := 0, 0
	for _, it := range items {
		if it.site == "" {
			continue
		}
		linking++
		if first, known := r.sites.get(it.site); !known || first >= it.id.Seen().UnixMilli() {
			fresh++
		}
	}
	return len(r.sites) > 1 && 2*fresh > linking
}

// link takes in which domain an item links to; none if it is empty.
func (r *rhythm) link(it *item, site string) {
	i, known := r.sites.find(site)
	switch {
	case known:
		it.site = r.sites[i].key // one string for all
		return
	case site == "", len(r.sites) >= maxSites:
	default:
		site = strings.Clone(site) // without the rest of the link
		*r.sites.at(site) = it.id.Seen().UnixMilli()
	}
	it.site = site
}

// languageOf returns the language in which most of a few items are written, where their words
// say it for sure.
func (d *Desk) languageOf(items []*item) string {
	var text strings.Builder
	for _, it := range items[:min(len(items), 3)] {
		full, err := d.load(it.id, true)
		if err != nil {
			return ""
		}
		text.WriteString(full.Title + ". " + full.Text() + " ")
	}
	return detectLanguage(text.String())
}

// alike reports whether two titles of a feed have words in common.
func alike(a, b string) bool {
	x, y := wiredesk.Words(a), wiredesk.Words(b)
	if len(x) == 0 || len(y) == 0 {
		return a == b
	}
	n := 0
	for _, w := range x {
		if slices.Contains(y, w) {
			n++
		}
	}
	return 2*float64(n)/float64(len(x)+len(y)) >= titleStays
}

// siteOf returns the domain of a link that one owner is likely to have: the last two labels,
// or three where the last two are as in "co.uk".
func siteOf(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), ".")
	n := len(labels)
	keep := 2
	if n > 2 && len(labels[n-1]) == 2 && len(labels[n-2]) <= 3 {
		keep = 3
	}
	return strings.Join(labels[max(n-keep, 0):], ".")
}
