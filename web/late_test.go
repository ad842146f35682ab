package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"wiredesk/publish"
	"wiredesk/web"
)

// Who comes with an older version than the present one is noted, the slowest of all; who has
// the newest, has none, asks for something else or never takes notice of what it is sent is not.
func TestSlowestSubscriber(t *testing.T) {
	h, current := newHandler(t)
	current.Store(newSite(t, "another", current.Load()))
	var readers web.Readers
	watched := readers.Watch(h, current)
	ask := func(path, agent string, since time.Time) {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		if !since.IsZero() {
			r.Header.Set("If-Modified-Since", since.Format(http.TimeFormat))
		}
		r.Header.Set("User-Agent", agent)
		watched.ServeHTTP(httptest.NewRecorder(), r)
	}
	feed, _ := current.Load().Lookup("/go.rss")
	now := feed.Modified
	ask("/go.rss", "new", time.Time{})
	ask("/go.rss", "up to date", now)
	ask("/go.rss", "from the future", now.Add(time.Hour))
	ask("/go", "browser", now.Add(-time.Hour))
	ask("/none.rss", "lost", now.Add(-time.Hour))
	ask("/go/archive/1.rss", "archivist", now.Add(-time.Hour))
	if got := readers.Take(); len(got) != 0 {
		t.Errorf("slow: %v", got)
	}
	for i := range 3 {
		ask("/planet/go.atom", fmt.Sprintf("reader %d", i), now.Add(-time.Duration(2+i)*time.Hour))
	}
	if got := readers.Take(); len(got) != 1 || !got["go"].Equal(now.Add(-4*time.Hour)) {
		t.Errorf("slow: %v", got)
	}
	ask("/go.rss", "stubborn", now.Add(-9*time.Hour))
	readers.Take()
	ask("/go.rss", "stubborn", now.Add(-9*time.Hour))
	if got := readers.Take(); len(got) != 0 {
		t.Errorf("one that always says the same is waited for: %v", got)
	}
}

// Who sends the ETag alone is noted too, in any coding, and the first of several has somebody look.
func TestSlowestSubscriberByTag(t *testing.T) {
	h, current := newHandler(t)
	before, _ := current.Load().Lookup("/go.rss")
	current.Store(newSite(t, "another", current.Load()))
	now, _ := current.Load().Lookup("/go.rss")
	called := 0
	readers := web.Readers{Late: func() { called++ }}
	watched := readers.Watch(h, current)
	ask := func(agent, tag string) {
		r := httptest.NewRequest(http.MethodGet, "/planet/go.rss", http.NoBody)
		r.Header.Set("If-None-Match", tag)
		r.Header.Set("User-Agent", agent)
		watched.ServeHTTP(httptest.NewRecorder(), r)
	}
	tag := func(d *publish.Document, c publish.Coding) string { return d.Form(c).Header["Etag"][0] }
	ask("up to date", tag(now, publish.Gzip))
	ask("up to date at last", tag(before, publish.Gzip)+", "+tag(now, publish.Identity))
	ask("stranger", `"2r8oUSYW82dZvGpUQJKgtg"`)
	ask("any", "*")
	if got := readers.Take(); len(got) != 0 || called != 0 {
		t.Errorf("slow: %v, called %d times", got, called)
	}
	ask("one", tag(before, publish.Gzip))
	ask("another", "W/"+tag(before, publish.Identity))
	if got := readers.Take(); len(got) != 1 || !got["go"].Equal(before.Modified) || called != 1 {
		t.Errorf("slow: %v, not %v, called %d times", got, before.Modified, called)
	}
	ask("one", tag(before, publish.Gzip))
	if got := readers.Take(); len(got) != 0 || called != 1 {
		t.Errorf("one that always says the same is waited for: %v", got)
	}
}

// However many clients there are, only so many are remembered, and none makes it slow.
func TestManySlowSubscribers(t *testing.T) {
	h, current := newHandler(t)
	current.Store(newSite(t, "another", current.Load()))
	var readers web.Readers
	watched := readers.Watch(h, current)
	for i := range 25_000 {
		r := httptest.NewRequest(http.MethodGet, "/go.rss", http.NoBody)
		r.Header.Set("If-Modified-Since", time.Unix(int64(i), 0).UTC().Format(http.TimeFormat))
		r.Header.Set("User-Agent", fmt.Sprint(i))
		watched.ServeHTTP(httptest.NewRecorder(), r)
	}
	if got := readers.Take(); !got["go"].Equal(time.Unix(0, 0)) {
		t.Errorf("slow: %v", got)
	}
}
