package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"wiredesk"
)

// An address is what url or a path in the config leads to.
type address struct {
	url string // http, https or file, without user name and password
	// hasUser says that the address was written with a user name.
	hasUser            bool
	username, password string
}

// address returns what the text t leads to; a relative path is in dir. It reports what is
// wrong and is false then. What url.Parse says is not shown: it could hold a secret.
func (b *builder) address(key string, t *text, dir string) (address, bool) {
	no := func(what, hint string) (address, bool) {
		b.problem(t.at, fmt.Sprintf("%s: %s %s", key, t.show(), what), hint)
		return address{}, false
	}
	if t.bad {
		return address{}, false
	}
	s := t.s
	scheme, rest, hasScheme := strings.Cut(s, ":")
	switch {
	case s == "":
		return no("is empty", "https://… or the path of a file")
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return no("has a control character", "")
	case hasScheme && strings.EqualFold(scheme, "feed"):
		return no("is not an address of the web", "write https: in place of feed:")
	case hasScheme && strings.EqualFold(scheme, "file"):
		return fileAddress(rest, dir, no)
	case !hasScheme || strings.ContainsAny(scheme, `/\.`) && !strings.HasPrefix(rest, "//"):
		if looksLikeHost(s, dir) {
			return no("is no file here", "for an address of the web write https:// before it")
		}
		return address{url: fileURL(beside(dir, s))}, true
	case !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
		return no("is neither http, https nor file", wiredesk.DidYouMean(scheme, []string{"https", "http", "file"}))
	}
	u, err := url.Parse(s)
	switch {
	case strings.ContainsRune(s, ' '):
		return no("has a space", "write %20")
	case err != nil || u.Hostname() == "":
		return no("is no address", "such as https://example.org/feed.xml")
	case !validPort(u.Port()):
		return no("has a port that there is not", "ports go from 1 to 65535")
	case u.User == nil:
		return address{url: s}, true
	}
	a := address{hasUser: true, username: u.User.Username()}
	a.password, _ = u.User.Password()
	before, after, _ := strings.Cut(s, "//")
	authority, path := cutAny(after, "/?#")
	a.url = before + "//" + authority[strings.LastIndexByte(authority, '@')+1:] + path
	return a, true
}

// validPort reports whether there is such a port; none is the scheme's own.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// cutAny cuts s before the first of the characters in chars.
func cutAny(s, chars string) (before, rest string) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// fileAddress returns the address of what follows file: in an address.
func fileAddress(rest, dir string, no func(what, hint string) (address, bool)) (address, bool) {
	path := rest
	if host, ok := strings.CutPrefix(rest, "//"); ok {
		host, path = cutAny(host, "/")
		if host != "" && host != "localhost" {
			return no("is a file on another machine", "write file:/// and the path")
		}
	}
	path, err := url.PathUnescape(path)
	if err != nil || path == "" || strings.ContainsRune(path, 0) {
		return no("names no file", "write file:/// and the path")
	}
	return address{url: fileURL(beside(dir, path))}, true
}

// fileURL returns the address of an absolute path (RFC 8089).
func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

var hostLike = regexp.MustCompile(`^(www\.[^/]+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})/`)

// looksLikeHost reports whether a path is more likely an address without its scheme.
func looksLikeHost(s, dir string) bool {
	if !hostLike.MatchString(s + "/") {
		return false
	}
	if _, err := os.Stat(beside(dir, s)); err == nil {
		return false
	}
	return strings.Contains(s, "/") || strings.HasPrefix(s, "www.")
}

// webAddress checks that a text is an absolute http or https address without a user, and
// returns it parsed.
func (b *builder) webAddress(key string, t *text) (*url.URL, bool) {
	u, err := url.Parse(t.s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		b.problem(t.at, fmt.Sprintf("%s: %s is no absolute http or https address", key, t.show()), "such as https://example.org/")
		return nil, false
	}
	return u, true
}

// proxy checks the address of a proxy.
func (b *builder) proxy(t *text) {
	if t.s == "" {
		return
	}
	u, err := url.Parse(t.s)
	if err == nil && u.Hostname() != "" {
		switch u.Scheme {
		case "http", "https", "socks5":
			return
		}
	}
	b.problem(t.at, "proxy: "+t.show()+" is no address of a proxy", "http://, https:// or socks5:// and host:port")
}
