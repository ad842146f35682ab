package web_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"wiredesk/publish"
	"wiredesk/web"
)

// The list of sources is where programs look for it that know only the host, and where each
// page says. Without sources there is none.
func TestBlogroll(t *testing.T) {
	in := inputOf(edition("text"))
	in.Sources = []publish.Blog{{Title: "A source", URL: "https://source.example.net/feed"}}
	var current atomic.Pointer[publish.Site]
	current.Store(render(t, in))
	s := start(t, web.Site(&current))
	list := s.ask(t, "GET", "/sources.opml")
	for _, path := range []string{"/.well-known/recommendations.opml", "/planet/.well-known/recommendations.opml"} {
		r := s.ask(t, "GET", path)
		if r.Code != 200 || r.Body != list.Body || !strings.Contains(r.Body, "https://source.example.net/feed") || r.Header.Get("Content-Type") != "text/x-opml; charset=utf-8" {
			t.Errorf("%s: %d %q", path, r.Code, r.Body)
		}
		if again := s.ask(t, "GET", path, "If-None-Match", r.Header.Get("ETag")); again.Code != 304 {
			t.Errorf("%s: %d", path, again.Code)
		}
	}
	const link = `<link rel="blogroll" type="text/xml" href="https://feeds.example.org/planet/sources.opml"`
	for _, path := range []string{"/", "/go"} {
		if !strings.Contains(s.ask(t, "GET", path).Body, link) {
			t.Errorf("%s does not name the list", path)
		}
	}
	in.Sources = nil
	current.Store(render(t, in))
	if r := s.ask(t, "GET", "/.well-known/recommendations.opml"); r.Code != 404 || strings.Contains(s.ask(t, "GET", "/go").Body, "blogroll") {
		t.Errorf("without sources: %d, or a page names a list", r.Code)
	}
}
