package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// trap is a loopback web that counts who connects; nothing real is dialled but it.
type trap struct {
	web   *origin.Web
	names *origin.Names
	addr  netip.AddrPort
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	tr := &trap{web: origin.New(), names: &origin.Names{}}
	t.Cleanup(tr.web.Close)
	tr.web.Handle("*", feed("secret"))
	addr, err := tr.web.Listen(t.Context())
	if err != nil {
		t.Skip("no loopback network here: ", err)
	}
	tr.addr = netip.MustParseAddrPort(addr)
	return tr
}

func (tr *trap) client(t *testing.T, o fetch.ClientOptions) *fetch.Client {
	t.Helper()
	o.Resolver = tr.names.Resolver()
	c, err := fetch.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var forbidden = []string{
	// S-01
	"127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
	"100.64.0.1", "192.0.0.8", "198.18.0.1", "198.19.255.255", "224.0.0.1", "240.0.0.1", "255.255.255.255",
	// S-02
	"::1", "::", "fe80::1", "fc00::1", "fd00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1",
	"64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "2001:0:1::1", "fe80::1%25lo",
}

func TestGuardRefusesAddresses(t *testing.T) { // S-01, S-02
	tr := newTrap(t)
	c := tr.client(t, fetch.ClientOptions{})
	for _, addr := range forbidden {
		_, err := c.Fetch(t.Context(), fetch.Request{URL: "http://" + net.JoinHostPort(addr, fmt.Sprint(tr.addr.Port())) + "/"})
		if !errors.Is(err, fetch.ErrRefused) {
			t.Errorf("%s: %v", addr, err)
		}
		never := strings.HasPrefix(addr, "169.254.") || strings.HasPrefix(addr, "fe80:") // no option helps
		if err != nil && strings.Contains(err.Error(), "allow_private = true") == never {
			t.Errorf("%s: the wrong hint in %q", addr, err)
		}
	}
	if n := tr.web.Open(); n != 0 || len(tr.web.Requests()) != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestGuardRefusesSpellings(t *testing.T) { // S-03
	tr := newTrap(t)
	c := tr.client(t, fetch.ClientOptions{})
	port := fmt.Sprint(tr.addr.Port())
	for _, u := range []string{
		"http://0177.0.0.1:" + port, "http://0x7f.1:" + port, "http://2130706433:" + port, "http://127.1:" + port,
		"http://127.0.0.1.:" + port, "http://169.254.169.254.:443/", "http://./", "http://１２７.０.０.１:" + port,
		"http://user@127.0.0.1:" + port, `http://a\@127.0.0.1:` + port, "http://0x7f000001:" + port, "http://[::ffff:7f00:1]:" + port,
		"http://127.0.0.1:0", "http:///x", "http://:" + port, "http://127。0。0。1:" + port,
	} {
		if _, err := c.Fetch(t.Context(), fetch.Request{URL: u}); err == nil {
			t.Errorf("%s was asked", u)
		}
	}
	if len(tr.web.Requests()) != 0 {
		t.Error("a connection was made")
	}
}

func TestGuardLooksBehindNames(t *testing.T) { // S-04, S-05
	tr := newTrap(t)
	c := tr.client(t, fetch.ClientOptions{})
	u := fmt.Sprintf("http://inside.example:%d/", tr.addr.Port())
	loop4, loop6 := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")
	for _, addrs := range [][]netip.Addr{{loop4}, {loop6}, {loop4, loop6}, {netip.MustParseAddr("::ffff:127.0.0.1")}, {netip.MustParseAddr("169.254.169.254"), loop4}} {
		tr.names.Set("inside.example", addrs...)
		if _, err := c.Fetch(t.Context(), fetch.Request{URL: u}); !errors.Is(err, fetch.ErrRefused) {
			t.Errorf("%v: %v", addrs, err)
		}
	}
	if len(tr.web.Requests()) != 0 {
		t.Error("a connection was made")
	}
	_, err := c.Fetch(t.Context(), fetch.Request{URL: "http://unknown.example/"})
	if err == nil || err.Error() != "no such host unknown.example" {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestGuardIsAskedAtEveryRedirect(t *testing.T) { // S-06
	tr := newTrap(t)
	// One network is allowed, so that a first, permitted host can send us on.
	c := tr.client(t, fetch.ClientOptions{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	for _, addr := range append([]string{"127.0.0.2"}, forbidden[2:]...) {
		if strings.HasSuffix(addr, "127.0.0.1") || strings.Contains(addr, "%") {
			continue // allowed here; no address in a Location
		}
		tr.web.Handle("*/go", origin.Redirect(http.StatusFound, "http://"+net.JoinHostPort(addr, fmt.Sprint(tr.addr.Port()))+"/"))
		before := len(tr.web.Requests())
		_, err := c.Fetch(t.Context(), fetch.Request{URL: "http://" + tr.addr.String() + "/go"})
		if !errors.Is(err, fetch.ErrRefused) || len(tr.web.Requests()) != before+1 {
			t.Errorf("%s: %v, %d requests", addr, err, len(tr.web.Requests())-before)
		}
	}
}

func TestGuardCanBeLifted(t *testing.T) { // S-11
	tr := newTrap(t)
	u := "http://" + tr.addr.String() + "/"
	for name, c := range map[string]struct {
		o       fetch.ClientOptions
		private bool
		own     bool
		ok      bool
	}{
		"not":               {ok: false},
		"by the source":     {private: true, ok: true},
		"by the network":    {o: fetch.ClientOptions{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, ok: true},
		"by another":        {o: fetch.ClientOptions{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, ok: false},
		"never for our own": {o: fetch.ClientOptions{Own: []netip.AddrPort{tr.addr}}, private: true, ok: false}, // S-12
		"nor for all that is ours": {
			o:       fetch.ClientOptions{Own: []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), tr.addr.Port())}},
			private: true, ok: false,
		},
		"of either family": {
			o:       fetch.ClientOptions{Own: []netip.AddrPort{netip.AddrPortFrom(netip.IPv6Unspecified(), tr.addr.Port())}},
			private: true, ok: false,
		},
		"but for another port of ours": {
			o:       fetch.ClientOptions{Own: []netip.AddrPort{netip.AddrPortFrom(netip.IPv6Unspecified(), 1)}},
			private: true, ok: true,
		},
	} {
		client := tr.client(t, c.o)
		_, err := client.Fetch(t.Context(), fetch.Request{URL: u, AllowPrivate: c.private})
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What clouds tell a machine about itself is for no source, whatever was allowed.
func TestGuardKeepsTheSecretsOfClouds(t *testing.T) { // S-11
	tr := newTrap(t)
	c := tr.client(t, fetch.ClientOptions{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}})
	for _, addr := range []string{
		"169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16",
		"[fd00:ec2::254]", "[fd20:ce::254]", "[fd00:42::42]", "[fe80::a9fe:a9fe]", "[::ffff:169.254.169.254]",
	} {
		// No second may go by before the refusal: nothing is dialled.
		_, err := c.Fetch(t.Context(), fetch.Request{URL: "http://" + addr + "/", AllowPrivate: true, Timeout: time.Second})
		if !errors.Is(err, fetch.ErrRefused) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestGuardRefusesPorts(t *testing.T) { // S-08
	tr := newTrap(t)
	c := tr.client(t, fetch.ClientOptions{})
	for _, port := range []string{"22", "25", "6379", "11211", "5432", "0", "65536", "-1"} {
		_, err := c.Fetch(t.Context(), fetch.Request{URL: "http://127.0.0.1:" + port, AllowPrivate: true})
		if err == nil || strings.Contains(err.Error(), "connection refused") {
			t.Errorf("port %s: %v", port, err)
		}
	}
}

func TestProxyFromTheEnvironmentIsIgnored(t *testing.T) { // S-10
	tr := newTrap(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://"+tr.addr.String())
	}
	c := tr.client(t, fetch.ClientOptions{})
	if _, err := c.Fetch(t.Context(), fetch.Request{URL: "http://10.0.0.1/"}); !errors.Is(err, fetch.ErrRefused) || len(tr.web.Requests()) != 0 {
		t.Errorf("%v, the proxy was asked %d times", err, len(tr.web.Requests()))
	}
}

func TestProxyDoesNotOpenTheGuard(t *testing.T) { // S-10
	tr := newTrap(t)
	c := tr.client(t, fetch.ClientOptions{})
	tr.names.Set("inside.example", netip.MustParseAddr("10.0.0.1"))
	tr.names.Set("mixed.example", netip.MustParseAddr("9.9.9.9"), netip.MustParseAddr("10.0.0.1"))
	tr.names.Set("outside.example", netip.MustParseAddr("9.9.9.9"))
	proxy := "http://" + tr.addr.String()
	for _, u := range []string{"http://10.0.0.1/", "http://inside.example/", "http://mixed.example/", "http://2130706433/", "http://outside.example:25/"} {
		if _, err := c.Fetch(t.Context(), fetch.Request{URL: u, Proxy: proxy}); !errors.Is(err, fetch.ErrRefused) {
			t.Errorf("%s through a proxy: %v", u, err)
		}
	}
	if len(tr.web.Requests()) != 0 {
		t.Fatal("the proxy was asked")
	}
	resp, err := c.Fetch(t.Context(), fetch.Request{URL: "http://outside.example/feed?a=b", Proxy: proxy})
	if err != nil || resp.Status != http.StatusOK {
		t.Fatalf("a public host through the proxy: %v", err)
	}
	if got := tr.web.Requests()[0]; got.URI != "http://outside.example/feed?a=b" {
		t.Errorf("the proxy was asked for %s", got.URI)
	}
}

func TestGuardedDialIsStillTotal(t *testing.T) { // S-17
	// A host that never answers the dial is given up with the deadline.
	var dials atomic.Int32
	c, err := fetch.NewClient(fetch.ClientOptions{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		dials.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Fetch(t.Context(), fetch.Request{URL: "http://example.org/", Timeout: 20 * time.Millisecond})
	said, ok := errors.AsType[*fetch.RequestError](err)
	if !ok || !said.Network || said.Reason != "timed out after 20ms" || dials.Load() != 1 {
		t.Errorf("%#v", err)
	}
}
