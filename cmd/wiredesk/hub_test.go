package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk/internal/origin"
)

// One desk subscribes at the hub of another: what the second publishes is in the feeds of the
// first at once, and not because it polled.
func TestDeskToDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := origin.New()
		defer all.Close()
		reader := &http.Client{Transport: &http.Transport{DialContext: all.Dial, TLSClientConfig: all.TLS()}}
		defer reader.CloseIdleConnections()
		all.Handle("news.example/feed", origin.Feed(origin.RSS("News", "one")))
		_, stop := room(t, all, `[server]
base_url = "https://first.example/planet"
[websub]
hub = "builtin"
[[source]]
url = "https://news.example/feed"
interval = "1m"
min_interval = "1m"
max_interval = "1m"
[[feed]]
name = "all"
`)
		defer stop()
		pass(5 * time.Second)
		_, stopSecond := room(t, all, `[server]
base_url = "https://second.example"
[websub]
subscribe = true
[[source]]
urls = ["https://first.example/planet/all.rss", "https://first.example/planet/all.atom", "https://first.example/planet/all.json"]
[[feed]]
name = "rss"
where = 'source.url matches "rss$"'
[[feed]]
name = "atom"
where = 'source.url matches "atom$"'
[[feed]]
name = "json"
where = 'source.url matches "json$"'
[stories]
merge = false
`)
		defer stopSecond()
		pass(time.Minute)
		polls := func() (n int) {
			for _, r := range all.To("first.example") {
				if r.Method == http.MethodGet && strings.HasPrefix(r.URI, "/planet/all.") && strings.HasPrefix(r.Header.Get("User-Agent"), "wiredesk") {
					n++
				}
			}
			return n
		}
		before := polls()
		published := func(address string) bool {
			_, body := do(t, reader, http.MethodGet, address, "", "")
			return strings.Contains(body, "two")
		}
		all.Handle("news.example/feed", origin.Feed(origin.RSS("News", "one", "two")))
		for !published("https://first.example/planet/all.rss") {
			pass(10 * time.Millisecond)
		}
		pass(100 * time.Millisecond)
		for _, feed := range []string{"rss", "atom", "json"} {
			if !published("https://second.example/" + feed + ".rss") {
				t.Errorf("the second desk does not publish what came as %s", feed)
			}
		}
		if n := polls() - before; n > 0 {
			t.Errorf("it polled %d times", n)
		}
		for _, r := range all.To("second.example") {
			if r.Method == http.MethodPost && r.Header.Get("X-Hub-Signature") == "" {
				t.Error("what was sent is not signed")
			}
		}
	})
}

// An inbox is a callback on a port of this machine.
type inbox struct {
	address string
	mu      sync.Mutex
	got     []string
	held    chan struct{} // closed: nothing is held
	asked   int           // verifications
	waiting int           // requests that are held
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{held: make(chan struct{})}
	server := httptest.NewServer(in)
	t.Cleanup(server.Close)
	in.address = server.URL + "/callback"
	return in
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	in.mu.Lock()
	held := in.held
	in.waiting++
	in.mu.Unlock()
	cut := false
	select {
	case <-held:
	case <-r.Context().Done():
		cut = true
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.waiting--; cut {
		return
	}
	if r.Method == http.MethodGet {
		in.asked++
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
		return
	}
	if err == nil {
		in.got = append(in.got, string(body))
	}
}

// hold keeps requests from being answered, or lets them.
func (in *inbox) hold(on bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if on {
		in.held = make(chan struct{})
	} else {
		close(in.held)
	}
}

func (in *inbox) see(what func() bool) func() bool {
	return func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		return what()
	}
}

// post sends a form to the daemon's hub.
func (d *daemon) post(form url.Values) int {
	d.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://wiredesk/hub", strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// shows reports whether the feed of the daemon has a word.
func (d *daemon) shows(word string) bool {
	resp, err := d.get("/all.rss", http.Header{})
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return strings.Contains(string(body), word)
}

// The hub of a daemon that is killed in the middle of a verification, and in the middle
// of a delivery, verifies and delivers when it is there again. It does not send twice what was
// taken.
func TestHubKilled(t *testing.T) {
	t.Parallel()
	w := origin.New()
	defer w.Close()
	address, err := w.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.Handle("*/feed", origin.Feed(origin.RSS("News", "one")))
	d := newDaemon(t)
	d.config("interval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"1s\"\n[websub]\nhub = \"builtin\"", []string{"http://" + address + "/feed"})
	d.start()
	d.up()
	d.until("the feed is published", func() bool { return d.shows("one") })

	in := newInbox(t)
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {"https://feeds.example.org/all.rss"}, "hub.callback": {in.address}}
	if status := d.post(form); status != http.StatusAccepted {
		t.Fatalf("the hub answered %d", status)
	}
	d.until("it is verified", in.see(func() bool { return in.waiting > 0 }))
	d.kill()
	d.until("the connection is cut", in.see(func() bool { return in.waiting == 0 }))
	in.hold(false)
	d.start()
	d.until("it is verified again", in.see(func() bool { return in.asked > 0 }))
	d.up()

	in.hold(true)
	w.Handle("*/feed", origin.Feed(origin.RSS("News", "one", "two")))
	d.until("it is told", in.see(func() bool { return in.waiting > 0 }))
	d.kill()
	d.until("the connection is cut", in.see(func() bool { return in.waiting == 0 }))
	in.hold(false)
	d.start()
	d.until("it is told again", in.see(func() bool { return len(in.got) > 0 }))
	time.Sleep(200 * time.Millisecond) // so that it is stored; if it is not, it is only sent once more
	d.stop()

	w.Handle("*/feed", origin.Feed(origin.RSS("News", "one", "two", "three")))
	d.start()
	d.until("it is told of the next version", in.see(func() bool { return strings.Contains(in.got[len(in.got)-1], "three") }))
	if n := len(in.got); n != 2 || !strings.Contains(in.got[0], "two") || strings.Contains(in.got[0], "three") {
		t.Errorf("it was sent %d versions", n)
	}
	if resp, err := d.get("/all.rss", http.Header{}); err != nil {
		t.Error(err)
	} else if body, _ := io.ReadAll(resp.Body); resp.Body.Close() != nil || string(body) != in.got[1] {
		t.Error("it was not sent what readers get")
	}
	log, err := os.ReadFile(d.log.Name())
	if err != nil || strings.Contains(string(log), "panic") || strings.Contains(string(log), `"level":"ERROR"`) {
		t.Errorf("%v, the log:\n%s", err, log)
	}
}
