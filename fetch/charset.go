package fetch

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"mime"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// toUTF8 returns the document as UTF-8, and in words what was wrong with its encoding.
// The evidence counts in this order: a byte order mark, the pattern of zeros that UTF-16
// and UTF-32 leave in markup, the charset of the header, the declaration, whether the
// bytes are UTF-8, statistics. A name that the bytes contradict is not believed: text
// that is valid UTF-8 is UTF-8 whatever it is called, and one bad byte in it is replaced.
func toUTF8(body []byte, contentType string) (text string, repairs []string) {
	if e, n := wide(body); e != nil {
		return convert(e, body[n:]), nil
	}
	if marked, ok := bytes.CutPrefix(body, []byte("\xef\xbb\xbf")); ok {
		if !utf8.Valid(marked) {
			repairs = []string{"bytes that are no UTF-8 were replaced"}
		}
		return mendUTF8(marked), repairs
	}
	valid, sequences, bad := validity(body)
	said := charsets(body, contentType)
	if valid && (sequences == 0 && !escapes(said) || sequences > 0 && believableUTF8(said, sequences)) {
		for _, name := range said {
			if e, canonical := lookup(name); sequences > 0 && e != nil && canonical != "utf-8" {
				return string(body), []string{"the text is UTF-8, not " + short(name, 40)}
			}
		}
		return string(body), nil
	}
	for _, name := range said {
		e, canonical := lookup(name)
		switch {
		case e == nil:
			repairs = append(repairs, "the encoding "+short(name, 40)+" is unknown")
		case canonical != "utf-8":
			return convert(e, body), repairs
		case valid:
			return string(body), repairs
		}
	}
	// A text in UTF-8 with some damage has many more whole sequences than broken ones; a
	// text in one of the old encodings has hardly any.
	if valid || sequences >= 4*bad {
		if bad > 0 {
			repairs = append(repairs, "bytes that are no UTF-8 were replaced")
		}
		return mendUTF8(body), repairs
	}
	e, name := detect(body)
	return convert(e, body), append(repairs, "the encoding is guessed to be "+name)
}

// wide returns the encoding of a document in UTF-16 or UTF-32 and the length of its byte
// order mark, which may be missing; or nil.
func wide(b []byte) (encoding.Encoding, int) {
	var head [4]byte
	copy(head[:], b)
	if len(b) >= 4 {
		switch binary.BigEndian.Uint32(head[:]) {
		case 0x0000FEFF:
			return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 4
		case 0xFFFE0000:
			return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 4
		}
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2
	}
	// Without a mark: a document begins with ASCII, whose other bytes are zero.
	var zeros [4]int
	sample := b[:min(len(b), 64)&^3]
	for i, c := range sample {
		if c == 0 {
			zeros[i%4]++
		}
	}
	n := len(sample) / 4
	if n < 2 {
		return nil, 0
	}
	most := func(count int) bool { return count*4 >= n*3 }
	switch {
	case most(zeros[0]) && most(zeros[1]) && most(zeros[2]):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 0
	case most(zeros[1]) && most(zeros[2]) && most(zeros[3]):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 0
	case most(zeros[0]) && most(zeros[2]):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 0
	case most(zeros[1]) && most(zeros[3]):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 0
	}
	return nil, 0
}

// validity reports whether b is UTF-8, how many characters in it are not ASCII and how
// many bytes belong to none.
func validity(b []byte) (valid bool, sequences, bad int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			sequences++
		}
		i += n
	}
	return bad == 0, sequences, bad
}

var declaration = regexp.MustCompile(`^[\s\x{0}]*<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})`)

// charsets returns the names that the header and the document give for the encoding.
func charsets(body []byte, contentType string) []string {
	var names []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		names = append(names, params["charset"])
	} else if _, rest, ok := strings.Cut(strings.ToLower(contentType), "charset="); ok && err != nil {
		names = append(names, strings.Trim(strings.TrimSpace(strings.SplitN(rest, ";", 2)[0]), `"'`))
	}
	if m := declaration.FindSubmatch(body[:min(len(body), 512)]); m != nil {
		names = append(names, string(m[1]))
	}
	return names
}

// escapes reports whether a name is that of an encoding that writes other characters in
// ASCII bytes.
func escapes(names []string) bool {
	for _, name := range names {
		switch _, canonical := lookup(name); canonical {
		case "iso-2022-jp", "hz-gb-2312", "utf-7":
			return true
		}
		if strings.HasPrefix(strings.ToLower(name), "ibm") {
			return true // EBCDIC: nothing in it looks like ASCII, so only the name can tell
		}
	}
	return false
}

// believableUTF8 reports whether text that happens to be valid UTF-8, with so many
// characters that are not ASCII, is UTF-8 although it is said to be something else. Two
// characters of an Asian encoding can look like UTF-8, four hardly do.
func believableUTF8(names []string, sequences int) bool {
	for _, name := range names {
		if e, _ := lookup(name); e != nil {
			if _, single := e.(*charmap.Charmap); !single {
				return sequences >= 4
			}
		}
	}
	return true
}

// lookup returns the encoding of that name, or nil.
func lookup(name string) (encoding.Encoding, string) {
	name = strings.ToLower(strings.TrimSpace(name))
	switch strings.NewReplacer("-", "", "_", "").Replace(name) {
	case "utf8", "usascii", "ascii":
		return unicode.UTF8, "utf-8" // ASCII is a part of it
	case "utf16", "utf16le", "utf16be", "utf32", "utf32le", "utf32be", "ucs2", "ucs4":
		return unicode.UTF8, "utf-8" // had it been true, its zeros would have told
	}
	if e, canonical := charset.Lookup(name); e != nil && canonical != "replacement" {
		return e, canonical
	}
	if e, err := ianaindex.IANA.Encoding(name); err == nil && e != nil {
		return e, name
	}
	return nil, ""
}

// detect guesses an encoding by statistics.
func detect(b []byte) (encoding.Encoding, string) {
	// Words in ASCII are alike in all encodings and only blur the picture.
	var sample []byte
	for word := range bytes.FieldsFuncSeq(b, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == '"' }) {
		if bytes.ContainsFunc(word, func(r rune) bool { return r >= utf8.RuneSelf }) {
			sample = append(append(sample, word...), ' ')
		}
		if len(sample) > 32<<10 {
			break
		}
	}
	if e, name := lookup(likeliest(sample)); e != nil && name != "utf-8" {
		return e, name
	}
	return charmap.Windows1252, "windows-1252"
}

// likeliest returns the name of the encoding that statistics speak for, or nothing. The
// detector asks its experts in parallel and takes the first of those who are equally sure:
// a document must not be read in another way each time, so the name decides between them.
func likeliest(sample []byte) string {
	all, err := chardet.NewTextDetector().DetectAll(sample)
	if err != nil {
		return ""
	}
	best := slices.MinFunc(all, func(a, b chardet.Result) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Charset, b.Charset))
	})
	if best.Confidence < 20 {
		return ""
	}
	return best.Charset
}

// convert decodes a text; bytes that mean nothing become U+FFFD.
func convert(e encoding.Encoding, b []byte) string {
	text, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return mendUTF8(b)
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// mendUTF8 replaces what is not UTF-8: a single byte between ASCII as if it were
// windows-1252, because that is where quotation marks are pasted from, anything else by
// U+FFFD.
func mendUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + 16)
	ascii := func(i int) bool { return i < 0 || i >= len(b) || b[i] < utf8.RuneSelf }
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 && ascii(i-1) && ascii(i+1) {
			r = charmap.Windows1252.DecodeByte(b[i])
		}
		out.WriteRune(r)
		i += n
	}
	return out.String()
}

// xmlChar reports whether XML 1.0 allows the character (section 2.2).
func xmlChar(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return true
	case r < 0x20 || utf16.IsSurrogate(r) || r == 0xFFFE || r == 0xFFFF:
		return false
	}
	return r <= 0x10FFFF
}

// readable returns a document without the characters that XML does not allow. The control
// characters from U+0080 to U+009F, which nobody writes, are what they are in windows-1252,
// which everybody writes.
func readable(s string) string {
	c1 := strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 && r < 0xA0 }) >= 0
	if c1 {
		s = strings.Map(func(r rune) rune {
			if r >= 0x80 && r < 0xA0 {
				return charmap.Windows1252.DecodeByte(byte(r))
			}
			return r
		}, s)
	}
	return onlyXMLChars(s)
}

// onlyXMLChars returns the text without the characters that XML does not allow.
func onlyXMLChars(s string) string {
	for i, r := range s {
		if !xmlChar(r) {
			var b strings.Builder
			b.Grow(len(s))
			b.WriteString(s[:i])
			for _, r := range s[i:] {
				if xmlChar(r) {
					b.WriteRune(r)
				}
			}
			return b.String()
		}
	}
	return s
}
