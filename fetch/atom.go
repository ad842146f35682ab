package fetch

import (
	"bytes"
	"strings"

	"wiredesk"

	"github.com/mmcdole/gofeed/atom"
)

// readAtom lets gofeed read a document in Atom.
func readAtom(head []byte, entries ...[]byte) (*atom.Feed, error) {
	var b bytes.Buffer
	b.WriteString("<feed>")
	b.Write(head)
	for _, e := range entries {
		b.WriteString("<entry>")
		b.Write(e)
		b.WriteString("</entry>")
	}
	b.WriteString("</feed>")
	return (&atom.Parser{}).Parse(&b)
}

// atomChannel translates what a document in Atom says of itself.
func (t *translation) atomChannel(doc *tidied) error {
	f, err := readAtom(doc.head)
	if err != nil {
		return err
	}
	base := either(doc.facts.base, t.base)
	text := func(s, name string, limit int) string { return plainText(s, doc.facts.text(name).kind, limit) }
	c := &t.channel
	c.ID = guid(value(f.Extensions, "raw", "id"))
	c.Title = text(f.Title, "title", maxTitle)
	c.Description = either(text(f.Subtitle, "subtitle", maxProse), text(f.Subtitle, "tagline", maxProse))
	c.Language = either(language(doc.facts.lang), language(value(f.Extensions, nsDC, "language")))
	c.Rights = text(f.Rights, "rights", maxProse)
	if f.Generator != nil {
		c.Generator = oneLine(strings.TrimSpace(f.Generator.Value+" "+f.Generator.Version), maxTitle)
	}
	for _, l := range f.Links {
		t.channelLink(strings.ToLower(l.Rel), l.Href, l.Type, base)
	}
	c.License, c.Genre = either(t.atomLicense(f.Links, base), t.license(f.Extensions, base)), genre(f.Extensions)
	c.Authors = t.atomPeople(f.Authors, base)
	c.Image = either(t.file(base, f.Logo), t.file(base, f.Icon), t.thumbnailHref(f.Extensions[nsITunes]["image"], base))
	c.Hints = syndication(f.Extensions)
	t.hyper = t.base
	return nil
}

func (t *translation) atomPeople(people []*atom.Person, base string) []wiredesk.Author {
	var list []wiredesk.Author
	for _, p := range people {
		a := person(p.Name, plain)
		if email := strings.TrimPrefix(strings.TrimSpace(p.Email), "mailto:"); isEmail(email) {
			a.Email = email
		}
		a.URL = either(t.link(base, p.URI), a.URL)
		list = addAuthor(list, a)
	}
	return list
}

// atomLight translates id, link and title only.
func (t *translation) atomLight(a *atom.Entry, e *entry) wiredesk.Item {
	it := wiredesk.Item{GUID: guid(value(a.Extensions, "raw", "id"))}
	base := either(e.facts.base, t.base)
	it.Link = t.link(base, value(a.Extensions, nsBurner, "origlink"))
	other := ""
	for _, l := range a.Links {
		if strings.ToLower(l.Rel) != "alternate" {
			continue
		}
		if l.Type == "" || strings.Contains(l.Type, "html") {
			it.Link = either(it.Link, t.link(base, l.Href))
		}
		other = either(other, t.link(base, l.Href))
	}
	it.Link = either(it.Link, other)
	if a.Content != nil {
		it.Link = either(it.Link, t.link(base, a.Content.Src))
	}
	if it.Link == "" && isWebAddress(it.GUID) && !hasRel(a.Links, "self", "related", "via") {
		it.Link = t.link(base, it.GUID)
	}
	it.Title = plainText(a.Title, e.facts.text("title").kind, maxTitle)
	if it.Title == "" {
		it.Title = plainText(value(a.Extensions, nsMedia, "title"), unsaid, maxTitle)
	}
	return it
}

func hasRel(links []*atom.Link, rels ...string) bool {
	for _, l := range links {
		for _, rel := range rels {
			if strings.EqualFold(l.Rel, rel) {
				return true
			}
		}
	}
	return false
}

// atomItem translates an entry.
func (t *translation) atomItem(a *atom.Entry, e *entry) wiredesk.Item {
	it := t.atomLight(a, e)
	t.self = it.Link
	x, base := a.Extensions, either(e.facts.base, t.base)
	it.Summary = t.body(a.Summary, e.facts.text("summary"))
	if a.Content != nil {
		it.Content = t.body(a.Content.Value, e.facts.text("content"))
		if src := t.file(base, a.Content.Src); src != "" { // the body is elsewhere
			if kind := mediaType(a.Content.Type); kind != "" && !strings.Contains(kind, "html") {
				addEnclosure(&it, wiredesk.Enclosure{URL: src, Type: kind})
			}
		}
	}
	it.Authors = t.atomPeople(a.Authors, base)
	if a.Source != nil {
		t.atomSource(&it, a.Source, e, base)
	}
	if len(it.Authors) == 0 {
		for _, s := range append(values(x, nsDC, "creator"), values(x, nsITunes, "author")...) {
			it.Authors = addAuthor(it.Authors, person(s, unsaid))
		}
	}
	if len(it.Authors) == 0 {
		it.Authors = t.channel.Authors // RFC 4287 section 4.2.1
	}
	for _, c := range a.Categories {
		it.Categories = addCategory(it.Categories, wiredesk.Category{Term: c.Term, Scheme: c.Scheme, Label: c.Label}, plain)
	}
	for _, s := range values(x, nsDC, "subject") {
		it.Categories = addCategory(it.Categories, wiredesk.Category{Term: s}, unsaid)
	}
	t.atomLinks(&it, a.Links, base)
	for _, f := range x["raw"]["enclosure"] { // RSS's own, in Atom
		addEnclosure(&it, wiredesk.Enclosure{URL: t.file(base, f.Attrs["url"]), Type: f.Attrs["type"], Length: byteCount(f.Attrs["length"])})
	}
	t.media(&it, x, base)
	t.podcast(&it, x, base)
	it.Rights = plainText(a.Rights, e.facts.text("rights").kind, maxProse)
	it.License = either(t.atomLicense(a.Links, base), t.license(x, base))
	it.Language = either(language(e.facts.text("content").lang), language(e.facts.text("title").lang), language(value(x, nsDC, "language")))
	t.dates(&it,
		either(value(x, "date", "published", "issued", "created", "pubdate"), value(x, nsDC, "date"), value(x, nsTerms, "issued", "created")),
		either(value(x, "date", "updated", "modified"), value(x, nsTerms, "modified")))
	return it
}

// atomLinks takes the links of an entry that are not its own address.
func (t *translation) atomLinks(it *wiredesk.Item, links []*atom.Link, base string) {
	via := ""
	for _, l := range links {
		switch strings.ToLower(l.Rel) {
		case "enclosure":
			addEnclosure(it, wiredesk.Enclosure{URL: t.file(base, l.Href), Type: l.Type, Length: byteCount(l.Length), Title: oneLine(l.Title, maxTitle)})
		case "replies":
			if l.Type == "" || strings.Contains(l.Type, "html") {
				it.Comments = either(it.Comments, t.link(base, l.Href))
			}
		case "related":
			if s := t.link(base, l.Href); s != it.Link {
				it.External = either(it.External, s)
			}
		case "via":
			via = either(via, t.link(base, l.Href))
		}
	}
	// Where the source has it from (RFC 4287 section 4.2.7.2), unless it says so with more words.
	if via != "" && via != it.Link && it.Origin == nil {
		it.Origin = &wiredesk.Origin{Link: via}
	}
}

// atomLicense returns the address of a licence (RFC 4946).
func (t *translation) atomLicense(links []*atom.Link, base string) string {
	for _, l := range links {
		if strings.EqualFold(l.Rel, "license") {
			return t.file(base, l.Href)
		}
	}
	return ""
}

// atomSource takes where an entry came from; its authors are those of the entry if it has
// none itself (RFC 4287 section 4.2.11).
func (t *translation) atomSource(it *wiredesk.Item, s *atom.Source, e *entry, base string) {
	o := wiredesk.Origin{ID: guid(value(s.Extensions, "raw", "id")), Title: plainText(s.Title, e.facts.text("source/title").kind, maxTitle)}
	for _, l := range s.Links {
		switch strings.ToLower(l.Rel) {
		case "self":
			o.URL = either(o.URL, t.file(base, l.Href))
		case "alternate":
			o.Link = either(o.Link, t.link(base, l.Href))
		}
	}
	if o != (wiredesk.Origin{}) {
		it.Origin = &o
	}
	if len(it.Authors) == 0 {
		it.Authors = t.atomPeople(s.Authors, base)
	}
	it.Rights = either(it.Rights, plainText(s.Rights, e.facts.text("source/rights").kind, maxProse))
}
