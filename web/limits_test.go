package web_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk/web"
)

// A wire is a listener in memory, for servers in a bubble.
type wire struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newWire() *wire { return &wire{calls: make(chan net.Conn), closed: make(chan struct{})} }

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.calls:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { w.once.Do(func() { close(w.closed) }); return nil }
func (w *wire) Addr() net.Addr { return tcp("192.0.2.1:80") }

func tcp(address string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address)) }

// A caller is the server's end of a connection from an address.
type caller struct {
	net.Conn
	from net.Addr
}

func (c caller) RemoteAddr() net.Addr { return c.from }

// dial connects as somebody at an address.
func (w *wire) dial(from string) net.Conn {
	client, server := net.Pipe()
	w.calls <- caller{server, tcp(from)}
	return client
}

// inBubble serves a site with limits, until test is done, in virtual time.
func inBubble(t *testing.T, proxies web.Proxies, test func(t *testing.T, w *wire)) (logged string) {
	t.Helper()
	h, _ := newHandler(t)
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		limits := web.NewLimits(proxies, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- web.Serve(ctx, limits.Listener(w), limits.Handler(h), nil) }()
		test(t, w)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return log.String()
}

// say sends a request over a connection that stays, and returns the answer.
func say(t *testing.T, c net.Conn, fields ...string) *http.Response {
	t.Helper()
	var b strings.Builder
	b.WriteString("GET /healthz HTTP/1.1\r\nHost: x\r\n")
	for i := 0; i < len(fields); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", fields[i], fields[i+1])
	}
	go func() { _, _ = io.WriteString(c, b.String()+"\r\n") }()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return r
}

func TestLimitOfRequests(t *testing.T) { // C-15
	inBubble(t, web.Proxies{}, func(t *testing.T, w *wire) {
		fast, other := w.dial("203.0.113.5:1"), w.dial("203.0.113.6:1")
		defer fast.Close()
		defer other.Close()
		for i := range 300 {
			if r := say(t, fast, "X-Real-Ip", "192.0.2.9"); r.StatusCode != 200 {
				t.Fatalf("request %d: %d", i+1, r.StatusCode)
			}
		}
		r := say(t, fast)
		wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
		if r.StatusCode != 429 || err != nil || wait < 1 || wait > 30 || r.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("request 301: %d %v", r.StatusCode, r.Header)
		}
		if r := say(t, other); r.StatusCode != 200 {
			t.Errorf("another reader: %d", r.StatusCode)
		}
		// Who heeds it may ask again.
		time.Sleep(time.Duration(wait) * time.Second)
		for i := range 150 {
			if r := say(t, fast); r.StatusCode != 200 {
				t.Fatalf("after a pause, request %d: %d", i+1, r.StatusCode)
			}
		}
		// Ten in a second are too few to be refused ever.
		time.Sleep(time.Minute)
		for i := range 2000 {
			time.Sleep(100 * time.Millisecond)
			if r := say(t, fast); r.StatusCode != 200 {
				t.Fatalf("at ten in a second, request %d: %d", i+1, r.StatusCode)
			}
		}
	})
}

// Behind a named proxy each reader is counted for himself, over one connection of the proxy.
func TestLimitBehindAProxy(t *testing.T) { // C-15
	named := web.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	inBubble(t, named, func(t *testing.T, w *wire) {
		proxy := w.dial("127.0.0.1:1")
		defer proxy.Close()
		for i := range 301 {
			made := fmt.Sprintf("192.0.2.%d, 203.0.113.5", i%256) // the first half is the reader's own word
			if r := say(t, proxy, "X-Forwarded-For", made); (r.StatusCode == 429) != (i == 300) {
				t.Fatalf("request %d: %d", i+1, r.StatusCode)
			}
		}
		for i := range 400 {
			if r := say(t, proxy, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", 100+i%2)); r.StatusCode != 200 {
				t.Fatalf("another reader: %d", r.StatusCode)
			}
		}
		if r := say(t, proxy, "X-Forwarded-For", "2001:db8:1:2::1"); r.StatusCode != 200 {
			t.Errorf("one of IPv6: %d", r.StatusCode)
		}
		for range 400 {
			if r := say(t, proxy); r.StatusCode != 200 { // such as a check of its health
				t.Fatalf("the proxy itself: %d", r.StatusCode)
			}
		}
	})
}

// All readers behind a proxy that nobody named are not taken for one, and it is told.
func TestNoLimitForAProxyThatIsNotNamed(t *testing.T) { // C-15
	for _, from := range []string{"127.0.0.1:1", "10.0.0.7:1", "203.0.113.5:1"} {
		log := inBubble(t, web.Proxies{}, func(t *testing.T, w *wire) {
			proxy := w.dial(from)
			defer proxy.Close()
			for i := range 1000 {
				if r := say(t, proxy, "X-Forwarded-For", "203.0.113.9"); r.StatusCode != 200 {
					t.Fatalf("%s: request %d: %d", from, i+1, r.StatusCode)
				}
			}
			var more []net.Conn
			for i := range 150 {
				c := w.dial(from)
				more = append(more, c)
				if r := say(t, c); r.StatusCode != 200 {
					t.Fatalf("%s: connection %d: %d", from, i+1, r.StatusCode)
				}
			}
			for _, c := range more {
				c.Close()
			}
		})
		if strings.Count(log, "trusted_proxies") != 1 || !strings.Contains(log, from) {
			t.Errorf("%s: the log says %q", from, log)
		}
	}
}

func TestLimitOfConnections(t *testing.T) { // C-15
	inBubble(t, web.Proxies{}, func(t *testing.T, w *wire) {
		var open []net.Conn
		for i := range 100 {
			c := w.dial(fmt.Sprintf("[2001:db8:1:2::%x]:1", i+1))
			if r := say(t, c); r.StatusCode != 200 {
				t.Fatalf("connection %d: %d", i+1, r.StatusCode)
			}
			open = append(open, c)
		}
		refused := w.dial("[2001:db8:1:2::ffff]:1")
		r, err := http.ReadResponse(bufio.NewReader(refused), nil)
		if err != nil || r.StatusCode != 429 || r.Header.Get("Retry-After") == "" {
			t.Errorf("one more: %v, %v", r, err)
		}
		if _, err := refused.Read(make([]byte, 1)); err == nil {
			t.Error("it is not closed")
		}
		another := w.dial("[2001:db8:1:3::1]:1")
		if r := say(t, another); r.StatusCode != 200 {
			t.Errorf("another reader: %d", r.StatusCode)
		}
		open[0].Close()
		synctest.Wait()
		open[0] = w.dial("[2001:db8:1:2::ffff]:1")
		if r := say(t, open[0]); r.StatusCode != 200 {
			t.Errorf("after one was closed: %d", r.StatusCode)
		}
		for _, c := range append(open, another) {
			c.Close()
		}
	})
}

// Who sends a header byte by byte, or does not read, is cut off.
func TestSlowClients(t *testing.T) { // C-15
	inBubble(t, web.Proxies{}, func(t *testing.T, w *wire) {
		slow := w.dial("203.0.113.5:1")
		started := time.Now()
		for {
			if _, err := io.WriteString(slow, "G"); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if took := time.Since(started); took > 15*time.Second {
			t.Errorf("a slow header is waited for %v", took)
		}
		deaf := w.dial("203.0.113.5:2")
		if _, err := io.WriteString(deaf, "GET /go.rss HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		if b, err := io.ReadAll(deaf); err != nil || len(b) > 8<<10 { // no more than its buffer at the end
			t.Errorf("who does not read is sent %d bytes three minutes later, %v", len(b), err)
		}
	})
}
