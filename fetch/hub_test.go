package fetch_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	neturl "net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
	"wiredesk/storage"
)

const (
	deskBase  = "https://desk.example/websub"
	feedURL   = "https://news.example/feed"
	hubURL    = "https://hub.example/"
	selfTopic = "https://news.example/feed.rss"
)

// A hub does what a hub must, and what a test tells it beside that.
type hub struct {
	t      *testing.T
	client *http.Client

	mu       sync.Mutex
	asked    []neturl.Values
	at       []time.Time
	granted  map[string]neturl.Values // by callback
	lease    int                      // seconds; as asked if zero
	answer   func(http.ResponseWriter, *http.Request) bool
	silent   bool   // never verifies
	topic    string // verifies this one in place of what was asked for
	verified []int  // statuses
	pending  sync.WaitGroup
}

func (w *world) newHub() *hub {
	client := &http.Client{Transport: &http.Transport{DialContext: w.web.Dial, TLSClientConfig: w.web.TLS()}}
	h := &hub{t: w.t, client: client, granted: map[string]neturl.Values{}}
	w.t.Cleanup(func() {
		h.pending.Wait()
		client.CloseIdleConnections()
	})
	w.web.Handle("hub.example", h)
	return h
}

// ServeHTTP takes a request in and verifies it later.
func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	h.asked, h.at = append(h.asked, r.PostForm), append(h.at, time.Now())
	answer, silent := h.answer, h.silent
	h.mu.Unlock()
	if answer != nil && answer(w, r) {
		return
	}
	w.WriteHeader(http.StatusAccepted)
	if !silent {
		h.pending.Go(func() {
			time.Sleep(50 * time.Millisecond)
			h.verify(r.PostForm)
		})
	}
}

// verify does what section 5.3 says.
func (h *hub) verify(form neturl.Values) {
	q := neturl.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"kite-5%&<b>"}}
	h.mu.Lock()
	if h.topic != "" {
		q.Set("hub.topic", h.topic)
	}
	if q.Get("hub.mode") == "subscribe" {
		q.Set("hub.lease_seconds", form.Get("hub.lease_seconds"))
		if h.lease != 0 {
			q.Set("hub.lease_seconds", fmt.Sprint(h.lease))
		}
	}
	h.mu.Unlock()
	status, body := h.get(form.Get("hub.callback"), q)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.verified = append(h.verified, status)
	switch {
	case status != http.StatusOK || body != q.Get("hub.challenge"):
	case q.Get("hub.mode") == "subscribe":
		h.granted[form.Get("hub.callback")] = form
	default:
		delete(h.granted, form.Get("hub.callback"))
	}
}

func (h *hub) get(callback string, q neturl.Values) (int, string) {
	resp, err := h.client.Get(callback + "?" + q.Encode())
	if err != nil {
		h.t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// publish sends a document to all subscribers.
func (h *hub) publish(body string) {
	h.mu.Lock()
	granted := make([]neturl.Values, 0, len(h.granted))
	for _, form := range h.granted {
		granted = append(granted, form)
	}
	h.mu.Unlock()
	for _, form := range granted {
		switch status := h.send(form.Get("hub.callback"), body, sign("sha256", form.Get("hub.secret"), body)); status {
		case http.StatusAccepted:
		case http.StatusGone:
			h.mu.Lock()
			delete(h.granted, form.Get("hub.callback"))
			h.mu.Unlock()
		default:
			h.t.Errorf("content was answered %d", status)
		}
	}
}

// send sends a document to one callback.
func (h *hub) send(callback, body, signature string, fields ...string) int {
	req, _ := http.NewRequest(http.MethodPost, callback, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/rss+xml")
	// A hub may say anything here: the callback alone tells the topic.
	req.Header.Set("Link", `<https://other.example/>; rel="self"`)
	if signature != "" {
		req.Header.Set("X-Hub-Signature", signature)
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	resp, err := h.client.Do(req)
	if err != nil {
		h.t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func sign(method, secret, body string) string {
	h := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}[method]
	mac := hmac.New(h, []byte(secret))
	mac.Write([]byte(body))
	return method + "=" + hex.EncodeToString(mac.Sum(nil))
}

// modes returns how often the hub was asked what.
func (h *hub) modes() (subscribe, unsubscribe int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, form := range h.asked {
		switch form.Get("hub.mode") {
		case "subscribe":
			subscribe++
		case "unsubscribe":
			unsubscribe++
		}
	}
	return subscribe, unsubscribe
}

// first returns the first request, or fails.
func (h *hub) first() neturl.Values {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.asked) == 0 {
		h.t.Fatal("the hub was not asked")
	}
	return h.asked[0]
}

func (h *hub) last() neturl.Values {
	h.first()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked[len(h.asked)-1]
}

// callbacks returns those that are active at the hub.
func (h *hub) callbacks() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for c := range h.granted {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

func (h *hub) tell(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// A desk polls and is pushed, with the real store.
type desk struct {
	*world
	path    string
	db      *storage.Store
	poller  *fetch.Poller
	sub     *fetch.Subscriber
	sources []*wiredesk.Source
	ids     []wiredesk.SourceID
	stop    func()

	mu    sync.Mutex
	news  int // items that were new
	polls int
	lost  []wiredesk.SourceID
}

// inDesk runs f with a hub and a desk that polls feedURL, or the sources given.
func inDesk(t *testing.T, sources []*wiredesk.Source, f func(*desk, *hub)) {
	t.Helper()
	inWorld(t, func(w *world) {
		if sources == nil {
			sources = []*wiredesk.Source{source(feedURL)}
		}
		d := &desk{world: w, path: filepath.Join(t.TempDir(), "w.db"), sources: sources}
		h := w.newHub()
		d.open(d.path)
		f(d, h)
		d.close()
	})
}

// open opens the database and starts everything.
func (d *desk) open(path string) {
	d.t.Helper()
	var err error
	if d.db, err = storage.Open(path, storage.Options{Create: true}); err != nil {
		d.t.Fatal(err)
	}
	var plain []wiredesk.Source
	for _, s := range d.sources {
		plain = append(plain, *s)
	}
	registered, err := d.db.Register(d.t.Context(), plain)
	if err != nil {
		d.t.Fatal(err)
	}
	d.ids = nil
	var targets []fetch.Target
	for i, r := range registered {
		d.ids = append(d.ids, r.ID)
		st := d.state(i)
		target := fetch.TargetOf(r.ID, d.sources[i], &st)
		target.CatchUp(time.Now(), &st)
		if target.Due.IsZero() {
			target.Due = time.Now().Add(time.Second) // when the test has said what is answered
		}
		targets = append(targets, target)
	}
	d.sub, err = fetch.NewSubscriber(d.t.Context(), fetch.SubscriberOptions{
		Client: d.client, Store: d.db, Logger: d.logger, OnRecorded: d.pushed,
		OnLost: func(id wiredesk.SourceID) {
			d.mu.Lock()
			d.lost = append(d.lost, id)
			d.mu.Unlock()
			d.poller.Ask(id)
		},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.web.Handle("desk.example", d.sub)
	d.wish(deskBase)
	sub := d.sub
	d.poller, d.stop = d.run(fetch.PollerOptions{Store: d.db, FullTexts: d.db, Absences: d.db, OnRecorded: d.recorded, OnPoll: func(p wiredesk.Poll) {
		d.mu.Lock()
		d.polls++
		d.mu.Unlock()
		sub.Polled(p)
	}}, targets)
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = sub.Run(ctx)
	}()
	stopPoller := d.stop
	d.stop = func() {
		stopPoller()
		cancel()
		<-done
	}
}

// wish tells the subscriber of all sources.
func (d *desk) wish(base string) {
	var topics []fetch.Topic
	for i, id := range d.ids {
		st := d.state(i)
		topics = append(topics, fetch.TopicOf(id, d.sources[i], &st))
	}
	d.sub.SetTopics(base, topics)
}

func (d *desk) close() {
	d.stop()
	if err := d.db.Close(); err != nil {
		d.t.Error(err)
	}
}

func (d *desk) recorded(all []wiredesk.Recorded) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range all {
		d.news += len(r.New)
	}
}

func (d *desk) pushed(all []wiredesk.Recorded) {
	d.recorded(all)
	for _, r := range all {
		d.poller.AskPages(r.Source)
	}
}

func (d *desk) count() (news, polls int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.news, d.polls
}

func (d *desk) state(i int) wiredesk.SourceState {
	d.t.Helper()
	st, err := d.db.State(d.t.Context(), d.ids[i])
	if err != nil {
		d.t.Fatal(err)
	}
	return st
}

func (d *desk) wantNews(want int) {
	d.t.Helper()
	if got, _ := d.count(); got != want {
		d.t.Errorf("%d items were new, want %d", got, want)
	}
}

// pushed returns a feed that names hubs and a topic in the document.
func pushed(names ...string) string { return withHubs([]string{hubURL}, selfTopic, names...) }

func withHubs(hubs []string, self string, names ...string) string {
	links := `<channel xmlns:atom="http://www.w3.org/2005/Atom">`
	for _, h := range hubs {
		links += fmt.Sprintf(`<atom:link rel="hub" href=%q/>`, h)
	}
	if self != "" {
		links += fmt.Sprintf(`<atom:link rel="self" href=%q/>`, self)
	}
	return strings.Replace(origin.RSS("Example", names...), "<channel>", links, 1)
}

// pass lets time pass, and all that happens in it be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
