package publish

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"wiredesk"
)

// clean returns s without what no document may hold: invalid UTF-8, characters that XML 1.0
// forbids (section 2.2) or discourages, and carriage returns, which XML and JSON would hand
// on differently.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexFunc(s, forbidden) < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case forbidden(r):
			return -1
		}
		return r
	}, s)
}

func forbidden(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\t' && r != '\n'
	case r < 0x7f:
		return false
	case r < 0xa0, r >= 0xfdd0 && r <= 0xfdef:
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

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$`)

// language returns a BCP 47 tag, or nothing if s is none.
func language(s string) string {
	if s = strings.TrimSpace(s); languageTag.MatchString(s) {
		return s
	}
	return ""
}

// moment returns t in UTC and whole seconds, or the zero time if no document can say it.
func moment(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Second)
	if t.Year() < 1 || t.Year() > 9999 || t.Unix() <= 0 {
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
