package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
	"wiredesk/publish"
	"wiredesk/storage"
	"wiredesk/web"
)

const pushConfig = `[server]
base_url = "https://desk.example/planet"
[websub]
subscribe = true
[[source]]
url = "https://news.example/feed"
`

// room is a daemon without sockets: its loops run, and its public door is a host of the web.
func room(t *testing.T, all *origin.Web, config string) (n *newsroom, stop func()) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "wiredesk.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, compiled, err := loadConfig(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	n = &newsroom{
		log: log, vitals: new(vitals), service: service{log}, getenv: func(string) string { return "" }, editions: map[string]wiredesk.Edition{},
		archive: publish.NewArchive(archiveFolder(cfg)),
	}
	if n.store, err = storage.Open(cfg.Storage.Path, storage.Options{Create: true}); err != nil {
		t.Fatal(err)
	}
	if n.client, err = fetch.NewClient(fetch.ClientOptions{Dial: all.Dial, Roots: all.Roots()}); err != nil {
		t.Fatal(err)
	}
	n.poller = fetch.NewPoller(fetch.PollerOptions{Client: n.client, Store: n.store, FullTexts: n.store, OnFullText: n.anew, OnPoll: n.polled, OnRecorded: n.recorded})
	if err := n.apply(t.Context(), cfg, compiled); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(n.openSubscriber(t.Context()), n.openHubs(t.Context())); err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(cfg.Server.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	all.Handle(base.Host, n.door(web.NewLimits(web.Proxies{}, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	var loops sync.WaitGroup
	for _, loop := range []func(context.Context) error{n.poller.Run, n.subscriber.Run, n.hubs.own.Run, n.hubs.pinger.Run, n.buildLoop} {
		loops.Go(func() { _ = loop(ctx) })
	}
	return n, func() {
		cancel()
		loops.Wait()
		if err := n.close(); err != nil {
			t.Error(err)
		}
	}
}

// newsWithHub is the feed of news.example, which names a hub.
func newsWithHub(names ...string) string {
	return strings.Replace(origin.RSS("News", names...), "<channel>", `<channel xmlns:atom="http://www.w3.org/2005/Atom"><atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://news.example/feed"/>`, 1)
}

// A push is in the published feed in less than a second, through the same doors as in
// earnest: the hub's request, the signature, the store, the build loop.
func TestPushIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := origin.New()
		defer all.Close()
		hub := &http.Client{Transport: &http.Transport{DialContext: all.Dial, TLSClientConfig: all.TLS()}}
		defer hub.CloseIdleConnections()
		all.Handle("news.example/feed", origin.Feed(newsWithHub("one")))
		var form url.Values
		all.Handle("hub.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			form = r.PostForm
			w.WriteHeader(http.StatusAccepted)
		}))
		n, stop := room(t, all, pushConfig)
		defer stop()
		pass(time.Minute)

		callback := form.Get("hub.callback")
		if !strings.HasPrefix(callback, "https://desk.example/planet/websub/") {
			t.Fatalf("the hub was asked %v", form)
		}
		query := url.Values{"hub.mode": {"subscribe"}, "hub.topic": form["hub.topic"], "hub.challenge": {"c"}, "hub.lease_seconds": {"86400"}}
		if status, body := do(t, hub, http.MethodGet, callback+"?"+query.Encode(), "", ""); status != http.StatusOK || body != "c" {
			t.Fatalf("verification answered %d %q", status, body)
		}
		if _, before := do(t, hub, http.MethodGet, "https://desk.example/planet/all.rss", "", ""); strings.Contains(before, "two") {
			t.Fatal("it is there already")
		}
		mac := hmac.New(sha256.New, []byte(form.Get("hub.secret")))
		mac.Write([]byte(newsWithHub("two")))
		if status, _ := do(t, hub, http.MethodPost, callback, newsWithHub("two"), "sha256="+hex.EncodeToString(mac.Sum(nil))); status != http.StatusAccepted {
			t.Fatalf("content answered %d", status)
		}
		pass(999 * time.Millisecond)
		for _, path := range []string{"/all.rss", "/all.atom", "/all.json", "/all"} {
			if status, body := do(t, hub, http.MethodGet, "https://desk.example/planet"+path, "", ""); status != http.StatusOK || !strings.Contains(body, "two") || !strings.Contains(body, "one") {
				t.Errorf("%s: %d without the news", path, status)
			}
		}

		// Switched off by a reload, the hub is told, and the callback too.
		if err := os.WriteFile(n.cfg.Path, []byte(strings.Replace(pushConfig, "subscribe = true", "subscribe = false", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := n.reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if form.Get("hub.mode") != "unsubscribe" || form.Get("hub.callback") != callback {
			t.Errorf("the hub was asked %v", form)
		}
		if status, _ := do(t, hub, http.MethodPost, callback, newsWithHub("three"), ""); status != http.StatusGone {
			t.Errorf("content answered %d", status)
		}
	})
}

// pass lets time pass, and all that happens in it be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func do(t *testing.T, client *http.Client, method, address, body, signature string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if signature != "" {
		req.Header.Set("X-Hub-Signature", signature)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(all)
}

// What a hub sent is published with its article without waiting for a poll.
func TestPushIsPublishedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := origin.New()
		defer all.Close()
		hub := &http.Client{Transport: &http.Transport{DialContext: all.Dial, TLSClientConfig: all.TLS()}}
		defer hub.CloseIdleConnections()
		all.Handle("news.example/feed", origin.Feed(newsWithHub("one")))
		all.Handle("example.org", origin.Reply{Body: "<title>The bridge opens</title><article><p>" + strings.Repeat("The bridge was opened by the mayor, and everybody came to see it. ", 20) + "</p></article>"}.With("Content-Type", "text/html"))
		var form url.Values
		all.Handle("hub.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			form = r.PostForm
			w.WriteHeader(http.StatusAccepted)
		}))
		_, stop := room(t, all, pushConfig+"full_text = true\n")
		defer stop()
		pass(time.Minute)
		query := url.Values{"hub.mode": {"subscribe"}, "hub.topic": form["hub.topic"], "hub.challenge": {"c"}, "hub.lease_seconds": {"86400"}}
		if status, _ := do(t, hub, http.MethodGet, form.Get("hub.callback")+"?"+query.Encode(), "", ""); status != http.StatusOK {
			t.Fatalf("verification answered %d", status)
		}
		body := strings.ReplaceAll(newsWithHub("bridge"), "<title>bridge</title>", "<title>The bridge opens</title>")
		mac := hmac.New(sha256.New, []byte(form.Get("hub.secret")))
		mac.Write([]byte(body))
		if status, _ := do(t, hub, http.MethodPost, form.Get("hub.callback"), body, "sha256="+hex.EncodeToString(mac.Sum(nil))); status != http.StatusAccepted {
			t.Fatalf("content answered %d", status)
		}
		polls := len(all.To("news.example"))
		pass(10 * time.Second)
		if _, feed := do(t, hub, http.MethodGet, "https://desk.example/planet/all.atom", "", ""); !strings.Contains(feed, "opened by the mayor") || len(all.To("news.example")) != polls {
			t.Errorf("without the article:\n%s", feed)
		}
	})
}
