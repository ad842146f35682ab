package publish

import (
	"bytes"
	"regexp"
	"slices"
)

// Plain text in feeds is taken for HTML by many who read it, because many who write it mean
// HTML. What can be done is done here, by what validators ask for.

// likeHTML is what looks like markup: a tag, or a reference to a character.
var likeHTML = regexp.MustCompile(`<[/A-Za-z]|&#?\w`)

var endTag = regexp.MustCompile(`</(\w+)>`)

// apart returns plain text in which nothing is the end tag of an element, by a space before
// its bracket. It is for those places where nothing can say that a text is no HTML.
func apart(s string) string { return endTag.ReplaceAllString(s, "</$1 >") }

// tricky reports whether some plain text of a piece looks like markup.
func (p *piece) tricky() bool {
	texts := []string{p.title, p.rights, p.source.label(), p.origin.title}
	if p.podcast != nil {
		texts = append(texts, p.podcast.Subtitle)
	}
	for _, a := range p.authors {
		texts = append(texts, a.Name)
	}
	for _, c := range p.categories {
		texts = append(texts, c.Term, c.Label)
	}
	for _, e := range p.enclosures {
		texts = append(texts, e.Title)
	}
	for _, a := range p.also {
		texts = append(texts, a.title, a.source.label())
	}
	return slices.ContainsFunc(texts, likeHTML.MatchString)
}

// byNumber writes ampersands and brackets by their numbers, which says of a plain text that
// they are meant as they stand there (RSS Best Practices Profile, "Character Data"). Whoever
// reads XML, or HTML, sees no difference.
func byNumber(xml []byte) []byte {
	xml = bytes.ReplaceAll(xml, []byte("&amp;"), []byte("&#x26;"))
	return bytes.ReplaceAll(xml, []byte("&lt;"), []byte("&#x3C;"))
}
