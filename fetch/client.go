package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Limits that no option raises.
const (
	maxRedirects   = 5
	maxHeader      = 64 << 10 // bytes
	maxValidator   = 4 << 10  // bytes of an ETag or Last-Modified that are kept
	defaultTimeout = 30 * time.Second
	defaultMaxBody = 10 << 20
	defaultPerHost = 2
	idleTimeout    = 60 * time.Second
	maxIdle        = 256
)

// ClientOptions say who we are and what we may dial. The zero value asks public addresses
// under the name "wiredesk/devel".
type ClientOptions struct {
	Version string // of the program
	Contact string // address of a page that says who we are, or of a mailbox

	// AllowNetworks are private networks that any source may live in.
	AllowNetworks []netip.Prefix
	// Own are the addresses that the program listens on itself: they are never asked. One
	// without an address in particular, such as 0.0.0.0, stands for all of this machine.
	Own []netip.AddrPort
	// PerHost is how many connections to one host are open at most; 2 if zero.
	PerHost int
	// Salt tells installations apart, so that two with the same sources do not ask in
	// step; Contact if empty.
	Salt string
	// Logger is told what must never happen, such as a parser that panics; nil discards.
	Logger *slog.Logger

	// Resolver looks names up; nil is the system's.
	Resolver *net.Resolver
	// Dial replaces the dialler, names unresolved: addresses are checked by how they are
	// written only. It is for tests.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are the authorities that vouch for certificates; nil are the system's.
	Roots *x509.CertPool
}

// A Client asks sources for their feeds. It is safe for concurrent use, keeps no cookies,
// sends no Referer and reads no proxy from the environment.
type Client struct {
	o         ClientOptions
	userAgent string
	log       *slog.Logger
	public    guard // for all sources
	private   guard // for sources with AllowPrivate

	site atomic.Pointer[site]

	mu         sync.Mutex
	transports map[transportKey]*http.Transport
}

type transportKey struct {
	private bool
	proxy   string
	perHost int // of what is no poll; 0 for polls
}

// NewClient returns a client. The error says which option is wrong.
func NewClient(o ClientOptions) (*Client, error) {
	if o.Version == "" {
		o.Version = "devel"
	}
	if o.PerHost == 0 {
		o.PerHost = defaultPerHost
	}
	if o.Salt == "" {
		o.Salt = o.Contact
	}
	c := &Client{
		o: o, log: o.Logger, userAgent: "wiredesk/" + o.Version,
		public:     *newGuard(o.AllowNetworks, o.Own),
		private:    *newGuard(slices.Concat(home, o.AllowNetworks), o.Own),
		transports: map[transportKey]*http.Transport{},
	}
	if o.Contact != "" {
		c.userAgent += " (+" + o.Contact + ")"
	}
	if strings.ContainsFunc(c.userAgent, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return nil, fmt.Errorf("contact %q: only ASCII can go into the User-Agent", o.Contact)
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Close ends the connections that wait for another request.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}

func (c *Client) guard(private bool) *guard {
	if private {
		return &c.private
	}
	return &c.public
}

// transport returns the shared transport of all sources of one kind. Two suffice, and one
// more for each proxy.
func (c *Client) transport(private bool, proxy string) (*http.Transport, error) {
	return c.transportOf(transportKey{private: private, proxy: proxy})
}

func (c *Client) transportOf(key transportKey) (*http.Transport, error) {
	proxy, perHost := key.proxy, cmp.Or(key.perHost, c.o.PerHost)
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.transports[key]; ok {
		return t, nil
	}
	t := &http.Transport{
		DialContext:            c.dial(c.guard(key.private)),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.o.Roots},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // readBody decompresses, within its limit
		MaxResponseHeaderBytes: maxHeader,
		MaxConnsPerHost:        perHost,
		MaxIdleConnsPerHost:    perHost,
		MaxIdleConns:           maxIdle,
		IdleConnTimeout:        idleTimeout,
	}
	if proxy != "" {
		via, err := url.Parse(proxy)
		if err != nil || via.Host == "" {
			return nil, &RequestError{Reason: "the proxy is no address", Hint: "write http://host:port"}
		}
		t.Proxy = http.ProxyURL(via)
		// The proxy is the operator's own word; what is behind it is checked by name.
		t.DialContext = c.dial(nil)
		t.MaxConnsPerHost = 0
	}
	c.transports[key] = t
	return t, nil
}

// dial returns a dialler that asks g about every address; nil g allows all.
func (c *Client) dial(g *guard) func(context.Context, string, string) (net.Conn, error) {
	dialer := &net.Dialer{Resolver: c.o.Resolver}
	connect := dialer.DialContext
	if g != nil {
		dialer.Control = g.control
	}
	if c.o.Dial != nil {
		connect = c.o.Dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if g != nil {
			host, port, err := hostPort(address)
			if err != nil {
				return nil, err
			}
			if err := g.checkHost(host, port); err != nil {
				return nil, err
			}
		}
		return connect(ctx, network, address)
	}
}

// checkBehindProxy asks the guard about a host that a proxy will connect to: the dialler
// sees only the proxy. It holds as far as the proxy resolves names as we do.
func (c *Client) checkBehindProxy(ctx context.Context, a *address, private bool) error {
	g, host := c.guard(private), punycoded(a.url)
	if err := g.checkHost(host, port(a.url)); err != nil {
		return err
	}
	resolver := c.o.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	addrs, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return err
	}
	for _, addr := range addrs {
		if err := g.checkHost(addr.Unmap().String(), port(a.url)); err != nil {
			return err
		}
	}
	return nil
}
