package fetch

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"http://example.org/a", "https://www.example.org/b", true},
		{"https://blog.example.co.uk/", "https://example.co.uk/", true},
		{"https://a.example.co.uk/", "https://b.other.co.uk/", false},
		{"https://a.github.io/", "https://b.github.io/", false},
		{"https://example.org/", "https://example.net/", false},
		{"http://10.0.0.1/", "http://20.0.0.1/", false},
		{"http://10.0.0.1:80/", "http://10.0.0.1:8080/", true},
		{"http://localhost/", "http://localhost:8080/", true},
		{"https://bücher.example/", "https://www.xn--bcher-kva.example/", true},
		{"file:///x", "file:///x", false},
		{"", "", false},
	} {
		if got := SameSite(c.a, c.b); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

func TestRedact(t *testing.T) { // S-42
	for in, want := range map[string]string{
		"https://me:secret@example.org/x?y=%2f": "https://example.org/x?y=%2f",
		"https://example.org/x|y":               "https://example.org/x|y",
		"https://me:sec%zzret@example.org/":     "an address that cannot be read",
		"file:///x":                             "file:///x",
	} {
		if got := Redact(in); got != want {
			t.Errorf("%s becomes %s", in, got)
		}
	}
}

// FuzzAddress holds that whatever is written as an address, nothing on a private network
// is let through, no secret is told, and reading it again changes nothing. S-51.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"http://example.org/a%2Fb?x#y", "http://u:p@[::1]:80/", "http://0x7f.1/", "https://１２７.０.０.１/", "http://a\\@127.0.0.1/",
		"http://[fe80::1%25lo]/", "http://./", "http://2130706433", "HTTP://EXAMPLE.ORG:/", "http://[::ffff:127.0.0.1]//x", "file:///x", "//x", "http://a b/",
	} {
		f.Add(seed)
	}
	g := newGuard(nil, nil)
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parseAddress(raw)
		if err != nil {
			return
		}
		if a.url.User != nil || strings.Contains(a.String(), "#") {
			t.Errorf("%q keeps what must not be sent: %s", raw, a)
		}
		again, err := parseAddress(a.String())
		if err == nil && again.target != a.target {
			t.Errorf("%q is asked as %q, then as %q", raw, a.target, again.target)
		}
		if strings.ContainsAny(a.target, " \r\n\x00") {
			t.Errorf("%q is asked as %q", raw, a.target)
		}
		if g.checkHost(punycoded(a.url), port(a.url)) != nil {
			return
		}
		if ip, err := netip.ParseAddr(punycoded(a.url)); err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()) {
			t.Errorf("%q is let through", raw)
		}
	})
}

func TestSiteOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.b.example.co.uk:8443/x?y": "example.co.uk",
		"http://me.github.io/":               "me.github.io",
		"http://EXAMPLE.org./":               "example.org",
		"http://192.0.2.7:81/":               "192.0.2.7",
		"http://[2001:db8:1:2:3::4]/":        "2001:db8:1:2::/64",
		"http://[::ffff:192.0.2.7]/":         "192.0.2.7",
		"http://localhost/":                  "localhost",
		"nonsense":                           "",
	} {
		if got := SiteOf(address); got != want {
			t.Errorf("%s is of %q, want %q", address, got, want)
		}
	}
}

// A host that is not looked at closely is in its one form already.
func TestPlainHost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z0-9.A-Zü-]{0,12}`).Draw(t, "host")
		if ascii, err := idna.Lookup.ToASCII(host); plainHost(host) && err == nil && ascii != host {
			t.Errorf("%s is %s", host, ascii)
		}
	})
	if !plainHost("www.example.org") || plainHost("Example.org") || plainHost("xn--bcher-kva.example") {
		t.Error("names are not told apart")
	}
}
