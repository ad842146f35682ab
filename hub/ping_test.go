package hub_test

import (
	"context"
	"errors"
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

const elsewhere = "https://hub.example/publish?key=1"

// A publisher tells a hub elsewhere, with the real client and the real store.
type publisher struct {
	t    *testing.T
	web  *origin.Web
	path string
	log  *lines

	fetch  *fetch.Client
	db     *storage.Store
	pinger *hub.Pinger
	run    bool
	stop   func()
	now    map[string]string

	mu     sync.Mutex
	pings  []string // topics
	forms  []url.Values
	at     []time.Time
	answer func(http.ResponseWriter, *http.Request)
}

// inPublisher runs f with a hub that takes everything.
func inPublisher(t *testing.T, f func(*publisher)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{t: t, web: origin.New(), path: filepath.Join(t.TempDir(), "w.db"), log: &lines{}, run: true, now: map[string]string{}}
		p.web.Handle("hub.example", p)
		p.open()
		f(p)
		p.close()
		p.web.Close()
		pass(time.Second)
	})
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	p.mu.Lock()
	p.pings, p.forms, p.at = append(p.pings, r.PostForm.Get("hub.url")), append(p.forms, r.PostForm), append(p.at, time.Now())
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (p *publisher) open() {
	p.t.Helper()
	var err error
	if p.db, err = storage.Open(p.path, storage.Options{Create: true}); err != nil {
		p.t.Fatal(err)
	}
	if p.fetch, err = fetch.NewClient(fetch.ClientOptions{Dial: p.web.Dial, Roots: p.web.Roots()}); err != nil {
		p.t.Fatal(err)
	}
	if p.pinger, err = hub.NewPinger(p.t.Context(), p.db, p.fetch.Outgoing(hub.PerHost), nil); err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	if p.run {
		running.Go(func() { _ = p.pinger.Run(ctx) })
	}
	p.stop = func() { cancel(); running.Wait() }
	p.tell()
}

func (p *publisher) close() {
	p.stop()
	p.fetch.Close()
	if err := p.db.Close(); err != nil {
		p.t.Error(err)
	}
	synctest.Wait()
}

// tell says what the topics are now.
func (p *publisher) tell(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		p.now[pairs[i]] = pairs[i+1]
	}
	var all []hub.Topic
	for url, version := range p.now {
		all = append(all, hub.Topic{URL: url, Version: version, Body: []byte(version)})
	}
	p.pinger.SetTopics(elsewhere, all)
	synctest.Wait()
}

// took returns the topics that the hub was told of since the last call.
func (p *publisher) took() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := strings.Join(p.pings, " ")
	p.pings, p.at = nil, nil
	return all
}

func (p *publisher) says(answer func(http.ResponseWriter, *http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// W-22. One ping for each document in a set of changes, in the forms that hubs want, and none
// for what did not change.
func TestPing(t *testing.T) {
	inPublisher(t, func(p *publisher) {
		p.tell("a", "1", "b", "1")
		pass(time.Minute)
		if got := p.took(); got != "a b" {
			t.Errorf("told of %q", got)
		}
		form := p.forms[0]
		if form.Get("hub.mode") != "publish" || form.Get("hub.topic") != "a" || p.web.Requests()[0].URI != "/publish?key=1" {
			t.Errorf("told with %v at %s", form, p.web.Requests()[0].URI)
		}
		p.tell() // built again, and nothing changed
		pass(time.Minute)
		for _, version := range []string{"2", "3", "4"} { // within the time in which polls come together
			p.tell("a", version)
			pass(200 * time.Millisecond)
		}
		pass(time.Minute)
		if got := p.took(); got != "a" {
			t.Errorf("told of %q", got)
		}
		p.tell("a", "5")
		p.tell("a", "4") // as the hub knows it
		pass(time.Minute)
		if got := p.took(); got != "" {
			t.Errorf("told of %q", got)
		}
	})
}

// A document that changes all the time is told of, but not all the time.
func TestPingPace(t *testing.T) {
	inPublisher(t, func(p *publisher) {
		for i := range 600 {
			p.tell("a", strings.Repeat("x", i+1))
			pass(100 * time.Millisecond)
		}
		pass(time.Minute)
		if n := len(strings.Fields(p.took())); n < 5 || n > 8 {
			t.Errorf("told %d times in a minute", n)
		}
		if f := p.pinger.Figures(); f.Delivered < 5 || f.Failed != 0 {
			t.Errorf("%+v", f)
		}
	})
}

// W-22. A hub that is down is tried again, less and less often; nothing is forgotten over a
// restart, and it is told of the newest version once.
func TestPingRetries(t *testing.T) {
	for name, down := range map[string]func(*publisher){
		"unreachable": func(p *publisher) { p.web.Down(errors.New("connection refused")) },
		"failing":     func(p *publisher) { p.says(status(http.StatusBadGateway)) },
		"redirect to a GET": func(p *publisher) {
			p.says(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://hub.example/2", http.StatusSeeOther)
			})
		},
		"silent": func(p *publisher) {
			p.says(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
	} {
		inPublisher(t, func(p *publisher) {
			p.tell("a", "1", "b", "1")
			pass(5 * time.Minute) // no connection is kept so long
			p.took()
			before := len(p.web.Dials()) + len(p.web.Requests())
			down(p)
			p.tell("a", "2", "b", "2")
			pass(5 * time.Hour)
			p.tell("a", "3")
			pass(19 * time.Hour)
			if n := len(p.web.Dials()) + len(p.web.Requests()) - before; n < 9 || n > 40 {
				t.Errorf("%s: %d dials and requests in a day", name, n)
			}
			p.close()
			p.took()
			p.web.Down(nil)
			p.says(nil)
			p.open()
			pass(13 * time.Hour)
			if got := p.took(); got != "a b" && got != "b a" {
				t.Errorf("%s: told of %q", name, got)
			}
			p.close()
			p.open()
			pass(24 * time.Hour)
			if got := p.took(); got != "" {
				t.Errorf("%s: after another restart told of %q", name, got)
			}
		})
	}
}

// What the hub was not told of when the process ended, it is told when there is one again.
func TestPingAfterKill(t *testing.T) {
	inPublisher(t, func(p *publisher) {
		p.tell("a", "1")
		pass(time.Minute)
		p.took()
		p.tell("a", "2")
		p.close() // before the second was over
		p.open()
		pass(time.Minute)
		if got := p.took(); got != "a" {
			t.Errorf("told of %q", got)
		}
	})
}

// Redirects that keep the body are followed, Retry-After is heard.
func TestPingManners(t *testing.T) {
	inPublisher(t, func(p *publisher) {
		var moved []string
		p.web.Handle("new.example", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			moved = append(moved, r.Method+" "+r.PostForm.Get("hub.url"))
		}))
		p.says(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://new.example/", http.StatusPermanentRedirect)
		})
		p.tell("a", "1")
		pass(time.Minute)
		if len(moved) != 1 || moved[0] != "POST a" {
			t.Errorf("redirected: %v", moved)
		}
		p.took()
		p.says(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "36000")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		p.tell("a", "2")
		pass(10 * time.Hour)
		if got := p.took(); got != "a" {
			t.Errorf("told of %q", got)
		}
		pass(2 * time.Minute)
		if got := p.took(); got != "a" {
			t.Errorf("then told of %q", got)
		}
	})
}

// Another hub is told of everything, and no hub of nothing. A topic that is gone is forgotten.
func TestPingOtherHub(t *testing.T) {
	inPublisher(t, func(p *publisher) {
		p.tell("a", "1", "b", "1")
		pass(time.Minute)
		delete(p.now, "b")
		p.tell()
		pass(time.Minute)
		if all, err := p.db.Pings(p.t.Context()); err != nil || len(all) != 1 || all["a"].Told != "1" {
			t.Errorf("%v, %v are stored", all, err)
		}
		p.took()
		var told int
		p.web.Handle("other.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told++ }))
		p.pinger.SetTopics("https://other.example/", []hub.Topic{{URL: "a", Version: "1", Body: []byte("1")}})
		pass(time.Minute)
		if told != 1 {
			t.Errorf("the other hub was told %d times", told)
		}
		p.pinger.SetTopics("", []hub.Topic{{URL: "a", Version: "2", Body: []byte("2")}})
		pass(time.Minute)
		if all, _ := p.db.Pings(p.t.Context()); told != 1 || p.took() != "" || len(all) != 0 {
			t.Errorf("told %d times, %v are stored", told, all)
		}
	})
}

// For cron: what there is to tell is told once and at once, and what fails by the next one.
func TestPingOnce(t *testing.T) {
	inPublisher(t, func(p *publisher) {
		p.close()
		p.run = false
		p.open()
		p.tell("a", "1", "b", "1", "c", "1")
		p.pinger.Once(p.t.Context())
		if got := p.took(); got != "a b c" {
			t.Errorf("told of %q", got)
		}
		p.says(status(http.StatusBadGateway))
		pass(time.Minute)
		p.tell("a", "2", "b", "2")
		p.pinger.Once(p.t.Context())
		if got := p.took(); got != "a" {
			t.Errorf("a hub that fails was told of %q", got)
		}
		p.close()
		p.says(nil)
		pass(time.Hour)
		p.open()
		p.pinger.Once(p.t.Context())
		if got := p.took(); got != "a b" {
			t.Errorf("told of %q", got)
		}
	})
}
