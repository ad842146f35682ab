package hub_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/hub"
	"wiredesk/storage"
)

// store writes followers who confirmed everything long ago, and has the hub read them.
func (h *house) store(callbacks ...string) {
	h.t.Helper()
	h.close()
	h.open()
	h.stop()
	now := time.Now()
	var all []wiredesk.Follower
	for _, c := range callbacks {
		all = append(all, wiredesk.Follower{Topic: topicURL, Callback: c, Since: now, Until: now.Add(20 * 24 * time.Hour), Told: h.now[topicURL].Version})
	}
	if err := h.db.ChangeFollowers(h.t.Context(), all, nil); err != nil {
		h.t.Fatal(err)
	}
	h.close()
	h.open()
}

// Slow subscribers delay nobody else, however many they are, and those that are on the host of a
// slow one are told all the same.
func TestSlowDelaysNobody(t *testing.T) {
	inHouse(t, func(h *house) {
		var callbacks []string
		slow := h.reader("slow.example")
		slow.set(func() {
			slow.answer = func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(time.Minute):
				case <-r.Context().Done():
				}
			}
		})
		for i := range 300 { // more than may be asked at once
			host := fmt.Sprintf("s%d.slow.example", i)
			h.web.Handle(host, slow)
			callbacks = append(callbacks, "http://"+host+"/")
		}
		quick := h.reader("quick.example")
		for i := range 100 {
			host := fmt.Sprintf("q%d.quick.example", i)
			h.web.Handle(host, quick)
			callbacks = append(callbacks, "http://"+host+"/")
		}
		h.store(callbacks...)
		h.publish("two") // nobody knows yet who is slow
		pass(time.Minute)
		if n := strings.Count(quick.bodies(), "two"); n != 100 {
			t.Errorf("%d of 100 were told", n)
		}
		for i := range 10 {
			pass(time.Minute)
			version := fmt.Sprint("version", i)
			quick.set(func() { quick.got = nil })
			h.publish(version)
			if n := strings.Count(quick.bodies(), version); n != 100 {
				t.Errorf("%s: %d of 100 were told at once", version, n)
			}
		}
	})
}

// A host has few connections at once, and one alone until it was quick.
func TestPerHost(t *testing.T) {
	inHouse(t, func(h *house) {
		var callbacks []string
		for i := range 60 {
			callbacks = append(callbacks, fmt.Sprintf("https://sub.example/%d", i))
		}
		r := h.reader("sub.example")
		first := true
		r.set(func() {
			r.answer = func(http.ResponseWriter, *http.Request) {
				r.mu.Lock()
				alone := first
				first = false
				r.mu.Unlock()
				if n := h.web.Most("sub.example"); alone && n != 1 {
					t.Errorf("%d at once to begin with", n)
				}
				time.Sleep(time.Second)
			}
		})
		h.store(callbacks...)
		h.publish("two")
		pass(time.Minute)
		if n := h.web.Most("sub.example"); n != hub.PerHost || strings.Count(r.bodies(), "two") != 60 {
			t.Errorf("%d at once, %d were told", n, strings.Count(r.bodies(), "two"))
		}
	})
}

// Whoever asks in the name of a site that wants nothing makes us ask it a few times, and then
// once a minute. Those who follow from there can renew all the same.
func TestNoAmplifier(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		wanted := true
		r.set(func() {
			r.confirm = func(q url.Values) (int, string) {
				if !wanted {
					return 404, ""
				}
				return 200, q.Get("hub.challenge")
			}
		})
		wanted = false
		refused := 0
		for i := range 300 {
			status, _ := h.ask(form("subscribe", "hub.callback", fmt.Sprintf("https://n%d.sub.example/%d", i%7, i)))
			if status == http.StatusTooManyRequests {
				refused++
			}
		}
		for i := range 7 {
			h.web.Handle(fmt.Sprintf("n%d.sub.example", i), r)
		}
		if n := len(h.web.Requests()) - 301 - 1; refused < 280 || n > 20 {
			t.Errorf("%d of 300 were refused, %d requests were made", refused, n)
		}
		wanted = true
		h.subscribe("hub.secret", "new")
		if h.followers() != 1 || len(r.asked("subscribe")) != 2 {
			t.Errorf("a renewal: verified %d times", len(r.asked("subscribe")))
		}
	})
}

// One site has a share of the hub, and the hub has an end.
func TestLimits(t *testing.T) {
	inHouse(t, func(h *house) {
		var callbacks []string
		for i := range 19_000 {
			callbacks = append(callbacks, fmt.Sprintf("https://s%d.example/%d", i%19, i))
		}
		r := h.reader("s0.example")
		h.store(callbacks...)
		h.web.Handle("sub.example", r)
		if status, text := h.ask(form("subscribe", "hub.callback", "https://www.s0.example/new")); status != http.StatusServiceUnavailable || !strings.Contains(text, "from this site") {
			t.Errorf("answered %d %s", status, text)
		}
		if status, _ := h.ask(form("subscribe", "hub.callback", "https://s0.example/0")); status != http.StatusAccepted {
			t.Errorf("a renewal was answered %d", status)
		}
		callbacks = callbacks[:0]
		for i := range 1000 {
			callbacks = append(callbacks, fmt.Sprintf("https://t.example/%d", i))
		}
		h.store(callbacks...)
		if status, text := h.ask(form("subscribe")); status != http.StatusServiceUnavailable || !strings.Contains(text, "as many subscriptions as it can take") {
			t.Errorf("answered %d %s", status, text)
		}
		if status, _ := h.ask(form("unsubscribe", "hub.callback", "https://s0.example/0")); status != http.StatusAccepted {
			t.Errorf("unsubscribing was answered %d", status)
		}
		h.subscribe()
	})
}

// S-09. A callback that leads to a private address is never dialled, whatever its name: the
// guard looks at the address that the name has.
func TestGuard(t *testing.T) {
	t.Parallel()
	dialled := make(chan struct{}, 10)
	victim := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dialled <- struct{}{}
		_, _ = w.Write([]byte(r.URL.Query().Get("hub.challenge")))
	}))
	defer victim.Close()
	_, port, _ := net.SplitHostPort(victim.Listener.Addr().String())
	for _, allowed := range []bool{false, true} {
		options := fetch.ClientOptions{}
		if allowed {
			options.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		}
		client, err := fetch.NewClient(options)
		if err != nil {
			t.Fatal(err)
		}
		db, err := storage.Open(filepath.Join(t.TempDir(), "w.db"), storage.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		own, err := hub.New(t.Context(), hub.Options{Store: db, Transport: client.Outgoing(hub.PerHost), SiteOf: fetch.SiteOf})
		if err != nil {
			t.Fatal(err)
		}
		own.SetTopics([]hub.Topic{topicOf("one")})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = own.Run(ctx) })
		for i, host := range []string{"127.0.0.1", "localhost"} {
			request := httptest.NewRequest(http.MethodPost, "/hub", strings.NewReader(form("subscribe", "hub.callback", "http://"+net.JoinHostPort(host, port)+"/").Encode()))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer := httptest.NewRecorder()
			own.ServeHTTP(answer, request)
			if answer.Code != http.StatusAccepted {
				t.Errorf("%s: answered %d", host, answer.Code)
			}
			for f := own.Figures(); f.Confirmed+f.Unconfirmed <= uint64(i); f = own.Figures() {
				time.Sleep(time.Millisecond)
			}
		}
		cancel()
		running.Wait()
		if f := own.Figures(); f.Confirmed > 0 != allowed || len(dialled) > 0 != allowed {
			t.Errorf("allowed %t: %+v, dialled %d times", allowed, f, len(dialled))
		}
		client.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
