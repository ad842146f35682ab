package valid

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A node is an element of a document in XML. Names have the usual prefix of their
// namespace, whatever prefix the document has for it: "guid", "atom:link".
type node struct {
	name  string
	attrs []attr
	kids  []*node
	text  string // all of it together, without that of kids
	nth   int    // among its siblings of that name, from 1
	up    *node
	// numbered says that one of its lines has a character by its number, which is how to say
	// that what looks like an entity is text (RSS Best Practices Profile).
	numbered bool
}

type attr struct{ name, value string }

// prefixes are the namespaces that a document may have. Others are unknown to the W3C feed
// validator, which says so; tombstones (RFC 6721) are the one that we take nevertheless.
var prefixes = map[string]string{
	"http://www.w3.org/2005/Atom":                          "atom",
	"http://purl.org/rss/1.0/modules/content/":             "content",
	"http://purl.org/dc/elements/1.1/":                     "dc",
	"http://search.yahoo.com/mrss/":                        "media",
	"http://www.itunes.com/dtds/podcast-1.0.dtd":           "itunes",
	"http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
	"http://purl.org/syndication/history/1.0":              "fh",
	"http://purl.org/atompub/tombstones/1.0":               "at",
	"http://www.w3.org/XML/1998/namespace":                 "xml",
}

const maxDepth = 100

// parse reads a document. It returns nil after a fault that leaves nothing to go on with.
func (r *Report) parse(body []byte, mother string) *node {
	r.encoding(body)
	p := &parser{Report: r, d: xml.NewDecoder(bytes.NewReader(body)), numbers: numberedLines(body), line: 1, mother: mother}
	p.top = &node{}
	for at := p.top; ; {
		token, err := p.d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.add(NotWellFormed, at.path(), err.Error())
			return nil
		}
		if at = p.take(at, token); at == nil {
			return nil
		}
	}
	if len(p.top.kids) != 1 {
		r.add(NotWellFormed, "document", "one root is needed")
		return nil
	}
	root := p.top.kids[0]
	root.up = nil
	return root
}

// encoding looks at what stands before the root.
func (r *Report) encoding(body []byte) {
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	if !bytes.HasPrefix(body, []byte(declaration)) || !utf8.Valid(body) {
		r.add(NotUTF8, "document", string(body[:min(len(body), len(declaration))]))
	}
}

// numberedLines returns which lines have a character reference by hexadecimal number.
func numberedLines(body []byte) []bool {
	var lines []bool
	for line := range bytes.Lines(body) {
		lines = append(lines, bytes.Contains(line, []byte("&#x")))
	}
	return append(lines, false)
}

type parser struct {
	*Report
	d       *xml.Decoder
	top     *node
	depth   int
	numbers []bool
	line    int    // at which the last token ended
	mother  string // prefix of the namespace that has to be the default one; empty for none
}

// take returns the node at which what comes next belongs, nil if nothing can.
func (p *parser) take(at *node, token xml.Token) *node {
	line, _ := p.d.InputPos()
	if slices.Contains(p.numbers[p.line-1:min(line, len(p.numbers))], true) {
		at.numbered = true
	}
	p.line = line
	switch t := token.(type) {
	case xml.StartElement:
		if p.depth++; p.depth > maxDepth {
			p.add(NotWellFormed, at.path(), "too deep")
			return nil
		}
		return p.open(at, &t)
	case xml.EndElement:
		p.depth--
		p.characters(at, at.text)
		return at.up
	case xml.CharData:
		if at == p.top && len(bytes.TrimSpace(t)) > 0 {
			p.add(NotWellFormed, "document", string(t))
			return nil
		}
		at.text += string(t)
	case xml.Directive:
		p.add(NotWellFormed, at.path(), "a document type is not needed")
	case xml.ProcInst:
		if t.Target != "xml" || p.top != at {
			p.add(UndefinedElement, at.path(), "?"+t.Target)
		}
	}
	return at
}

// open adds an element.
func (p *parser) open(at *node, start *xml.StartElement) *node {
	n := &node{up: at, nth: 1}
	n.name = p.known(at, start.Name.Space, start.Name.Local)
	for _, k := range at.kids {
		if k.name == n.name {
			n.nth++
		}
	}
	at.kids = append(at.kids, n)
	seen := map[xml.Name]bool{}
	for _, a := range start.Attr {
		if seen[a.Name] {
			p.add(NotWellFormed, n.path(), "two attributes "+a.Name.Local)
		}
		seen[a.Name] = true
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			p.declared(n, a)
			continue
		}
		p.characters(n, a.Value)
		n.attrs = append(n.attrs, attr{p.known(n, a.Name.Space, a.Name.Local), a.Value})
	}
	return n
}

// known returns a name with the usual prefix of its namespace.
func (p *parser) known(at *node, space, local string) string {
	if space == "" {
		return local
	}
	if space == "xml" { // the decoder leaves this prefix as it is
		return "xml:" + local
	}
	prefix, ok := prefixes[space]
	if !ok { // it is told where it is declared, or not at all
		p.add(UnknownNamespace, at.path(), space)
		prefix = space
	}
	return prefix + ":" + local
}

// declared looks at the declaration of a namespace.
func (p *parser) declared(n *node, a xml.Attr) {
	prefix, ok := prefixes[a.Value]
	switch {
	case !ok:
		p.add(UnknownNamespace, n.path(), a.Value)
	case a.Name.Space == "" && prefix == p.mother:
	case a.Name.Space == "" || a.Name.Local != prefix || prefix == p.mother:
		p.add(ReservedPrefix, n.path(), a.Name.Local+" for "+a.Value)
	}
}

// characters looks at each character of a text.
func (p *parser) characters(n *node, s string) { p.Report.characters(n.path, s) }

func (r *Report) characters(where func() string, s string) {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < 0x20 && c != '\t' && c != '\n' {
			ascii = false
			break
		}
	}
	if ascii {
		return
	}
	for _, c := range s {
		if c < 0x20 && c != '\t' && c != '\n' || c >= 0x7f && c < 0xa0 || c == utf8.RuneError || c >= 0xfdd0 && c <= 0xfdef || c&0xfffe == 0xfffe {
			r.add(BadCharacters, where(), strconv.QuoteRuneToASCII(c))
			return
		}
	}
	if part := mistaken(s); part != "" {
		r.add(BadCharacters, where(), part)
	}
}

// mistaken returns a part of a text that is UTF-8 read as Latin-1, if there is one.
func mistaken(s string) string {
	if !strings.Contains(s, "\u00c2") && !strings.Contains(s, "\u00c3") {
		return ""
	}
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("&<>\"'\n", c) }) {
		if latin, ok := latin1(part); ok && len(latin) < len(part) && utf8.Valid(latin) && utf8.RuneCount(latin) < len(latin) {
			return part
		}
	}
	return ""
}

// latin1 returns a text in Latin-1, if it can be written so.
func latin1(s string) ([]byte, bool) {
	b := make([]byte, 0, len(s))
	for _, c := range s {
		if c > 0xff {
			return nil, false
		}
		b = append(b, byte(c))
	}
	return b, true
}

// path says where an element stands.
func (n *node) path() string {
	if n.name == "" {
		return "document"
	}
	if n.up == nil || n.up.name == "" {
		return n.name
	}
	name := n.name
	if n.nth > 1 {
		name += " " + strconv.Itoa(n.nth)
	}
	return n.up.path() + "/" + name
}

// attr returns the value of an attribute, and whether it is there.
func (n *node) attr(name string) (string, bool) {
	for _, a := range n.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// all returns the kids of that name.
func (n *node) all(name string) []*node {
	var found []*node
	for _, k := range n.kids {
		if k.name == name {
			found = append(found, k)
		}
	}
	return found
}

// has reports whether there is a kid of that name.
func (n *node) has(name string) bool { return n.first(name) != nil }

// first returns the first kid of that name, or nil.
func (n *node) first(name string) *node {
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}
