package fetch

import (
	"slices"
	"strings"
)

// element reads an element and appends it to out in its tidied form.
func (t *tidier) element(out []byte, tok token, sc scope, depth int) []byte {
	attrs := slices.Clone(t.attrs)
	sc = sc.enter(attrs, false, t.resolve)
	ns, local := sc.name(tok.name)
	if t.atom && ns == nsAtom {
		ns = nsCore
	}
	if !t.atom && ns == nsCore && local == "link" && attrOf(attrs, "rel") != "" && attrOf(attrs, "href") != "" {
		ns = nsAtom // whoever wrote that forgot the prefix
	}
	if ns == nsNone || depth > maxNesting {
		t.skip(tok)
		return out
	}
	name := t.rename(ns, local)
	mark := len(out)
	if t.atom && name == "link" && attrOf(attrs, "href") == "" {
		// An address between the tags, as in RSS.
		text, _ := t.capture(tok, false)
		attrs, tok.empty = append(attrs, attr{"href", escaper.Replace(text)}), true
	}
	out = t.open(out, name, attrs, sc)
	if t.contains(ns, local) {
		out = t.children(out, tok, sc, depth)
	} else {
		value := t.leaf(tok, attrs, name, sc)
		if len(value) > maxText {
			value = strings.ToValidUTF8(value[:maxText], "")
			t.out.repair("a text of more than %d bytes was cut", maxText)
		}
		out = appendText(out, value)
	}
	if len(out)-mark > 2*maxText+len(name) && t.contains(ns, local) {
		return out[:mark] // a heap of small things
	}
	return append(append(append(out, "</"...), name...), '>')
}

// appendText appends a text: a long one with markup as CDATA, which gofeed reads much
// faster than references.
func appendText(out []byte, text string) []byte {
	if len(text) < 256 || !strings.ContainsAny(text, "<&") {
		return append(out, escaper.Replace(text)...)
	}
	out = append(out, "<![CDATA["...)
	out = append(out, strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>")...)
	return append(out, "]]>"...)
}

// rename returns the name under which gofeed is given an element. Dates go under a name
// that it does not know: it would take a zone that it does not know for UTC, and twenty
// microseconds for it.
func (t *tidier) rename(ns, local string) string {
	if ns != nsCore {
		return ns + ":" + local
	}
	switch local {
	case "pubdate", "lastbuilddate", "published", "issued", "updated", "modified", "created":
		return "date:" + local
	case "body", "fullitem":
		if !t.atom {
			return nsHTML + ":fullitem"
		}
	case "id", "enclosure":
		if t.atom { // gofeed would rewrite the one and does not know the other
			return "raw:" + local
		}
	}
	return local
}

// open appends a start tag with the attributes that have no prefix but XML's own.
func (t *tidier) open(out []byte, name string, attrs []attr, sc scope) []byte {
	out = append(append(out, '<'), name...)
	for _, a := range attrs {
		key := strings.ToLower(a.name)
		if strings.HasPrefix(key, "xml") {
			continue
		}
		if _, local, ok := strings.Cut(key, ":"); ok {
			key = local
		}
		switch key {
		case "href", "url", "src", "uri", "resource":
			a.value = t.address(sc, unescape(a.value))
		case "ispermalink":
			key, a.value = "isPermaLink", strings.ToLower(strings.TrimSpace(unescape(a.value)))
		case "length", "filesize", "title", "rel", "domain", "term", "scheme", "label", "medium", "duration", "width", "height", "isdefault", "text", "version", "hreflang":
			a.value = unescape(a.value)
		case "type":
			a.value = unescape(a.value)
			if !strings.HasSuffix(name, "link") && !strings.HasSuffix(name, "enclosure") && !strings.HasPrefix(name, nsMedia) && (name != "content" || attrOf(attrs, "src") == "") {
				continue // how a text is written was dealt with here
			}
		default:
			continue
		}
		out = append(append(out, ' '), key...)
		out = append(out, `="`...)
		out = append(out, escaper.Replace(a.value)...)
		out = append(out, '"')
	}
	return append(out, '>')
}

// address makes an address absolute if the document gives a base for it.
func (t *tidier) address(sc scope, ref string) string {
	if sc.base == "" || strings.TrimSpace(ref) == "" {
		return ref
	}
	return t.resolve(sc.base, ref)
}

// contains reports whether an element is read for the elements that it contains.
func (t *tidier) contains(ns, local string) bool {
	switch ns {
	case nsCore, nsAtom:
		switch local {
		case "image", "textinput", "skiphours", "skipdays":
			return ns == nsCore && !t.atom
		case "author", "contributor":
			return t.atom || ns == nsAtom
		case "source":
			return t.atom || ns == nsAtom
		}
	case nsMedia:
		return local == "group" || local == "content"
	case nsITunes:
		return local == "owner" || local == "category"
	}
	return false
}

// children reads the elements within an element.
func (t *tidier) children(out []byte, tok token, sc scope, depth int) []byte {
	if tok.empty {
		return out
	}
	outer := t.within
	t.within += localName(tok.name) + "/"
	defer func() { t.within = outer }()
	var text strings.Builder
	for {
		next := t.read()
		switch next.kind {
		case endOfText:
			t.again(next)
			return out
		case textToken:
			text.WriteString(unescape(next.text))
		case cdataToken:
			text.WriteString(next.text)
		case startTag:
			if t.isEntry(sc.name(next.name)) {
				t.again(next)
				return out
			}
			out = t.element(out, next, sc, depth+1)
		case endTag:
			if strings.EqualFold(next.name, tok.name) {
				// A person who is only a name, though the format wants elements.
				if s := strings.TrimSpace(text.String()); s != "" && localName(tok.name) == "author" {
					out = append(append(append(out, "<name>"...), escaper.Replace(s[:min(len(s), maxProse)])...), "</name>"...)
				}
				return out
			}
			if t.ends(next.name) {
				t.again(next)
				return out
			}
		}
	}
}
