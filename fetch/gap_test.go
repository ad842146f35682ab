package fetch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// linked is a feed of these items that names another page.
func linked(rel, page string, names ...string) origin.Reply {
	body := origin.RSS("Example", names...)
	if page != "" {
		body = strings.Replace(body, "<channel>", fmt.Sprintf(`<channel xmlns:a="http://www.w3.org/2005/Atom"><a:link rel="%s" href="%s"/>`, rel, page), 1)
	}
	return origin.Feed(body)
}

// gapped polls once with the first answer, and then runs for a while with the second.
func (w *world) gapped(src *wiredesk.Source, before, after http.Handler, d time.Duration) []origin.Request {
	w.t.Helper()
	w.web.Handle("example.org/feed", before)
	w.poll(src)
	w.web.Handle("example.org/feed", after)
	st := w.store.state(1)
	time.Sleep(time.Until(st.Due))
	_, stop := w.run(fetch.PollerOptions{}, w.targets(src))
	time.Sleep(d)
	stop()
	return w.web.Requests()[1:]
}

func TestAGapIsFilledFromTheArchive(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/1", linked("prev-archive", "http://example.org/2", "f", "e").With("ETag", `"page"`))
		w.web.Handle("example.org/2", linked("prev-archive", "http://example.org/3", "d", "c"))
		w.web.Handle("example.org/3", linked("prev-archive", "http://example.org/4", "b", "x"))
		rs := w.gapped(source(url), tagged(feed("b", "a"), `"1"`, ""), tagged(linked("prev-archive", "http://example.org/1", "h", "g"), `"2"`, ""), time.Minute)
		if got := hostsOf(rs); got != url+" http://example.org/1 http://example.org/2 http://example.org/3" {
			t.Fatalf("asked %s", got)
		}
		for _, r := range rs[1:] {
			if validators(r) != [2]string{} {
				t.Errorf("%s got %q", r.URI, validators(r))
			}
		}
		if shortest(rs) < 100*time.Millisecond {
			t.Errorf("pages were asked within %s", shortest(rs))
		}
		st := w.store.state(1)
		if n := w.store.items(1); n != 9 {
			t.Errorf("%d items, want all nine", n)
		}
		if len(st.Present) != 2 || st.ETag != `"2"` || st.Gap != "nothing of the poll before was left; 5 found in 3 pages of its archive" {
			t.Errorf("state %+v", st)
		}
		if wait := st.Due.Sub(st.Polled); wait < 30*time.Minute || wait > 33*time.Minute || !strings.Contains(st.Reason, "because items were missed") {
			t.Errorf("asked again after %s: %s", wait, st.Reason)
		}
	})
}

func TestASearchEnds(t *testing.T) {
	endless := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		linked("next", "http://example.org"+r.URL.Path+"x", "of"+r.URL.Path[1:], "and"+r.URL.Path[1:]).ServeHTTP(rw, r)
	})
	for name, c := range map[string]struct {
		page  string
		there http.Handler
		pages int
		gap   string
	}{
		"no archive":      {"", nil, 0, "nothing of the poll before was left"},
		"another host":    {"http://example.net/1", feed("b"), 0, "nothing of the poll before was left"},
		"our own network": {"http://127.0.0.1/1", feed("b"), 0, "nothing of the poll before was left"},
		"itself":          {url, nil, 0, "nothing of the poll before was left"},
		"endless":         {"http://example.org/p", endless, 5, "10 found in 5 pages of its archive, perhaps not all"},
		"a circle":        {"http://example.org/p", linked("next", "http://example.org/p", "c", "d"), 1, "2 found in 1 page of its archive, perhaps not all"},
		"not there":       {"http://example.org/p", origin.Status(404), 1, "0 found in 1 page of its archive, perhaps not all"},
		"away":            {"http://example.org/p", origin.Redirect(302, "http://example.net/1"), 2, "0 found in 1 page of its archive, perhaps not all"},
		"no feed":         {"http://example.org/p", origin.Page("x"), 1, "0 found in 1 page of its archive, perhaps not all"},
		"busy":            {"http://example.org/p", origin.Status(429).With("Retry-After", "7200"), 1, "0 found in 1 page of its archive, perhaps not all"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("*", feed("b"))
				for _, path := range []string{"p", "px", "pxx", "pxxx", "pxxxx", "pxxxxx"} {
					if c.there != nil {
						w.web.Handle("example.org/"+path, c.there)
					}
				}
				rs := w.gapped(source(url), feed("b", "a"), linked("next", c.page, "h", "g"), 20*time.Minute)
				st := w.store.state(1)
				if len(rs) != 1+c.pages || !strings.Contains(st.Gap, c.gap) || st.Missed.IsZero() {
					t.Errorf("%d requests (%s): %s", len(rs), hostsOf(rs), st.Gap)
				}
				if busy := !st.Quiet.IsZero(); busy != (name == "busy") {
					t.Errorf("quiet until %s", st.Quiet)
				}
				if st.Failures != 0 || len(st.Present) != 2 {
					t.Errorf("state %+v", st)
				}
			})
		})
	}
}

func TestOneRoundFillsAGapToo(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", feed("b", "a"))
		w.web.Handle("example.org/1", feed("d", "c", "b"))
		src := source(url)
		w.poll(src)
		w.web.Handle("example.org/feed", linked("prev-archive", "http://example.org/1", "f", "e"))
		sum, err := w.once(fetch.PollerOptions{}, true, src)
		if err != nil || sum.Polled != 1 || sum.New != 4 || w.store.items(1) != 6 {
			t.Errorf("%+v, %v, %d items", sum, err, w.store.items(1))
		}
	})
}

func TestHurryPasses(t *testing.T) {
	for after, want := range map[time.Duration]time.Duration{
		0: 15 * time.Minute, 8 * 24 * time.Hour: 30 * time.Minute, 15 * 24 * time.Hour: time.Hour, 90 * 24 * time.Hour: time.Hour,
	} {
		st := settled()
		now := noon.Add(after)
		st.Missed, st.Hurry, st.Changed = noon, 2, now
		due, reason := fetch.Next(now, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Status: 200, News: true})
		if wait := due.Sub(now); wait < want || wait > want+want/10 {
			t.Errorf("%s after two gaps: waits %s (%s), want %s", after, wait, reason, want)
		}
		// What the origin asks for counts more.
		due, _ = fetch.Next(now, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Status: 200, News: true, Header: headers("Cache-Control: max-age=7200")})
		if wait := due.Sub(now); wait < 2*time.Hour {
			t.Errorf("%s after two gaps: waits %s against max-age", after, wait)
		}
	}
}

func TestTheStoreIsToldHowToKnowItemsAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", feed("a"))
		src := source(url)
		src.Identity = wiredesk.IdentityLink
		if p := w.poll(src); p.Identity != wiredesk.IdentityLink {
			t.Errorf("identity rule %v", p.Identity)
		}
	})
}
