package fetch

import (
	"slices"
	"strings"
)

// A tidier turns a document in XML into a tidied one.
type tidier struct {
	scanner
	out     tidied
	atom    bool    // the format is Atom
	frames  []frame // open elements around the entries, outermost first
	pending *token  // read again by next
	resolve func(base, ref string) string
	in      *entry // the entry that is being read; nil in the head
	count   int    // elements of the entry so far
	within  string // the elements around the text that is being read, each with a "/"
}

// A frame is an open element around the entries.
type frame struct {
	raw string
	scope
}

// maxFrames is how many elements may be around an entry: rss, channel and some to spare.
const maxFrames = 8

// tidyXML reads a document whose root begins at the given place. The address of the
// document makes xml:base absolute.
func tidyXML(text string, root int, resolve func(base, ref string) string) *tidied {
	t := &tidier{scanner: scanner{src: text, pos: root}, resolve: resolve}
	first := t.read()
	prefix, local, ok := strings.Cut(first.name, ":")
	if !ok {
		prefix, local = "", first.name
	}
	sc := scope{core: prefix}
	switch strings.ToLower(local) {
	case "feed":
		t.atom, t.out.format = true, "atom"
	case "rdf":
		t.out.format, sc.core = "rdf", ""
	default:
		t.out.format = "rss"
	}
	t.frames = []frame{{first.name, sc.enter(t.attrs, true, resolve)}}
	t.out.facts.base, t.out.facts.lang = t.top().base, t.top().lang
	t.out.whole = true
	if !first.empty {
		t.document()
	}
	return &t.out
}

func (t *tidier) read() token {
	if t.pending != nil {
		p := *t.pending
		t.pending = nil
		return p
	}
	return t.next()
}

// again makes the next read return a token a second time.
func (t *tidier) again(tok token) { t.pending = &tok }

func (t *tidier) top() *scope { return &t.frames[len(t.frames)-1].scope }

// document reads up to the end of the root.
func (t *tidier) document() {
	for {
		tok := t.read()
		switch tok.kind {
		case endOfText:
			t.out.whole = false
			t.out.repair("the document is cut short")
			return
		case startTag:
			t.start(tok)
		case endTag:
			if t.leave(tok.name); len(t.frames) == 0 {
				if t.cut {
					t.out.whole = false // though nothing seems to be missing
				}
				t.trailer()
				return
			}
		}
	}
}

// trailer notes what comes after the root.
func (t *tidier) trailer() {
	rest := t.src[t.pos:]
	if strings.Contains(rest, "<item") || strings.Contains(rest, "<entry") {
		t.out.whole = false
	}
	if strings.TrimSpace(rest) != "" && !strings.HasPrefix(strings.TrimSpace(rest), "<!--") {
		t.out.repair("there is more after the end of the document")
	}
}

// start reads an element of the frame.
func (t *tidier) start(tok token) {
	sc := t.top()
	switch ns, local := sc.name(tok.name); {
	case t.isEntry(ns, local):
		t.entry(tok)
	case ns == nsCore && local == "items":
		t.skip(tok) // the table of contents of RSS 1.0
	case ns == nsCore && (local == "channel" || local == "feed" || local == "rss"):
		inner := sc.enter(t.attrs, true, t.resolve)
		t.out.facts.base, t.out.facts.lang = inner.base, inner.lang
		if !tok.empty && len(t.frames) < maxFrames {
			t.frames = append(t.frames, frame{tok.name, inner})
		}
	default:
		t.in = nil
		head := t.element(nil, tok, *sc, 0)
		if len(t.out.head)+len(head) <= maxHead {
			t.out.head = append(t.out.head, head...)
		}
	}
}

// leave closes the innermost frame of that name and those within it.
func (t *tidier) leave(name string) {
	for i, f := range slices.Backward(t.frames) {
		if strings.EqualFold(f.raw, name) {
			t.frames = t.frames[:i]
			return
		}
	}
}

func (t *tidier) isEntry(ns, local string) bool {
	if t.atom {
		return local == "entry" && (ns == nsCore || ns == nsAtom)
	}
	return local == "item" && ns == nsCore || local == "entry" && ns == nsAtom
}

// ends reports whether an end tag is that of an entry or of a frame, which ends whatever
// is still open within.
func (t *tidier) ends(raw string) bool {
	ns, local := t.top().name(raw)
	switch local {
	case "item", "entry":
		return t.isEntry(ns, local)
	case "channel", "feed", "rss":
		return ns == nsCore || ns == nsAtom
	case "rdf":
		return ns == nsRDF || ns == nsCore
	}
	return false
}

// entry reads one entry. One that the document ends within is not kept.
func (t *tidier) entry(tok token) {
	sc := t.top().enter(t.attrs, false, t.resolve)
	e := &entry{facts: facts{base: sc.base, lang: sc.lang}}
	for _, a := range t.attrs {
		if strings.EqualFold(a.name, "rdf:about") || a.name == "about" {
			e.facts.about = strings.TrimSpace(unescape(a.value))
		}
	}
	t.in, t.count = e, 0
	closed := tok.empty
	for !closed {
		tok := t.read()
		switch tok.kind {
		case endOfText:
			t.again(tok)
			return
		case startTag:
			ns, local := sc.name(tok.name)
			if t.isEntry(ns, local) {
				t.out.repair("an entry was not closed")
				t.again(tok)
				closed = true
				break
			}
			t.child(e, tok, sc, local)
		case endTag:
			if t.ends(tok.name) {
				if local := localName(tok.name); local != "item" && local != "entry" {
					t.out.repair("an entry was not closed")
					t.again(tok)
				}
				closed = true
			}
		}
	}
	if len(e.full) == 0 && e.facts.about == "" {
		return // there is nothing by which anyone could know it
	}
	if len(t.out.entries) >= maxItems {
		t.out.dropped++
		t.out.whole = false
		t.out.repair("entries after the first %d were left out", maxItems)
		return
	}
	t.out.entries = append(t.out.entries, *e)
}

// child reads one element of an entry.
func (t *tidier) child(e *entry, tok token, sc scope, local string) {
	if t.count++; t.count > maxChildren {
		t.out.repair("elements of an entry after the first %d were left out", maxChildren)
		t.skip(tok)
		return
	}
	from := len(e.full)
	if local == "content" && attrOf(t.attrs, "src") != "" {
		local = "link" // the body is elsewhere: that may be all the link there is
	}
	e.full = t.element(e.full, tok, sc, 0)
	switch local {
	case "guid", "id", "link", "title", "origlink", "identifier":
		e.light = append(e.light, e.full[from:]...)
	}
}

// skip reads an element that is not used.
func (t *tidier) skip(tok token) {
	if tok.empty {
		return
	}
	depth := 0
	for {
		next := t.read()
		switch next.kind {
		case endOfText:
			t.again(next)
			return
		case startTag:
			switch {
			case strings.EqualFold(next.name, tok.name) && !next.empty:
				depth++
			case t.isEntry(t.top().name(next.name)):
				t.again(next)
				return
			}
		case endTag:
			switch {
			case strings.EqualFold(next.name, tok.name) && depth == 0:
				return
			case strings.EqualFold(next.name, tok.name):
				depth--
			case t.ends(next.name):
				t.again(next)
				return
			}
		}
	}
}

// element reads an element and appends it to out in its tidied form.
func (t *tidier) element(out []byte, tok token, sc scope, depth int) []byte {
	attrs := slices.Clone(t.attrs)
	sc = sc.enter(attrs, false, t.resolve)
	ns, local := sc.name(tok.name)
	if t.atom && ns == nsAtom {
		ns = nsCore
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
