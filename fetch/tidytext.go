package fetch

import (
	"encoding/base64"
	"strings"
)

// leaf reads an element for its text and notes how the text is written.
func (t *tidier) leaf(tok token, attrs []attr, name string, sc scope) string {
	kind, inline := t.written(name, attrs)
	value, marked := t.capture(tok, inline)
	if attrOf(attrs, "mode") == "base64" { // Atom 0.3
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
		if value = onlyXMLChars(strings.ToValidUTF8(string(decoded), "")); err != nil {
			value = ""
		}
		if kind == plain && looksLikeHTML(value) {
			kind = hyper
		}
	}
	switch {
	case kind == plain && marked:
		kind = hyper // elements in what is called text: whoever wrote that meant markup
	case kind == foreign:
		value = ""
	case kind == hyper && inline:
		value = unwrap(value)
	}
	switch name {
	case "link", "comments", "url", "uri", "docs", "icon", "logo", "homepage":
		value = t.address(sc, value)
	}
	if f := t.inFacts(); kind != unsaid || sc.base != f.base || sc.lang != f.lang {
		if len(f.texts) < maxMany {
			f.texts = append(f.texts, textFact{t.within + name, kind, sc.base, sc.lang})
		}
	}
	return value
}

// unwrap takes the element off that XHTML in Atom must be in and that is no part of the
// text (RFC 4287 section 3.1.1.3), unless it says something.
func unwrap(s string) string {
	if !strings.HasPrefix(s, "<div>") || !strings.HasSuffix(s, "</div>") {
		return s
	}
	inner := s[len("<div>") : len(s)-len("</div>")]
	depth := 0
	for sc := (scanner{src: inner}); ; {
		switch tok := sc.next(); {
		case tok.kind == endOfText:
			return strings.TrimSpace(inner)
		case tok.name == "div" && tok.kind == startTag:
			depth++
		case tok.name == "div" && tok.kind == endTag:
			if depth--; depth < 0 {
				return s // there were two of them
			}
		}
	}
}

// inFacts returns the facts of what is being read.
func (t *tidier) inFacts() *facts {
	if t.in != nil {
		return &t.in.facts
	}
	return &t.out.facts
}

func attrOf(attrs []attr, name string) string {
	for _, a := range attrs {
		if strings.EqualFold(a.name, name) {
			return strings.ToLower(strings.TrimSpace(unescape(a.value)))
		}
	}
	return ""
}

// written returns what an element's attributes say of its text, and whether markup in it
// stands there as elements (RFC 4287 section 3.1; Atom 0.3 has "mode" instead).
func (t *tidier) written(name string, attrs []attr) (kind textKind, inline bool) {
	switch name {
	case nsHTML + ":body":
		return hyper, true
	case nsHTML + ":fullitem":
		return hyper, false
	}
	if !t.atom && !strings.HasPrefix(name, nsAtom+":") && !strings.HasPrefix(name, nsMedia+":") {
		return unsaid, false
	}
	switch strings.TrimPrefix(strings.TrimPrefix(name, nsAtom+":"), nsMedia+":") {
	case "title", "subtitle", "tagline", "summary", "content", "rights", "copyright", "info", "description":
	default:
		return unsaid, false
	}
	mode, typ := attrOf(attrs, "mode"), attrOf(attrs, "type") // Atom 0.3 has "mode"
	typ, _, _ = strings.Cut(typ, ";")
	switch {
	case strings.Contains(typ, "xhtml"):
		return hyper, mode != "escaped" && mode != "base64"
	case strings.HasSuffix(typ, "html"):
		return hyper, mode == "xml"
	case typ == "" || typ == "plain" || strings.HasPrefix(typ, "text"):
		return plain, mode == "xml"
	case strings.HasSuffix(typ, "xml"):
		return hyper, true
	}
	return foreign, false
}

// capture returns the text of an element up to its end: character data decoded once, CDATA
// as it is, and markup within as HTML. With inline, markup is what stands there as
// elements, so that characters are escaped. It reports whether there were elements.
func (t *tidier) capture(tok token, inline bool) (value string, marked bool) {
	if tok.empty {
		return "", false
	}
	first := t.read()
	if first.kind == textToken && !inline { // by far the most
		second := t.read()
		if second.kind == endTag && strings.EqualFold(second.name, tok.name) {
			return strings.TrimSpace(unescape(first.text)), false
		}
		t.again(second)
		return t.collect(tok, inline, strings.TrimLeft(unescape(first.text), " \t\r\n"))
	}
	t.again(first)
	return t.collect(tok, inline, "")
}

// collect is capture for a text in several parts, the first of which was read.
func (t *tidier) collect(tok token, inline bool, first string) (value string, marked bool) {
	var b strings.Builder
	b.WriteString(first)
	write := func(s string) {
		if inline {
			s = escaper.Replace(s)
		}
		b.WriteString(s)
	}
	depth := 0
loop:
	for {
		next := t.read()
		switch next.kind {
		case endOfText:
			t.again(next)
			break loop
		case textToken:
			write(unescape(next.text))
		case cdataToken:
			write(next.text)
		case startTag:
			if t.breaks(next.name) {
				t.again(next)
				break loop
			}
			if strings.EqualFold(next.name, tok.name) && !next.empty {
				depth++
			}
			marked = true
			writeTag(&b, next, t.attrs)
		case endTag:
			switch {
			case strings.EqualFold(next.name, tok.name) && depth == 0:
				break loop
			case t.ends(next.name):
				t.again(next)
				break loop
			case depth == 0 && t.breaks(next.name):
				break loop // its own end tag is misspelt
			case strings.EqualFold(next.name, tok.name):
				depth--
			}
			b.WriteString("</" + localName(next.name) + ">")
		}
	}
	return strings.TrimSpace(b.String()), marked
}

// breaks reports whether a tag can only be that of another part of the entry, so that the
// text before it must have been left open.
func (t *tidier) breaks(raw string) bool {
	sc := t.top()
	ns, local := sc.name(raw)
	if t.isEntry(ns, local) {
		return true
	}
	if t.atom || ns != nsCore && ns != nsText && ns != nsDC {
		return false
	}
	switch local {
	case "guid", "pubdate", "description", "enclosure", "comments", "encoded", "creator":
		return true
	}
	return false
}

func localName(raw string) string {
	if _, local, ok := strings.Cut(raw, ":"); ok {
		raw = local
	}
	return strings.ToLower(raw)
}

// writeTag writes a start tag as HTML.
func writeTag(b *strings.Builder, tok token, attrs []attr) {
	b.WriteByte('<')
	b.WriteString(localName(tok.name))
	for _, a := range attrs {
		name := strings.ToLower(a.name)
		if strings.HasPrefix(name, "xmlns") || strings.ContainsAny(name, "<>&") {
			continue
		}
		if name == "xml:lang" {
			name = "lang"
		}
		b.WriteString(" " + name + `="` + escaper.Replace(unescape(a.value)) + `"`)
	}
	b.WriteByte('>')
	if tok.empty && !void[localName(tok.name)] {
		b.WriteString("</" + localName(tok.name) + ">")
	}
}

// void are the elements of HTML that have no end tag.
var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true,
	"input": true, "link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}
