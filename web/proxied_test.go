package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk/web"
)

// Behind a real nginx that is set up as docs/running.md says, each reader has limits of his own,
// whatever he claims to be. Where readers come from is told to nginx by the PROXY protocol.
func TestBehindNginx(t *testing.T) { // C-15
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed (Debian package nginx)")
	}
	h, _ := newHandler(t)
	limits := web.NewLimits(web.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, nil)
	own, address := start(t, limits.Handler(h)), free(t)
	location := documented(t, "location / {")
	if !strings.Contains(location, "http://127.0.0.1:8080;") || !strings.Contains(location, "X-Forwarded-For") {
		t.Fatalf("docs/running.md says %s", location)
	}
	run := t.TempDir()
	write(t, filepath.Join(run, "nginx.conf"), "daemon off;\npid nginx.pid;\nevents { }\nhttp {\naccess_log off;\n"+temporary+
		"server {\nlisten "+address+" proxy_protocol;\nset_real_ip_from 127.0.0.1;\nreal_ip_header proxy_protocol;\n"+
		strings.Replace(location, "http://127.0.0.1:8080", own.base, 1)+"\n}\n}\n")
	background(t, address, exec.Command(program, "-p", run, "-c", "nginx.conf", "-e", "stderr"))
	fast := statuses(t, address, "203.0.113.5", 600)
	if fast[http.StatusOK] < 300 || fast[http.StatusTooManyRequests] == 0 {
		t.Errorf("who asks too often: %v", fast)
	}
	if other := statuses(t, address, "203.0.113.6", 250); other[http.StatusOK] != 250 {
		t.Errorf("another reader: %v", other)
	}
}

// statuses returns how often a reader at an address got which answer to so many requests over one
// connection. In each it claims to be another one.
func statuses(t *testing.T, server, from string, requests int) map[int]int {
	t.Helper()
	conn, err := net.Dial("tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PROXY TCP4 %s 127.0.0.1 4711 80\r\n", from)
	answers, got := bufio.NewReader(conn), make(map[int]int)
	for i := range requests {
		fmt.Fprintf(conn, "GET /go.rss HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.%d\r\n\r\n", i%256)
		r, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, r.Body)
		if r.Body.Close(); err != nil {
			t.Fatal(err)
		}
		got[r.StatusCode]++
	}
	return got
}

// documented returns the block in docs/running.md that begins so.
func documented(t *testing.T, begin string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, filepath.Join("..", "docs", "running.md")), "    "+begin)
	block, _, closed := strings.Cut(rest, "\n    }\n")
	if !found || !closed {
		t.Fatalf("docs/running.md has no %q", begin)
	}
	return begin + block + "\n}"
}
