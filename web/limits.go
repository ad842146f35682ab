package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// What one reader may ask of us. It is far more than any reader needs, that for all people of
// a large office included: fetching 300 documents at once, and ten in each second from then on.
const (
	perReader   = 100 * time.Millisecond // between two requests, in the long run
	burst       = 300                    // requests at once after a pause
	connections = 100                    // at the same time
)

// Bounds of what is remembered of readers: some 8 MB at most.
const (
	mostReaders = 1 << 16
	sweepEvery  = time.Second
	proxyFor    = time.Hour // how long one is taken for a proxy after it forwarded a request
)

// Limits bound what each reader may ask for. Where it cannot be told who asks, there is no
// limit: better none than one for all.
type Limits struct {
	proxies Proxies
	logger  *slog.Logger
	told    sync.Once

	mu      sync.Mutex
	readers map[netip.Addr]*reader
	swept   time.Time
}

// A reader is what is remembered of one.
type reader struct {
	// paid is until when its requests so far would take at the rate that it may go at.
	paid        time.Time
	connections int
	proxy       time.Time // until when it is taken for a proxy that nobody named
}

// NewLimits returns limits that know those proxies. A nil logger discards.
func NewLimits(proxies Proxies, logger *slog.Logger) *Limits {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Limits{proxies: proxies, logger: logger, readers: make(map[netip.Addr]*reader)}
}

// Handler returns a handler that answers 429 to readers that ask too often, and has next
// answer all others.
func (l *Limits) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address, known := l.proxies.reader(r)
		if !known {
			l.unnamed(r, address)
		} else if wait := l.ask(household(address), time.Now()); wait > 0 { // C-15
			w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
			plain(w, http.StatusTooManyRequests, "you ask too often; a feed is worth asking for a few times an hour")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unnamed notes a proxy that is not among the named ones: it may have as many connections as it
// needs, and the operator is told once.
func (l *Limits) unnamed(r *http.Request, peer netip.Addr) {
	if !forwards(r.Header) || peer.IsValid() && l.proxies.has(peer) {
		return
	}
	l.told.Do(func() {
		l.logger.Warn("requests come through a proxy that [server] trusted_proxies does not name: its readers have no limits", "proxy", r.RemoteAddr)
	})
	if !public(peer) {
		return
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.reader(household(peer), now); one != nil {
		one.proxy = now.Add(proxyFor)
	}
}

// ask counts a request and returns zero, or how long the reader should wait if there were too
// many: until half of a burst is free again.
func (l *Limits) ask(address netip.Addr, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.reader(address, now)
	if one == nil {
		return 0
	}
	if one.paid.Before(now) {
		one.paid = now
	}
	if ahead := one.paid.Sub(now); ahead > (burst-1)*perReader {
		return ahead - burst/2*perReader
	}
	one.paid = one.paid.Add(perReader)
	return 0
}

// reader returns what is remembered of an address, or nil if nothing more can be. The caller
// holds l.mu.
func (l *Limits) reader(address netip.Addr, now time.Time) *reader {
	if one, ok := l.readers[address]; ok {
		return one
	}
	if now.Sub(l.swept).Abs() >= sweepEvery {
		l.swept = now
		for a, one := range l.readers {
			if one.connections == 0 && !one.paid.After(now) && !one.proxy.After(now) {
				delete(l.readers, a)
			}
		}
	}
	if len(l.readers) >= mostReaders {
		return nil
	}
	one := new(reader)
	l.readers[address] = one
	return one
}

// Listener returns a listener that takes only so many connections at the same time from each
// reader that comes without a proxy.
func (l *Limits) Listener(ln net.Listener) net.Listener { return &limited{ln, l} }

type limited struct {
	net.Listener
	limits *Limits
}

// full is what one more connection is told.
const full = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

// Accept returns the next connection that may be.
func (ln *limited) Accept() (net.Conn, error) {
	for {
		conn, err := ln.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := addressOf(conn.RemoteAddr().String())
		if !public(address) || ln.limits.proxies.has(address) {
			return conn, nil
		}
		if leave, ok := ln.limits.enter(household(address), time.Now()); ok {
			return &counted{conn, leave}, nil
		}
		_, _ = conn.Write([]byte(full)) // there is room for it in the buffer of a new connection
		_ = conn.Close()
	}
}

// enter counts a connection, unless the reader has too many. Leave is to be called at its end.
func (l *Limits) enter(address netip.Addr, now time.Time) (leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.reader(address, now)
	if one == nil {
		return func() {}, true
	}
	if one.connections >= connections && !one.proxy.After(now) {
		return nil, false
	}
	one.connections++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		one.connections--
	}), true
}

// A counted is a connection of a reader.
type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

// CloseWrite closes the sending side, for a server that has said all and lets the client
// finish.
func (c *counted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
