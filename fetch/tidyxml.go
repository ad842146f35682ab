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
