package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
	"wiredesk/storage"
	"wiredesk/web"
)

// A desk is a whole wiredesk in a bubble: real store, real HTTP, real loops, no network.
type desk struct {
	t    *testing.T
	web  *origin.Web
	path string // of the config
	room *newsroom
	sub  *subscriber
	stop func()
	log  *slog.Logger
}

// inDesk runs f in a bubble with a desk that is not open yet.
func inDesk(t *testing.T, f func(*desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, web: origin.New(), path: filepath.Join(t.TempDir(), "wiredesk.toml"), log: discard}
		t.Cleanup(func() {
			d.close()
			d.web.Close()
		})
		f(d)
	})
}

// config writes the config file.
func (d *desk) config(text string) {
	d.t.Helper()
	if err := os.WriteFile(d.path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// open opens the database, or makes it.
func (d *desk) open() {
	d.t.Helper()
	p := &program{surroundings: surroundings{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}, log: d.log}
	cfg, compiled, err := loadConfig(d.path, p.getenv)
	if err != nil {
		d.t.Fatal(err)
	}
	store, err := storage.Open(cfg.Storage.Path, storage.Options{Create: true})
	if err != nil {
		d.t.Fatal(err)
	}
	client, err := fetch.NewClient(fetch.ClientOptions{Version: "test", Dial: d.web.Dial, Roots: d.web.Roots(), PerHost: cfg.Fetch.PerHost})
	if err != nil {
		d.t.Fatal(err)
	}
	d.room, err = p.furnish(d.t.Context(), store, client, cfg, compiled)
	if err != nil {
		d.t.Fatal(err)
	}
}

// start opens the desk and runs its loops, as the daemon does.
func (d *desk) start() {
	d.t.Helper()
	d.open()
	if _, err := d.room.rebuild(d.t.Context(), time.Now()); err != nil {
		d.t.Fatal(err)
	}
	d.run()
	d.subscribe()
}

// run runs the loops until stop is called.
func (d *desk) run() {
	ctx, cancel := context.WithCancel(d.t.Context())
	g, ctx := errgroup.WithContext(ctx)
	d.room.work(ctx, g)
	d.stop = func() {
		cancel()
		_ = g.Wait()
	}
}

// subscribe turns the subscriber to the site of this desk; it forgets nothing.
func (d *desk) subscribe() {
	now := subscribe(web.Site(&d.room.site), "all")
	if d.sub == nil {
		d.sub = now
		d.sub.story = storyOf
		return
	}
	d.sub.get = now.get
}

// close stops the loops, if they run, and closes the database.
func (d *desk) close() {
	d.t.Helper()
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
	if d.room != nil {
		if err := d.room.close(); err != nil {
			d.t.Error(err)
		}
		d.room = nil
	}
}

// pass lets time go by and has the subscriber look.
func (d *desk) pass(period time.Duration) {
	d.t.Helper()
	time.Sleep(period)
	synctest.Wait()
	d.sub.poll()
}

// items returns every stored item, without bodies.
func (d *desk) items() []wiredesk.Item {
	d.t.Helper()
	items, err := d.room.store.Items(d.t.Context(), 0, 1_000_000, false)
	if err != nil {
		d.t.Fatal(err)
	}
	return items
}

// A press is a source with a will of its own.
type press struct {
	n    int
	host string
	rand *rand.Rand

	mu      sync.Mutex
	stories []*tale // newest first
	window  int
	scheme  string // of links
	site    string // host of links
	guid    func(*tale) string
	query   string // appended to links
	answer  http.Handler
	served  map[string]bool // stories that were in a 200
}

// A tale is one story that a press tells.
type tale struct {
	path, title, body string
	at                time.Time
}

// storyOf tells stories apart whatever became of scheme, host and query of their links.
func storyOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return u.Path
}

func newPress(w *origin.Web, n int) *press {
	p := &press{n: n, host: fmt.Sprintf("press%d.example", n), window: 12, scheme: "http", rand: rand.New(rand.NewPCG(1, uint64(n))), served: make(map[string]bool)}
	p.site = p.host
	p.guid = func(s *tale) string { return p.link(s) }
	w.Handle(p.host+"/feed", p)
	for i := range 3 {
		p.tell(time.Now().Add(time.Duration(i-10) * time.Hour))
	}
	return p
}

func (p *press) url() string { return "http://" + p.host + "/feed" }

func (p *press) link(s *tale) string { return p.scheme + "://" + p.site + s.path + p.query }

// tell publishes a new story.
func (p *press) tell(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.stories)
	p.stories = slices.Insert(p.stories, 0, &tale{
		path: fmt.Sprintf("/%d/%d", p.n, n), title: fmt.Sprintf("Report %d from press %d", n, p.n), body: p.words(12), at: at,
	})
}

func (p *press) words(n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "w%d ", p.rand.IntN(100_000))
	}
	return b.String()
}

// change changes how the press tells its stories.
func (p *press) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// ServeHTTP answers as the press is told to, or with its feed, and notes what it said.
func (p *press) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	answer := p.answer
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Press %d</title><link>http://%s/</link><description>d</description>\n", p.n, p.host)
	shown := p.stories[:min(p.window, len(p.stories))]
	for _, s := range shown {
		fmt.Fprintf(&b, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"false\">%s</guid><pubDate>%s</pubDate><description>%s</description></item>\n",
			s.title, strings.ReplaceAll(p.link(s), "&", "&amp;"), p.guid(s), s.at.Format(time.RFC1123Z), s.body)
	}
	b.WriteString("</channel></rss>")
	p.mu.Unlock()
	if answer != nil {
		answer.ServeHTTP(w, r)
		return
	}
	feed := origin.Feed(b.String())
	feed.ETag = fmt.Sprintf("\"%x\"", sum(b.String()))
	feed.ServeHTTP(w, r)
	if r.Header.Get("If-None-Match") != feed.ETag {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, s := range shown {
			p.served[s.path] = true
		}
	}
}

func sum(s string) (n uint64) {
	for i := range len(s) {
		n = n*1099511628211 + uint64(s[i])
	}
	return n
}

func configOf(presses []*press, more string) string {
	var b strings.Builder
	fmt.Fprint(&b, `
[server]
base_url = "https://feeds.example.org"
[storage]
path = "wiredesk.db"
[fetch]
interval = "4h"
min_interval = "4h"
max_interval = "6h"
[[feed]]
name = "all"
title = "All"
limit = 5000
`)
	for _, p := range presses {
		fmt.Fprintf(&b, "[[source]]\nurl = %q\n", p.url())
	}
	return b.String() + more
}

// three days of twenty sources that do everything sources
// do. What was served was stored once and announced once.
func TestThreeDaysOfNews(t *testing.T) {
	t.Parallel()
	inDesk(t, func(d *desk) {
		t := d.t
		var presses []*press
		for n := range 20 {
			presses = append(presses, newPress(d.web, n))
		}
		copyOf(d.web, presses[16], presses[17]) // two tell the same
		d.config(configOf(presses, ""))
		d.start()
		random := rand.New(rand.NewPCG(7, 7))
		for hour := range 72 {
			for _, p := range presses {
				if random.IntN(12) == 0 {
					p.tell(time.Now())
				}
				if random.IntN(40) == 0 && p.n != 13 { // an edit; 13 changes all its guids anyway
					p.change(func() { p.stories[random.IntN(min(3, len(p.stories)))].body += " edited" })
				}
			}
			happen(d, presses, hour)
			d.pass(time.Hour)
		}
		presses[13].change(func() { presses[13].guid = presses[13].link })
		d.pass(12 * time.Hour) // whoever failed is asked again and well
		d.sub.content(t)
		audit(d, presses)

		// Nobody says anything new: nothing is written, nothing changes, 304 (law 8).
		before, cached, asked := d.items(), d.sub.cached, d.sub.asked
		d.pass(12 * time.Hour)
		if diff := cmp.Diff(before, d.items()); diff != "" {
			t.Errorf("unchanged sources changed items (-before +after):\n%s", diff)
		}
		if d.sub.cached-cached != 3 || d.sub.asked-asked != 3 {
			t.Errorf("an unchanged site gave %d answers, %d of them 304", d.sub.asked-asked, d.sub.cached-cached)
		}

		// A round by hand says the same as the loops.
		d.close()
		d.open()
		d.subscribe()
		for range 2 {
			reply, err := d.room.round(d.t.Context(), true, nil)
			if err != nil || reply.New+reply.Revised != 0 || reply.Polled == 0 {
				t.Errorf("round: %+v, %v", reply, err)
			}
		}
		d.sub.poll()
		if d.sub.cached-cached != 6 {
			t.Error("a round and a restart changed the site")
		}
		d.sub.content(t)
	})
}

// copyOf makes b tell what a tells, with the same links.
func copyOf(w *origin.Web, a, b *press) {
	w.Handle(b.host+"/feed", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { a.ServeHTTP(rw, r) }))
}

// happen is the plot of the three days.
func happen(d *desk, presses []*press, hour int) {
	all := func(from, to int, f func(*press)) {
		for _, p := range presses[from:to] {
			p.change(func() { f(p) })
		}
	}
	switch hour {
	case 10: // a migration changes every guid
		all(0, 4, func(p *press) { p.guid = func(s *tale) string { return "tag:new,2000:" + s.path } })
	case 14: // http becomes https, in links and guids
		all(4, 6, func(p *press) { p.scheme = "https" })
	case 20: // the domain moves
		p := presses[6]
		p.change(func() { p.site = "moved.example" })
		d.web.Handle("moved.example/feed", p)
		d.web.Handle(p.host+"/feed", origin.Redirect(http.StatusMovedPermanently, "http://moved.example/feed"))
	case 24:
		all(7, 9, func(p *press) { p.window = 1 })
	case 26:
		presses[9].change(func() { presses[9].answer = origin.Status(http.StatusInternalServerError) })
		presses[10].change(func() {
			presses[10].answer = origin.Feed(`<rss version="2.0"><channel><title>Empty</title></channel></rss>`)
		})
		presses[11].change(func() { presses[11].answer = origin.Page("Please log in") })
	case 30:
		all(7, 9, func(p *press) { p.window = 30 })
	case 34:
		all(9, 12, func(p *press) { p.answer = nil })
	case 36, 50:
		d.close()
		time.Sleep(20 * time.Minute)
		d.start()
	case 40: // trackers come up, and guids that change with every fetch
		all(12, 13, func(p *press) { p.query = "?utm_source=feed&utm_medium=rss" })
		all(13, 14, func(p *press) {
			p.guid = func(s *tale) string { return fmt.Sprintf("%s#%d", s.path, time.Now().UnixNano()) }
		})
	case 54: // another window and the order turned round
		all(14, 15, func(p *press) { p.window = 3; slices.Reverse(p.stories[:3]) })
	case 58: // two leave the config and come back
		reload(d, configOf(presses[2:], ""))
	case 64:
		reload(d, configOf(presses, ""))
	}
}

func reload(d *desk, config string) {
	d.t.Helper()
	d.config(config)
	if _, err := d.room.reload(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// audit compares the ledgers of the presses with store and subscriber.
func audit(d *desk, presses []*press) {
	d.t.Helper()
	(&observer{presses: presses, sub: d.sub}).agree(d.t, d.items())
}

var discard = slog.New(slog.DiscardHandler)

// A database that is lost and filled again from the same sources announces the same ids,
// whichever of two sources that tell the same is heard first, with dates and without.
func TestLostDatabase(t *testing.T) {
	inDesk(t, func(d *desk) {
		t := d.t
		var presses []*press
		for n := range 6 {
			presses = append(presses, newPress(d.web, n))
		}
		presses[0].guid = func(s *tale) string { return s.path } // no addresses: ids are made from the source's
		presses[2].guid = func(*tale) string { return "" }
		presses[4].guid = presses[2].guid
		copyOf(d.web, presses[0], presses[1])
		copyOf(d.web, presses[2], presses[3])
		bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			origin.Feed(origin.RSS("Undated", "first", "second")).ServeHTTP(w, r)
		})
		d.web.Handle(presses[4].host+"/feed", bare)
		d.web.Handle(presses[5].host+"/feed", bare)
		var before []string
		for round := range 4 {
			slow := time.Duration(round) * time.Second // who is heard first changes
			for n, p := range presses {
				h := []http.Handler{presses[0], presses[0], presses[2], presses[2], bare, bare}[n]
				d.web.Handle(p.host+"/feed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(slow * time.Duration((n+round)%3))
					h.ServeHTTP(w, r)
				}))
			}
			d.config(configOf(presses, ""))
			d.sub = nil
			d.start()
			d.pass(time.Minute)
			d.sub.content(t)
			ids := d.sub.announced()
			if before == nil {
				before = ids
			}
			if diff := cmp.Diff(before, ids); diff != "" || len(ids) != 8 {
				t.Errorf("round %d (-before +after):\n%s", round, diff)
			}
			d.close()
			if err := os.Remove(filepath.Join(filepath.Dir(d.path), "wiredesk.db")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Retention is looked after also where wiredesk only ever runs for a moment, from cron.
func TestRoundsPrune(t *testing.T) {
	inDesk(t, func(d *desk) {
		p := newPress(d.web, 1)
		p.window = 2
		text := configOf([]*press{p}, "[[rule]]\nname = \"none\"\ndrop = true\nwhen = 'true'\n")
		d.config(strings.Replace(text, "[storage]", "[storage]\nkeep = \"2d\"", 1))
		for range 12 {
			p.tell(time.Now())
			d.open()
			if _, err := d.room.round(d.t.Context(), true, nil); err != nil {
				d.t.Fatal(err)
			}
			if n := len(d.items()); n > 6 {
				d.t.Fatalf("%d items are stored, though what left the source stays for two days", n)
			}
			d.close()
			time.Sleep(24 * time.Hour)
		}
	})
}
