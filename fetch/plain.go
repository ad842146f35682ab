package fetch

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
)

// plainText returns a text as one line of plain text of at most so many characters. HTML
// loses its markup. Where the format does not say what a text is (RSS), it is HTML if it
// looks like that, see [looksLikeHTML].
func plainText(s string, kind textKind, limit int) string {
	switch {
	case kind == foreign:
		return ""
	case kind == hyper, kind == unsaid && looksLikeHTML(s):
		s = stripMarkup(s)
	}
	return oneLine(s, limit)
}

// looksLikeHTML is the rule of python3-feedparser: a text is HTML if it has an end tag, a
// line break or a reference to a character, if all its tags are those of HTML, and if all
// its references are known. "Using the <b> tag" and "AT&T" are none; "<b>Bold</b>" and
// "Fish &amp; chips", unescaped once, are.
func looksLikeHTML(s string) bool {
	if !strings.ContainsAny(s, "<&") {
		return false
	}
	sure := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '&':
			if ref, n := reference(s[i:]); n > 0 && ref != "" {
				sure = true
			} else if likeReference(s[i:]) {
				return false
			}
		case '<':
			end := i+1 < len(s) && s[i+1] == '/'
			from := i + 1
			if end {
				from++
			}
			if from >= len(s) || !isLetter(s[from]) {
				continue
			}
			name := strings.ToLower(nameAt(s, from))
			if !keepElement[name] && !knownElement[name] {
				return false
			}
			sure = sure || end || name == "br" || name == "img" && strings.Contains(s[i:], ">")
		}
	}
	return sure
}

// likeReference reports whether s begins with something in the form of a reference.
func likeReference(s string) bool {
	end := strings.IndexByte(s[:min(len(s), 40)], ';')
	if end < 2 {
		return false
	}
	for i := 1; i < end; i++ {
		if !isLetter(s[i]) && (s[i] < '0' || s[i] > '9') && s[i] != '#' {
			return false
		}
	}
	return true
}

// knownElement are elements of HTML besides those that we keep.
var knownElement = map[string]bool{
	"a": true, "acronym": true, "applet": true, "area": true, "base": true, "big": true, "body": true,
	"button": true, "center": true, "embed": true, "fieldset": true, "font": true, "form": true,
	"head": true, "html": true, "iframe": true, "input": true, "label": true, "legend": true, "link": true,
	"map": true, "math": true, "meta": true, "noscript": true, "object": true, "option": true, "param": true,
	"script": true, "select": true, "strike": true, "style": true, "svg": true, "textarea": true,
	"title": true, "tt": true,
}

// stripMarkup returns the text of HTML. Blocks and line breaks count as spaces.
func stripMarkup(s string) string {
	z := xhtml.NewTokenizer(strings.NewReader(s))
	var b strings.Builder
	hidden := ""
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return b.String()
		case xhtml.TextToken:
			if hidden == "" {
				b.WriteString(html.UnescapeString(string(z.Raw())))
			}
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch tag := string(name); {
			case tag == "script" || tag == "style":
				hidden = tag
			case !inlineElement[tag]:
				b.WriteByte(' ')
			}
		case xhtml.EndTagToken:
			name, _ := z.TagName()
			if string(name) == hidden {
				hidden = ""
			}
			if !inlineElement[string(name)] {
				b.WriteByte(' ')
			}
		}
	}
}

var inlineElement = map[string]bool{
	"a": true, "abbr": true, "acronym": true, "b": true, "bdi": true, "bdo": true, "big": true, "cite": true,
	"code": true, "del": true, "dfn": true, "em": true, "font": true, "i": true, "ins": true, "kbd": true,
	"label": true, "mark": true, "nobr": true, "q": true, "s": true, "samp": true, "small": true, "span": true,
	"strike": true, "strong": true, "sub": true, "sup": true, "time": true, "tt": true, "u": true, "var": true,
	"wbr": true, "ruby": true, "rb": true,
}

// oneLine returns the text with its white space as single blanks, without control
// characters, without those that turn the direction of the text around them, and cut
// after so many characters. Marks that right-to-left text needs stay.
func oneLine(s string, limit int) string {
	var b strings.Builder
	b.Grow(min(len(s), 4*limit))
	blank, n := false, 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			blank = n > 0
			continue
		case !visible(r):
			continue
		}
		if n >= limit {
			b.WriteString("…")
			break
		}
		if blank {
			b.WriteByte(' ')
			blank, n = false, n+1
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// visible reports whether a character may stand in plain text.
func visible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r < 0xA0: // C0 and C1
		return false
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // embeddings, overrides, isolates
		return false
	case r == 0x200B, r == 0x2060, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB, r >= 0xE0000 && r <= 0xE007F:
		return false // nothing to see
	}
	return xmlChar(r)
}

// short returns source text for a message of ours: one line, nothing hidden, cut.
func short(s string, limit int) string {
	return oneLine(strings.ToValidUTF8(s[:min(len(s), limit*utf8.UTFMax)], ""), limit)
}
