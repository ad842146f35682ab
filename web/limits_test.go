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

// A bubble is a test in virtual time, and the wire to the server in it.
type bubble struct {
	*testing.T
	*wire
}

// inBubble serves a site with limits until test is done, and returns what was logged.
func inBubble(t *testing.T, proxies web.Proxies, test func(b bubble)) (logged string) {
	t.Helper()
	h, _ := newHandler(t)
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		limits := web.NewLimits(proxies, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- web.Serve(ctx, limits.Listener(w), limits.Handler(h), nil) }()
		test(bubble{t, w})
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return log.String()
}

// say sends a request over a connection that stays, and returns the answer.
func (b bubble) say(c net.Conn, fields ...string) answer {
	b.Helper()
	var request strings.Builder
	request.WriteString("GET /healthz HTTP/1.1\r\nHost: x\r\n")
	for i := 0; i < len(fields); i += 2 {
		fmt.Fprintf(&request, "%s: %s\r\n", fields[i], fields[i+1])
	}
	go func() { _, _ = io.WriteString(c, request.String()+"\r\n") }()
	return b.hear(c)
}

// hear returns the answer that comes over a connection.
func (b bubble) hear(c net.Conn) answer {
	b.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer{r.StatusCode, r.Header, string(body)}
}

func TestLimitOfRequests(t *testing.T) { // C-15, S-46
	inBubble(t, web.Proxies{}, func(b bubble) {
		fast, other := b.dial("203.0.113.5:1"), b.dial("203.0.113.6:1")
		defer fast.Close()
		defer other.Close()
		for i := range 300 {
			if r := b.say(fast, "X-Real-Ip", "192.0.2.9"); r.Code != 200 {
				b.Fatalf("request %d: %d", i+1, r.Code)
			}
		}
		r := b.say(fast)
		wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
		if r.Code != 429 || err != nil || wait < 1 || wait > 30 || r.Header.Get("Access-Control-Allow-Origin") != "*" {
			b.Errorf("request 301: %d %v", r.Code, r.Header)
		}
		if r := b.say(other); r.Code != 200 {
			b.Errorf("another reader: %d", r.Code)
		}
		// Who heeds it may ask again.
		time.Sleep(time.Duration(wait) * time.Second)
		for i := range 150 {
			if r := b.say(fast); r.Code != 200 {
				b.Fatalf("after a pause, request %d: %d", i+1, r.Code)
			}
		}
		// Ten in a second are too few to be refused ever.
		time.Sleep(time.Minute)
		for i := range 2000 {
			time.Sleep(100 * time.Millisecond)
			if r := b.say(fast); r.Code != 200 {
				b.Fatalf("at ten in a second, request %d: %d", i+1, r.Code)
			}
		}
	})
}

// Behind a named proxy each reader is counted for himself, over one connection of the proxy.
func TestLimitBehindAProxy(t *testing.T) { // C-15
	named := web.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	inBubble(t, named, func(b bubble) {
		proxy := b.dial("127.0.0.1:1")
		defer proxy.Close()
		for i := range 301 {
			made := fmt.Sprintf("192.0.2.%d, 203.0.113.5", i%256) // the first half is the reader's own word
			if r := b.say(proxy, "X-Forwarded-For", made); (r.Code == 429) != (i == 300) {
				b.Fatalf("request %d: %d", i+1, r.Code)
			}
		}
		for i := range 400 {
			if r := b.say(proxy, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", 100+i%2)); r.Code != 200 {
				b.Fatalf("another reader: %d", r.Code)
			}
		}
		if r := b.say(proxy, "X-Forwarded-For", "2001:db8:1:2::1"); r.Code != 200 {
			b.Errorf("one of IPv6: %d", r.Code)
		}
		for range 400 {
			if r := b.say(proxy); r.Code != 200 { // such as a check of its health
				b.Fatalf("the proxy itself: %d", r.Code)
			}
		}
	})
}

// All readers behind a proxy that nobody named are not taken for one, and it is told.
func TestNoLimitForAProxyThatIsNotNamed(t *testing.T) { // C-15
	for _, from := range []string{"127.0.0.1:1", "10.0.0.7:1", "203.0.113.5:1"} {
		log := inBubble(t, web.Proxies{}, func(b bubble) {
			proxy := b.dial(from)
			defer proxy.Close()
			for i := range 1000 {
				if r := b.say(proxy, "X-Forwarded-For", "203.0.113.9"); r.Code != 200 {
					b.Fatalf("%s: request %d: %d", from, i+1, r.Code)
				}
			}
			var more []net.Conn
			for i := range 150 {
				c := b.dial(from)
				more = append(more, c)
				if r := b.say(c); r.Code != 200 {
					b.Fatalf("%s: connection %d: %d", from, i+1, r.Code)
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
	inBubble(t, web.Proxies{}, func(b bubble) {
		var open []net.Conn
		for i := range 100 {
			c := b.dial(fmt.Sprintf("[2001:db8:1:2::%x]:1", i+1))
			if r := b.say(c); r.Code != 200 {
				b.Fatalf("connection %d: %d", i+1, r.Code)
			}
			open = append(open, c)
		}
		refused := b.dial("[2001:db8:1:2::ffff]:1")
		if r := b.hear(refused); r.Code != 429 || r.Header.Get("Retry-After") == "" {
			b.Errorf("one more: %d %v", r.Code, r.Header)
		}
		if _, err := refused.Read(make([]byte, 1)); err == nil {
			b.Error("it is not closed")
		}
		another := b.dial("[2001:db8:1:3::1]:1")
		if r := b.say(another); r.Code != 200 {
			b.Errorf("another reader: %d", r.Code)
		}
		open[0].Close()
		synctest.Wait()
		open[0] = b.dial("[2001:db8:1:2::ffff]:1")
		if r := b.say(open[0]); r.Code != 200 {
			b.Errorf("after one was closed: %d", r.Code)
		}
		for _, c := range append(open, another) {
			c.Close()
		}
	})
}

// Who sends a header byte by byte, or does not read, is cut off.
func TestSlowClients(t *testing.T) { // C-15
	inBubble(t, web.Proxies{}, func(b bubble) {
		slow := b.dial("203.0.113.5:1")
		go func() { _, _ = io.Copy(io.Discard, slow) }() // a last word; there is no buffer for it here
		started := time.Now()
		for {
			if _, err := io.WriteString(slow, "G"); err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if took := time.Since(started); took > 15*time.Second {
			b.Errorf("a slow header is waited for %v", took)
		}
		deaf := b.dial("203.0.113.5:2")
		if _, err := io.WriteString(deaf, "GET /go.rss HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			b.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		if sent, err := io.ReadAll(deaf); err != nil || len(sent) > 8<<10 { // no more than its buffer at the end
			b.Errorf("who does not read is sent %d bytes three minutes later, %v", len(sent), err)
		}
	})
}
