package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

func (b *builder) server(t *serverTable) Server {
	s := Server{Listen: t.Listen.s, SocketMode: t.SocketMode.bits, SocketGroup: t.SocketGroup.s, Metrics: t.Metrics.s}
	b.metrics(t)
	path, isUnix := strings.CutPrefix(t.Listen.s, "unix:")
	switch {
	case isUnix && path == "":
		b.problem(t.Listen.at, "server.listen: unix: without a path", "such as unix:/run/wiredesk/http.sock")
	case isUnix:
		s.Listen = "unix:" + b.statePath(path)
		if t.BaseURL.s == "" {
			b.problem(t.Listen.at, "server.base_url is needed when server.listen is a socket", `such as base_url = "https://feeds.example.org"`)
		}
	case !isHostPort(t.Listen.s):
		b.noHostPort("server.listen", &t.Listen, "8080")
	}
	s.BaseURL = b.baseURL(t, isUnix)
	s.TrustedProxies, s.TrustSocket = b.proxies(&t.TrustedProxies, isUnix)
	return s
}

// proxies returns the networks of proxies, and whether the one at the socket is among them.
func (b *builder) proxies(t *texts, isUnix bool) (networks []netip.Prefix, socket bool) {
	const name, key = "unix", "server.trusted_proxies"
	others := texts{}
	for i := range t.items {
		item := &t.items[i]
		switch {
		case item.s != name:
			others.items = append(others.items, *item)
		case !isUnix:
			b.problem(item.at, key+": server.listen is no socket", "name the proxy by its address")
		default:
			socket = true
		}
	}
	if isUnix && !socket && len(t.items) > 0 {
		b.warn(t.at, key+" does not name the proxy at the socket, so that nobody is believed", `add "unix"`)
	}
	return b.networks(key, &others), socket
}

// metrics checks where metrics are answered. That is never where documents are: who may
// read the ones need not be shown the others.
func (b *builder) metrics(t *serverTable) {
	switch {
	case t.Metrics.s == "":
	case !isHostPort(t.Metrics.s):
		b.noHostPort("server.metrics", &t.Metrics, "9090")
	case t.Metrics.s == t.Listen.s && !strings.HasSuffix(t.Metrics.s, ":0"): // port 0 is another one each time
		b.problem(t.Metrics.at, "server.metrics: "+t.Metrics.show()+" is server.listen too", "take another port, such as 127.0.0.1:9090")
	}
}

// noHostPort reports an address to listen on that is none.
func (b *builder) noHostPort(key string, t *text, port string) {
	hint := "such as 127.0.0.1:" + port
	if _, err := strconv.ParseUint(t.s, 10, 16); err == nil {
		hint = "write 127.0.0.1:" + t.s + ", or :" + t.s + " for every address of this machine"
	}
	b.problem(t.at, key+": "+t.show()+" is not host:port", hint)
}

func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " /") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// baseURL returns the address of the site without a slash at its end.
func (b *builder) baseURL(t *serverTable, isUnix bool) string {
	if t.BaseURL.s == "" {
		if isUnix {
			return ""
		}
		return localURL(t.Listen.s)
	}
	u, ok := b.webAddress("server.base_url", &t.BaseURL)
	if !ok {
		return ""
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(t.BaseURL.s, "#") {
		b.problem(t.BaseURL.at, "server.base_url: "+t.BaseURL.show()+" has a query or a fragment", "only host and path")
	}
	return strings.TrimRight(t.BaseURL.s, "/")
}

// localURL returns the address under which what listens at host:port is reached from the
// same machine.
func localURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return (&url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}).String()
}

// longestSocket is how long the path of a socket may be on every system that we know: the
// BSDs have room for 104 bytes, the last of which is zero.
const longestSocket = 103

// socket returns the path of the socket of the command line.
func (b *builder) socket(t *serverTable, database string) string {
	if t.Socket.s == "" {
		// Named after the database: a command must never reach the daemon of another one.
		return strings.TrimSuffix(database, filepath.Ext(database)) + ".sock"
	}
	path := b.statePath(t.Socket.s)
	if len(path) > longestSocket {
		b.problem(t.Socket.at, fmt.Sprintf("server.socket: the path of a socket has at most %d bytes, this one has %d", longestSocket, len(path)), "such as /run/wiredesk/wiredesk.sock")
	}
	return path
}

// publish says where static files go. They need a folder of their own: everybody may read it,
// and what is not ours in it could be taken for ours.
func (b *builder) publish(t *publishTable) Publish {
	if t.Dir.s == "" {
		return Publish{}
	}
	dir, whose := b.statePath(t.Dir.s), ""
	switch dir {
	case absolute(b.dir):
		whose = "config"
	case absolute(filepath.Dir(b.statePath(b.file.Storage.Path.s))):
		whose = "database"
	}
	if whose != "" {
		b.problem(t.Dir.at, "publish.dir: "+t.Dir.show()+" is the folder of the "+whose, `the site needs a folder of its own, such as dir = "/var/www/planet"`)
	}
	return Publish{Dir: dir}
}

func (b *builder) fetch(t *fetchTable) Fetch {
	b.intervals(&t.pollKeys)
	b.proxy(&t.Proxy)
	if c := t.Contact.s; c != "" && !strings.HasPrefix(c, "https://") && !strings.HasPrefix(c, "http://") && !strings.Contains(c, "@") ||
		strings.ContainsFunc(c, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '(' || r == ')' }) {
		b.problem(t.Contact.at, "fetch.contact: "+t.Contact.show()+" is no address", "of a page or of mail, such as https://example.org/about")
	}
	return Fetch{
		Interval:      t.Interval.d,
		MinInterval:   t.MinInterval.d,
		MaxInterval:   t.MaxInterval.d,
		Timeout:       t.Timeout.d,
		MaxBody:       t.MaxBody.n,
		Proxy:         t.Proxy.s,
		Concurrency:   t.Concurrency.n,
		PerHost:       t.PerHost.n,
		Contact:       t.Contact.s,
		AllowNetworks: b.networks("fetch.allow_networks", &t.AllowNetworks),
	}
}

// networks returns the networks of a list; an address alone is a network of one.
func (b *builder) networks(key string, t *texts) []netip.Prefix {
	var all []netip.Prefix
	for i := range t.items {
		item := &t.items[i]
		if network, err := netip.ParsePrefix(item.s); err == nil {
			all = append(all, network.Masked())
		} else if ip, err := netip.ParseAddr(item.s); err == nil && ip.Zone() == "" {
			all = append(all, netip.PrefixFrom(ip, ip.BitLen()))
		} else {
			b.problem(item.at, fmt.Sprintf("%s: %s is no network", key, item.show()), "such as 10.0.0.0/8, fd00::/8 or 192.0.2.1")
		}
	}
	return all
}

// languageTag is what BCP 47 allows, coarsely.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

func (b *builder) language(key string, t *text) {
	if t.s != "" && !languageTag.MatchString(t.s) {
		b.problem(t.at, key+": "+t.show()+" is no language tag", "such as en, de or pt-BR")
	}
}
