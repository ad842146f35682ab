package publish

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"slices"
	"strconv"

	"wiredesk"

	"github.com/gorilla/feeds"
)

// generator is our name in documents. It has no version: a new one would change every byte
// that subscribers have.
const generator = "wiredesk"

// atomFeed shadows what feeds.AtomFeed cannot say: several links, the type of a text, the
// language, several authors.
type atomFeed struct {
	feeds.AtomFeed
	Lang      string      `xml:"xml:lang,attr,omitempty"`
	NSMedia   string      `xml:"xmlns:media,attr"`
	NSHistory string      `xml:"xmlns:fh,attr,omitempty"`
	Title     atomText    `xml:"title"`
	Subtitle  *atomText   `xml:"subtitle"`
	Rights    *atomText   `xml:"rights"`
	Generator string      `xml:"generator"`
	Links     []atomLink  `xml:"link"`
	Author    *atomPerson `xml:"author"`
	Archive   *struct{}   `xml:"fh:archive"`
	Entries   *struct{}   `xml:"entry"` // see atomEntry

	NSTombstones string          `xml:"xmlns:at,attr,omitempty"`
	Tombstones   []atomTombstone `xml:"at:deleted-entry"`
}

// atomEntry does the same for feeds.AtomEntry.
type atomEntry struct {
	feeds.AtomEntry
	Lang       string         `xml:"xml:lang,attr,omitempty"`
	Title      atomText       `xml:"title"`
	Links      []atomLink     `xml:"link"`
	Authors    []atomPerson   `xml:"author"`
	Categories []atomCategory `xml:"category"`
	Rights     *atomText      `xml:"rights"`
	Source     *atomSource    `xml:"source"`
	Thumbnail  *mediaThumb    `xml:"media:thumbnail"`
}

// atomTombstone says that an entry was taken back (RFC 6721 section 3).
type atomTombstone struct {
	Ref     string `xml:"ref,attr"`
	When    string `xml:"when,attr"`
	Comment string `xml:"at:comment"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomLink struct {
	Rel    string `xml:"rel,attr"`
	Href   string `xml:"href,attr"`
	Type   string `xml:"type,attr,omitempty"`
	Title  string `xml:"title,attr,omitempty"`
	Length string `xml:"length,attr,omitempty"`
}

type atomPerson struct {
	Name  string `xml:"name"`
	URI   string `xml:"uri,omitempty"`
	Email string `xml:"email,omitempty"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr,omitempty"`
}

// atomSource says where an entry comes from (RFC 4287 section 4.2.11).
type atomSource struct {
	ID      string     `xml:"id,omitempty"`
	Title   atomText   `xml:"title"`
	Updated string     `xml:"updated"`
	Links   []atomLink `xml:"link"`
}

// FeedXml makes it a feeds.XmlFeed; see that of [rssChannel].
func (f *atomFeed) FeedXml() any { return f }

// marshal writes what gorilla's interface hands out, without the indentation that its own
// writer adds.
func marshal(f feeds.XmlFeed) ([]byte, error) {
	b := bytes.NewBufferString(xml.Header)
	if err := xml.NewEncoder(b).Encode(f.FeedXml()); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// atomFrame returns a sheet as Atom 1.0 without its entries.
func (sh *sheet) atomFrame() (head, tail []byte, err error) {
	f := &atomFeed{
		AtomFeed: feeds.AtomFeed{
			Xmlns:   "http://www.w3.org/2005/Atom",
			Id:      sh.page,
			Updated: rfc3339(sh.updated),
			Logo:    sh.image,
		},
		Lang:      sh.language,
		NSMedia:   "http://search.yahoo.com/mrss/",
		Title:     plain(sh.title),
		Generator: generator,
		Links: []atomLink{
			{Rel: "alternate", Href: sh.home, Type: "text/html"},
		},
		Author: &atomPerson{Name: apart(sh.author), Email: sh.email},
	}
	if sh.license != "" {
		f.Links = append(f.Links, atomLink{Rel: "license", Href: sh.license}) // RFC 4946
	}
	ties := sh.ties(".atom", "application/atom+xml")
	f.Links = slices.Concat(ties[:1], f.Links, ties[1:])
	if sh.current != "" {
		f.NSHistory, f.Archive = historyNS, new(struct{})
	}
	if sh.hub != "" {
		f.Links = append(f.Links, atomLink{Rel: "hub", Href: sh.hub})
	}
	if sh.description != "" {
		f.Subtitle = new(plain(sh.description))
	}
	if sh.rights != "" {
		f.Rights = new(plain(sh.rights))
	}
	for _, t := range sh.graves() {
		f.NSTombstones = "http://purl.org/atompub/tombstones/1.0"
		f.Tombstones = append(f.Tombstones, atomTombstone{Ref: t.id, When: rfc3339(t.when), Comment: t.comment})
	}
	doc, err := marshal(f)
	if err != nil {
		return nil, nil, err
	}
	return split(byNumber(doc), "</feed>\n")
}

// atomEntry returns a piece as an entry of Atom.
func (sh *sheet) atomEntry(p *piece) ([]byte, error) {
	e := &atomEntry{
		AtomEntry: feeds.AtomEntry{
			Id:        p.id,
			Published: rfc3339(p.published),
			Updated:   p.changed,
		},
		Title:   plain(p.shown),
		Links:   append(p.atomLinks(), p.furtherLinks()...),
		Authors: newAtomPersons(p.by()),
		Source:  p.atomSource(),
	}
	if p.language != sh.language {
		e.Lang = p.language
	}
	// An entry without alternate link must have content (RFC 4287 section 4.1.2).
	if p.whole || p.link == "" || p.text == "" {
		e.Content = &feeds.AtomContent{Type: "html", Content: p.markup}
		if p.summary != "" {
			e.Summary = &feeds.AtomSummary{Type: "html", Content: p.summary}
		}
	} else {
		e.Summary = &feeds.AtomSummary{Type: "html", Content: p.markup}
	}
	for _, c := range p.categories {
		e.Categories = append(e.Categories, atomCategory{Term: c.Term, Scheme: c.Scheme, Label: apart(c.Label)})
	}
	if p.rights != "" {
		e.Rights = new(plain(p.rights))
	}
	if p.image != "" {
		e.Thumbnail = &mediaThumb{URL: p.image}
	}
	var b bytes.Buffer
	if err := xml.NewEncoder(&b).Encode(e); err != nil {
		return nil, err
	}
	if p.tricky() {
		return byNumber(b.Bytes()), nil
	}
	return b.Bytes(), nil
}

// historyNS is the namespace of what marks a page of an archive (RFC 5005 section 4).
const historyNS = "http://purl.org/syndication/history/1.0"

// ties returns the links of a document to itself and to the other documents of its feed
// (RFC 5005 section 4).
func (sh *sheet) ties(extension, mime string) []atomLink {
	links := []atomLink{{Rel: "self", Href: sh.self + extension, Type: mime}}
	for _, l := range [...]struct{ rel, address string }{{"prev-archive", sh.previous}, {"next-archive", sh.next}, {"current", sh.current}} {
		if l.address != "" {
			links = append(links, atomLink{Rel: l.rel, Href: l.address + extension, Type: mime})
		}
	}
	return links
}

// atomLinks returns the links for which RSS has elements of its own.
func (p *piece) atomLinks() []atomLink {
	var links []atomLink
	if p.link != "" {
		links = append(links, atomLink{Rel: "alternate", Href: p.link, Type: "text/html"})
	}
	for _, e := range p.enclosures {
		l := atomLink{Rel: "enclosure", Href: e.URL, Type: e.Type, Title: apart(e.Title)}
		if e.Length > 0 {
			l.Length = strconv.FormatInt(e.Length, 10)
		}
		links = append(links, l)
	}
	if p.comments != "" {
		links = append(links, atomLink{Rel: "replies", Href: p.comments, Type: "text/html"}) // RFC 4685
	}
	if p.license != "" {
		links = append(links, atomLink{Rel: "license", Href: p.license}) // RFC 4946
	}
	return links
}

// furtherLinks returns what the entry is about, who else tells it, and where its source has it
// from. Only Atom has them: Liferea loses the link of an item of RSS that has others of Atom.
func (p *piece) furtherLinks() []atomLink {
	var links []atomLink
	add := func(rel, address, title string) {
		if address != "" {
			links = append(links, atomLink{Rel: rel, Href: address, Title: apart(title)})
		}
	}
	if p.external != p.link {
		add("related", p.external, "")
	}
	for _, a := range p.also {
		title, label := a.title, a.source.label()
		if label != "" && title != "" {
			title = label + ": " + title
		}
		// One that told the same at the same address is named by its home page.
		add("related", cmp.Or(a.link, a.source.link), cmp.Or(title, label))
	}
	add("via", cmp.Or(p.origin.link, p.origin.url), p.origin.title)
	return links
}

// atomSource returns nil if the source is not named. It is dated by the entry and not by
// the newest news of the source: an entry must not change because another one came.
func (p *piece) atomSource() *atomSource {
	if p.source.label() == "" {
		return nil
	}
	s := &atomSource{ID: p.source.id, Title: plain(p.source.label()), Updated: rfc3339(p.updated)}
	if p.source.url != "" {
		s.Links = append(s.Links, atomLink{Rel: "self", Href: p.source.url})
	}
	if p.source.link != "" {
		s.Links = append(s.Links, atomLink{Rel: "alternate", Href: p.source.link, Type: "text/html"})
	}
	return s
}

func newAtomPersons(authors []wiredesk.Author) []atomPerson {
	var persons []atomPerson
	for _, a := range authors {
		persons = append(persons, atomPerson{Name: apart(a.Name), URI: a.URL, Email: a.Email})
	}
	return persons
}

func plain(s string) atomText { return atomText{Type: "text", Text: apart(s)} }
