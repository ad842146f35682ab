package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// pages keeps what came of asking pages, as storage does, for one source.
type pages struct {
	mu    sync.Mutex
	items []wiredesk.Item
	texts map[wiredesk.ItemID]wiredesk.FullText
	quiet map[string]time.Time
	fail  []bool // which of the next writes fail
}

func (p *pages) WantFullTexts(context.Context, time.Time, map[wiredesk.SourceID]bool) error {
	return nil
}

func (p *pages) Linked(context.Context, wiredesk.SourceID, time.Time) (all []wiredesk.Linked, before int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, it := range p.items {
		all = append(all, wiredesk.Linked{Item: it, FullText: p.texts[it.ID]})
	}
	return all, 0, nil
}

func (p *pages) RecordFullText(_ context.Context, ft wiredesk.FullText) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fail) > 0 {
		fails := p.fail[0]
		if p.fail = p.fail[1:]; fails {
			return errors.New("disk full")
		}
	}
	p.texts[ft.Item] = ft
	return nil
}

func (p *pages) Pauses(context.Context, time.Time) (map[string]time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.quiet), nil
}

func (p *pages) RecordPause(_ context.Context, host string, _, until time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quiet[host] = until
	return nil
}

func (p *pages) of(id wiredesk.ItemID) wiredesk.FullText {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.texts[id]
}

// linking returns items whose pages are at links.
func linking(links ...string) *pages {
	p := &pages{texts: make(map[wiredesk.ItemID]wiredesk.FullText), quiet: map[string]time.Time{}}
	for i, link := range links {
		id := wiredesk.NewItemID(time.Now().Add(time.Duration(i)*time.Millisecond), 0)
		p.items = append(p.items, wiredesk.Item{ID: id, Seen: id.Seen(), Link: link, Title: ferryTitle, Summary: "The council decided to replace the old ferry with a bridge for cyclists."})
	}
	return p
}

const ferryTitle = "River town replaces its ferry with a bridge"

var ferry = "<html><head><title>" + ferryTitle + "</title></head><body><nav>Home</nav><article><h1>" + ferryTitle + "</h1>" +
	"<p>The council decided to replace the old ferry with a bridge for cyclists and pedestrians. Work is to begin in the autumn and to last for two years, said the mayor of the town.</p>" +
	"<p>The ferryman, whose family has run the boat since 1911, said that he would retire anyway. Shops on the northern bank fear for their trade while the landing is closed, and ask for a bus.</p>" +
	"</article></body></html>"

func wholeSource() *wiredesk.Source {
	src := source("http://a.example/feed")
	src.FullText, src.Timeout, src.MaxBody = true, 30*time.Second, 10<<20
	return src
}

// What cannot be read leaves the feed's own text, and says why: S-09 S-14 S-17.
func TestFullTextOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		link  string
		reply origin.Reply
		want  string // part of the problem; empty for an article
	}{
		"an article":    {"http://b.example/1", html(ferry), ""},
		"an error page": {"http://b.example/1", origin.Reply{Status: 404, Body: ferry}.With("Content-Type", "text/html"), "404 at the link"},
		"a picture":     {"http://b.example/1", origin.Reply{Body: ferry}.With("Content-Type", "image/png"), "not HTML"},
		"a login":       {"http://b.example/1", html("<html><title>Sign in</title><p>" + strings.Repeat("Sign in to go on with us. ", 60) + "</p></html>"), "neither the words nor the title"},
		"a wall": {"http://b.example/1", html("<html><title>" + ferryTitle + "</title><h1>" + ferryTitle + "</h1><p>" +
			strings.Repeat("This article is for subscribers only, so take out a subscription today to go on reading. ", 8) + "</p></html>"), "none of its words"},
		"the front page":    {"http://b.example/1", origin.Redirect(302, "http://b.example/"), "front page"},
		"a page of nothing": {"http://b.example/1", html("<html></html>"), "no article found"},
		"a huge page":       {"http://b.example/1", html("<html><p>" + strings.Repeat("word ", 1<<20)), "larger"},
		"a tangled page":    {"http://b.example/1", html("<html>" + strings.Repeat("<div>", 400) + strings.Repeat("<p>word word word</p>", 5000)), "too tangled"},
		"huge attributes":   {"http://b.example/1", html(strings.Replace(ferry, "<article>", `<article class="`+strings.Repeat("x ", 1<<19)+`" `+strings.Repeat("a ", 1000)+">", 1)), ""},
		"much script":       {"http://b.example/1", html(strings.Replace(ferry, "<article>", "<script>"+strings.Repeat("<p>{}", 1<<18)+"</script><article>", 1)), ""},
		"a private address": {"http://127.0.0.1/1", html(ferry), "refused"},
		"another scheme":    {"ftp://b.example/1", html(ferry), "never asked"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("a.example/feed", feed("one"))
				w.web.Handle("b.example/1", c.reply)
				w.web.Handle("b.example/", html(ferry))
				p := linking(c.link)
				_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource()))
				time.Sleep(3 * time.Hour)
				stop()
				got := p.of(p.items[0].ID)
				switch {
				case c.want == "never asked":
					if !got.At.IsZero() || len(w.web.To("b.example")) > 0 {
						t.Errorf("it was asked: %+v", got)
					}
				case c.want == "":
					if !strings.Contains(got.HTML, "1911") || got.Problem != "" || len(w.web.To("b.example")) != 1 {
						t.Errorf("%+v after %d requests", got, len(w.web.To("b.example")))
					}
				case got.HTML != "" || !strings.Contains(got.Problem, c.want) || !got.Next.IsZero() || len(w.web.To("b.example")) > 1 && c.want != "front page":
					t.Errorf("%q, want %q; html %q, next %v, %d requests", got.Problem, c.want, got.HTML, got.Next, len(w.web.To("b.example")))
				}
			})
		})
	}
}

// A host that asks to be left alone is left alone, its feeds too; and a page is tried a few
// times only (P-40).
func TestFullTextObeysRetryAfter(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/feed", feed("one"))
		w.web.Handle("a.example/1", origin.Status(503).With("Retry-After", "7200"))
		p := linking("http://a.example/1")
		_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource()))
		time.Sleep(72 * time.Hour)
		stop()
		var asked time.Time
		n := 0
		for _, r := range w.web.To("a.example") {
			if !asked.IsZero() && r.At.Sub(asked) < 2*time.Hour {
				t.Errorf("%s was asked %v after the host said 503", r.URI, r.At.Sub(asked))
			}
			if strings.HasSuffix(r.URI, "/1") {
				asked = r.At
				n++
			}
		}
		if n < 2 || n > 4 {
			t.Errorf("the page was asked %d times", n)
		}
	})
}

// Pages stand in the line of their host: never more at once than per_host, and one after the
// other with a pause. After a restart nothing is asked that was asked (P-32, P-36).
func TestFullTextManners(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/feed", feed("one"))
		var links []string
		for i := range 20 {
			path := fmt.Sprintf("a.example/%d", i)
			w.web.Handle(path, origin.Reply{Body: ferry, Wait: 2 * time.Second}.With("Content-Type", "text/html"))
			links = append(links, "http://"+path)
		}
		p := linking(links...)
		src := wholeSource()
		for range 3 {
			_, stop := w.run(fetch.PollerOptions{FullTexts: p, PerHost: 1}, w.targets(src))
			time.Sleep(20 * time.Minute)
			synctest.Wait()
			stop()
		}
		if most := w.web.Most("a.example"); most > 1 {
			t.Errorf("%d requests at once", most)
		}
		asked := map[string]int{}
		for _, r := range w.web.To("a.example") {
			if asked[r.URI]++; asked[r.URI] > 1 && !strings.HasSuffix(r.URI, "/feed") {
				t.Errorf("%s was asked %d times", r.URI, asked[r.URI])
			}
			if r.Header.Get("Referer") != "" || !strings.Contains(r.Header.Get("User-Agent"), "wiredesk") {
				t.Errorf("request %v", r.Header)
			}
		}
		for _, it := range p.items {
			if p.of(it.ID).HTML == "" {
				t.Errorf("%s: %+v", it.Link, p.of(it.ID))
			}
		}
	})
}

func html(page string) origin.Reply {
	return origin.Reply{Body: page}.With("Content-Type", "text/html; charset=utf-8")
}

// A reload may take a source away while its pages are asked and others wait in line.
func TestFullTextOfASourceThatIsTakenAway(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/feed", feed("one"))
		var links []string
		for i := range 6 {
			path := fmt.Sprintf("b.example/%d", i)
			slow := html(ferry)
			slow.Wait = 10 * time.Second
			w.web.Handle(path, slow)
			links = append(links, "http://"+path)
		}
		p := linking(links...)
		src := wholeSource()
		poller, stop := w.run(fetch.PollerOptions{FullTexts: p, PerHost: 2}, w.targets(src))
		for len(w.web.To("b.example")) < 2 {
			time.Sleep(time.Second)
		}
		poller.SetSources(nil)
		time.Sleep(time.Hour)
		n := len(w.web.To("b.example"))
		if n > 2 {
			t.Errorf("%d pages were asked of a source that is not there", n)
		}
		poller.SetSources(w.targets(src))
		time.Sleep(2 * time.Hour)
		stop()
		for _, it := range p.items {
			if p.of(it.ID).HTML == "" {
				t.Errorf("%s was forgotten: %+v", it.Link, p.of(it.ID))
			}
		}
		if most := w.web.Most("b.example"); most > 2 {
			t.Errorf("%d at once", most)
		}
	})
}

// What a host asked for holds after a restart, also when the item whose page it was has
// left, for other pages and for sources of the host.
func TestFullTextPauseSurvivesARestart(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/feed", feed("one"))
		w.web.Handle("b.example/1", origin.Status(503).With("Retry-After", "36000"))
		w.web.Handle("b.example/2", html(ferry))
		w.web.Handle("b.example/feed", feed("one"))
		p := linking("http://b.example/1")
		_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource()))
		time.Sleep(10 * time.Minute)
		stop()
		p.items = linking("http://b.example/2").items
		_, stop = w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource(), source("http://b.example/feed")))
		time.Sleep(9 * time.Hour)
		if n := len(w.web.To("b.example")); n != 1 {
			t.Errorf("%d requests to a host that asked for ten hours of quiet", n)
		}
		time.Sleep(3 * time.Hour)
		stop()
		if got := p.of(p.items[0].ID); got.HTML == "" || w.store.items(2) != 1 {
			t.Errorf("after the pause: %+v, %d items", got, w.store.items(2))
		}
	})
}

// That the network is down is not held against a page.
func TestFullTextWhenTheNetworkIsDown(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("one"))
		w.web.Handle("b.example/1", html(ferry))
		w.web.Down(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH})
		p := linking("http://b.example/1")
		_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource(), source("http://c.example/feed")))
		time.Sleep(24 * time.Hour)
		if got := p.of(p.items[0].ID); got.Tries > 1 || got.Next.IsZero() {
			t.Errorf("after a day: %+v", got)
		}
		w.web.Down(nil)
		time.Sleep(time.Hour)
		stop()
		if got := p.of(p.items[0].ID); got.HTML == "" || len(w.web.To("b.example")) != 1 {
			t.Errorf("after the network came back: %+v", got)
		}
	})
}

// A host that is not there while others are is given up after four tries.
func TestFullTextOfADeadHost(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("one"))
		w.web.Refuse("b.example", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH})
		p := linking("http://b.example/1")
		_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource(), source("http://c.example/feed")))
		time.Sleep(24 * time.Hour)
		stop()
		if got := p.of(p.items[0].ID); got.Tries != 4 || !got.Next.IsZero() || !strings.Contains(got.Problem, "unreachable") {
			t.Errorf("%+v", got)
		}
	})
}

// A write that fails costs a page some time and not its article, without a poll in between.
func TestFullTextWhenTheStoreFails(t *testing.T) {
	for name, c := range map[string]struct {
		fail []bool
		asks int
	}{
		"before the page is asked": {[]bool{true, true}, 1},
		"after it was asked":       {[]bool{false, true}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("a.example/feed", feed("one"))
				w.web.Handle("b.example/1", html(ferry))
				p := linking("http://b.example/1")
				p.fail = c.fail
				src := wholeSource()
				src.Interval = 12 * time.Hour
				_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(src))
				time.Sleep(time.Hour)
				stop()
				if got := p.of(p.items[0].ID); got.HTML == "" || len(w.web.To("b.example")) != c.asks || len(w.web.To("a.example")) != 1 {
					t.Errorf("%d requests, %+v", len(w.web.To("b.example")), got)
				}
				if !strings.Contains(w.log.String(), "disk full") {
					t.Errorf("log:\n%s", w.log)
				}
			})
		})
	}
}

// A round that cannot write says so, and ends.
func TestFullTextRoundWhenTheStoreFails(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/feed", feed("one"))
		w.web.Handle("b.example/1", html(ferry))
		p := linking("http://b.example/1")
		p.fail = []bool{true}
		if _, err := w.once(fetch.PollerOptions{FullTexts: p}, true, wholeSource()); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%v", err)
		}
	})
}

// Pages that wait are asked as the source wants it now, also if it changes while it is polled.
func TestFullTextOfASourceThatChangesWhileItIsPolled(t *testing.T) {
	inWorld(t, func(w *world) {
		slow := feed("one")
		slow.Wait = 20 * time.Second
		w.web.Handle("a.example/feed", slow)
		var links []string
		for i := range 8 {
			path := fmt.Sprintf("a.example/%d", i)
			slow := html(ferry)
			slow.Wait = 20 * time.Second
			w.web.Handle(path, slow)
			links = append(links, "http://"+path)
		}
		p := linking(links...)
		src := wholeSource()
		poller, stop := w.run(fetch.PollerOptions{FullTexts: p, PerHost: 2}, w.targets(src))
		time.Sleep(10 * time.Second) // it is being polled, and a page asked
		changed := *src
		changed.Headers = map[string]string{"X-Key": "new"}
		poller.SetSources(w.targets(&changed))
		time.Sleep(time.Hour)
		n := 0
		for _, r := range w.web.To("a.example") {
			if !strings.HasSuffix(r.URI, "/feed") && r.Header.Get("X-Key") == "" {
				n++
			}
		}
		if n > 1 || len(w.web.To("a.example")) < 9 {
			t.Errorf("%d of %d pages were asked with what was in force before", n, len(w.web.To("a.example")))
		}
		off := *src
		off.FullText = false
		p.mu.Lock()
		p.items[0].Revised = time.Now()
		p.mu.Unlock()
		poller.SetSources(w.targets(&off))
		before := len(w.web.To("a.example"))
		time.Sleep(10 * time.Minute)
		stop()
		for _, r := range w.web.To("a.example")[before:] {
			if !strings.HasSuffix(r.URI, "/feed") {
				t.Errorf("%s was asked though nobody wants articles", r.URI)
			}
		}
	})
}

// After a revision the page is asked whether it changed. An article that the server says is
// the same must still be that of the entry; if it is not, the page is asked outright.
func TestFullTextOfARevisedEntry(t *testing.T) {
	for name, c := range map[string]struct {
		title, summary string
		fits           bool
	}{
		"the same words": {ferryTitle, "The council decided to replace the old ferry with a bridge for cyclists and more.", true},
		// Only the page's own title has it, which is not in the article.
		"another summary": {ferryTitle, "Sorry.", true},
		"another story":   {"Harbour opens after the long frost", "The harbour master opened the basin for the first ships of the year on Monday.", false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("a.example/feed", feed("one"))
				w.web.Handle("b.example/1", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					rw.Header().Set("ETag", `"1"`)
					if r.Header.Get("If-None-Match") == `"1"` { // whatever there is by now
						rw.WriteHeader(http.StatusNotModified)
						return
					}
					html(ferry).ServeHTTP(rw, r)
				}))
				p := linking("http://b.example/1")
				_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource()))
				time.Sleep(10 * time.Minute)
				first := p.of(p.items[0].ID)
				p.mu.Lock()
				p.items[0].Title, p.items[0].Summary, p.items[0].Revised = c.title, c.summary, time.Now()
				p.mu.Unlock()
				time.Sleep(55 * time.Minute) // the next poll
				second := p.of(p.items[0].ID)
				time.Sleep(3 * time.Hour)
				stop()
				var asked []string
				for _, r := range w.web.To("b.example") {
					asked = append(asked, r.Header.Get("If-None-Match"))
				}
				want := []string{"", `"1"`}
				if !c.fits {
					want = append(want, "")
				}
				if !slices.Equal(asked, want) {
					t.Errorf("asked with %q, want %q", asked, want)
				}
				last := p.of(p.items[0].ID)
				if first.HTML == "" || (second.HTML == first.HTML) != c.fits || (last.HTML == first.HTML) != c.fits || !last.Next.IsZero() || (last.Problem == "") != c.fits {
					t.Errorf("first %+v, second %+v, last %+v", first, second, last)
				}
			})
		})
	}
}

// A page that does not end is given up in time, tried a few times, and holds nobody up.
func TestFullTextOfASlowPage(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/feed", feed("one"))
		slow := html(ferry)
		slow.Wait = time.Hour
		w.web.Handle("b.example/1", slow)
		w.web.Handle("b.example/2", html(ferry))
		p := linking("http://b.example/1", "http://b.example/2")
		_, stop := w.run(fetch.PollerOptions{FullTexts: p, PerHost: 1}, w.targets(wholeSource()))
		time.Sleep(time.Minute)
		if p.of(p.items[1].ID).HTML == "" {
			t.Error("the other page was not asked within a minute")
		}
		time.Sleep(24 * time.Hour)
		stop()
		if got := p.of(p.items[0].ID); got.Tries != 4 || !got.Next.IsZero() || got.Problem != "timed out after 30s" {
			t.Errorf("%+v", got)
		}
		var asked []origin.Request
		for _, r := range w.web.To("b.example") {
			if strings.HasSuffix(r.URI, "/1") {
				asked = append(asked, r)
			}
		}
		if len(asked) != 4 {
			t.Fatalf("asked %d times", len(asked))
		}
		for i, want := range []time.Duration{15 * time.Minute, time.Hour, 4 * time.Hour} {
			if got := gaps(asked)[i]; got < want || got > want+time.Minute {
				t.Errorf("%v between tries %d and %d, want %v", got, i+1, i+2, want)
			}
		}
	})
}

// A source that is not polled has no pages asked either, also not those that wait.
func TestFullTextOfASourceThatIsNotPolled(t *testing.T) {
	for name, stopPolling := range map[string]func(*wiredesk.SourceState){
		"paused": func(st *wiredesk.SourceState) { st.Paused = true },
		"gone":   func(st *wiredesk.SourceState) { st.Gone = time.Now() },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("a.example/feed", feed("one"))
				slow := html(ferry)
				slow.Wait = 10 * time.Second
				w.web.Handle("b.example", slow)
				p := linking("http://b.example/1", "http://b.example/2", "http://b.example/3", "http://b.example/4")
				w.store.set(1, func(st *wiredesk.SourceState) { st.Asked = "http://a.example/feed"; stopPolling(st) })
				poller, stop := w.run(fetch.PollerOptions{FullTexts: p, PerHost: 1}, w.targets(wholeSource()))
				poller.AskPages(1)
				time.Sleep(3 * time.Hour)
				if n := len(w.web.Requests()); n > 0 {
					t.Errorf("%d requests from the start", n)
				}
				w.store.set(1, func(st *wiredesk.SourceState) { st.Paused, st.Gone = false, time.Time{} })
				poller.Ask(1)
				time.Sleep(15 * time.Second)
				w.store.set(1, stopPolling)
				time.Sleep(3 * time.Hour)
				if n := len(w.web.To("b.example")); n < 1 || n > 2 {
					t.Errorf("%d pages were asked, want those that were under way", n)
				}
				w.store.set(1, func(st *wiredesk.SourceState) { st.Paused, st.Gone = false, time.Time{} })
				poller.Ask(1)
				time.Sleep(time.Hour)
				stop()
				for _, it := range p.items {
					if p.of(it.ID).HTML == "" {
						t.Errorf("%s was forgotten: %+v", it.Link, p.of(it.ID))
					}
				}
			})
		})
	}
}

// A feed that says 410 ends the tries of its pages.
func TestFullTextOfAFeedThatAnswers410(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/feed", origin.Script(feed("one"), origin.Status(410)))
		w.web.Handle("b.example/1", origin.Status(500))
		p := linking("http://b.example/1")
		_, stop := w.run(fetch.PollerOptions{FullTexts: p}, w.targets(wholeSource()))
		time.Sleep(48 * time.Hour)
		stop()
		if w.store.state(1).Gone.IsZero() || len(w.web.To("a.example")) != 2 {
			t.Fatalf("%d polls", len(w.web.To("a.example")))
		}
		gone := w.web.To("a.example")[1].At
		for _, r := range w.web.To("b.example") {
			if r.At.After(gone) {
				t.Errorf("a page was asked %v after the feed was gone", r.At.Sub(gone))
			}
		}
	})
}
