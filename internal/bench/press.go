package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A press is what wiredesk stands between: sources, with a hub that pushes them, and those who
// subscribed at wiredesk's own hub. All of it listens on every loopback address.
type press struct {
	server *httptest.Server
	port   string
	client *http.Client

	mu        sync.Mutex
	versions  map[int]int    // by source
	callbacks map[int]string // wiredesk's, by source
	// told is called with what a subscriber was sent, and which one it is.
	told func(n int, body []byte)
}

func newPress() (*press, error) {
	p := &press{client: &http.Client{Timeout: 30 * time.Second}, versions: map[int]int{}, callbacks: map[int]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /source/{n}", p.source)
	mux.HandleFunc("POST /hub", p.subscribed)
	mux.HandleFunc("GET /told/{n}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge")) //nolint:gosec // nobody looks at it
	})
	mux.HandleFunc("POST /told/{n}", p.take)
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "0.0.0.0:0")
	if err != nil {
		return nil, err
	}
	_, p.port, _ = net.SplitHostPort(l.Addr().String())
	p.server = &httptest.Server{Listener: l, Config: &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}}
	p.server.Start()
	return p, nil
}

func (p *press) close() {
	p.client.CloseIdleConnections()
	p.server.Close()
}

// at returns an address on one of the loopback addresses.
func (p *press) at(host int, path string) string {
	return fmt.Sprintf("http://127.0.0.%d:%s%s", host, p.port, path)
}

func (p *press) document(n int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return document(n, p.versions[n])
}

func (p *press) source(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("n"))
	w.Header().Set("Content-Type", "application/rss+xml")
	w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, p.at(1, "/hub"), p.at(1, r.URL.Path)))
	_, _ = w.Write(p.document(n))
}

// subscribed is the hub of the sources: wiredesk subscribes.
func (p *press) subscribed(w http.ResponseWriter, r *http.Request) {
	callback, topic := r.FormValue("hub.callback"), r.FormValue("hub.topic")
	w.WriteHeader(http.StatusAccepted)
	n, _ := strconv.Atoi(topic[strings.LastIndexByte(topic, '/')+1:])
	go func() {
		q := url.Values{"hub.mode": {r.FormValue("hub.mode")}, "hub.topic": {topic}, "hub.challenge": {"c"}, "hub.lease_seconds": {"86400"}}
		resp, err := p.client.Get(callback + "?" + q.Encode()) //nolint:noctx,gosec // wiredesk chose it, and the client has a time limit
		if err != nil {
			return
		}
		_ = resp.Body.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.callbacks[n] = callback
	}()
}

// pushable reports whether wiredesk subscribed to so many sources.
func (p *press) pushable(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.callbacks) == n
}

// next is the title of the article that the next push of a source brings.
func (p *press) next(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("Article %d of blog %d", p.versions[n]+itemsPerFeed, n)
}

// push sends wiredesk a document with one new article, and returns when the request began.
func (p *press) push(n int) (at time.Time, err error) {
	p.mu.Lock()
	p.versions[n]++
	callback := p.callbacks[n]
	p.mu.Unlock()
	body := p.document(n)
	at = time.Now()
	resp, err := p.client.Post(callback, "application/rss+xml", bytes.NewReader(body)) //nolint:noctx // the client has a time limit
	if err != nil {
		return at, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return at, fmt.Errorf("a push was answered %d", resp.StatusCode)
	}
	return at, nil
}

func (p *press) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	n, _ := strconv.Atoi(r.PathValue("n"))
	p.mu.Lock()
	told := p.told
	p.mu.Unlock()
	if told != nil {
		told(n, body)
	}
}
