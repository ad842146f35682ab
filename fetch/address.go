package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"wiredesk"
)

// An address is where one request goes.
type address struct {
	url    *url.URL // without userinfo and fragment
	target string   // path and query, byte for byte as they were written where possible
	user   *url.Userinfo
	text   string // what String returns
}

// parseAddress reads an http or https address.
func parseAddress(raw string) (*address, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The error of url.Parse quotes the address, password included.
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return nil, fmt.Errorf("not an address: %s", oneLine(err.Error(), maxReason))
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: %q is neither http nor https", ErrRefused, oneLine(u.Scheme, maxReason))
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("%w: the address has no host", ErrRefused)
	}
	a := &address{url: u, user: u.User, target: requestTarget(raw)}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.RawQuery = escape(u.RawQuery)
	if a.target == "" {
		a.target = u.RequestURI()
	}
	a.text = u.Scheme + "://" + u.Host + a.target
	return a, nil
}

// requestTarget cuts path and query out of an address without re-encoding them; only what
// HTTP cannot carry is escaped. It is empty if there is nothing to send that way.
func requestTarget(raw string) string {
	raw, _, _ = strings.Cut(raw, "#")
	_, rest, ok := strings.Cut(raw, "://")
	i := strings.IndexAny(rest, "/?")
	// Go takes a target that starts with two slashes for a host.
	if !ok || i < 0 || strings.HasPrefix(rest[i:], "//") {
		return ""
	}
	if rest[i] == '?' {
		return "/" + escape(rest[i:])
	}
	return escape(rest[i:])
}

// escape encodes what HTTP cannot carry, and nothing else.
func escape(s string) string {
	if strings.IndexFunc(s, uncarried) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if uncarried(rune(c)) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// uncarried reports whether HTTP cannot carry a character in an address.
func uncarried(c rune) bool { return c <= ' ' || c >= 0x7f }

// String returns the address without userinfo and fragment.
func (a *address) String() string { return a.text }

// follow returns where a redirect from a leads.
func (a *address) follow(location string) (*address, error) {
	if location == "" {
		return nil, errors.New("a redirect without Location")
	}
	if strings.HasPrefix(location, "http://") || strings.HasPrefix(location, "https://") {
		return parseAddress(location)
	}
	to, err := a.url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("redirects to what is no address: %s", oneLine(location, maxReason))
	}
	return parseAddress(to.String())
}

// origin is scheme, host and port in their one form: lower case, punycode, default port
// said. It is what "per host" means: www. and other names of the same machine are other
// hosts.
func (a *address) origin() string {
	return a.url.Scheme + "://" + net.JoinHostPort(punycoded(a.url), port(a.url))
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

func punycoded(u *url.URL) string {
	host := strings.TrimSuffix(u.Hostname(), ".")
	if plainHost(host) {
		return host
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	return strings.ToLower(host)
}

// plainHost reports whether a host is in its one form already, as almost all are: finding that
// out otherwise takes long. What has two dashes may be punycode.
func plainHost(host string) bool {
	for _, c := range []byte(host) {
		plain := 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-'
		if !plain {
			return false
		}
	}
	return !strings.Contains(host, "--") && !strings.HasPrefix(host, "-")
}

// owns reports whether what belongs to owner may be sent to a: to the same origin, or to
// the same host when only the scheme rose from http to https.
func owns(owner, a *address) bool {
	if owner == nil {
		return false
	}
	if owner == a || owner.origin() == a.origin() {
		return true
	}
	return punycoded(owner.url) == punycoded(a.url) &&
		owner.url.Scheme == "http" && port(owner.url) == "80" &&
		a.url.Scheme == "https" && port(a.url) == "443"
}

// SameSite reports whether two addresses are of one registrable domain, so that one may
// take the other's place without a person saying so. Hosts that anybody can have, such as
// those below github.io, are sites of their own.
func SameSite(a, b string) bool {
	x, err := parseAddress(a)
	if err != nil {
		return false
	}
	y, err := parseAddress(b)
	if err != nil {
		return false
	}
	hx, hy := punycoded(x.url), punycoded(y.url)
	if hx == hy {
		return true
	}
	if net.ParseIP(hx) != nil || net.ParseIP(hy) != nil {
		return false
	}
	dx, errX := publicsuffix.EffectiveTLDPlusOne(hx)
	dy, errY := publicsuffix.EffectiveTLDPlusOne(hy)
	return errX == nil && errY == nil && dx == dy
}

// SiteOf returns what of an address one owner has: the registrable domain, of a number in IPv6 its
// network of 64 bits, else the host; lower case and without port. What is no address is one site
// together.
func SiteOf(raw string) string {
	a, err := parseAddress(raw)
	if err != nil {
		return ""
	}
	host := punycoded(a.url)
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip = ip.Unmap().WithZone(""); ip.Is6() {
			return netip.PrefixFrom(ip, 64).Masked().String()
		}
		return ip.String()
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// HostOf returns the host of an address as polling counts hosts: scheme, host and port,
// lower case, in punycode. Files have the host "file:"; what is no address has itself.
func HostOf(raw string) string {
	if isFile(raw) {
		return "file:"
	}
	a, err := parseAddress(raw)
	if err != nil {
		return raw
	}
	return a.origin()
}

// called returns what a log calls a source, without what may be a secret (S-42).
func called(src *wiredesk.Source) string { return oneLine(src.Handle(), maxReason) }

// whereTo returns an address that a source leads to, for the log: that of a private source may be
// a secret but for its host.
func whereTo(src *wiredesk.Source, address string) string {
	if src.Private {
		return HostOf(address) + "/…"
	}
	return Redact(address)
}

// Redact returns an address without its userinfo, for logs and messages.
func Redact(raw string) string {
	if isFile(raw) {
		return oneLine(raw, maxReason)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "an address that cannot be read"
	}
	if u.User == nil {
		return oneLine(raw, maxReason)
	}
	u.User = nil
	return oneLine(u.String(), maxReason)
}
