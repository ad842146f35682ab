package valid

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// any is a text of which nothing is asked.
func anything(*node, string) Rule { return "" }

// notBlank is a text that says something.
func notBlank(_ *node, s string) Rule {
	if strings.TrimSpace(s) == "" {
		return NotBlank
	}
	return ""
}

// all returns a value that must be good for all of these.
func all(values ...value) value {
	return func(n *node, s string) Rule {
		for _, v := range values {
			if rule := v(n, s); rule != "" {
				return rule
			}
		}
		return ""
	}
}

// upTo returns a value of so many characters at most.
func upTo(limit int) value {
	return func(_ *node, s string) Rule {
		if utf8.RuneCountInString(s) > limit {
			return TooLong
		}
		return ""
	}
}

// oneOf returns a value that is one of these words.
func oneOf(words ...string) value {
	return func(_ *node, s string) Rule {
		if !slices.Contains(words, s) {
			return InvalidWord
		}
		return ""
	}
}

var (
	endTag   = regexp.MustCompile(`</(\w+)>`)
	entity   = regexp.MustCompile(`&(#?\w+)`)
	markedUp = regexp.MustCompile(`&#[x0-9]|<[/a-zA-Z]`)
	letters  = regexp.MustCompile(`^[A-Za-z]+$`)
)

// plain is a text that nobody can take for HTML: it has no end of an element, and if it has
// something like an entity, the document says by a number that it is none.
func plain(n *node, s string) Rule {
	for _, m := range endTag.FindAllStringSubmatch(s, -1) {
		if htmlElements[strings.ToLower(m[1])] {
			return ContainsHTML
		}
	}
	for _, m := range entity.FindAllStringSubmatch(s, -1) {
		if (entities[m[1]] || !letters.MatchString(m[1])) && !n.numbered {
			return ContainsHTML
		}
	}
	return ""
}

// rssText is plain text in RSS, where no attribute says what a text is.
func rssText(n *node, s string) Rule {
	if markedUp.MatchString(s) && !n.numbered {
		return ContainsHTML
	}
	return plain(n, s)
}

// trimmed is a text without spaces around it.
func trimmed(s string) bool { return strings.TrimSpace(s) == s }

var (
	uriForm = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z+.-]*:(?:[0-9A-Za-z;/?:@&=+$.\-_!~*'(),#]|%[0-9A-Fa-f]{2})+$`)
	tagForm = regexp.MustCompile(`^tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d{2}(?:-\d{2})?)?:[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,]*(?:#[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,]*)?$`)
	urnForm = regexp.MustCompile(`^urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:(?:[A-Za-z0-9()+,.:=@;$_!*'-]|%[0-9A-Fa-f]{2})+$`)
	uuid    = regexp.MustCompile(`^urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	ipv6    = regexp.MustCompile(`^(https?://)\[[0-9A-Fa-f:.]+\]`)
)

// uri is an absolute URI (RFC 3986).
func uri(_ *node, s string) Rule {
	if !uriForm.MatchString(ipv6.ReplaceAllString(s, "${1}host")) || strings.Count(s, "#") > 1 {
		return InvalidURI
	}
	if rule := schemeRule(s); rule != "" {
		return InvalidURI
	}
	return ""
}

// schemeRule looks at what is particular to a scheme.
func schemeRule(s string) Rule {
	scheme, _, _ := strings.Cut(s, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
		return web(nil, s)
	case "tag":
		if !tagForm.MatchString(s) {
			return InvalidID
		}
	case "urn":
		if !urnForm.MatchString(s) || strings.HasPrefix(s, "urn:uuid:") && !uuid.MatchString(s) {
			return InvalidID
		}
	default:
		return InvalidID
	}
	return ""
}

// web is an address that a reader can ask.
func web(_ *node, s string) Rule {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil:
		return InvalidWebURI
	case !uriForm.MatchString(ipv6.ReplaceAllString(s, "${1}host")) || strings.Count(s, "#") > 1:
		return InvalidURI
	}
	return ""
}

// fileAddress is the address of an enclosure. The W3C feed validator takes only hosts whose
// name has a dot there, and a slash after it; so do readers that look at it with a pattern.
func fileAddress(n *node, s string) Rule {
	if rule := web(n, s); rule != "" {
		return rule
	}
	if !fileForm.MatchString(s) {
		return InvalidWebURI
	}
	return ""
}

var fileForm = regexp.MustCompile(`^https?://(?:[0-9A-Za-z-]+\.)+[0-9A-Za-z][0-9A-Za-z-]*(?::\d+)?(?:/|$)`)

// id is the id of an entry or of a source.
func id(_ *node, s string) Rule {
	scheme, _, ok := strings.Cut(s, ":")
	switch {
	case !ok || strings.ContainsAny(s, " \t\n") || !slices.Contains([]string{"http", "https", "tag", "urn"}, scheme):
		return InvalidID
	case !uriForm.MatchString(s) || schemeRule(s) != "" || !canonical(s):
		return NonCanonicalID
	}
	return ""
}

// canonical reports whether a URI is in its canonical form (RFC 3986 section 6.2.2 and .3).
func canonical(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !octets(s) {
		return false
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return true
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	dots := slices.ContainsFunc(strings.Split(u.EscapedPath(), "/"), func(part string) bool { return part == "." || part == ".." })
	return u.Host == strings.ToLower(u.Host) && u.Port() != port && !strings.HasSuffix(u.Host, ":") && !strings.HasSuffix(u.Host, ".") &&
		strings.HasPrefix(u.EscapedPath(), "/") && !dots && (net.ParseIP(u.Hostname()) == nil || !strings.Contains(u.Host, "["))
}

// octets reports whether what is percent-encoded needs to be, is UTF-8, and is written in
// capital letters.
func octets(s string) bool {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return false
		}
		pair := s[i+1 : i+3]
		c, err := strconv.ParseUint(pair, 16, 8)
		if err != nil || pair != strings.ToUpper(pair) || unreserved(byte(c)) {
			return false
		}
		b = append(b, byte(c))
		i += 2
	}
	return utf8.Valid(b)
}

func unreserved(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-._~", c) >= 0
}

// earliest is the first date that can be one of a feed.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

func date(layout, s string) Rule {
	t, err := time.Parse(layout, s)
	switch {
	case err != nil:
		return InvalidDate
	case t.Before(earliest):
		return ImplausibleDate
	}
	return ""
}

// rfc822 is a date of RSS, with a year of four digits and a zone in numbers. That the day
// of the week is that of the date is seen by writing it again.
func rfc822(_ *node, s string) Rule {
	const layout = "Mon, 02 Jan 2006 15:04:05 -0700"
	if t, err := time.Parse(layout, s); err != nil || t.Format(layout) != s {
		return InvalidDate
	}
	return date(layout, s)
}

// rfc3339 is a date of Atom and JSON Feed.
func rfc3339(_ *node, s string) Rule { return date(time.RFC3339, s) }

var emailForm = regexp.MustCompile(`^[A-Za-z0-9_+.'-]+@(?:(?:[0-9]{1,3}\.){3}|(?:[A-Za-z0-9-]+\.)+)[A-Za-z0-9][A-Za-z0-9-]*$`)

func email(_ *node, s string) Rule {
	if !emailForm.MatchString(s) {
		return InvalidContact
	}
	return ""
}

// contact is "address (name)", as RSS wants its editors.
func contact(_ *node, s string) Rule {
	address, name, ok := strings.Cut(s, " (")
	name, ok2 := strings.CutSuffix(name, ")")
	if !ok || !ok2 || strings.TrimSpace(name) == "" {
		return InvalidContact
	}
	return email(nil, address)
}

var inAngles = regexp.MustCompile(`<[A-Za-z0-9_+.'-]+@[A-Za-z0-9.-]+>`)

// name is that of a person.
func name(n *node, s string) Rule {
	if inAngles.MatchString(s) {
		return ContainsEmail
	}
	return all(notBlank, plain)(n, s)
}

var languageForm = regexp.MustCompile(`^([A-Za-z]{2,3})(-[A-Za-z0-9]{1,8})*$`)

// Language reports whether s is a tag (BCP 47) of a language of ISO 639-1, or of one that has
// three letters.
func Language(s string) bool {
	m := languageForm.FindStringSubmatch(s)
	return m != nil && (len(m[1]) == 3 || languages[strings.ToLower(m[1])])
}

func language(_ *node, s string) Rule {
	if !Language(s) {
		return InvalidLanguage
	}
	return ""
}

var mimeForm = regexp.MustCompile(`^[^\s()<>,;:\\"/\[\]?=]+/[^\s()<>,;:\\"/\[\]?=]+(?:\s*;\s*[^\s()<>,;:\\"/\[\]?=]+=(?:"[^"]*"|[^\s()<>,;:\\"/\[\]?=]+))*$`)

func mimeType(_ *node, s string) Rule {
	if !mimeForm.MatchString(s) {
		return InvalidMIMEType
	}
	return ""
}

// integer returns a value that is a number, not less than least.
func integer(least int64) value {
	return func(_ *node, s string) Rule {
		if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < least || s != strconv.FormatInt(n, 10) {
			return InvalidInteger
		}
		return ""
	}
}

var durationForm = regexp.MustCompile(`^\d+(?::[0-5][0-9](?::[0-5][0-9])?)?$`)

// duration is one in the forms of iTunes.
func duration(_ *node, s string) Rule {
	if !durationForm.MatchString(s) {
		return InvalidDuration
	}
	return ""
}

var languages = set("aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu")

func set(words string) map[string]bool {
	made := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		made[word] = true
	}
	return made
}
