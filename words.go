package wiredesk

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words returns the words of a text in lower case: runs of letters and digits, and, for
// scripts that are written without spaces, each character on its own. An apostrophe
// inside a word is dropped, so that "don't" is one word however it is typed.
func Words(text string) []string {
	joined, n := appendWords(make([]byte, 0, len(text)), text)
	if n == 0 {
		return nil
	}
	return strings.Split(string(joined), " ")
}

// appendWords appends the words of a text to those in joined, each but the first behind a
// blank, and returns how many it found. No word has a blank in it. Most characters of most
// texts are ASCII, so these do not ask the tables.
func appendWords(joined []byte, text string) ([]byte, int) {
	n, inside := 0, false
	begin := func() {
		if inside {
			return
		}
		if len(joined) > 0 {
			joined = append(joined, ' ')
		}
		n, inside = n+1, true
	}
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			begin()
			joined = append(joined, byte(r))
		case r >= 'A' && r <= 'Z':
			begin()
			joined = append(joined, byte(r)|0x20)
		case r == '\'' || r == '’' || r == '\u00ad':
		case r < utf8.RuneSelf:
			inside = false
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			inside = false
			begin()
			joined = utf8.AppendRune(joined, r)
			inside = false
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			begin()
			joined = utf8.AppendRune(joined, unicode.ToLower(r))
		default:
			inside = false
		}
	}
	return joined, n
}

// Text returns the plain text of HTML that was cleaned. Tags count as spaces, but for those
// that stand inside words.
func Text(clean string) string {
	return strings.Join(strings.Fields(withoutTags(clean)), " ")
}

// withoutTags is Text with its white space as it stands.
func withoutTags(clean string) string {
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
	return html.UnescapeString(b.String())
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
func (it *Item) Text() string { return Text(it.longest()) }

func (it *Item) longest() string {
	if it.Content != "" {
		return it.Content
	}
	return it.Summary
}
