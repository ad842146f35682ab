package origin_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk/internal/origin"
)

func client(w *origin.Web) *http.Client {
	t := &http.Transport{DialContext: w.Dial, ForceAttemptHTTP2: true}
	t.TLSClientConfig = w.TLS()
	return &http.Client{Transport: t}
}

func TestWebInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := origin.New()
		defer w.Close()
		slow := origin.Feed("slow")
		slow.Wait = time.Hour
		w.Handle("example.org/slow", slow)
		w.Handle("example.org", origin.Script(origin.Status(http.StatusTeapot), origin.Feed("then")))
		c := client(w)
		defer c.CloseIdleConnections()
		for _, want := range []struct {
			url    string
			status int
			body   string
		}{
			{"http://example.org/slow", 200, "slow"},
			{"http://example.org/x", 418, "I'm a teapot\n"},
			{"https://example.org/y?z", 200, "then"},
			{"https://other.example/", 404, "404 page not found\n"},
		} {
			resp, err := c.Get(want.url)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != want.status || string(body) != want.body {
				t.Errorf("%s: %d %q", want.url, resp.StatusCode, body)
			}
		}
		rs := w.To("example.org")
		if len(rs) != 3 || rs[1].At.Sub(rs[0].At) != time.Hour || rs[2].Proto != "HTTP/2.0" || rs[2].URI != "/y?z" || rs[0].Conn != rs[1].Conn {
			t.Errorf("requests: %+v", rs)
		}
	})
}

func TestPipeKeepsOrderAndDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := origin.New()
		defer w.Close()
		large := bytes.Repeat([]byte("0123456789"), 100_000) // more than a buffer holds
		w.Handle("*", origin.Reply{Body: string(large)})
		c, err := w.Dial(t.Context(), "tcp", "example.org:80")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = c.Read(make([]byte, 1))
		if e, ok := errors.AsType[net.Error](err); !ok || !e.Timeout() || time.Since(start) != time.Minute {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		if err := c.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET / HTTP/1.0\r\nHost: example.org\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(c)
		if err != nil || !bytes.HasSuffix(all, large) {
			t.Errorf("%d bytes, %v", len(all), err)
		}
		c.Close()
		if _, err := c.Write([]byte("x")); err == nil {
			t.Error("a closed end takes bytes")
		}
	})
}

func TestNames(t *testing.T) {
	var names origin.Names
	want := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	names.Set("a.example", want...)
	got, err := names.Resolver().LookupNetIP(t.Context(), "ip", "A.example")
	if err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := names.Resolver().LookupNetIP(t.Context(), "ip", "b.example"); err == nil {
		t.Error("a name that was not set exists")
	}
}
