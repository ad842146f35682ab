package fetch

import (
	"fmt"
	"slices"
)

// A tidied document is one that gofeed reads without loss: only elements that we use, all
// closed, under fixed names; each text as one run of escaped characters; limits kept.
// What gofeed would lose nevertheless stands beside it, in facts. Entries stand apart from
// one another, so that one that is known, broken or too much costs nothing but itself.
type tidied struct {
	format  string // as in [wiredesk.Channel]
	head    []byte // what the document says of itself
	facts   facts
	hubs    []string // of JSON Feed, which gofeed does not read
	entries []entry
	dropped int
	repairs []string
	whole   bool
}

// An entry is one entry of a tidied document.
type entry struct {
	full  []byte // everything
	light []byte // guid, link and title
	facts facts
}

// facts are what a document says that gofeed does not hand on.
type facts struct {
	about string // rdf:about
	base  string // xml:base in force; empty for none
	lang  string // xml:lang in force
	texts []textFact
}

// A textFact says how one text was written, if that is out of the ordinary.
type textFact struct {
	name string // of the element, after those around it within the entry: "source/title"
	kind textKind
	base string
	lang string
}

// A textKind says what the characters of a text mean.
type textKind uint8

const (
	unsaid  textKind = iota // the format does not say
	plain                   // text
	hyper                   // HTML
	foreign                 // something that nobody reads
)

// text returns how the text of that name was written.
func (f *facts) text(name string) textFact {
	for _, t := range f.texts {
		if t.name == name {
			return t
		}
	}
	return textFact{name: name, base: f.base, lang: f.lang}
}

// repair notes what had to be mended, once.
func (t *tidied) repair(format string, args ...any) {
	said := fmt.Sprintf(format, args...)
	if !slices.Contains(t.repairs, said) {
		t.repairs = append(t.repairs, said)
	}
}
