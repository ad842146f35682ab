// Package origin is a web server for tests: every host of the web at once, in memory.
//
// A [Web] dials a pipe whatever the host, so that a real http.Transport and a real
// http.Server talk to each other inside a testing/synctest bubble, with no resolver and no
// network. It records every request. What hosts answer is said per host and path with
// [Web.Handle]; [Reply], [Raw] and [Script] are the repertoire of a difficult origin.
//
// Ports 443 and 8443 speak TLS (HTTP/1.1 and HTTP/2) with certificates that [Web.Roots]
// vouches for; all others speak plain HTTP.
package origin

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Request is one request that the web saw.
type Request struct {
	At     time.Time
	Method string
	Scheme string // http or https
	Host   string // as in the Host header
	URI    string // the request target, byte for byte
	Header http.Header
	Proto  string // "HTTP/1.1", "HTTP/2.0"
	Conn   int    // which connection it came by, from 1
}

// A Web is every host at once. Make one with [New] and close it.
type Web struct {
	server *http.Server
	plain  *queue
	secure *queue
	done   sync.WaitGroup
	issuer *issuer

	mu       sync.Mutex
	handlers map[string]http.Handler
	refused  map[string]error
	down     error
	requests []Request
	dials    []string
	conns    int
	open     int
	most     map[string]int // requests in flight at once, per host: the most there were
	flying   map[string]int
}

type connKey struct{}

// New starts a web. Inside a bubble it must be made and closed there.
func New() *Web {
	w := &Web{
		plain: newQueue(), secure: newQueue(), issuer: newIssuer(),
		handlers: map[string]http.Handler{}, refused: map[string]error{},
		most: map[string]int{}, flying: map[string]int{},
	}
	w.server = &http.Server{
		Handler:           http.HandlerFunc(w.serve),
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: time.Hour,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: w.issuer.certificate, NextProtos: []string{"h2", "http/1.1"}},
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.conns++
			return context.WithValue(ctx, connKey{}, w.conns)
		},
		ConnState: w.count,
	}
	w.done.Go(func() { _ = w.server.Serve(w.plain) })
	w.done.Go(func() { _ = w.server.ServeTLS(w.secure, "", "") })
	return w
}

// Close ends all connections and waits for the servers.
func (w *Web) Close() {
	_ = w.server.Close()
	w.done.Wait()
}

// Handle says what an address answers. The pattern is "host/path", "host" for all paths,
// "*/path" for all hosts, or "*". A host may carry a port, without one it stands for all
// ports. The most precise one wins; where there is none the answer is 404.
func (w *Web) Handle(pattern string, h http.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.handlers[pattern] = h
}

// Refuse makes dialling a host fail with err; nil ends that.
func (w *Web) Refuse(host string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused[host] = err
}

// Down makes all dialling fail with err and cuts what is connected; nil ends that.
func (w *Web) Down(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = err
}

// Dial connects to whatever host the address names. It is made for http.Transport.
func (w *Web) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.dials = append(w.dials, address)
	refused := cmpErr(w.down, w.refused[host])
	w.mu.Unlock()
	if refused != nil {
		return nil, refused
	}
	q := w.plain
	if port == "443" || port == "8443" {
		q = w.secure
	}
	client, server := pipe()
	if err := q.put(ctx, server); err != nil {
		return nil, err
	}
	return client, nil
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Listen serves the same web on a loopback port as well, for programs that must dial
// really, and returns "127.0.0.1:port". Patterns with "*" or that address apply.
func (w *Web) Listen(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	w.done.Go(func() { _ = w.server.Serve(l) })
	return l.Addr().String(), nil
}

// Requests returns all requests so far, in the order in which they came.
func (w *Web) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

// Forget forgets the requests and dials so far, which otherwise take memory for as long as w is there.
func (w *Web) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests, w.dials = nil, nil
}

// To returns the requests to one host, in order.
func (w *Web) To(host string) []Request {
	return slices.DeleteFunc(w.Requests(), func(r Request) bool { return r.Host != host })
}

// Dials returns all addresses that were dialled, in order.
func (w *Web) Dials() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.dials)
}

// Most returns how many requests a host had in flight at once at most.
func (w *Web) Most(host string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most[host]
}

// Open returns how many connections are open.
func (w *Web) Open() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open
}

func (w *Web) count(_ net.Conn, state http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch state {
	case http.StateNew:
		w.open++
	case http.StateClosed, http.StateHijacked:
		w.open--
	case http.StateActive, http.StateIdle:
	}
}

func (w *Web) serve(rw http.ResponseWriter, r *http.Request) {
	h := w.enter(r)
	// No lock is held while answering: an answer may take (virtual) hours.
	defer w.leave(r.Host)
	h.ServeHTTP(rw, r)
}

func (w *Web) enter(r *http.Request) http.Handler {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := Request{At: time.Now(), Method: r.Method, Scheme: "http", Host: r.Host, URI: r.RequestURI, Header: r.Header.Clone(), Proto: r.Proto}
	if r.TLS != nil {
		seen.Scheme = "https"
	}
	seen.Conn, _ = r.Context().Value(connKey{}).(int)
	w.requests = append(w.requests, seen)
	w.flying[r.Host]++
	w.most[r.Host] = max(w.most[r.Host], w.flying[r.Host])

	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	for _, pattern := range []string{r.Host + r.URL.Path, host + r.URL.Path, r.Host, host, "*" + r.URL.Path, "*"} {
		if h, ok := w.handlers[strings.ToLower(pattern)]; ok {
			return h
		}
	}
	return http.NotFoundHandler()
}

func (w *Web) leave(host string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flying[host]--
}

// A queue is a listener to which connections are given.
type queue struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newQueue() *queue { return &queue{conns: make(chan net.Conn), done: make(chan struct{})} }

var errClosed = errors.New("the web is closed")

func (q *queue) put(ctx context.Context, c net.Conn) error {
	select {
	case q.conns <- c:
		return nil
	case <-q.done:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Accept implements net.Listener.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}

// Addr implements net.Listener.
func (*queue) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
