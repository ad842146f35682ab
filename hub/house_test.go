package hub_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk/fetch"
	"wiredesk/hub"
	"wiredesk/internal/origin"
	"wiredesk/storage"
)

const (
	hubURL   = "https://desk.example/hub"
	topicURL = "https://desk.example/all.rss"
	callback = "https://sub.example/callback"
)

// A house is a hub with the real client and the real store, on a web in memory.
type house struct {
	t      *testing.T
	web    *origin.Web
	client *http.Client
	path   string
	log    *lines

	fetch *fetch.Client
	db    *storage.Store
	hub   *hub.Hub
	stop  func()
	now   map[string]hub.Topic
}

// inHouse runs f with a hub that has one topic.
func inHouse(t *testing.T, f func(*house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, web: origin.New(), path: filepath.Join(t.TempDir(), "w.db"), log: &lines{}, now: map[string]hub.Topic{}}
		h.client = &http.Client{Transport: &http.Transport{DialContext: h.web.Dial, TLSClientConfig: h.web.TLS(), DisableKeepAlives: true}}
		h.open()
		h.publish("one")
		f(h)
		h.close()
		h.client.CloseIdleConnections()
		h.web.Close()
		pass(time.Second) // a connection lingers that was cut
	})
}

func (h *house) open() {
	h.t.Helper()
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if h.db, err = storage.Open(h.path, storage.Options{Create: true}); err != nil {
		h.t.Fatal(err)
	}
	if h.fetch, err = fetch.NewClient(fetch.ClientOptions{Dial: h.web.Dial, Roots: h.web.Roots(), Logger: log}); err != nil {
		h.t.Fatal(err)
	}
	if h.hub, err = hub.New(h.t.Context(), hub.Options{Store: h.db, Transport: h.fetch.Outgoing(hub.PerHost), SiteOf: fetch.SiteOf, Logger: log}); err != nil {
		h.t.Fatal(err)
	}
	h.web.Handle("desk.example/hub", h.hub)
	ctx, cancel := context.WithCancel(h.t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = h.hub.Run(ctx) })
	h.stop = func() { cancel(); running.Wait() }
	if len(h.now) > 0 {
		h.tell()
	}
}

func (h *house) close() {
	h.stop()
	h.fetch.Close()
	if err := h.db.Close(); err != nil {
		h.t.Error(err)
	}
	synctest.Wait()
}

// publish gives the topic a version.
func (h *house) publish(body string) {
	h.now[topicURL] = topicOf(body)
	h.tell()
}

// topicOf is a version of the topic.
func topicOf(body string) hub.Topic {
	return hub.Topic{
		URL: topicURL, Type: "application/rss+xml; charset=utf-8", Links: `<` + hubURL + `>; rel="hub", <` + topicURL + `>; rel="self"`,
		Version: body, Body: []byte(body),
	}
}

func (h *house) tell() {
	var all []hub.Topic
	for _, t := range h.now {
		all = append(all, t)
	}
	h.hub.SetTopics(all)
	synctest.Wait()
}

// ask sends a form to the hub and lets what comes of it happen.
func (h *house) ask(form url.Values) (status int, text string) {
	h.t.Helper()
	return h.post("application/x-www-form-urlencoded", form.Encode())
}

func (h *house) post(kind, body string) (status int, text string) {
	h.t.Helper()
	resp, err := h.client.Post(hubURL, kind, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(resp.Body)
	synctest.Wait()
	return resp.StatusCode, string(said)
}

// form is a request for the topic by the callback; pairs add to it, an empty value takes away.
func form(mode string, pairs ...string) url.Values {
	form := url.Values{"hub.mode": {mode}, "hub.topic": {topicURL}, "hub.callback": {callback}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

// subscribe subscribes, or fails.
func (h *house) subscribe(pairs ...string) {
	h.t.Helper()
	if status, text := h.ask(form("subscribe", pairs...)); status != http.StatusAccepted {
		h.t.Fatalf("subscribing answered %d %s", status, text)
	}
}

// followers returns how many follow the topic.
func (h *house) followers() int { return h.hub.Figures().Followers[topicURL] }

// A reader is a callback: it confirms what it is asked, and keeps what it is sent.
type reader struct {
	mu      sync.Mutex
	queries []url.Values // of GET
	raw     []string     // their query strings
	got     []content
	confirm func(url.Values) (int, string) // what a GET is answered
	answer  func(http.ResponseWriter, *http.Request)
}

// content is what a hub sent.
type content struct {
	body   string
	header http.Header
	at     time.Time
}

// reader makes the callback of a host.
func (h *house) reader(host string) *reader {
	r := &reader{}
	h.web.Handle(host, r)
	return r
}

func (r *reader) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	confirm, answer := r.confirm, r.answer
	if req.Method == http.MethodGet {
		r.queries, r.raw = append(r.queries, req.URL.Query()), append(r.raw, req.URL.RawQuery)
	} else {
		r.got = append(r.got, content{string(body), req.Header, time.Now()})
	}
	r.mu.Unlock()
	switch {
	case req.Method == http.MethodGet && confirm != nil:
		status, text := confirm(req.URL.Query())
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	case req.Method == http.MethodGet:
		_, _ = io.WriteString(w, req.URL.Query().Get("hub.challenge"))
	case answer != nil:
		answer(w, req)
	}
}

// asked returns the queries of a mode.
func (r *reader) asked(mode string) (all []url.Values) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.queries {
		if q.Get("hub.mode") == mode {
			all = append(all, q)
		}
	}
	return all
}

// bodies returns what came, in order.
func (r *reader) bodies() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, c := range r.got {
		all = append(all, c.body)
	}
	return strings.Join(all, " ")
}

func (r *reader) last() content {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.got) == 0 {
		return content{}
	}
	return r.got[len(r.got)-1]
}

func (r *reader) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func signature(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// pass lets time pass, and all that happens in it be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// lines is a log that is written by many.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
