package fetch_test

import (
	"io"
	"net/http"
	neturl "net/url"
	"os"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// W-01, W-03 to W-05: where a hub is named. What a header names comes before what the
// document names.
func TestSubscribesWhereNamed(t *testing.T) {
	const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>tag:news.example,2000:f</id>
<link rel="self" href="` + selfTopic + `"/><link rel="hub" href="` + hubURL + `"/>
<entry><id>tag:news.example,2000:1</id><title>One</title><updated>1999-12-31T00:00:00Z</updated></entry></feed>`
	const json = `{"version":"https://jsonfeed.org/version/1.1","title":"T","feed_url":"` + selfTopic + `","items":[{"id":"1","content_text":"x"}],
"hubs":[{"type":"rssCloud","url":"https://wrong.example/"},{"type":"WebSub","url":"` + hubURL + `"}]}`
	wrong := withHubs([]string{"https://wrong.example/"}, "https://wrong.example/self", "one")
	for name, reply := range map[string]origin.Reply{
		"W-01 header":             feed("one").With("Link", `<`+hubURL+`>; rel="hub", <`+selfTopic+`>; rel=self`),
		"W-01 two headers":        feed("one").With("Link", `<`+hubURL+`>; title="a, \"b\"; rel=x"; rel="x hub"`).With("Link", `</feed.rss>;rel="SELF"`),
		"W-03 Atom":               {Body: atom},
		"W-04 RSS":                origin.Feed(pushed("one")),
		"JSON Feed":               {Body: json},
		"W-05 header before body": origin.Feed(wrong).With("Link", `<`+hubURL+`>; rel="hub"`).With("Link", `<`+selfTopic+`>; rel="self"`),
	} {
		t.Run(name, func(t *testing.T) {
			inDesk(t, nil, func(d *desk, h *hub) {
				d.web.Handle("news.example/feed", reply)
				pass(time.Minute)
				form := h.first()
				if form.Get("hub.topic") != selfTopic || form.Get("hub.mode") != "subscribe" || form.Get("hub.lease_seconds") != "864000" {
					t.Errorf("asked %v", form)
				}
				if len(form.Get("hub.secret")) < 20 || len(form.Get("hub.secret")) >= 200 {
					t.Errorf("secret %q", form.Get("hub.secret"))
				}
				callback := form.Get("hub.callback")
				if id, ok := strings.CutPrefix(callback, deskBase+"/"); !ok || len(id) < 20 {
					t.Errorf("callback %q can be guessed", callback)
				}
				if got := h.callbacks(); len(got) != 1 || got[0] != callback {
					t.Errorf("verified %v", got)
				}
				if len(d.web.To("wrong.example")) > 0 {
					t.Error("the wrong hub was asked")
				}
			})
		})
	}
}

// W-02: a page that names a hub is no feed, and nothing is subscribed to in its name; the
// feed that it announces is found, and subscribed to by what it says itself.
func TestPageThatNamesHub(t *testing.T) {
	page := `<!DOCTYPE html><html><head><link rel="hub" href="https://wrong.example/"><link rel="self" href="https://news.example/">
<link rel="alternate" type="application/rss+xml" href="/feed"></head></html>`
	found := fetch.Discover([]byte(page), "text/html", "https://news.example/")
	if len(found) != 1 || found[0].URL != feedURL {
		t.Fatalf("found %v", found)
	}
	sources := []*wiredesk.Source{source("https://news.example/"), source(found[0].URL)}
	inDesk(t, sources, func(d *desk, h *hub) {
		d.web.Handle("news.example/", origin.Reply{Body: page}.With("Content-Type", "text/html"))
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(time.Minute)
		if n, _ := h.modes(); n != 1 || h.first().Get("hub.topic") != selfTopic || len(d.web.To("wrong.example")) > 0 {
			t.Errorf("%d asked, %v", n, h.first())
		}
	})
}

// W-06 to W-08: the topic is what the document calls itself, wherever it was found.
func TestSubscribesToSelf(t *testing.T) {
	for name, status := range map[string]int{"W-06": 0, "W-07": http.StatusFound, "W-08": http.StatusMovedPermanently} {
		t.Run(name, func(t *testing.T) {
			inDesk(t, nil, func(d *desk, h *hub) {
				d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
				if status != 0 {
					d.web.Handle("news.example/feed", origin.Redirect(status, "/there"))
					d.web.Handle("news.example/there", origin.Feed(pushed("one")))
				}
				pass(time.Minute)
				if topic := h.first().Get("hub.topic"); topic != selfTopic || len(h.callbacks()) != 1 {
					t.Errorf("topic %q, %v", topic, h.callbacks())
				}
			})
		})
	}
}

// W-09, W-10: a hub that is elsewhere is followed there with the same request, but never
// from https to http; other redirects are a refusal.
func TestHubRedirects(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		to     string
		follow bool
	}{
		"W-09":     {http.StatusTemporaryRedirect, "https://hub.example/there", true},
		"W-10":     {http.StatusPermanentRedirect, "/there", true},
		"found":    {http.StatusFound, "/there", false},
		"no TLS":   {http.StatusTemporaryRedirect, "http://hub.example/there", false},
		"circle":   {http.StatusTemporaryRedirect, "/", false},
		"private":  {http.StatusTemporaryRedirect, "https://10.0.0.1/", false},
		"metadata": {http.StatusTemporaryRedirect, "https://169.254.169.254/", false},
	} {
		t.Run(name, func(t *testing.T) {
			inDesk(t, nil, func(d *desk, h *hub) {
				d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
				d.web.Handle("hub.example/", origin.Redirect(c.status, c.to))
				d.web.Handle("hub.example/there", h)
				pass(time.Minute)
				if n, _ := h.modes(); (n == 1) != c.follow || (len(h.callbacks()) == 1) != c.follow {
					t.Errorf("asked %d times, %v", n, h.callbacks())
				}
				for _, address := range d.web.Dials() {
					if strings.HasPrefix(address, "10.") || strings.HasPrefix(address, "169.") {
						t.Errorf("dialled %s", address)
					}
				}
			})
		})
	}
}

// W-11, W-19: only what was asked for is confirmed, and only once.
func TestVerification(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		h.topic = "https://news.example/other"
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(time.Minute)
		if len(h.verified) != 1 || h.verified[0] != http.StatusNotFound {
			t.Errorf("a wrong topic was answered %v", h.verified)
		}
		form := h.first()
		callback := form.Get("hub.callback")
		ask := func(callback, mode, topic, challenge string) int {
			status, _ := h.get(callback, neturl.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {challenge}, "hub.lease_seconds": {"3600"}})
			return status
		}
		for name, got := range map[string]int{
			"unsubscribe":  ask(callback, "unsubscribe", selfTopic, "c"),
			"no challenge": ask(callback, "subscribe", selfTopic, ""),
			"other mode":   ask(callback, "publish", selfTopic, "c"),
			"no mode":      ask(callback, "", selfTopic, "c"),
			"content":      h.send(callback, pushed("two"), sign("sha256", form.Get("hub.secret"), pushed("two"))),
		} {
			if got != http.StatusNotFound {
				t.Errorf("%s before it is verified: %d", name, got)
			}
		}
		if got := ask(callback, "subscribe", selfTopic, "c"); got != http.StatusOK {
			t.Errorf("the right one: %d", got)
		}
		if got := ask(callback, "subscribe", selfTopic, "c"); got != http.StatusNotFound {
			t.Errorf("once more: %d", got)
		}
		before := d.log.Len()
		for range 1000 {
			if got := ask(deskBase+"/unknown%0alevel=ERROR", "subscribe", "x\nlevel=ERROR msg=injected", "c"); got != http.StatusNotFound {
				t.Fatalf("unknown: %d", got)
			}
		}
		if got := h.send(deskBase+"/", "x", ""); got != http.StatusNotFound {
			t.Errorf("content for nobody: %d", got)
		}
		if d.log.Len() != before || strings.Contains(d.log.String(), "\nlevel=ERROR") {
			t.Errorf("a flood is logged:\n%s", d.log.String()[before:])
		}
		if got := h.verified[0]; got != http.StatusNotFound {
			t.Error(got)
		}
	})
}

// W-12 to W-14, S-49: content is answered at once, and taken in only if it is signed as agreed.
func TestContent(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(time.Minute)
		form := h.first()
		callback, secret := form.Get("hub.callback"), form.Get("hub.secret")
		body := pushed("one", "two")
		for name, signature := range map[string]string{
			"missing": "", "wrong": sign("sha256", "other", body), "of other bytes": sign("sha256", secret, body+" "),
			"unknown method": "md5=00", "no hex": "sha256=zz", "empty": "sha256=",
		} {
			if got := h.send(callback, body, signature); got != http.StatusAccepted { // W-13, W-14
				t.Errorf("%s: %d", name, got)
			}
		}
		pass(time.Second)
		d.wantNews(1)
		for i, method := range []string{"sha1", "sha256", "sha384", "sha512"} {
			body = pushed("one", "by-"+method)
			if got := h.send(callback, body, sign(method, secret, body)); got != http.StatusAccepted { // W-12
				t.Errorf("%s: %d", method, got)
			}
			pass(time.Second)
			d.wantNews(2 + i)
		}
		body = pushed("zipped")
		zipped := string(origin.Gzip([]byte(body)))
		h.send(callback, zipped, sign("sha256", secret, zipped), "Content-Encoding", "gzip")
		pass(time.Second)
		d.wantNews(6)
		if h.send(callback, "no feed", sign("sha256", secret, "no feed")) != http.StatusAccepted {
			t.Error("what is no feed was not accepted")
		}
	})
}

// W-15: a lease of a minute is renewed before it ends, with a new callback and a new secret;
// what comes by both counts once, and the old one is told that it is over.
func TestRenewal(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		h.lease = 60
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(30 * time.Second)
		if n, _ := h.modes(); n != 1 {
			t.Fatalf("asked %d times", n)
		}
		old := h.first()
		var both bool
		for i := range 60 { // a push each second, over a renewal
			pass(time.Second)
			both = both || len(h.callbacks()) == 2
			if len(h.callbacks()) == 0 {
				t.Fatalf("a gap after %d s", i)
			}
			h.publish(pushed("one", "n"+string(rune('A'+i%26))+string(rune('a'+i/26))))
			pass(10 * time.Millisecond)
			d.wantNews(2 + i)
		}
		if took := h.at[1].Sub(h.at[0]); took < 30*time.Second || took > 55*time.Second {
			t.Errorf("renewed after %v", took)
		}
		var renewed neturl.Values
		for _, form := range h.asked[1:] {
			if form.Get("hub.mode") == "subscribe" {
				renewed = form
				break
			}
		}
		if renewed.Get("hub.callback") == old.Get("hub.callback") || renewed.Get("hub.secret") == old.Get("hub.secret") {
			t.Error("renewed with the old callback or secret")
		}
		if _, left := h.modes(); left == 0 {
			t.Error("the old one was not ended")
		}
		body := pushed("late")
		if got := h.send(old.Get("hub.callback"), body, sign("sha256", old.Get("hub.secret"), body)); got != http.StatusGone {
			t.Errorf("the old callback answers %d", got)
		}
		d.wantNews(61)
	})
}

// W-16: polling slows down while a hub pushes, never stops, and is as before when the hub is
// lost or the lease has ended.
func TestPollingWhilePushed(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(3 * time.Hour)
		start := time.Now()
		pass(4 * 24 * time.Hour)
		asked := d.web.To("news.example")
		slow := 0
		for _, r := range asked {
			if r.At.After(start) {
				slow++
			}
		}
		if slow < 3 || slow > 5 {
			t.Errorf("%d polls in four days of push", slow)
		}
		if st := d.state(0); !strings.Contains(st.Reason, "hub") || st.Due.Sub(st.Polled) < 20*time.Hour {
			t.Errorf("due after %v: %s", st.Due.Sub(st.Polled), st.Reason)
		}
		// The hub goes away for good: no renewals, and the lease ends.
		h.tell(func() {
			h.answer = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusInternalServerError)
				return true
			}
		})
		pass(7 * 24 * time.Hour)
		if st := d.state(0); st.PushedUntil.After(time.Now()) {
			t.Fatalf("still pushed until %v", st.PushedUntil)
		}
		before := len(d.web.To("news.example"))
		d.web.Handle("news.example/feed", origin.Feed(pushed("one", "two")))
		pass(24 * time.Hour)
		if n := len(d.web.To("news.example")) - before; n < 5 {
			t.Errorf("%d polls on the day after the lease", n)
		}
		d.wantNews(2)
		n, _ := h.modes()
		if n < 5 || n > 40 {
			t.Errorf("the hub was asked %d times", n)
		}
	})
}

// A hub that verifies but never sends is found out by polls that bring what it should have
// sent, and counts again with its first push.
func TestSilentHub(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		names := []string{"n0"}
		for day := range 4 {
			d.web.Handle("news.example/feed", origin.Feed(pushed(names...)))
			pass(25 * time.Hour)
			names = append([]string{"n" + string(rune('1'+day))}, names...)
		}
		if st := d.state(0); st.Untold < 2 || st.Due.Sub(st.Polled) > 10*time.Hour || !st.PushedUntil.After(time.Now()) {
			t.Errorf("untold %d, due after %v", st.Untold, st.Due.Sub(st.Polled))
		}
		h.publish(pushed("pushed", "n0"))
		pass(time.Second)
		if st := d.state(0); st.Untold != 0 {
			t.Errorf("untold %d after a push", st.Untold)
		}
	})
}

// A hub that refuses, before or after it began, is left alone for a week, and the source is
// polled as any other.
func TestDenied(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(30 * time.Hour)
		if st := d.state(0); st.PushedUntil.IsZero() || st.Due.Sub(st.Polled) < 20*time.Hour {
			t.Fatalf("not pushed: %+v", st)
		}
		_, before := d.count()
		status, _ := h.get(h.first().Get("hub.callback"), neturl.Values{"hub.mode": {"denied"}, "hub.topic": {selfTopic}, "hub.reason": {"no\nlevel=ERROR"}})
		if status != http.StatusOK || strings.Contains(d.log.String(), "\nlevel=ERROR") {
			t.Errorf("denial answered %d", status)
		}
		pass(time.Minute)
		if _, polls := d.count(); polls != before+1 || len(d.lost) != 1 {
			t.Errorf("%d polls after the denial, lost %v", polls-before, d.lost)
		}
		if st := d.state(0); !st.PushedUntil.IsZero() || time.Until(st.Due) > 10*time.Hour {
			t.Errorf("pushed until %v, due %v", st.PushedUntil, st.Due)
		}
		pass(6 * 24 * time.Hour)
		if n, _ := h.modes(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		pass(3 * 24 * time.Hour)
		if n, _ := h.modes(); n != 2 || len(h.callbacks()) != 2 {
			t.Errorf("asked %d times, %v", n, h.callbacks())
		}
	})
}

// What cannot or should not be subscribed to: no topic, a hub in the clear for a source over
// TLS, hubs on private networks, and a desk that only its own machine reaches.
func TestNotSubscribed(t *testing.T) {
	for name, c := range map[string]struct{ url, hub, self, base string }{
		"no self":       {feedURL, hubURL, "", deskBase},
		"no TLS":        {feedURL, "http://hub.example/", selfTopic, deskBase},
		"private":       {feedURL, "https://192.168.1.1/", selfTopic, deskBase},
		"loopback":      {feedURL, "https://127.0.0.1/", selfTopic, deskBase},
		"odd port":      {feedURL, "https://hub.example:6379/", selfTopic, deskBase},
		"no base":       {feedURL, hubURL, selfTopic, ""},
		"local desk":    {feedURL, hubURL, selfTopic, "http://localhost:8080/websub"},
		"local desk v6": {feedURL, hubURL, selfTopic, "http://[::1]:8080/websub"},
	} {
		t.Run(name, func(t *testing.T) {
			inDesk(t, []*wiredesk.Source{source(c.url)}, func(d *desk, h *hub) {
				d.wish(c.base)
				d.web.Handle("news.example/feed", origin.Feed(withHubs([]string{c.hub}, c.self, "one")))
				pass(3 * time.Hour)
				if n, _ := h.modes(); n > 0 {
					t.Errorf("asked %v", h.asked)
				}
				for _, address := range d.web.Dials() {
					if !strings.HasPrefix(address, "news.example:") {
						t.Errorf("dialled %s", address)
					}
				}
				if told := strings.Count(d.log.String(), "hubs cannot reach"); (told == 1) != strings.Contains(name, "local desk") {
					t.Errorf("told %d times:\n%s", told, d.log)
				}
			})
		})
	}
}

// A hub without TLS is told no secret, and its content needs none.
func TestHubWithoutTLS(t *testing.T) {
	inDesk(t, []*wiredesk.Source{source("http://news.example/feed")}, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(withHubs([]string{"http://hub.example/"}, "http://news.example/feed", "one")))
		pass(time.Minute)
		if form := h.first(); form.Has("hub.secret") {
			t.Error("a secret went in the clear")
		}
		h.send(h.first().Get("hub.callback"), pushed("two"), "")
		pass(time.Second)
		d.wantNews(2)
	})
}

// Subscriptions survive a process that is killed: the file as it was at that moment has
// what was asked for before the hub heard of it, and what was granted.
func TestSubscriptionsSurviveKill(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		h.silent = true
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(time.Minute)
		asked := h.first()
		d.killed()
		h.verify(asked) // by the next process
		if got := h.callbacks(); len(got) != 1 {
			t.Fatalf("verified %v", h.verified)
		}
		d.killed()
		h.publish(pushed("one", "two"))
		pass(time.Second)
		d.wantNews(2)
		if st := d.state(0); !st.PushedUntil.After(time.Now().Add(9 * 24 * time.Hour)) {
			t.Errorf("pushed until %v", st.PushedUntil)
		}
		if n, _ := h.modes(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// killed goes on with a copy of the file as it is now, as if the process had been killed.
func (d *desk) killed() {
	d.t.Helper()
	from, err := os.Open(d.path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer from.Close()
	d.path += "x"
	to, err := os.Create(d.path)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		d.t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.close()
	d.open(d.path)
}

// After a restart a source that was left to its hub is polled within its interval: what was
// pushed meanwhile is missing.
func TestCatchUpAfterRestart(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
		pass(30 * time.Hour)
		d.close()
		d.web.Handle("news.example/feed", origin.Feed(pushed("one", "two")))
		pass(time.Minute)
		d.open(d.path)
		pass(time.Hour + time.Minute)
		d.wantNews(2)
	})
}

// A source that is taken out, or switched off altogether, is unsubscribed from, and its
// callback says so.
func TestUnsubscribes(t *testing.T) {
	for _, verifies := range []bool{true, false} {
		inDesk(t, nil, func(d *desk, h *hub) {
			d.web.Handle("news.example/feed", origin.Feed(pushed("one")))
			pass(time.Minute)
			form := h.first()
			h.tell(func() { h.silent = !verifies })
			d.sub.SetTopics("", nil)
			pass(time.Minute)
			if last := h.last(); last.Get("hub.mode") != "unsubscribe" || last.Get("hub.callback") != form.Get("hub.callback") || last.Has("hub.secret") {
				t.Errorf("asked %v", last)
			}
			body := pushed("two")
			if got := h.send(form.Get("hub.callback"), body, sign("sha256", form.Get("hub.secret"), body)); got != http.StatusGone {
				t.Errorf("content after it: %d", got)
			}
			if st := d.state(0); !st.PushedUntil.IsZero() {
				t.Errorf("pushed until %v", st.PushedUntil)
			}
			pass(3 * 24 * time.Hour)
			if all, err := d.db.Subscriptions(t.Context()); len(all) != 0 || err != nil {
				t.Errorf("kept %v, %v", all, err)
			}
			d.wantNews(1)
		})
	}
}

// A second hub is tried when the first does not want us.
func TestNextHub(t *testing.T) {
	inDesk(t, nil, func(d *desk, h *hub) {
		d.web.Handle("bad.example", origin.Status(http.StatusBadRequest))
		d.web.Handle("news.example/feed", origin.Feed(withHubs([]string{"https://bad.example/", hubURL}, selfTopic, "one")))
		pass(2 * time.Hour)
		if len(h.callbacks()) != 1 {
			t.Errorf("%v\n%s", h.asked, d.log)
		}
	})
}
