package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A served is one of those that serve the same document: wiredesk, nginx, and a handler of
// net/http that does nothing else.
type served struct{ name, url, etag string }

// serving measures with wrk how many requests in a second each answers over 64 connections.
func serving(out io.Writer, o *origin, seconds int) error {
	for _, tool := range []string{"wrk", "nginx"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: install the Debian package of that name", err)
		}
	}
	desk, err := prepare(fmt.Sprintf("[[source]]\nurls = [\"%[1]s/1\", \"%[1]s/2\"]\nallow_private = true\n[[feed]]\nname = \"all\"\n", o.base))
	if err != nil {
		return err
	}
	defer desk.close()
	if err := desk.start(); err != nil {
		return err
	}
	defer func() { _ = desk.stop() }()
	plain, zipped, err := desk.published("/all.rss", 2*itemsPerFeed)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "wiredesk-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // workers of nginx are another user's
		return err
	}
	for name, body := range map[string][]byte{"all.rss": plain, "all.rss.gz": zipped} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o644); err != nil { //nolint:gosec // for nginx to read
			return err
		}
	}
	nginx, stop, err := startNginx(dir)
	if err != nil {
		return err
	}
	defer stop()
	bare, stopBare, err := startBare(dir)
	if err != nil {
		return err
	}
	defer stopBare()
	fmt.Fprintf(out, "a feed of %d items: %d KB, %d KB in gzip\n", 2*itemsPerFeed, len(plain)>>10, len(zipped)>>10)
	return race(out, []served{{"nginx", nginx, ""}, {"bare handler", bare, ""}, {"wiredesk", desk.base, ""}}, seconds)
}

// published waits until a document has so many items and returns it, plain and in gzip.
func (r *running) published(path string, items int) (plain, zipped []byte, err error) {
	for range 600 {
		if plain, err = fetched(r.base+path, "identity"); err == nil && bytes.Count(plain, []byte("<item>")) == items {
			zipped, err = fetched(r.base+path, "gzip")
			return plain, zipped, err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, nil, fmt.Errorf("%s never had %d items: %w", path, items, err)
}

// fetched returns a body as it was sent.
func fetched(url, coding string) ([]byte, error) {
	_, body, err := request(url, "Accept-Encoding", coding)
	return body, err
}

// asItIs asks for no coding of its own accord.
var asItIs = &http.Transport{DisableCompression: true}

// An answer is what comes before a body.
type answer struct {
	status int
	etag   string
}

// request asks with one field.
func request(url, field, value string) (a answer, body []byte, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return a, nil, err
	}
	req.Header.Set(field, value)
	resp, err := asItIs.RoundTrip(req)
	if err != nil {
		return a, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header.Get("ETag")}, body, err
}

// startNginx serves a folder, with what is compressed beside it, by nginx as it is. Stop ends
// it.
func startNginx(dir string) (base string, stop func(), err error) {
	address, err := freePort()
	if err != nil {
		return "", nil, err
	}
	config := fmt.Sprintf(`daemon off; worker_processes auto; pid %[1]s/pid; error_log %[1]s/log;
events { worker_connections 1024; }
http {
	access_log off; sendfile on; tcp_nopush on; gzip_static on; keepalive_requests 1000000000;
	client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
	types { application/rss+xml rss; }
	server { listen %[2]s; root %[1]s; }
}
`, dir, address)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return "", nil, err
	}
	return background("http://"+address, exec.CommandContext(context.Background(), "nginx", "-p", dir, "-c", file)) //nolint:gosec // we wrote it
}

// startBare serves a folder by this program, see [bareServer].
func startBare(dir string) (base string, stop func(), err error) {
	address, err := freePort()
	if err != nil {
		return "", nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	return background("http://"+address, exec.CommandContext(context.Background(), self, "-bare", dir, "-listen", address)) //nolint:gosec // it is this program
}

// background starts a server and waits until it answers.
func background(base string, cmd *exec.Cmd) (string, func(), error) {
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop := func() {
		_ = cmd.Process.Signal(os.Interrupt) // nginx ends its workers then
		_ = cmd.Wait()
	}
	for range 100 {
		if _, err := fetched(base+"/all.rss", "identity"); err == nil {
			return base, stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("%s did not start: %s", cmd.Path, said.Bytes())
}

// bareServer serves the document of a folder by the least that net/http can do it with.
func bareServer(dir, address string) error {
	plain, err := os.ReadFile(filepath.Join(dir, "all.rss"))
	if err != nil {
		return err
	}
	zipped, err := os.ReadFile(filepath.Join(dir, "all.rss.gz"))
	if err != nil {
		return err
	}
	const etag = `"bare"`
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Etag"] = []string{etag}
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := plain
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			body = zipped
			h["Content-Encoding"] = []string{"gzip"}
		}
		h["Content-Type"], h["Content-Length"] = []string{"application/rss+xml"}, []string{strconv.Itoa(len(body))}
		_, _ = w.Write(body)
	})}
	return server.Serve(l)
}

// race has wrk ask each in turn, and prints the best of seven rounds beside the first one's.
func race(out io.Writer, servers []served, seconds int) error {
	for i := range servers {
		s := &servers[i]
		s.url += "/all.rss"
		first, _, err := request(s.url, "Accept-Encoding", "identity")
		if err != nil {
			return err
		}
		s.etag = first.etag
		again, _, err := request(s.url, "If-None-Match", s.etag)
		if err != nil {
			return err
		}
		if again.status != http.StatusNotModified {
			return fmt.Errorf("%s answers %d to its own ETag", s.name, again.status)
		}
	}
	for _, kind := range []struct {
		name   string
		fields func(s *served) []string
		goal   float64
	}{
		{"plain", func(*served) []string { return nil }, 0.95},
		{"gzip", func(*served) []string { return []string{"-H", "Accept-Encoding: gzip"} }, 0.55},
		{"304", func(s *served) []string { return []string{"-H", "If-None-Match: " + s.etag} }, 0.65},
	} {
		best := make([]float64, len(servers))
		for range 7 {
			for i := range servers {
				rate, err := wrk(servers[i].url, seconds, kind.fields(&servers[i]))
				if err != nil {
					return fmt.Errorf("%s: %w", servers[i].name, err)
				}
				best[i] = max(best[i], rate)
			}
		}
		for i := range servers {
			fmt.Fprintf(out, "%-6s %-14s %9.0f requests/s %6.2f", kind.name, servers[i].name, best[i], best[i]/best[0])
			if i == len(servers)-1 {
				fmt.Fprintf(out, "  goal %.2f", kind.goal)
			}
			fmt.Fprintln(out)
		}
	}
	return nil
}

var perSecond = regexp.MustCompile(`Requests/sec: +([0-9.]+)`)

// wrk returns how many requests in a second are answered over 64 connections.
func wrk(url string, seconds int, fields []string) (float64, error) {
	args := append([]string{"-t", "1", "-c", "64", "-d", fmt.Sprintf("%ds", seconds)}, fields...)
	said, err := exec.CommandContext(context.Background(), "wrk", append(args, url)...).CombinedOutput() //nolint:gosec // ours
	found := perSecond.FindSubmatch(said)
	if err != nil || found == nil || bytes.Contains(said, []byte("Non-2xx")) {
		return 0, errors.Join(err, fmt.Errorf("wrk: %s", said))
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
