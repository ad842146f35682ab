package web_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"
)

// A renamed feed redirects in each format, whether a proxy strips the path of the base address
// or not; one that was removed is gone until it comes back.
func TestMovedAndGone(t *testing.T) { // C-16
	e := edition("text")
	e.Feed.Formerly = []string{"/old", "/old.rss", "/planet/old.atom", "/old.json", "/blog/feed/", "/atom.xml", "/index.rdf", "/a/b c.html"}
	in := publish.Input{Editions: []wiredesk.Edition{e}, Stamps: map[string]publish.Stamp{
		"/gone": {}, "/gone.rss": {}, "/gone.atom": {}, "/gone.json": {}, "/go.rss": {}, "/old.rss": {}, "/sources.opml": {}, "/": {},
	}}
	var current atomic.Pointer[publish.Site]
	current.Store(render(t, in))
	s := start(t, web.Site(&current))
	for path, want := range map[string]string{
		"/old": "/go", "/old/": "/go", "/old.rss": "/go.rss", "/planet/old.rss": "/go.rss", "/old.atom": "/go.atom", "/planet/old.atom": "/go.atom", "/old.json": "/go.json",
		"/blog/feed": "/go.rss", "/planet/blog/feed/": "/go.rss", "/atom.xml": "/go.atom", "/index.rdf": "/go.rss", "/a/b%20c.html": "/go",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := s.ask(t, method, path, "If-None-Match", "*")
			if got := r.Header.Get("Location"); r.Code != 301 || got != "https://feeds.example.org/planet"+want || !strings.HasPrefix(r.Header.Get("Cache-Control"), "public") {
				t.Errorf("%s %s: %d to %q, want %s", method, path, r.Code, got, want)
			}
		}
	}
	for path, want := range map[string]int{
		"/gone": 410, "/gone/": 410, "/gone.rss": 410, "/planet/gone.atom": 410, "/gone.json": 410, "/gone/archive/1.rss": 410,
		"/gone.php": 404, "/gonee": 404, "/sources.opml": 404, "/old.xml": 404, "/planet": 200, "/go.rss": 200,
	} {
		if r := s.ask(t, "GET", path); r.Code != want {
			t.Errorf("%s: %d, want %d", path, r.Code, want)
		}
	}
	back := edition("text")
	back.Feed.Name = "gone"
	in.Editions = append(in.Editions, back)
	current.Store(render(t, in))
	if r := s.ask(t, "GET", "/gone.rss"); r.Code != 200 {
		t.Errorf("it is back and answers %d", r.Code)
	}
}
