package fetch

import (
	"fmt"
	"strings"
)

// A sniffed is what a document looks like.
type sniffed uint8

const (
	sniffedNothing sniffed = iota
	sniffedEmpty
	sniffedText
	sniffedOther // XML, but no feed
	sniffedPage
	sniffedJSON
	sniffedXML
)

// sniff finds out what a document is and where its root begins. What a server prints before
// the document, warnings of a program or blanks, is passed over.
func sniff(text string) (sniffed, int) {
	trimmed := strings.TrimLeft(text, "\uFEFF \t\r\n\f\u00A0\u200B")
	if trimmed == "" {
		return sniffedEmpty, 0
	}
	at := len(text) - len(trimmed)
	if trimmed[0] == '{' {
		return sniffedJSON, at
	}
	if trimmed[0] == '[' {
		return sniffedNothing, 0
	}
	s := scanner{src: text, pos: at}
	tags, page := 0, false
	for tags < 1000 {
		tok := s.next()
		if tok.kind == endOfText {
			break
		}
		if tok.kind == otherToken && !page {
			head := strings.ToLower(text[tok.from:min(len(text), tok.from+20)])
			page = strings.HasPrefix(head, "<!doctype html")
		}
		if tok.kind != startTag {
			continue
		}
		tags++
		switch localName(tok.name) {
		case "rss", "rdf", "feed", "channel":
			if !page || localName(tok.name) == "rss" || bindsAtom(s.attrs) {
				return sniffedXML, tok.from
			}
		case "html", "head", "body":
			page = true
		}
		if page && tags > 50 {
			break
		}
	}
	switch {
	case page:
		return sniffedPage, 0
	case tags > 0 && strings.HasPrefix(trimmed, "<?xml"):
		return sniffedOther, 0
	case tags > 0:
		return sniffedPage, 0 // somebody's half of a page
	}
	return sniffedText, 0
}

// bindsAtom reports whether a tag says that it is Atom's: somebody's template may have put
// a whole page around a feed.
func bindsAtom(attrs []attr) bool {
	for _, a := range attrs {
		if ns, _ := namespaceOf(a.value); ns == nsAtom {
			return true
		}
	}
	return false
}

// harmless reports whether what stands before the root may stand there.
func harmless(text string) bool {
	s := scanner{src: text}
	for {
		switch tok := s.next(); tok.kind {
		case endOfText:
			return true
		case otherToken:
		case textToken:
			if strings.Trim(tok.text, "\uFEFF \t\r\n\f") != "" && !strings.HasPrefix(strings.TrimSpace(tok.text), "]") && !strings.Contains(text, "<!DOCTYPE") {
				return false
			}
		case startTag, endTag, cdataToken:
			return false
		}
	}
}

// notFeed says in one line what a document is instead of a feed.
func notFeed(text string, kind sniffed, o ParseOptions) error {
	switch kind {
	case sniffedEmpty:
		return fmt.Errorf("%w: the document is empty", ErrNotFeed)
	case sniffedText, sniffedNothing:
		// What it says is not repeated: it may be a file or a page that is none of the
		// reader's business (S-13).
		return fmt.Errorf("%w: it is text", ErrNotFeed)
	case sniffedOther:
		return fmt.Errorf("%w: it is XML of another kind", ErrNotFeed)
	}
	return &PageError{Title: pageTitle(text), Feeds: discover(text, o.URL)}
}
