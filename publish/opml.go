package publish

import (
	"bytes"
	"encoding/xml"
	"strings"
)

type opmlXML struct {
	XMLName  xml.Name      `xml:"opml"`
	Version  string        `xml:"version,attr"`
	Title    string        `xml:"head>title"`
	Docs     string        `xml:"head>docs"`
	Outlines []opmlOutline `xml:"body>outline"`
}

type opmlOutline struct {
	Type     string `xml:"type,attr"`
	Text     string `xml:"text,attr"`
	Title    string `xml:"title,attr"`
	XMLURL   string `xml:"xmlUrl,attr"`
	HTMLURL  string `xml:"htmlUrl,attr,omitempty"`
	Category string `xml:"category,attr,omitempty"`
}

// newBlogs makes sources ready to be named, in the order given. Those that readers could
// not ask are left out.
func newBlogs(sources []Blog) []Blog {
	var made []Blog
	for _, b := range sources {
		b = Blog{Title: cut(line(b.Title), maxTitle), URL: webLink(b.URL), Link: webLink(b.Link), Tags: b.Tags}
		if b.URL == "" {
			continue
		}
		if b.Title == "" {
			b.Title = host(b.URL)
		}
		made = append(made, b)
	}
	return made
}

// OPML returns sources as OPML 2.0. Those whose address is not http(s) are left out. A body
// must hold an outline: without one the document is not valid.
func OPML(title string, sources []Blog) ([]byte, error) { return opml(line(title), newBlogs(sources)) }

// opml writes sources that were made ready.
func opml(title string, sources []Blog) ([]byte, error) {
	x := opmlXML{Version: "2.0", Title: opmlText(title), Docs: "http://opml.org/spec2.opml"}
	for _, b := range sources {
		x.Outlines = append(x.Outlines, opmlOutline{
			Type: "rss", Text: opmlText(b.Title), Title: opmlText(b.Title), XMLURL: b.URL, HTMLURL: b.Link, Category: opmlCategory(b.Tags),
		})
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	if err := xml.NewEncoder(&out).Encode(x); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// opmlText returns a text that says the same as plain text, which it is for most who read it,
// and as HTML, which it is by the specification.
func opmlText(s string) string {
	return strings.TrimSpace(strings.NewReplacer("<", "‹", "& ", "& ", "&", "& ").Replace(s))
}

// opmlCategory returns tags in the form of the specification: divided by commas, so that a
// comma inside a tag has to go.
func opmlCategory(tags []string) string {
	var words []string
	for _, tag := range tags {
		if tag = line(strings.ReplaceAll(tag, ",", " ")); tag != "" {
			words = append(words, tag)
		}
	}
	return strings.Join(words, ",")
}
