package fetch

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// webAddress returns an absolute http(s) address for a reference found in a document, or
// nothing: no other scheme ever leaves this package. What browsers forgive is forgiven:
// blanks and line breaks around and within, backslashes, characters that ought to be
// escaped, names of hosts in any script.
func webAddress(base, ref string) string {
	ref = escapeAddress(ref)
	if ref == "" || len(ref) > maxLink {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	absolute := u.IsAbs()
	if !absolute {
		b, err := url.Parse(escapeAddress(base))
		if err != nil {
			return ""
		}
		u = b.ResolveReference(u)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" {
		return ""
	}
	host, ok := asciiHost(u.Host)
	if !ok {
		return ""
	}
	if absolute && host == u.Host && strings.HasPrefix(ref, u.Scheme) {
		return strings.TrimRight(ref, "#") // byte for byte, but for a fragment that names nothing
	}
	u.Host = host
	if s := u.String(); len(s) <= maxLink {
		return s
	}
	return ""
}

// asciiHost returns a host in the form that goes over the wire, and whether it is one.
func asciiHost(host string) (string, bool) {
	for i := range len(host) {
		if host[i] < 0x80 {
			continue
		}
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", false
		}
		host = ascii
		break
	}
	if host == "" || host[0] == ':' {
		return "", false
	}
	for i := range len(host) {
		c := host[i]
		if !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("-._:[]~!$&'()*+,;=%", rune(c)) {
			return "", false
		}
	}
	return host, true
}

// resolveBase returns what a reference is relative to a base as far as that is known: for
// xml:base, which may itself be relative.
func resolveBase(base, ref string) string {
	ref = escapeAddress(ref)
	if len(ref) > maxLink {
		return base
	}
	u, err := url.Parse(ref)
	if err != nil {
		return base
	}
	b, err := url.Parse(escapeAddress(base))
	if err != nil {
		return ref
	}
	if s := b.ResolveReference(u).String(); len(s) <= maxLink {
		return s
	}
	return base
}

// escapeAddress removes what does not belong into an address and escapes what must be.
func escapeAddress(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0xA0 || r == 0xFEFF || r == 0x200B })
	if strings.IndexFunc(s, unfit) < 0 {
		return s
	}
	scheme := strings.HasPrefix(strings.ToLower(s), "http") || !strings.Contains(s, ":")
	var b strings.Builder
	b.Grow(len(s) + 16)
	query, host := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if i >= 2 && s[i-2:i] == "//" && !strings.Contains(s[:i-2], "/") {
			host = true // here a host begins, which is not escaped
		}
		if c == '/' || c == '?' || c == '#' {
			if i < 2 || s[i-1] != '/' {
				host = false
			}
			query = query || c != '/'
		}
		switch {
		case c == '\t' || c == '\n' || c == '\r' || c < ' ' || c == 0x7F:
		case c == '\\' && !query && scheme:
			b.WriteByte('/')
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			b.WriteString("%25")
		case c == ' ' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}' || c >= 0x80 && !host:
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unfit reports whether a character of an address needs a second look.
func unfit(r rune) bool {
	return r <= ' ' || r >= 0x7F || strings.ContainsRune("\"<>\\^`{|}%", r)
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
