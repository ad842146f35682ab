package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wiredesk"
	"wiredesk/internal/origin"
	"wiredesk/web"
)

// A history is what a reader finds who follows prev-archive links from a feed's document to
// the oldest page: the body of each document by path, and the links of all entries.
type history struct {
	bodies  map[string]string
	entries map[string]bool
}

// history reads a feed and its archive over HTTP.
func (d *desk) history(format string) history {
	d.t.Helper()
	h := history{bodies: make(map[string]string), entries: make(map[string]bool)}
	for path := "/all." + format; path != ""; {
		w := httptest.NewRecorder()
		web.Site(&d.room.site).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if w.Code != http.StatusOK {
			d.t.Fatalf("%s: %d", path, w.Code)
		}
		body := w.Body.String()
		entries, err := parseFeed(format, body)
		if err != nil {
			d.t.Fatalf("%s: %v", path, err)
		}
		for _, e := range entries {
			h.entries[e.link] = true
		}
		h.bodies[path] = body
		path = previous(format, body)
	}
	return h
}

// previous returns the path of the page before a document, if there is one.
func previous(format, body string) string {
	before := map[string]string{"rss": `href="`, "atom": `rel="prev-archive" href="`, "json": `"next_url":"`}[format]
	if format == "rss" {
		var ok bool
		if body, _, ok = strings.Cut(body, `" rel="prev-archive"`); !ok {
			return ""
		}
		body = body[strings.LastIndex(body, before):]
	}
	_, address, ok := strings.Cut(body, before)
	if !ok {
		return ""
	}
	address, _, _ = strings.Cut(address, `"`)
	return strings.TrimPrefix(address, "https://feeds.example.org")
}

// pages are the bodies of the pages, without the feed itself.
func (h history) pages() map[string]string {
	pages := maps.Clone(h.bodies)
	maps.DeleteFunc(pages, func(path, _ string) bool { return !strings.Contains(path, "/archive/") })
	return pages
}

// R-22, law 1: whatever a feed announced is in its window or in its archive, whose pages stay
// as they are: while news come, over restarts, and if the folder is lost.
func TestArchive(t *testing.T) {
	inDesk(t, func(d *desk) {
		p := newPress(d.web, 1)
		p.window = 300
		d.config(strings.Replace(configOf([]*press{p}, ""), "limit = 5000", "limit = 10", 1))
		d.start()
		check := func(when string, want int) {
			d.t.Helper()
			for _, format := range []string{"rss", "atom", "json"} {
				if got := len(d.history(format).entries); got != want {
					d.t.Errorf("%s, %s: %d of %d entries are found", when, format, got, want)
				}
			}
		}
		d.pass(time.Minute)
		check("at first", 3)
		for range 200 {
			p.tell(time.Now())
		}
		d.pass(7 * time.Hour)
		check("after a burst", 203)
		if got := len(d.sub.current["all"]); got != 10 {
			t.Errorf("the window has %d entries", got)
		}
		before := d.history("atom").pages()
		if len(before) != 20 {
			t.Errorf("there are %d pages", len(before))
		}
		same := func(when string) {
			d.t.Helper()
			after := d.history("atom").pages()
			maps.DeleteFunc(after, func(path, _ string) bool { return before[path] == "" })
			if diff := cmp.Diff(before, after); diff != "" {
				d.t.Fatalf("%s, pages have changed (-then +now)\n%s", when, diff)
			}
		}
		for range 17 {
			p.tell(time.Now())
		}
		p.change(func() { p.stories[150].title = "Another title" }) // an edit of what is archived
		d.pass(7 * time.Hour)
		check("after more news", 220)
		same("after more news")
		d.close()
		d.start()
		d.pass(time.Minute)
		same("after a restart")
		folder := archiveFolder(d.room.cfg)
		d.close()
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		p.change(func() { p.stories = p.stories[:5] }) // the source is no help
		d.start()
		d.pass(time.Minute) // no more than some pages are made by each build
		check("after the folder was lost", 220)
		if problems := d.sub.problems; len(problems) > 0 {
			t.Error(problems)
		}
	})
}

// What a person hides is not to be found in the archive either, until it is shown again; no
// other page changes.
func TestHiddenInTheArchive(t *testing.T) {
	inDesk(t, func(d *desk) {
		p := newPress(d.web, 1)
		p.window = 300
		for range 40 {
			p.tell(time.Now())
		}
		d.config(strings.Replace(configOf([]*press{p}, ""), "limit = 5000", "limit = 10", 1))
		d.start()
		d.pass(time.Minute)
		before := d.history("atom")
		link := fmt.Sprintf("http://press1.example/1/%d", 20)
		if !before.entries[link] {
			t.Fatal("it is not there")
		}
		decide := func(verb wiredesk.Verb) {
			if _, err := d.room.decide(t.Context(), decideArgs{Item: link, By: "test", Verb: string(verb)}, nil); err != nil {
				t.Fatal(err)
			}
			d.pass(time.Minute)
		}
		decide(wiredesk.Hide)
		hidden := d.history("atom")
		changed := 0
		for path, body := range hidden.bodies {
			if body != before.bodies[path] {
				changed++
			}
			if strings.Contains(body, link) {
				t.Errorf("it is in %s", path)
			}
		}
		if changed != 1 || len(hidden.entries) != 42 {
			t.Errorf("%d documents changed, %d entries are found", changed, len(hidden.entries))
		}
		d.close()
		d.start()
		d.pass(time.Minute)
		if diff := cmp.Diff(hidden.bodies, d.history("atom").bodies); diff != "" {
			t.Errorf("after a restart (-before +after)\n%s", diff)
		}
		decide(wiredesk.Undo)
		if diff := cmp.Diff(before.bodies, d.history("atom").bodies); diff != "" {
			t.Errorf("after undo (-before +after)\n%s", diff)
		}
	})
}

// A subscriber that was away for longer than the window holds finds what it missed when it comes
// again, though nothing came in since; by its tag alone too.
func TestWindowGrowsForWhoWasAway(t *testing.T) {
	for _, says := range []string{"If-Modified-Since", "If-None-Match"} {
		inDesk(t, func(d *desk) {
			p := newPress(d.web, 1)
			d.config(strings.Replace(configOf([]*press{p}, ""), "limit = 5000", "limit = 3", 1))
			d.start()
			d.pass(time.Minute)
			h := d.room.readers.Watch(web.Site(&d.room.site), &d.room.site)
			ask := func(value string) http.Header {
				r := httptest.NewRequest(http.MethodGet, "/all.rss", http.NoBody)
				r.Header.Set(says, value)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w.Header()
			}
			had := ask("")
			for range 7 {
				p.tell(time.Now())
			}
			d.pass(7 * time.Hour)
			p.change(func() { p.answer = origin.Status(http.StatusInternalServerError) }) // nothing comes in any more
			if got := len(d.sub.current["all"]); got != 3 {
				d.t.Fatalf("the window has %d entries before anybody came", got)
			}
			ask(had.Get(map[string]string{"If-Modified-Since": "Last-Modified", "If-None-Match": "ETag"}[says]))
			d.pass(time.Minute)
			if got := len(d.sub.current["all"]); got != 7 {
				d.t.Errorf("%s: the window has %d entries when the subscriber comes again, want 7", says, got)
			}
		})
	}
}
