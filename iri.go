package wiredesk

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxIRI is how long an id may be.
const maxIRI = 1000

var (
	iriChars = regexp.MustCompile(`^(?:[0-9A-Za-z;/?:@&=+$.\-_!~*'(),#]|%[0-9A-F]{2})+$`)
	tagForm  = regexp.MustCompile(`^tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d{2}(?:-\d{2})?)?:[^#]*(?:#[^#]*)?$`)
	urnForm  = regexp.MustCompile(`^urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:(?:[A-Za-z0-9()+,.:=@;$_!*'-]|%[0-9A-F]{2})+$`)
	uuidForm = regexp.MustCompile(`^urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// IsIRI reports whether s can be an Atom id (RFC 4287 section 4.2.6) as it is: an http(s)
// address, a tag URI (RFC 4151) or a URN (RFC 8141), and that in the one form which all that
// mean the same have in common (RFC 3986 section 6.2). Other identifiers are IRIs too, but some
// readers and validators stumble over them.
func IsIRI(s string) bool {
	if len(s) > maxIRI || !iriChars.MatchString(s) || !settled(s) {
		return false
	}
	switch scheme, _, _ := strings.Cut(s, ":"); scheme {
	case "http", "https":
		return isCanonicalAddress(s)
	case "tag":
		return tagForm.MatchString(s)
	case "urn":
		return urnForm.MatchString(s) && (!strings.HasPrefix(s, "urn:uuid:") || uuidForm.MatchString(s))
	}
	return false
}

func isCanonicalAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Count(s, "#") > 1 {
		return false
	}
	path, usual := u.EscapedPath(), map[string]string{"http": "80", "https": "443"}[u.Scheme]
	dots := func(part string) bool { return part == "." || part == ".." }
	return u.Host == strings.ToLower(u.Host) && u.Port() != usual && !strings.HasSuffix(u.Host, ":") && !strings.HasSuffix(u.Host, ".") &&
		strings.HasPrefix(path, "/") && !slices.ContainsFunc(strings.Split(path, "/"), dots)
}

// settled reports whether what is percent-encoded can be written in one way only: octets that
// have to be encoded, and are UTF-8 of letters that have one form.
func settled(s string) bool {
	var decoded []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			decoded = append(decoded, s[i])
			continue
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		c := byte(n)
		if err != nil || c == '%' || strings.IndexByte("-._~", c) >= 0 || c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))) {
			return false
		}
		decoded = append(decoded, c)
		i += 2
	}
	return utf8.Valid(decoded) && strings.IndexFunc(string(decoded), unsettled) < 0
}

// unsettled reports whether a letter may have another form in Unicode's normalisation. It is
// careful: of the scripts that most of the world writes, it knows the plain letters.
func unsettled(r rune) bool {
	switch {
	case r < 0x0300, r >= 0x0400 && r < 0x0483, r >= 0x05d0 && r <= 0x05ea, r >= 0x0621 && r <= 0x064a,
		r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa, r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return false
	}
	return true
}
