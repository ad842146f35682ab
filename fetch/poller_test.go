package fetch_test

import (
	"context"
	"errors"
	"fmt"
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

// many returns n sources, one per host, or all on one.
func many(n int, host string) []*wiredesk.Source {
	all := make([]*wiredesk.Source, n)
	for i := range all {
		all[i] = source(fmt.Sprintf("http://%s/%d", strings.ReplaceAll(host, "#", fmt.Sprint(i)), i))
	}
	return all
}

func TestADayOfPolling(t *testing.T) { // P-15, P-20, P-21, P-35, P-39, P-42
	inWorld(t, func(w *world) {
		tags := feed("a")
		tags.ETag = `"1"`
		w.web.Handle("good.example", tags)
		w.web.Handle("slow.example", feed("a").With("Cache-Control", "max-age=14400"))
		w.web.Handle("broken.example", origin.Status(http.StatusInternalServerError))
		w.web.Handle("gone.example", origin.Status(http.StatusGone))
		var all []*wiredesk.Source
		for _, host := range []string{"good", "slow", "broken", "gone"} {
			all = append(all, source("http://"+host+".example/"))
		}
		_, stop := w.run(fetch.PollerOptions{}, w.targets(all...))
		time.Sleep(12 * time.Hour)
		stop()
		_, stop = w.run(fetch.PollerOptions{}, w.targets(all...)) // a restart
		time.Sleep(12 * time.Hour)
		stop()

		for _, c := range []struct {
			host        string
			least, most int
			gap         time.Duration
		}{
			{"good.example", 12, 24, 15 * time.Minute},
			{"slow.example", 4, 7, 4 * time.Hour},
			{"broken.example", 4, 6, time.Hour},
			{"gone.example", 1, 1, 0}, // P-44
		} {
			rs := w.web.To(c.host)
			if len(rs) < c.least || len(rs) > c.most || shortest(rs) < c.gap {
				t.Errorf("%s was asked %d times, the shortest gap was %s", c.host, len(rs), shortest(rs))
			}
		}
		for i, r := range w.web.To("good.example") {
			if i > 0 && r.Header.Get("If-None-Match") != `"1"` {
				t.Errorf("request %d was not conditional", i+1)
			}
		}
		if st := w.store.state(4); st.Gone.IsZero() || !st.Due.IsZero() {
			t.Errorf("the state of what is gone: %+v", st)
		}
		if n := strings.Count(w.log.String(), "source fails"); n != 1 {
			t.Errorf("%d warnings for one source that fails:\n%s", n, w.log)
		}
	})
}

func TestThirtyDaysKeepTheFloor(t *testing.T) { // P-20
	inWorld(t, func(w *world) {
		n := 0
		answers := []http.Handler{
			feed("a"), notModified("", ""), origin.Status(500), feed("b"), origin.Status(404), origin.Status(429).With("Retry-After", "1"),
			origin.Page("x"), feed("c").With("Cache-Control", "max-age=0"), origin.Raw("x"), origin.Redirect(302, "/"), origin.Status(503),
		}
		w.web.Handle("example.org", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			n++
			answers[(n*7)%len(answers)].ServeHTTP(rw, r)
		}))
		_, stop := w.run(fetch.PollerOptions{}, w.targets(source(url)))
		time.Sleep(30 * 24 * time.Hour)
		stop()
		rs := slices.DeleteFunc(w.web.To("example.org"), func(r origin.Request) bool { return r.URI != "/feed" }) // without redirects
		if len(rs) < 30 || shortest(rs) < 15*time.Minute {
			t.Errorf("%d requests, the shortest gap was %s", len(rs), shortest(rs))
		}
	})
}

func TestStartIsNoBurst(t *testing.T) { // P-31
	inWorld(t, func(w *world) {
		slow := feed("a")
		slow.Wait = 100 * time.Millisecond
		w.web.Handle("*", slow)
		_, stop := w.run(fetch.PollerOptions{Rate: 50}, w.targets(many(500, "h#.example")...))
		time.Sleep(15 * time.Second)
		stop()
		rs := w.web.Requests()
		if len(rs) != 500 {
			t.Fatalf("%d requests", len(rs))
		}
		perSecond := map[int64]int{}
		for _, r := range rs {
			perSecond[r.At.Unix()]++
		}
		for s, n := range perSecond {
			if n > 51 {
				t.Errorf("%d requests in second %d", n, s)
			}
		}
		if w.store.leases > 50 {
			t.Errorf("%d leases for 500 polls", w.store.leases)
		}
	})
}

func TestRestartsDoNotAskAgain(t *testing.T) { // P-11, P-32
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		all := many(20, "h#.example")
		for range 10 {
			// A crash: what was recorded is lost, what was leased is not.
			crashing := w.store.clone()
			_, stop := w.run(fetch.PollerOptions{Store: unrecording{w.store}}, w.targets(all...))
			time.Sleep(time.Minute)
			stop()
			if crashing.items(1) != 0 {
				t.Fatal("something was recorded")
			}
		}
		for i := range 20 {
			if n := len(w.web.To(fmt.Sprintf("h%d.example", i))); n != 1 {
				t.Errorf("host %d was asked %d times in ten minutes", i, n)
			}
		}
		// Nothing is lost by it: an hour later it is asked as before, and recorded.
		_, stop := w.run(fetch.PollerOptions{}, w.targets(all...))
		time.Sleep(2 * time.Hour)
		stop()
		if w.store.items(1) != 1 || w.store.items(20) != 1 {
			t.Error("items were lost")
		}
	})
}

// unrecording is a store that keeps leases and loses what is recorded, as a program does
// that is killed before it commits.
type unrecording struct{ *memory }

func (unrecording) Record(context.Context, []wiredesk.Poll) ([]wiredesk.Recorded, error) {
	return nil, errFull
}

var errFull = errors.New("disk full")

func TestNothingIsAskedWithoutALease(t *testing.T) { // P-32
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		w.store.breakWith(errFull)
		_, stop := w.run(fetch.PollerOptions{}, w.targets(many(5, "h#.example")...))
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(w.web.Requests()); n != 0 {
			t.Errorf("%d requests though nothing can be written down", n)
		}
		w.store.breakWith(nil) // there is room again
		time.Sleep(time.Minute)
		stop()
		if n := len(w.web.Requests()); n != 5 {
			t.Errorf("%d requests after it was mended", n)
		}
	})
}

// A round of a store that fails ends, and says so. It went on for ever, or said that nothing
// had been due.
func TestARoundEndsWithTheStore(t *testing.T) {
	for name, store := range map[string]func(*memory) fetch.Store{
		"no leases":  func(m *memory) fetch.Store { m.breakWith(errFull); return m },
		"no records": func(m *memory) fetch.Store { return unrecording{m} },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("*", feed("a"))
				p := fetch.NewPoller(fetch.PollerOptions{Client: w.client, Store: store(w.store)})
				p.SetSources(w.targets(many(5, "h#.example")...))
				ctx, cancel := context.WithTimeout(w.t.Context(), time.Hour)
				defer cancel()
				if sum, err := p.Once(ctx, false, nil); !errors.Is(err, errFull) || sum.Polled != 0 {
					t.Errorf("%+v, %v", sum, err)
				}
			})
		})
	}
}

func TestWrongClocks(t *testing.T) { // P-33
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		all := many(60, "h#.example")
		// The clock was a year ahead when these were written down.
		for i := range all {
			w.store.set(wiredesk.SourceID(i+1), func(st *wiredesk.SourceState) {
				st.Due = time.Now().Add(365 * 24 * time.Hour)
				st.Quiet = time.Now().Add(365 * 24 * time.Hour)
				st.Polls = 10
			})
		}
		_, stop := w.run(fetch.PollerOptions{}, w.targets(all...))
		time.Sleep(time.Hour)
		stop()
		rs := w.web.Requests()
		if len(rs) != 60 {
			t.Errorf("%d of 60 were asked within the hour", len(rs))
		}
		perMinute := map[int64]int{}
		for _, r := range rs {
			perMinute[r.At.Unix()/60]++
		}
		for _, n := range perMinute {
			if n > 10 {
				t.Errorf("%d of 60 within a minute", n)
			}
		}
	})
}

func TestMissedTimesAreNotMadeUpFor(t *testing.T) { // P-34
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		w.store.set(1, func(st *wiredesk.SourceState) { st.Due = time.Now().Add(-48 * time.Hour) })
		_, stop := w.run(fetch.PollerOptions{}, w.targets(source(url)))
		time.Sleep(10 * time.Minute)
		stop()
		if n := len(w.web.Requests()); n != 1 {
			t.Errorf("%d requests after two days of sleep", n)
		}
	})
}

func TestOneHostIsSpared(t *testing.T) { // P-36, P-39
	inWorld(t, func(w *world) {
		slow := feed("a")
		slow.Wait = 300 * time.Millisecond
		w.web.Handle("example.org", slow)
		_, stop := w.run(fetch.PollerOptions{PerHost: 2, Gap: 200 * time.Millisecond}, w.targets(many(50, "Example.ORG:80")...))
		time.Sleep(15 * time.Second)
		stop()
		rs := w.web.Requests()
		if len(rs) != 50 || shortest(rs) < 199*time.Millisecond {
			t.Errorf("%d requests, the shortest gap was %s", len(rs), shortest(rs))
		}
		conns := map[int]bool{}
		for _, r := range rs {
			conns[r.Conn] = true
		}
		if len(conns) > 2 {
			t.Errorf("%d connections for 50 requests", len(conns))
		}
		time.Sleep(2 * time.Minute)
		if n := w.web.Open(); n != 0 {
			t.Errorf("%d idle connections stay open", n)
		}
	})
}

func TestHostsAreCountedByOrigin(t *testing.T) { // P-37
	for raw, want := range map[string]string{
		"http://Example.ORG/feed":       "http://example.org:80",
		"https://example.org:443/x?y":   "https://example.org:443",
		"https://bücher.example/":       "https://xn--bcher-kva.example:443",
		"https://xn--bcher-kva.example": "https://xn--bcher-kva.example:443",
		"http://example.org.:8080/":     "http://example.org:8080",
		"http://www.example.org/":       "http://www.example.org:80",
		"http://[2001:db8::1]/":         "http://[2001:db8::1]:80",
		"file:///x":                     "file:",
	} {
		if got := fetch.HostOf(raw); got != want {
			t.Errorf("%s is of %s, want %s", raw, got, want)
		}
	}
}

func TestASlowHostDelaysNobody(t *testing.T) { // P-38, S-23
	inWorld(t, func(w *world) {
		slow := feed("a")
		slow.Wait = 29 * time.Second
		w.web.Handle("slow.example", slow)
		w.web.Handle("*", feed("a"))
		all := append(many(200, "slow.example"), many(40, "h#.example")...)
		_, stop := w.run(fetch.PollerOptions{Concurrency: 8, Rate: 100}, w.targets(all...))
		time.Sleep(20 * time.Second)
		stop()
		if n := len(w.web.To("slow.example")); n != 2 {
			t.Errorf("%d requests to the slow host", n)
		}
		for i := range 40 {
			if len(w.web.To(fmt.Sprintf("h%d.example", i))) != 1 {
				t.Errorf("host %d waits for the slow one", i)
			}
		}
	})
}

func TestAHostThatAsksForQuietGetsIt(t *testing.T) { // P-40, P-41
	for name, busy := range map[string]origin.Reply{
		"seconds":    origin.Status(429).With("Retry-After", "10800"),
		"date":       origin.Status(429).With("Retry-After", "Sat, 01 Jan 2000 03:00:30 GMT"),
		"overloaded": origin.Status(503).With("Retry-After", "10800"),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				first := true
				w.web.Handle("busy.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if first {
						first = false
						busy.ServeHTTP(rw, r)
						return
					}
					feed("a").ServeHTTP(rw, r)
				}))
				w.web.Handle("other.example", feed("a"))
				all := append(many(6, "busy.example"), source("http://other.example/"))
				o := fetch.PollerOptions{PerHost: 1}
				p, stop := w.run(o, w.targets(all...))
				time.Sleep(30 * time.Minute)
				p.Ask(1) // not even by hand
				p.Ask(2)
				time.Sleep(30 * time.Minute)
				stop()
				_, stop = w.run(o, w.targets(all...)) // and not after a restart
				time.Sleep(110 * time.Minute)
				once, err := w.once(o, true, all...) // and not by once --now
				if err != nil {
					t.Error(err)
				}
				stop()
				if n := len(w.web.To("busy.example")); n != 1 {
					t.Errorf("asked %d times in less than 3 hours", n)
				}
				if once.Skipped != 6 || once.Polled != 1 {
					t.Errorf("once: %+v", once)
				}
				_, stop = w.run(o, w.targets(all...))
				time.Sleep(2 * time.Hour)
				stop()
				if n := len(w.web.To("busy.example")); n < 7 {
					t.Errorf("only %d requests after the quiet", n)
				}
				if n := len(w.web.To("other.example")); n < 3 {
					t.Errorf("the other host was asked %d times", n)
				}
			})
		})
	}
}

// once runs one round.
func (w *world) once(o fetch.PollerOptions, all bool, sources ...*wiredesk.Source) (fetch.Summary, error) {
	o.Client, o.Store, o.Logger = w.client, w.store, w.logger
	p := fetch.NewPoller(o)
	p.SetSources(w.targets(sources...))
	return p.Once(w.t.Context(), all, nil)
}

func TestTheNetworkIsDown(t *testing.T) { // P-45
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		all := many(60, "h#.example")
		_, stop := w.run(fetch.PollerOptions{}, w.targets(all...))
		time.Sleep(5 * time.Hour)
		w.web.Down(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH})
		w.client.Close() // what was connected is not any more
		time.Sleep(2 * time.Hour)
		for i := range all {
			if st := w.store.state(wiredesk.SourceID(i + 1)); st.Failures != 0 || st.Problem != "" {
				t.Errorf("source %d is blamed: %d failures, %s", i, st.Failures, st.Problem)
			}
		}
		w.web.Down(nil)
		before := len(w.web.Requests())
		time.Sleep(time.Minute)
		if n := len(w.web.Requests()) - before; n > 10 {
			t.Errorf("%d of 60 at once when the network came back", n)
		}
		time.Sleep(2 * time.Hour)
		stop()
		if n := len(w.web.Requests()) - before; n < 60 {
			t.Errorf("only %d requests after it came back", n)
		}
		if strings.Count(w.log.String(), "network seems to be down") != 1 || strings.Count(w.log.String(), "network is back") != 1 {
			t.Errorf("log:\n%s", w.log)
		}
	})
}

func TestOneDeadHostIsNotTheNetwork(t *testing.T) { // P-42
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		w.web.Refuse("h0.example", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH})
		_, stop := w.run(fetch.PollerOptions{}, w.targets(many(5, "h#.example")...))
		time.Sleep(24 * time.Hour)
		stop()
		if st := w.store.state(1); st.Failures < 4 || st.Problem != "network unreachable" {
			t.Errorf("%d failures, %q", st.Failures, st.Problem)
		}
	})
}

func TestStopIsCleanAndQuick(t *testing.T) {
	inWorld(t, func(w *world) {
		slow := feed("a")
		slow.Wait = 20 * time.Second
		w.web.Handle("slow.example", slow)
		w.web.Handle("fast.example", feed("a"))
		_, stop := w.run(fetch.PollerOptions{}, w.targets(source("http://slow.example/"), source("http://fast.example/")))
		time.Sleep(5 * time.Second)
		start := time.Now()
		stop()
		if took := time.Since(start); took > time.Second {
			t.Errorf("took %s", took)
		}
		if w.store.items(2) != 1 {
			t.Error("what had come was not recorded")
		}
		if st := w.store.state(1); st.Failures != 0 {
			t.Errorf("our own stop is counted against the source: %+v", st)
		}
	})
}

func TestReloadDisturbsOnlyWhatChanged(t *testing.T) {
	inWorld(t, func(w *world) {
		slow := feed("a")
		slow.Wait = 10 * time.Second
		w.web.Handle("*", slow)
		all := many(3, "h#.example")
		p, stop := w.run(fetch.PollerOptions{}, w.targets(all...))
		time.Sleep(5 * time.Second)
		// The first stays, the second goes, the third gets a title, a fourth comes.
		third := *all[2]
		third.Title = "Third"
		fourth := source("http://new.example/")
		p.SetSources([]fetch.Target{{ID: 1, Source: all[0]}, {ID: 3, Source: &third}, {ID: 4, Source: fourth}})
		time.Sleep(30 * time.Second)
		for host, want := range map[string]int{"h0.example": 1, "h1.example": 1, "h2.example": 1, "new.example": 1} {
			if n := len(w.web.To(host)); n != want {
				t.Errorf("%s was asked %d times, want %d", host, n, want)
			}
		}
		if w.store.items(1) != 1 || w.store.items(2) != 0 || w.store.items(3) != 1 || w.store.items(4) != 1 {
			t.Error("the wrong ones were recorded")
		}
		paused := *fourth
		paused.Paused = true
		p.SetSources([]fetch.Target{{ID: 4, Source: &paused}})
		time.Sleep(24 * time.Hour)
		if n := len(w.web.Requests()); n != 4 {
			t.Errorf("%d requests to what is paused or gone", n-4)
		}
		p.SetSources([]fetch.Target{{ID: 4, Source: fourth, Due: w.store.state(4).Due}})
		time.Sleep(time.Minute)
		stop()
		if n := len(w.web.To("new.example")); n != 2 {
			t.Errorf("asked %d times after it was resumed", n)
		}
	})
}

func TestAsk(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		p, stop := w.run(fetch.PollerOptions{}, w.targets(source(url)))
		time.Sleep(time.Minute)
		p.Ask(1)
		p.Ask(7) // there is none
		time.Sleep(time.Minute)
		if n := len(w.web.Requests()); n != 2 {
			t.Errorf("%d requests, want the first and the one by hand", n)
		}
		// What is gone is asked again when the operator has said so.
		w.web.Handle("*", origin.Status(http.StatusGone))
		p.Ask(1)
		time.Sleep(48 * time.Hour)
		p.Ask(1)
		time.Sleep(time.Minute)
		if n := len(w.web.Requests()); n != 3 {
			t.Errorf("%d requests, want none after 410", n)
		}
		w.store.set(1, func(st *wiredesk.SourceState) { st.Gone = time.Time{} })
		p.Ask(1)
		time.Sleep(time.Minute)
		if n := len(w.web.Requests()); n != 4 {
			t.Errorf("%d requests after it was taken back", n)
		}
		// And what is paused only when it is not any more.
		w.store.set(1, func(st *wiredesk.SourceState) { st.Paused, st.Gone = true, time.Time{} })
		p.Ask(1)
		time.Sleep(time.Minute)
		stop()
		if n := len(w.web.Requests()); n != 4 {
			t.Errorf("%d requests, want none while it is paused", n)
		}
	})
}

func TestManyPollsShareACommit(t *testing.T) {
	inWorld(t, func(w *world) {
		slow := feed("a")
		slow.Wait = 100 * time.Millisecond
		w.web.Handle("*", slow)
		sum, err := w.once(fetch.PollerOptions{Concurrency: 100}, true, many(1000, "h#.example")...)
		if err != nil || sum.New != 1000 || sum.Took > 3*time.Second {
			t.Errorf("%+v, %v", sum, err)
		}
		if n := len(w.store.commits); n > 100 {
			t.Errorf("%d commits for 1000 polls", n)
		}
	})
}

func TestOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a", "b"))
		w.web.Handle("h3.example", origin.Status(http.StatusNotFound))
		w.web.Handle("h4.example", origin.Status(http.StatusGone))
		all := many(6, "h#.example")
		all[5].Paused = true
		var mu sync.Mutex
		var seen []int
		var recorded int
		p := fetch.NewPoller(fetch.PollerOptions{Client: w.client, Store: w.store, OnRecorded: func(rs []wiredesk.Recorded) {
			mu.Lock()
			defer mu.Unlock()
			recorded += len(rs)
		}})
		p.SetSources(w.targets(all...))
		sum, err := p.Once(w.t.Context(), false, func(done, total int) { seen = append(seen, done*100+total) })
		if err != nil || sum.Polled != 5 || sum.Changed != 3 || sum.Failed != 2 || sum.New != 6 || recorded != 5 {
			t.Errorf("%+v, %v, %d recorded", sum, err, recorded)
		}
		if fmt.Sprint(seen) != "[105 205 305 405 505]" {
			t.Errorf("progress %v", seen)
		}
		sum, err = w.once(fetch.PollerOptions{}, false, all...)
		if err != nil || sum.Polled != 0 {
			t.Errorf("nothing is due: %+v, %v", sum, err)
		}
		sum, err = w.once(fetch.PollerOptions{}, true, all...)
		if err != nil || sum.Polled != 4 || sum.Unchanged != 3 || sum.Failed != 1 || sum.Skipped != 1 {
			t.Errorf("all: %+v, %v", sum, err)
		}
		ctx, cancel := context.WithCancel(w.t.Context())
		cancel()
		p = fetch.NewPoller(fetch.PollerOptions{Client: w.client, Store: w.store})
		p.SetSources(w.targets(all...))
		if _, err := p.Once(ctx, true, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}
