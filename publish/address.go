package publish

import (
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"wiredesk"

	"golang.org/x/net/idna"
)

// maxAddress is longer than what browsers and servers agree on, and short enough that an
// address cannot fill a document.
const maxAddress = 4096

// webLink returns an absolute http(s) address that is a URI (RFC 3986) and not only an IRI:
// what is not allowed in one is percent-encoded, what is encoded already stays. Credentials
// are dropped. It returns nothing for what is no such address.
func webLink(s string) string {
	s = strings.TrimSpace(clean(s))
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || (scheme != "http" && scheme != "https") || len(s) > maxAddress {
		return ""
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	u, err := url.Parse("http://" + authority)
	if err != nil || !hostOnly(u.Hostname()) || !portOnly(u.Port()) || strings.HasSuffix(authority, ":") {
		return ""
	}
	authority, ok = asciiHost(u)
	if !ok {
		return ""
	}
	if tail != "" && tail[0] != '/' { // the same address (RFC 3986 section 6.2.3), and clearer
		tail = "/" + tail
	}
	return scheme + "://" + authority + encodeTail(tail)
}

// portOnly reports whether a port is none or one that there can be: browsers and many libraries
// refuse an address with another as a whole.
func portOnly(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// asciiHost returns host and port of an address. A host in another script is written as the
// DNS has it (RFC 5891), because many readers ask for it as it stands.
func asciiHost(u *url.URL) (string, bool) {
	if strings.IndexFunc(u.Host, func(r rune) bool { return r >= 0x80 }) < 0 {
		return encode(u.Host, "[]:%"), true
	}
	name, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil || !hostOnly(name) {
		return "", false
	}
	if port := u.Port(); port != "" {
		name += ":" + port
	}
	return name, true
}

// fileAddress is what an address of a file must look like for everybody: a host whose name has
// a dot, and a slash behind it.
var fileAddress = regexp.MustCompile(`^https?://(?:[0-9A-Za-z-]+\.)+[0-9A-Za-z][0-9A-Za-z-]*(?::\d+)?(?:/|$)`)

// rssImage reports whether a picture may be one that RSS knows, by its name.
func rssImage(link string) bool {
	switch extension(link) {
	case ".jpg", ".jpeg", ".png", ".gif":
		return true
	}
	return !lastWord.MatchString(link)
}

var lastWord = regexp.MustCompile(`\.\w+$`)

// licenseIn returns what stands where rights do, if it is the address of a licence.
func licenseIn(rights string) string {
	if rights = strings.TrimSpace(rights); strings.ContainsAny(rights, " \n") {
		return ""
	}
	return webLink(rights)
}

// hostOnly reports whether s holds only what a name or an address of a host holds, in any
// script.
func hostOnly(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < 0x80 && !alphanumeric(c) && !strings.ContainsRune("-._~:", rune(c)) {
			return false
		}
	}
	return s != ""
}

// encodeTail encodes path, query and fragment.
func encodeTail(s string) string {
	s, fragment, ok := strings.Cut(s, "#")
	s = encode(s, ":/?@!$&'()*+,;=%")
	if ok {
		s += "#" + encode(fragment, ":/?@!$&'()*+,;=%")
	}
	return s
}

// encode percent-encodes the bytes that are neither unreserved nor in keep, and a percent
// sign that encodes nothing.
func encode(s, keep string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		kept := alphanumeric(c) || strings.IndexByte("-._~", c) >= 0 || strings.IndexByte(keep, c) >= 0
		if c == '%' {
			kept = kept && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		}
		switch {
		case !kept:
			if b.Len() == 0 {
				b.WriteString(s[:i])
			}
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		case b.Len() > 0:
			b.WriteByte(c)
		}
	}
	if b.Len() == 0 {
		return s
	}
	return b.String()
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// iri returns s if it can stand where Atom wants an IRI that need not be fetched.
func iri(s string) string {
	if wiredesk.IsIRI(s) {
		return s
	}
	return canonical(webLink(s))
}

// canonical returns an address of ours in its canonical form (RFC 3986 section 6.2).
func canonical(link string) string {
	u, err := url.Parse(link)
	if err != nil || link == "" {
		return ""
	}
	u.Host = strings.TrimSuffix(strings.ToLower(u.Host), map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	if u = u.JoinPath(); u.Path == "" {
		u.Path = "/"
	}
	if s := u.String(); wiredesk.IsIRI(s) {
		return s
	}
	return ""
}

// host returns the name of the host of an address of ours, for want of a better name.
func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// extension returns the extension of the file that an address names, in lower case.
func extension(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.ToLower(path.Ext(u.Path))
}

// mediaType returns the type of a file by its address. The table is our own: that of the
// system would make the same facts give other bytes on another machine.
func mediaType(link string) string {
	if t, ok := mediaTypes[extension(link)]; ok {
		return t
	}
	return "application/octet-stream"
}

var mediaTypes = map[string]string{
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg",
	".oga": "audio/ogg", ".opus": "audio/ogg", ".flac": "audio/flac", ".wav": "audio/wav",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
	".ogv": "video/ogg", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
	".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif", ".svg": "image/svg+xml",
	".pdf": "application/pdf", ".epub": "application/epub+zip", ".zip": "application/zip",
}
