package fetch

import (
	"html"
	"strconv"
	"strings"
)

// A scanner reads markup that may be broken in every way, token by token. It never fails,
// reads every byte a bounded number of times, and returns a token for each part of its
// text: what looks like no tag is text.
type scanner struct {
	src   string
	pos   int
	attrs []attr // of the last start tag
	cut   bool   // the text ended within a token
}

type tokenKind uint8

const (
	endOfText tokenKind = iota
	startTag
	endTag
	textToken  // entities are still references
	cdataToken // literal
	otherToken // comments, processing instructions, declarations
)

type token struct {
	kind  tokenKind
	name  string // of a tag, as written
	text  string // of text
	empty bool   // a start tag that ends itself
	from  int    // where the token begins
}

type attr struct{ name, value string } // as written; the value is still escaped

// next returns the next token.
func (s *scanner) next() token {
	from := s.pos
	if from >= len(s.src) {
		return token{kind: endOfText, from: from}
	}
	rest := s.src[from:]
	if rest[0] != '<' {
		return s.text(from)
	}
	switch {
	case strings.HasPrefix(rest, "<!--"):
		s.skipTo(from+4, "-->")
		return token{kind: otherToken, from: from}
	case strings.HasPrefix(rest, "<![CDATA["):
		s.skipTo(from+9, "]]>")
		return token{kind: cdataToken, text: strings.TrimSuffix(s.src[from+9:s.pos], "]]>"), from: from}
	case strings.HasPrefix(rest, "<?"):
		s.skipTo(from+2, ">") // "?>" is too often misspelt
		return token{kind: otherToken, from: from}
	case strings.HasPrefix(rest, "<!") && len(rest) > 2 && isLetter(rest[2]):
		s.declaration(from + 2)
		return token{kind: otherToken, from: from}
	case strings.HasPrefix(rest, "</") && len(rest) > 2 && isNameStart(rest[2]):
		name := nameAt(s.src, from+2)
		s.skipTo(from+2+len(name), ">")
		return token{kind: endTag, name: name, from: from}
	case len(rest) > 1 && isNameStart(rest[1]):
		if t, ok := s.tag(from); ok {
			return t
		}
	}
	return s.text(from)
}

// text returns the text from there to the next "<" that is not at its beginning.
func (s *scanner) text(from int) token {
	if i := strings.IndexByte(s.src[from+1:], '<'); i >= 0 {
		s.pos = from + 1 + i
	} else {
		s.pos = len(s.src)
	}
	return token{kind: textToken, text: s.src[from:s.pos], from: from}
}

// skipTo goes behind the next end, or to the end of the text.
func (s *scanner) skipTo(from int, end string) {
	if i := strings.Index(s.src[from:], end); i >= 0 {
		s.pos = from + i + len(end)
		return
	}
	s.pos, s.cut = len(s.src), true
}

// declaration goes behind a declaration and its internal subset, which is not read: no
// entity is ever expanded and nothing external is fetched.
func (s *scanner) declaration(from int) {
	i := strings.IndexAny(s.src[from:], "[>")
	if i >= 0 && s.src[from+i] == '[' {
		if j := strings.Index(s.src[from+i:], "]"); j >= 0 {
			i += j
		}
	}
	s.skipTo(from+max(i, 0), ">")
}

// tag reads a start tag with its attributes. It is none if a "<" comes before its end.
func (s *scanner) tag(from int) (token, bool) {
	name := nameAt(s.src, from+1)
	s.attrs = s.attrs[:0]
	src, i := s.src, from+1+len(name)
	for {
		for i < len(src) && (isSpace(src[i]) || src[i] == '/' && !strings.HasPrefix(src[i:], "/>") || src[i] == '"' || src[i] == '\'' || src[i] == '=') {
			i++
		}
		switch {
		case i >= len(src):
			s.cut = true
			return token{}, false
		case src[i] == '>':
			s.pos = i + 1
			return token{kind: startTag, name: name, from: from}, true
		case src[i] == '/':
			s.pos = i + 2
			return token{kind: startTag, name: name, empty: true, from: from}, true
		case src[i] == '<':
			return token{}, false
		}
		a, n := attrAt(src, i)
		if n <= i {
			return token{}, false
		}
		i = n
		if len(s.attrs) < maxAttrs && len(a.value) <= maxAttr {
			s.attrs = append(s.attrs, a)
		}
	}
}

// attrAt reads the attribute that begins there and returns where it ends.
func attrAt(src string, i int) (attr, int) {
	begin := i
	for i < len(src) && !isSpace(src[i]) && !strings.ContainsRune("=>/<\"'", rune(src[i])) {
		i++
	}
	a := attr{name: src[begin:i]}
	j := i
	for j < len(src) && isSpace(src[j]) {
		j++
	}
	if j >= len(src) || src[j] != '=' {
		return a, i
	}
	j++
	for j < len(src) && isSpace(src[j]) {
		j++
	}
	if j >= len(src) {
		return a, j
	}
	if q := src[j]; q == '"' || q == '\'' {
		// A tag within the value means that the quotation mark at its end is missing.
		for k := j + 1; k < len(src); k++ {
			if src[k] == q {
				a.value = src[j+1 : k]
				return a, k + 1
			}
			if src[k] == '<' && k+1 < len(src) && (isNameStart(src[k+1]) || src[k+1] == '/') {
				return a, k
			}
		}
		return a, len(src)
	}
	k := j
	for k < len(src) && !isSpace(src[k]) && src[k] != '>' && src[k] != '<' && !strings.HasPrefix(src[k:], "/>") {
		k++
	}
	a.value = src[j:k]
	return a, k
}

// nameAt returns the name that begins there.
func nameAt(src string, i int) string {
	j := i
	for j < len(src) && !isSpace(src[j]) && src[j] != '>' && src[j] != '<' && src[j] != '/' && src[j] != '=' && src[j] != '"' && src[j] != '\'' {
		j++
	}
	return src[i:j]
}

func isSpace(c byte) bool     { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
func isLetter(c byte) bool    { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isNameStart(c byte) bool { return isLetter(c) || c == '_' || c >= 0x80 }

// unescape replaces the references to characters in a text: the numbers, and the names of
// HTML, which sources use although XML has but five. What is no reference stays, and a
// reference to a character that XML does not allow is dropped.
func unescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		if ref, n := reference(s); n > 0 {
			b.WriteString(ref)
			s = s[n:]
		} else {
			b.WriteByte('&')
			s = s[1:]
		}
		i = strings.IndexByte(s, '&')
	}
	b.WriteString(s)
	return b.String()
}

// reference returns what the reference at the beginning of s stands for and its length,
// which is 0 if there is none.
func reference(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), 40)], ';')
	if end < 2 {
		return "", 0
	}
	name := s[1:end]
	if name[0] != '#' {
		for i := range len(name) {
			if !isLetter(name[i]) && (name[i] < '0' || name[i] > '9') {
				return "", 0
			}
		}
		if name == "apos" {
			return "'", end + 1
		}
		// HTML knows some names without their semicolon: "&copy=1;" is none of them.
		whole := html.UnescapeString(s[:end+1])
		if strings.HasSuffix(whole, ";") && whole != ";" {
			return "", 0
		}
		return whole, end + 1
	}
	digits, base := name[1:], 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return "", 0
	}
	if n > 0x10FFFF || !xmlChar(rune(n)) {
		return "", end + 1
	}
	return html.UnescapeString(s[:end+1]), end + 1
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#13;")
