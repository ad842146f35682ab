package fetch

import (
	"bytes"
	"strings"

	"wiredesk"

	"github.com/mmcdole/gofeed/rss"
)

// readRSS lets gofeed read a document in RSS of any version.
func readRSS(head []byte, entries ...[]byte) (*rss.Feed, error) {
	var b bytes.Buffer
	b.WriteString(`<rss version="2.0"><channel>`)
	b.Write(head)
	for _, e := range entries {
		b.WriteString("<item>")
		b.Write(e)
		b.WriteString("</item>")
	}
	b.WriteString("</channel></rss>")
	return (&rss.Parser{}).Parse(&b)
}

// rssChannel translates what a document in RSS says of itself, and sets what addresses in
// it are relative to: xml:base, else the channel's link, else where it came from.
func (t *translation) rssChannel(doc *tidied) error {
	f, err := readRSS(doc.head)
	if err != nil {
		return err
	}
	base := either(doc.facts.base, t.base)
	x, c := f.Extensions, &t.channel
	for _, link := range f.Links {
		if c.Link = either(c.Link, t.link(base, link)); c.Link != "" {
			break
		}
	}
	for _, l := range x[nsAtom]["link"] {
		t.channelLink(l.Attrs["rel"], l.Attrs["href"], l.Attrs["type"], base)
	}
	c.ID = guid(value(x, nsAtom, "id"))
	c.Title = plainText(either(f.Title, value(x, nsDC, "title"), value(x, nsITunes, "title")), unsaid, maxTitle)
	c.Description = plainText(either(f.Description, value(x, nsITunes, "summary", "subtitle"), value(x, nsAtom, "subtitle")), hyper, maxProse)
	c.Language = either(language(f.Language), language(value(x, nsDC, "language")), language(doc.facts.lang))
	c.Generator = plainText(f.Generator, unsaid, maxTitle)
	c.Rights = plainText(either(f.Copyright, value(x, nsDC, "rights"), value(x, nsMedia, "copyright")), unsaid, maxProse)
	for _, s := range append([]string{f.ManagingEditor}, values(x, nsDC, "creator")...) {
		c.Authors = addAuthor(c.Authors, person(s, unsaid))
	}
	if len(c.Authors) == 0 {
		for _, s := range append(values(x, nsDC, "author"), values(x, nsITunes, "author")...) {
			c.Authors = addAuthor(c.Authors, person(s, unsaid))
		}
	}
	if f.Image != nil {
		c.Image = t.file(base, f.Image.URL)
	}
	c.License, c.Genre = t.license(x, base), genre(x)
	c.Image = either(c.Image, t.thumbnailHref(x[nsITunes]["image"], base))
	c.Hints = hintsOf(f)
	if doc.facts.base == "" && t.repairs.Base == "" && c.Link != "" {
		t.base = c.Link
	}
	t.hyper = t.base
	return nil
}

// channelLink takes one of the links that a document has about itself.
func (t *translation) channelLink(rel, ref, kind, base string) {
	c, address := &t.channel, webAddress(either(base, t.base), ref)
	if address == "" {
		return
	}
	switch rel {
	case "", "alternate":
		if kind == "" || strings.Contains(kind, "html") || c.Link == "" {
			c.Link = either(c.Link, t.link(base, ref))
		}
	case "self":
		c.Self = either(c.Self, address)
	case "hub":
		if len(c.Hubs) < maxMany {
			c.Hubs = append(c.Hubs, address)
		}
	case "next":
		c.Next = either(c.Next, address)
	case "prev-archive":
		c.Archive = either(c.Archive, address)
	}
}

// rssLight translates guid, link and title only.
func (t *translation) rssLight(r *rss.Item, e *entry) wiredesk.Item {
	it := wiredesk.Item{}
	x, base := r.Extensions, either(e.facts.base, t.base)
	permalink := ""
	if r.GUID != nil {
		it.GUID = guid(r.GUID.Value)
		if r.GUID.IsPermalink != "false" && isWebAddress(it.GUID) {
			permalink = it.GUID
		}
	}
	it.GUID = either(it.GUID, guid(e.facts.about), guid(value(x, nsAtom, "id")), guid(value(x, nsDC, "identifier")), guid(r.Custom["id"]))
	it.Link = t.link(base, value(x, nsBurner, "origlink"))
	for _, link := range r.Links {
		it.Link = either(it.Link, t.link(base, link))
	}
	for _, l := range x[nsAtom]["link"] {
		if rel := l.Attrs["rel"]; rel == "" || rel == "alternate" {
			it.Link = either(it.Link, t.link(base, l.Attrs["href"]))
		}
	}
	it.Link = either(it.Link, t.link(base, permalink))
	if isWebAddress(e.facts.about) {
		it.Link = either(it.Link, t.link(base, e.facts.about))
	}
	it.Title = plainText(r.Title, e.facts.text("title").kind, maxTitle)
	if it.Title == "" {
		it.Title = either(
			plainText(value(x, nsDC, "title"), unsaid, maxTitle),
			plainText(value(x, nsAtom, "title"), e.facts.text(nsAtom+":title").kind, maxTitle),
			plainText(value(x, nsMedia, "title"), e.facts.text(nsMedia+":title").kind, maxTitle),
			plainText(value(x, nsITunes, "title"), unsaid, maxTitle))
	}
	return it
}

func isWebAddress(s string) bool {
	return len(s) > 8 && (strings.EqualFold(s[:7], "http://") || strings.EqualFold(s[:8], "https://"))
}

// rssItem translates an item.
func (t *translation) rssItem(r *rss.Item, e *entry) wiredesk.Item {
	it := t.rssLight(r, e)
	t.self = it.Link
	x, base := r.Extensions, either(e.facts.base, t.base)
	t.rssBodies(&it, r, e)
	t.rssPeople(&it, r)
	for _, c := range r.Categories {
		it.Categories = addCategory(it.Categories, wiredesk.Category{Term: c.Value, Scheme: c.Domain}, unsaid)
	}
	for _, s := range values(x, nsDC, "subject") {
		it.Categories = addCategory(it.Categories, wiredesk.Category{Term: s}, unsaid)
	}
	for _, f := range r.Enclosures {
		addEnclosure(&it, wiredesk.Enclosure{URL: t.file(base, f.URL), Type: f.Type, Length: byteCount(f.Length)})
	}
	for _, l := range x[nsAtom]["link"] {
		if l.Attrs["rel"] == "enclosure" {
			addEnclosure(&it, wiredesk.Enclosure{URL: t.file(base, l.Attrs["href"]), Type: l.Attrs["type"], Length: byteCount(l.Attrs["length"]), Title: oneLine(l.Attrs["title"], maxTitle)})
		}
	}
	if r.Source != nil {
		o := wiredesk.Origin{Title: plainText(r.Source.Title, unsaid, maxTitle), URL: t.file(base, r.Source.URL)}
		if o != (wiredesk.Origin{}) {
			it.Origin = &o
		}
	}
	t.media(&it, x, base)
	t.podcast(&it, x, base)
	it.Comments = t.link(base, r.Comments)
	it.Rights = plainText(either(value(x, nsDC, "rights"), value(x, nsMedia, "copyright")), unsaid, maxProse)
	it.License = t.license(x, base)
	it.Language = language(value(x, nsDC, "language"))
	t.dates(&it,
		either(value(x, "date", "pubdate"), value(x, nsDC, "date"), value(x, nsTerms, "issued", "created", "date"), value(x, nsAtom, "published", "issued"), value(x, "date", "published")),
		either(value(x, nsTerms, "modified"), value(x, nsAtom, "updated", "modified"), value(x, "date", "updated", "modified", "lastbuilddate")))
	return it
}

// rssPeople takes the authors of an item: its own element is meant for an e-mail address,
// so most feeds have another.
func (t *translation) rssPeople(it *wiredesk.Item, r *rss.Item) {
	x := r.Extensions
	for _, s := range append([]string{r.Author}, values(x, nsDC, "creator")...) {
		it.Authors = addAuthor(it.Authors, person(s, unsaid))
	}
	for _, a := range x[nsAtom]["author"] {
		one := func(name string) string {
			if len(a.Children[name]) > 0 {
				return a.Children[name][0].Value
			}
			return ""
		}
		p := person(one("name"), plain)
		if email := one("email"); isEmail(email) {
			p.Email = email
		}
		p.URL = either(t.link("", one("uri")), p.URL)
		it.Authors = addAuthor(it.Authors, p)
	}
	if !named(it.Authors) {
		for _, s := range append(values(x, nsDC, "author"), values(x, nsITunes, "author")...) {
			it.Authors = addAuthor(it.Authors, person(s, unsaid))
		}
	}
}

// rssBodies takes the texts of an item. RSS itself has one for both summary and body.
func (t *translation) rssBodies(it *wiredesk.Item, r *rss.Item, e *entry) {
	x := r.Extensions
	it.Summary = t.body(r.Description, e.facts.text("description"))
	whole := ""
	if s := r.Custom["summary"]; s != "" { // RSS has none; who writes one means it
		whole = it.Summary
		it.Summary = t.body(s, e.facts.text("summary"))
	}
	if it.Summary == "" {
		it.Summary = t.body(value(x, nsAtom, "summary"), e.facts.text(nsAtom+":summary"))
	}
	for _, c := range []struct{ text, name string }{
		{r.Content, nsText + ":encoded"}, {value(x, nsHTML, "body"), nsHTML + ":body"}, {value(x, nsHTML, "fullitem"), nsHTML + ":fullitem"}, {value(x, nsAtom, "content"), nsAtom + ":content"},
	} {
		if it.Content == "" && c.text != "" {
			it.Content = t.body(c.text, e.facts.text(c.name))
		}
	}
	it.Content = either(it.Content, whole)
	if it.Content == "" && it.Summary == "" {
		it.Summary = t.body(value(x, nsDC, "description"), e.facts.text(nsDC+":description"))
	}
}
