package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An origin is the process that serves the sources.
type origin struct {
	base string
	cmd  *exec.Cmd
}

// startOrigin starts this program again as the origin.
func startOrigin() (*origin, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, "-origin") //nolint:gosec // it is this program
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	o := &origin{cmd: cmd}
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		o.stop()
		return nil, err
	}
	o.base = "http://" + address
	return o, nil
}

func (o *origin) stop() {
	_ = o.cmd.Process.Kill()
	_ = o.cmd.Wait()
}

// say tells the origin how to answer from now on.
func (o *origin) say(word string) error {
	return get(&http.Client{}, o.base+"/say/"+word, "")
}

// A world is how the origin answers at the moment.
type world struct {
	stubborn atomic.Bool  // three sources of ten send all of it again to who knows it
	version  atomic.Int64 // of the document of one source in ten
	first    sync.Map     // documents of version 0, by source
	far      sync.Once    // listens on a thousand hosts
	port     string
}

// serve answers /N with 25 items, /few/N with three, /far/N with three after 100 ms, and
// with 304 who knows it; /say/WORD changes how.
func serve(out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the process
	if err != nil {
		return err
	}
	w := &world{}
	_, w.port, _ = net.SplitHostPort(l.Addr().String())
	fmt.Fprintln(out, l.Addr())
	return w.serve(l)
}

func (w *world) serve(l net.Listener) error {
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: w}
	return server.Serve(l)
}

// ServeHTTP answers a request.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if word, ok := strings.CutPrefix(r.URL.Path, "/say/"); ok {
		w.hear(word)
		return
	}
	kind, number := "", strings.Trim(r.URL.Path, "/")
	if before, after, ok := strings.Cut(number, "/"); ok {
		kind, number = before, after
	}
	var n int
	if _, err := fmt.Sscanf(number, "%d", &n); err != nil {
		http.NotFound(rw, r)
		return
	}
	if kind == "far" {
		time.Sleep(latency)
	}
	version := 0
	if n%10 == 0 {
		version = int(w.version.Load())
	}
	etag := fmt.Sprintf(`"%d-%d"`, n, version)
	rw.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag && (n%10 < 7 || !w.stubborn.Load()) {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	rw.Header().Set("Content-Type", "application/rss+xml")
	_, _ = rw.Write(w.document(kind, n, version))
}

func (w *world) document(kind string, n, version int) []byte {
	if kind != "" {
		return few(n)
	}
	if version > 0 {
		return document(n, version)
	}
	if kept, ok := w.first.Load(n); ok {
		return kept.([]byte) //nolint:forcetypeassert // nothing else is stored
	}
	made := document(n, 0)
	w.first.Store(n, made)
	return made
}

func (w *world) hear(word string) {
	switch word {
	case "docile":
		w.stubborn.Store(false)
	case "stubborn":
		w.stubborn.Store(true)
	case "old":
		w.version.Store(0)
	case "new":
		w.version.Add(1)
	case "far":
		w.far.Do(func() {
			for i := range farHosts {
				l, err := net.Listen("tcp", farHost(i)+":"+w.port) //nolint:noctx // it ends with the process
				if err == nil {
					go func() { _ = w.serve(l) }()
				}
			}
		})
	}
}

// Hosts that are far away: addresses of loopback of their own.
const (
	farHosts = 1000
	latency  = 100 * time.Millisecond
)

func farHost(i int) string { return fmt.Sprintf("127.1.%d.%d", i/250, i%250+1) }
