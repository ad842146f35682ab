package fetch

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// parseDate returns the moment that a date in a feed means, in UTC. The usual forms are
// tried as they are; anything else is taken apart word by word, in the spirit of a person
// who reads it: names of months in many languages, zones by name, 24:00, leap seconds,
// two-digit years, seconds since 1970. It takes no more than a bounded time.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 100 {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if len(s) >= len(layout)-4 {
			if t, err := time.Parse(layout, s); err == nil && honest(t) {
				return t.UTC(), true
			}
		}
	}
	return looseDate(s)
}

// layouts are the forms of nearly all dates. Zones by name are not among them: package
// time takes one that it does not know for UTC.
var layouts = []string{
	time.RFC3339,
	"Mon, 02 Jan 2006 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04:05 -0700",
	"Mon, 02 Jan 2006 15:04:05 GMT",
	"Mon, 2 Jan 2006 15:04:05 GMT",
	"2006-01-02T15:04:05",
	"2006-01-02",
}

// honest reports whether a year was meant.
func honest(t time.Time) bool { return t.Year() > 0 && t.Year() < 10000 }

// A moment is a date whose parts are being found.
type moment struct {
	year, month, day     int
	hour, min, sec, nano int
	timed, pm, am        bool
	zone                 int // seconds east of Greenwich
	zoned                bool
	numbers              []number // not yet said what they are
}

type number struct {
	value, digits int
}

// looseDate reads a date word by word.
func looseDate(s string) (time.Time, bool) {
	if t, ok := epoch(s); ok {
		return t, true
	}
	if t, ok := compactDate(s); ok {
		return t, true
	}
	var m moment
	words := dateWords(s)
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "+" || w == "-":
			if n, ok := m.offset(words[i:]); ok {
				i += n
			}
		case w[0] >= '0' && w[0] <= '9':
			if strings.ContainsAny(w, ":") {
				if !m.clock(w) {
					return time.Time{}, false
				}
				continue
			}
			n, err := strconv.Atoi(w)
			if err != nil {
				return time.Time{}, false
			}
			m.numbers = append(m.numbers, number{n, len(w)})
		default:
			m.word(w)
		}
	}
	return m.time()
}

// epoch reads seconds or milliseconds since 1970.
func epoch(s string) (time.Time, bool) {
	whole, _, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil:
	case len(whole) == 9 || len(whole) == 10:
		return time.Unix(n, 0).UTC(), true
	case len(whole) == 13:
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

// compactDate reads the forms of ISO 8601 without separators, and a bare year or month.
func compactDate(s string) (time.Time, bool) {
	for _, layout := range []string{"20060102T150405Z0700", "20060102T150405", "20060102T1504Z0700", "20060102150405", "20060102", "2006-01", "2006"} {
		if len(s) >= len(layout)-4 && len(s) <= len(layout)+1 {
			if t, err := time.Parse(layout, s); err == nil && honest(t) {
				return t.UTC(), true
			}
		}
	}
	return time.Time{}, false
}

// dateWords splits a date into numbers, times of day, names and signs. A "-" between two
// parts of a date is a separator, one before a number behind the time of day a sign.
func dateWords(s string) []string {
	var words []string
	timed := false
	for i := 0; i < len(s) && len(words) < 24; {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			j := i
			for j < len(s) && (s[j] >= '0' && s[j] <= '9' || s[j] == ':' || (s[j] == '.' || s[j] == ',') && timedHere(s[i:j]) && j+1 < len(s) && s[j+1] >= '0' && s[j+1] <= '9') {
				j++
			}
			words = append(words, strings.TrimRight(s[i:j], ":"))
			timed = timed || strings.Contains(s[i:j], ":")
			i = j
		case (c == '+' || c == '-') && (timed || c == '+') && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			words = append(words, string(c))
			i++
		default:
			j := i
			for j < len(s) && (isLetter(s[j]) || s[j] >= 0x80) {
				j++
			}
			if j > i {
				words = append(words, strings.ToLower(s[i:j]))
			}
			i = max(j, i+1)
		}
	}
	return words
}

// timedHere reports whether a part of a date is a time of day with seconds.
func timedHere(s string) bool { return strings.Count(s, ":") == 2 }

// clock reads a time of day.
func (m *moment) clock(w string) bool {
	parts := strings.FieldsFunc(w, func(r rune) bool { return r == ':' || r == '.' || r == ',' })
	if m.timed || len(parts) < 2 || len(parts) > 4 {
		return m.timed // a second time of day says nothing
	}
	var n [4]int
	for i, p := range parts[:min(len(parts), 3)] {
		v, err := strconv.Atoi(p)
		if err != nil || v > 99 {
			return false
		}
		n[i] = v
	}
	if n[0] > 24 || n[1] > 59 || n[2] > 60 || n[0] == 24 && (n[1] != 0 || n[2] != 0) {
		return false
	}
	m.hour, m.min, m.sec, m.timed = n[0], n[1], n[2], true // 24:00 and :60 run over
	if len(parts) == 4 {
		f, _ := strconv.ParseFloat("0."+parts[3][:min(len(parts[3]), 9)], 64)
		m.nano = int(f * 1e9)
	}
	return true
}

// offset reads a zone as a number behind its sign and returns how many words it took.
func (m *moment) offset(words []string) (int, bool) {
	if len(words) < 2 {
		return 0, false
	}
	hours, minutes, colon := strings.Cut(words[1], ":")
	if !colon && len(hours) > 2 {
		hours, minutes = hours[:len(hours)-2], hours[len(hours)-2:]
	}
	h, err := strconv.Atoi(hours)
	if err != nil || h > 15 {
		return 1, true
	}
	mins, _ := strconv.Atoi(minutes)
	if mins > 59 {
		return 1, true
	}
	m.zone, m.zoned = h*3600+mins*60, true
	if words[0] == "-" {
		m.zone = -m.zone
	}
	return 1, true
}

// word reads a name: of a month, of a zone, of a half of the day. Others, such as those
// of weekdays, say nothing.
func (m *moment) word(w string) {
	if n := monthNumber(w); n > 0 && m.month == 0 {
		m.month = n
		return
	}
	switch w {
	case "pm":
		m.pm = true
	case "am":
		m.am = true
	case "t", "z":
		if w == "z" {
			m.zoned = true
		}
	default:
		if offset, ok := zones[w]; ok && !m.zoned {
			m.zone, m.zoned = offset*60, true
		}
	}
}

// time puts the parts together.
func (m *moment) time() (time.Time, bool) {
	if !m.date() {
		return time.Time{}, false
	}
	switch {
	case m.pm && m.hour < 12:
		m.hour += 12
	case m.am && m.hour == 12:
		m.hour = 0
	}
	t := time.Date(m.year, time.Month(m.month), m.day, 0, 0, 0, 0, time.UTC)
	if t.Day() != m.day || int(t.Month()) != m.month {
		return time.Time{}, false
	}
	t = time.Date(m.year, time.Month(m.month), m.day, m.hour, m.min, m.sec, m.nano, time.UTC)
	return t.Add(-time.Duration(m.zone) * time.Second), honest(t)
}

// date finds year, month and day among the numbers. Numbers only, without a year in
// front, are day, month, year as in most of the world, unless that cannot be.
func (m *moment) date() bool {
	n := m.numbers
	switch {
	case m.month > 0 && len(n) >= 2:
		if n[0].digits >= 3 { // 2006 January 2
			m.year, m.day = n[0].value, n[1].value
		} else {
			m.day, m.year = n[0].value, century(n[1])
		}
	case m.month > 0:
		return false
	case len(n) >= 3 && n[0].digits >= 3:
		m.year, m.month, m.day = n[0].value, n[1].value, n[2].value
	case len(n) >= 3:
		m.day, m.month, m.year = n[0].value, n[1].value, century(n[2])
		if m.month > 12 && m.day <= 12 {
			m.day, m.month = m.month, m.day
		}
	default:
		return false
	}
	return m.month >= 1 && m.month <= 12 && m.day >= 1 && m.day <= 31
}

// century returns the year that two digits mean (RFC 2822 section 4.3, RFC 850).
func century(n number) int {
	switch {
	case n.digits > 2:
		return n.value
	case n.value < 69:
		return 2000 + n.value
	}
	return 1900 + n.value
}

// monthNumber returns the number of a month by its name or the first letters of it, or 0.
func monthNumber(w string) int {
	if n := months[w]; n > 0 {
		return n
	}
	w = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, w)
	return months[w]
}
