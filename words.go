package wiredesk

import (
	"html"
	"strings"
	"unicode"
)

// Words returns the words of a text in lower case: runs of letters and digits, and, for
// scripts that are written without spaces, each character on its own. An apostrophe
// inside a word is dropped, so that "don't" is one word however it is typed.
func Words(text string) []string {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			flush()
			words = append(words, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word.WriteRune(unicode.ToLower(r))
		case r == '\'' || r == '’' || r == '\u00ad':
		default:
			flush()
		}
	}
	flush()
	return words
}

// Text returns the plain text of HTML that was cleaned. Tags count as spaces, but for those
// that stand inside words.
func Text(clean string) string {
	var b strings.Builder
	b.Grow(len(clean))
	for clean != "" {
		i := strings.IndexByte(clean, '<')
		if i < 0 {
			b.WriteString(clean)
			break
		}
		b.WriteString(clean[:i])
		if !inline[tagName(clean[i:])] {
			b.WriteByte(' ')
		}
		j := strings.IndexByte(clean[i:], '>')
		if j < 0 {
			break
		}
		clean = clean[i+j+1:]
	}
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

// inline are the elements that do not end a word.
var inline = map[string]bool{
	"a": true, "abbr": true, "b": true, "bdi": true, "bdo": true, "cite": true, "code": true, "del": true, "dfn": true,
	"em": true, "i": true, "ins": true, "kbd": true, "mark": true, "q": true, "s": true, "samp": true, "small": true,
	"span": true, "strong": true, "sub": true, "sup": true, "time": true, "u": true, "var": true, "wbr": true,
}

// tagName returns the name of the tag that s begins with.
func tagName(s string) string {
	s = strings.TrimPrefix(s[1:], "/")
	if i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > 'z' }); i >= 0 {
		s = s[:i]
	}
	return s
}

// Text returns the longest text that the item has, without markup and without its title.
func (it *Item) Text() string {
	if it.Content != "" {
		return Text(it.Content)
	}
	return Text(it.Summary)
}
