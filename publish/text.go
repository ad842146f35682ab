package publish

import (
	"strings"
	"time"
	"unicode/utf8"

	"wiredesk"
	"wiredesk/publish/valid"
)

// clean returns s without what no document may hold: invalid UTF-8, characters that XML 1.0
// forbids (section 2.2) or discourages, and carriage returns, which XML and JSON would hand
// on differently.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "?")
	}
	s = unmistaken(s)
	if strings.IndexFunc(s, forbidden) < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == utf8.RuneError: // something was lost before we had it
			return '?'
		case forbidden(r):
			return -1
		}
		return r
	}, s)
}

// unmistaken returns a text in which UTF-8 that somebody read as Latin-1 is read as it was
// meant. Between two characters of markup, a text that is Latin-1 through and through and
// UTF-8 as well can hardly be anything else.
func unmistaken(s string) string {
	if !strings.Contains(s, "\u00c2") && !strings.Contains(s, "\u00c3") {
		return s
	}
	var b strings.Builder
	for s != "" {
		end := strings.IndexAny(s, "&<>\"'\r\n\t")
		switch {
		case end < 0:
			end = len(s)
		case end == 0:
			end = 1
		}
		b.WriteString(fromLatin1(s[:end]))
		s = s[end:]
	}
	return b.String()
}

// fromLatin1 returns what a text says if its characters are the bytes of UTF-8, or the text.
func fromLatin1(s string) string {
	raw := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return s
		}
		raw = append(raw, byte(r))
	}
	if !utf8.Valid(raw) {
		return s
	}
	return string(raw)
}

func forbidden(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\t' && r != '\n'
	case r < 0x7f:
		return false
	case r < 0xa0, r == utf8.RuneError, r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return r&0xfffe == 0xfffe
}

// line returns s cleaned and in one line. Spaces that do not break are kept: they belong to
// the typography of a title.
func line(s string) string {
	s = clean(s)
	if !strings.ContainsAny(s, "\t\n\u2028\u2029") && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\u2028' || r == '\u2029'
	}), " "))
}

// cut returns s, or its beginning with an ellipsis if it has more than n characters. It
// ends between two words where there is a space late enough.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	end, count := 0, 0
	for i := range s {
		if count == n {
			end = i
			break
		}
		count++
	}
	short := s[:end]
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,;:.–—-") + "…"
}

// excerpt returns the first n characters of the text of cleaned HTML.
func excerpt(html string, n int) string {
	// The text of the beginning is enough, and an article may be long. What the cut
	// leaves of a tag or a character is dropped.
	if limit := 4096 + 8*n; len(html) > limit {
		html = strings.ToValidUTF8(html[:limit], "")
		if tag := strings.LastIndexByte(html, '<'); tag > strings.LastIndexByte(html, '>') {
			html = html[:tag]
		}
	}
	return cut(line(wiredesk.Text(html)), n)
}

// language returns a BCP 47 tag, or nothing if s is none.
func language(s string) string {
	if s = strings.TrimSpace(s); len(s) <= 35 && valid.Language(s) {
		return s
	}
	return ""
}

// earliest is the first date that anybody believes of something published on the web.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// moment returns t in UTC and whole seconds, or the zero time if no document can say it.
func moment(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Second)
	if t.Before(earliest) || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// rfc822 is the form of RSS, with a year of four digits and a numeric zone, which readers
// and validators take most gladly; rfc3339 is that of Atom and JSON Feed.
func rfc822(t time.Time) string { return form(t, "Mon, 02 Jan 2006 15:04:05 -0700") }

func rfc3339(t time.Time) string { return form(t, time.RFC3339) }

func form(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(layout)
}
