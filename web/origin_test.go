package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"
)

var at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// newSite renders one feed with a text.
func newSite(tb testing.TB, text string, previous *publish.Site) *publish.Site {
	tb.Helper()
	return render(tb, publish.Input{Editions: []wiredesk.Edition{edition(strings.Repeat(text+" ", 500))}, Previous: previous})
}

// edition is a feed named go, with an entry for each text, the newest last.
func edition(texts ...string) wiredesk.Edition {
	e := wiredesk.Edition{Feed: wiredesk.Feed{Name: "go", Title: "Go"}}
	for i, text := range texts {
		id := "https://example.org/" + string(rune('1'+i))
		e.Entries = append([]wiredesk.Entry{{
			ID: id, Title: "Entry " + string(rune('1'+i)), Published: at.Add(-time.Hour), Updated: at.Add(-time.Hour),
			Item: wiredesk.Item{Link: id, Content: "<p>" + text + "</p>"},
		}}, e.Entries...)
	}
	return e
}

// render fills in what is not said of an input.
func render(tb testing.TB, in publish.Input) *publish.Site {
	tb.Helper()
	if in.Settings.BaseURL == "" {
		in.Settings = publish.Settings{BaseURL: "https://feeds.example.org/planet", Title: "Planet"}
	}
	if in.At.IsZero() {
		in.At = at
	}
	site, err := publish.Render(in)
	if err != nil {
		tb.Fatal(err)
	}
	return site
}

// newHandler serves a site, and returns the pointer to it.
func newHandler(tb testing.TB) (http.Handler, *atomic.Pointer[publish.Site]) {
	tb.Helper()
	var current atomic.Pointer[publish.Site]
	current.Store(newSite(tb, "word", nil))
	return door(&current), &current
}

// door answers for a site as a daemon does that is well.
func door(current *atomic.Pointer[publish.Site]) http.Handler {
	well := func() string { return "" }
	return web.WithHealth(current, well, well, web.Site(current))
}

// A server is a real one, on loopback.
type server struct {
	base   string
	client *http.Client
}

// start serves a handler as the daemon does, until the test ends.
func start(tb testing.TB, h http.Handler) server {
	tb.Helper()
	ln, stop := serve(tb, "127.0.0.1:0", h)
	transport := &http.Transport{DisableCompression: true}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := stop(); err != nil {
			tb.Error(err)
		}
	})
	return server{base: "http://" + ln.Addr().String(), client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// startSite serves a site of one feed, and returns the pointer to it.
func startSite(tb testing.TB) (server, *atomic.Pointer[publish.Site]) {
	tb.Helper()
	h, current := newHandler(tb)
	return start(tb, h), current
}

// An answer is what a server said, its body as it came.
type answer struct {
	Code   int
	Header http.Header
	Body   string
}

// ask sends one request; fields are names and values in turn.
func (s server) ask(tb testing.TB, method, path string, fields ...string) answer {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, s.base+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// ask sends one request to a handler, without a server between.
func ask(h http.Handler, method, path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func inputOf(e wiredesk.Edition) publish.Input {
	return publish.Input{Editions: []wiredesk.Edition{e}}
}
