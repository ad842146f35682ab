package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk/internal/origin"
)

const watchConfig = `[server]
base_url = "https://desk.example/planet"
[fetch]
interval = "4h"
[status]
token = "q7Zp2mVx9-Kd4sWb_T1c"
[notify]
webhook = "https://hook.example/desk"
[[source]]
url = "https://a.example/feed"
name = "a"
[[source]]
url = "https://b.example/feed"
name = "b"
[[source]]
url = "https://c.example/feed"
name = "c"
[[rule]]
when = 'source.name == "c"'
hold = true
`

// An owner is who is told by a webhook.
type owner struct {
	mu   sync.Mutex
	away bool
	told []string // name and kind
}

// ServeHTTP takes a message, if the owner is not away.
func (o *owner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	var m struct {
		Kind, Gate string
		Source     struct{ Name string }
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o.told = append(o.told, strings.TrimSpace(m.Source.Name+" "+m.Kind+" "+m.Gate))
}

func (o *owner) want(t *testing.T, told string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if got := strings.Join(o.told, ", "); got != told {
		t.Fatalf("told %q, want %q", got, told)
	}
}

// watched is a room whose owner is told.
func watched(t *testing.T, all *origin.Web, config string) (n *newsroom, o *owner, stop func()) {
	t.Helper()
	n, end := room(t, all, config)
	n.couriers = n.newCouriers()
	o = &owner{}
	all.Handle("hook.example/desk", o)
	ctx, cancel := context.WithCancel(t.Context())
	var loops sync.WaitGroup
	loops.Go(func() { _ = n.watchLoop(ctx) })
	for _, c := range n.couriers {
		loops.Go(func() { _ = c.Run(ctx) })
	}
	return n, o, func() {
		cancel()
		loops.Wait()
		end()
	}
}

// daily is a source with one item a day, until an end.
func daily(title string, end time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		fmt.Fprintf(&b, `<rss version="2.0"><channel><title>%s</title>`, title)
		now := time.Now()
		if now.After(end) {
			now = end
		}
		for n := range 20 {
			at := now.UTC().Truncate(24 * time.Hour).Add(-time.Duration(n)*24*time.Hour + time.Hour)
			if at.After(now) {
				continue
			}
			fmt.Fprintf(&b, "<item><guid>%s %d</guid><title>%s of %s</title><pubDate>%s</pubDate></item>", title, at.Unix(), title, at.Format("2 January 2006"), at.Format(time.RFC1123Z))
		}
		b.WriteString("</channel></rss>")
		origin.Feed(b.String()).ServeHTTP(w, r)
	})
}

// Each change of a source is told once, in the status feed and to the webhook, and no feed for
// readers says a word of it.
func TestTheOwnerHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := origin.New()
		defer all.Close()
		const day = 24 * time.Hour
		start := time.Now()
		all.Handle("a.example/feed", daily("A", start.Add(1000*day)))
		all.Handle("b.example/feed", daily("B", start.Add(20*day)))
		all.Handle("c.example/feed", daily("C", start.Add(5*time.Minute)))
		n, o, stop := watched(t, all, watchConfig)
		defer stop()
		pass(time.Hour)
		o.want(t, "c held approval")
		all.Handle("a.example/feed", origin.Status(500))
		pass(2 * day)
		o.want(t, "c held approval, a broken")
		o.mu.Lock()
		o.away = true
		o.mu.Unlock()
		all.Handle("a.example/feed", daily("A", start.Add(1000*day)))
		pass(2 * day)
		o.mu.Lock()
		o.away = false
		o.mu.Unlock()
		pass(2 * time.Hour)
		o.want(t, "c held approval, a broken, a recovered, c silent")
		pass(14 * day)
		o.want(t, "c held approval, a broken, a recovered, c silent")
		pass(7 * day)
		o.want(t, "c held approval, a broken, a recovered, c silent, b silent")
		all.Handle("b.example/feed", daily("B", start.Add(1000*day)))
		pass(3 * day)
		o.want(t, "c held approval, a broken, a recovered, c silent, b silent, b recovered")

		feed := httptest.NewRecorder()
		n.secret.Before(http.NotFoundHandler()).ServeHTTP(feed, httptest.NewRequest(http.MethodGet, "/planet/status/q7Zp2mVx9-Kd4sWb_T1c.atom", nil))
		body := feed.Body.String()
		for _, headline := range []string{"A is broken", "A is well again", "C: 19 items wait for you", "C has gone silent", "B has gone silent", "B has news again"} {
			if !strings.Contains(body, headline+"</title>") {
				t.Errorf("the status feed does not say %q", headline)
			}
		}
		for _, doc := range n.site.Load().Documents() {
			if text := string(doc.Body); strings.Contains(text, "broken") || strings.Contains(text, "silent") || strings.Contains(text, "/status/") {
				t.Errorf("%s tells of it", doc.Path)
			}
		}
	})
}

// Where nobody can be reached it is the network, and the owner is not told of every source.
func TestAnOutageIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := origin.New()
		defer all.Close()
		for _, name := range []string{"a", "b", "c"} {
			all.Handle(name+".example/feed", daily(name, time.Now().Add(1000*time.Hour*24)))
		}
		_, o, stop := watched(t, all, watchConfig)
		defer stop()
		pass(24 * time.Hour)
		o.want(t, "c held approval")
		all.Down(errors.New("no route"))
		pass(5 * 24 * time.Hour)
		all.Down(nil)
		pass(2 * 24 * time.Hour)
		o.want(t, "c held approval")
	})
}
