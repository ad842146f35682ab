package hub_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What is wrong with a request is told with 4xx and in words, nothing is asked of the callback,
// and nothing that came is repeated.
func TestBadRequests(t *testing.T) {
	inHouse(t, func(h *house) {
		h.reader("sub.example")
		for _, c := range []struct {
			form   url.Values
			status int
			want   string
		}{
			{url.Values{}, 400, "hub.mode is missing"},
			{form("sub\nscribe"), 400, "must be subscribe or unsubscribe"},
			{form("publish"), 400, "its own feeds only"},
			{form("subscribe", "hub.topic", ""), 400, "hub.topic is missing"},
			{form("subscribe", "hub.topic", "https://desk.example/all.atom"), 400, "not a feed of ours"},
			{form("subscribe", "hub.topic", topicURL+"\r\nX: y"), 400, "not a feed of ours"},
			{form("unsubscribe", "hub.topic", "https://elsewhere.example/"), 400, "not a feed of ours"},
			{form("subscribe", "hub.callback", ""), 400, "hub.callback is missing"},
			{form("subscribe", "hub.callback", "/relative"), 400, "hub.callback must be"},
			{form("subscribe", "hub.callback", "ftp://sub.example/"), 400, "hub.callback must be"},
			{form("subscribe", "hub.callback", "https://me:word@sub.example/"), 400, "hub.callback must be"},
			{form("subscribe", "hub.callback", "https://sub.example/#part"), 400, "hub.callback must be"},
			{form("subscribe", "hub.callback", "https:///nobody"), 400, "hub.callback must be"},
			{form("subscribe", "hub.callback", "https://sub.example/a\r\nX: y"), 400, "hub.callback must be"},
			{form("subscribe", "hub.callback", "https://sub.example/ä"), 400, "hub.callback must be"},
			{form("subscribe", "hub.callback", callback+strings.Repeat("x", 2048)), 400, "hub.callback must be"},
			{form("subscribe", "hub.secret", strings.Repeat("s", 200)), 400, "shorter than 200"},
			{form("subscribe", "hub.lease_seconds", "soon"), 400, "number of seconds"},
			{form("subscribe", "hub.lease_seconds", "-5"), 400, "number of seconds"},
			{form("subscribe", "hub.lease_seconds", "0"), 400, "number of seconds"},
			{form("subscribe", "hub.lease_seconds", "1e3"), 400, "number of seconds"},
			{form("subscribe", "x", strings.Repeat("x", 20_000)), 413, "too large"},
		} {
			status, text := h.ask(c.form)
			if status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("%v was answered %d %s", c.form, status, text)
			}
			for _, values := range c.form {
				if len(values[0]) > 12 && strings.Contains(text, values[0]) {
					t.Errorf("%q is repeated", values[0])
				}
			}
		}
		if status, text := h.post("application/json", `{"hub.mode":"subscribe"}`); status != 415 || !strings.Contains(text, "x-www-form-urlencoded") {
			t.Errorf("JSON was answered %d %s", status, text)
		}
		if status, text := h.post("application/x-www-form-urlencoded", "hub.mode=%zz"); status != 400 || !strings.Contains(text, "cannot be read") {
			t.Errorf("a broken form was answered %d %s", status, text)
		}
		resp, err := h.client.Get(hubURL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		said, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" || !strings.Contains(string(said), "WebSub hub") || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("a browser was answered %d %s %v", resp.StatusCode, said, resp.Header)
		}
		if n := len(h.web.To("sub.example")); n > 0 {
			t.Errorf("the callback was asked %d times", n)
		}
		if log := h.log.String(); strings.Contains(log, "X: y") {
			t.Errorf("in the log: %s", log)
		}
	})
}

// The answer says nothing of the verification, which follows. What is not confirmed in the one
// way is not subscribed, and what was agreed before stays.
func TestNotConfirmed(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe("hub.secret", "first")
		for name, confirm := range map[string]func(url.Values) (int, string){
			"other challenge":  func(url.Values) (int, string) { return 200, "guess" },
			"empty":            func(url.Values) (int, string) { return 200, "" },
			"challenge and on": func(q url.Values) (int, string) { return 200, q.Get("hub.challenge") + "x" },
			"not found":        func(q url.Values) (int, string) { return 404, q.Get("hub.challenge") },
			"redirect":         func(q url.Values) (int, string) { return 302, q.Get("hub.challenge") },
			"error":            func(q url.Values) (int, string) { return 500, q.Get("hub.challenge") },
			"late": func(q url.Values) (int, string) {
				time.Sleep(11 * time.Second)
				return 200, q.Get("hub.challenge")
			},
		} {
			r.set(func() { r.confirm = confirm })
			h.subscribe("hub.secret", "second")
			h.subscribe("hub.callback", callback+"?new")
			if status, _ := h.ask(form("unsubscribe")); status != http.StatusAccepted {
				t.Errorf("%s: answered %d", name, status)
			}
			pass(time.Minute)
			r.set(func() { r.got = nil })
			h.publish(name)
			if got := r.last(); h.followers() != 1 || r.bodies() != name || got.header.Get("X-Hub-Signature") != signature("first", name) {
				t.Errorf("%s: %d follow, sent %q signed %q", name, h.followers(), r.bodies(), got.header.Get("X-Hub-Signature"))
			}
		}
		if all, err := h.db.Followers(h.t.Context()); err != nil || len(all) != 1 || all[0].Asked != nil {
			t.Errorf("%+v, %v are stored", all, err)
		}
	})
}

// The query of a callback stays as it is, byte for byte, whatever is added for a verification.
func TestCallbackQuery(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		for i, query := range []string{"?x=%2f&&y=a+b%20c&hub.mode=mine", "?", "?a=1&", ""} {
			r.set(func() { r.raw, r.got = nil, nil })
			h.subscribe("hub.callback", callback+query)
			h.publish(fmt.Sprint("version", i))
			if len(r.raw) == 0 || query != "" && !strings.HasPrefix(r.raw[len(r.raw)-1], query[1:]+"&hub.") {
				t.Errorf("%q: verified with %q", query, r.raw)
			}
			requests := h.web.To("sub.example")
			sent := 0
			for _, one := range requests {
				if one.Method == http.MethodPost && one.URI == "/callback"+query {
					sent++
				}
			}
			if sent == 0 {
				t.Errorf("%q: nothing was sent there: %v", query, requests)
			}
			pass(2 * time.Second)
		}
	})
}

// Leases are granted within bounds and are kept: not a moment longer.
func TestLease(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		for asked, granted := range map[string]string{"": "864000", "1": "3600", "007200": "7200", "99999999": "2592000", "99999999999999999999999": "2592000"} {
			h.subscribe("hub.lease_seconds", asked)
			all := r.asked("subscribe")
			if got := all[len(all)-1].Get("hub.lease_seconds"); got != granted {
				t.Errorf("asked for %s, got %s", asked, got)
			}
		}
		h.subscribe("hub.lease_seconds", "3600")
		pass(time.Hour - time.Second)
		h.publish("two")
		pass(2 * time.Second)
		h.publish("three")
		pass(time.Hour)
		if r.bodies() != "two" || h.followers() != 0 {
			t.Errorf("was sent %q, %d follow", r.bodies(), h.followers())
		}
		if all, err := h.db.Followers(h.t.Context()); err != nil || len(all) != 0 {
			t.Errorf("%v, %v are stored", all, err)
		}
	})
}

// Only 2xx is a success. A failure is tried again, later and later, with the newest version and
// none in between.
func TestRetries(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"500": status(500), "404": status(404), "304": status(304),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusTemporaryRedirect)
		},
		"late": func(http.ResponseWriter, *http.Request) { time.Sleep(15 * time.Second) },
	} {
		inHouse(t, func(h *house) {
			r := h.reader("sub.example")
			h.subscribe()
			r.set(func() { r.answer = answer })
			h.publish("two")
			pass(time.Minute)
			h.publish("three")
			pass(24 * time.Hour)
			var waits []time.Duration
			for i := 1; i < len(r.got); i++ {
				waits = append(waits, r.got[i].at.Sub(r.got[i-1].at))
			}
			if len(waits) < 8 || len(waits) > 14 {
				t.Errorf("%s: tried %d times in a day", name, len(waits)+1)
			}
			for i := 1; i < len(waits); i++ {
				if waits[i] < waits[i-1] || waits[i] > 8*time.Hour {
					t.Errorf("%s: waited %v", name, waits)
					break
				}
			}
			if r.got[0].body != "two" || r.last().body != "three" || strings.Count(r.bodies(), "two") > 2 {
				t.Errorf("%s: sent %s", name, r.bodies())
			}
			if n := len(h.web.To("elsewhere.example")); n > 0 {
				t.Errorf("%s: a redirect was followed", name)
			}
			r.set(func() { r.answer, r.got = nil, nil })
			pass(8 * time.Hour)
			if r.bodies() != "three" {
				t.Errorf("%s: then sent %q", name, r.bodies())
			}
		})
	}
}

// A callback that asks to be left alone is.
func TestRetryAfter(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		r.set(func() {
			r.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7200")
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		h.publish("two")
		pass(2*time.Hour - time.Second)
		if r.bodies() != "two" {
			t.Errorf("sent %q", r.bodies())
		}
		pass(2 * time.Second)
		if r.bodies() != "two two" {
			t.Errorf("sent %q", r.bodies())
		}
	})
}

// After three days of nothing but failures a subscription is ended, and its callback told so.
func TestGiveUp(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		r.set(func() { r.answer = status(500) })
		h.publish("two")
		pass(71 * time.Hour)
		if h.followers() != 1 {
			t.Error("it was ended too early")
		}
		pass(8 * time.Hour)
		if denied := r.asked("denied"); h.followers() != 0 || len(denied) != 1 || denied[0].Get("hub.topic") != topicURL || denied[0].Get("hub.reason") == "" {
			t.Errorf("%d follow, told %v", h.followers(), denied)
		}
		if f := h.hub.Figures(); f.Ended != 1 || f.Failed == 0 || f.Delivered != 0 {
			t.Errorf("%+v", f)
		}
	})
}

// 410 ends a subscription at once.
func TestGone(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		r.set(func() { r.answer = status(http.StatusGone) })
		h.publish("two")
		h.publish("three")
		pass(24 * time.Hour)
		if r.bodies() != "two" || h.followers() != 0 || len(r.asked("denied")) != 0 {
			t.Errorf("sent %q, %d follow", r.bodies(), h.followers())
		}
	})
}

// Versions that follow each other quickly are sent as one; a version that everybody has is not
// sent.
func TestNewestOnly(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		h.publish("v1")
		for i := range 20 {
			h.publish(fmt.Sprint("v", i+2))
			pass(10 * time.Millisecond)
		}
		pass(2 * time.Second)
		if r.bodies() != "v1 v21" {
			t.Errorf("sent %q", r.bodies())
		}
		h.publish("v21")
		h.publish("v22")
		h.publish("v21")
		pass(time.Hour)
		if n := strings.Count(r.bodies(), "v22"); n > 1 || !strings.HasSuffix(r.bodies(), "v21") {
			t.Errorf("sent %q", r.bodies())
		}
	})
}

// Whoever asked before a version and was verified after it is sent it.
func TestChangedWhileVerifying(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		r.set(func() {
			r.confirm = func(q url.Values) (int, string) {
				time.Sleep(5 * time.Second)
				return 200, q.Get("hub.challenge")
			}
		})
		h.subscribe()
		h.publish("two")
		pass(10 * time.Second)
		if r.bodies() != "two" {
			t.Errorf("sent %q", r.bodies())
		}
	})
}

// The newest request counts, whichever verification ends last.
func TestAskedTwice(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		first := true
		r.set(func() {
			r.confirm = func(q url.Values) (int, string) {
				if first {
					first = false
					time.Sleep(5 * time.Second)
				}
				return 200, q.Get("hub.challenge")
			}
		})
		h.subscribe("hub.secret", "one")
		h.subscribe("hub.secret", "two")
		pass(10 * time.Second)
		h.publish("two")
		if got := r.last().header.Get("X-Hub-Signature"); got != signature("two", "two") {
			t.Errorf("signed %q", got)
		}
	})
}

// Subscriptions, what was asked for, and what is not delivered yet outlive the program, wherever
// it is stopped.
func TestRestart(t *testing.T) {
	inHouse(t, func(h *house) {
		r, slow := h.reader("sub.example"), h.reader("slow.example")
		h.subscribe("hub.secret", "s")
		slow.set(func() {
			slow.confirm = func(q url.Values) (int, string) {
				time.Sleep(5 * time.Second)
				return 200, q.Get("hub.challenge")
			}
		})
		h.subscribe("hub.callback", "https://slow.example/")
		h.close() // in the middle of the verification
		slow.set(func() { slow.confirm = nil })
		h.open()
		pass(time.Second)
		if h.followers() != 2 {
			t.Fatalf("%d follow", h.followers())
		}
		h.web.Refuse("sub.example", errors.New("connection refused"))
		h.publish("two")
		h.close()
		h.web.Refuse("sub.example", nil)
		h.open()
		pass(10 * time.Minute)
		if r.bodies() != "two" || slow.bodies() != "two" || r.last().header.Get("X-Hub-Signature") != signature("s", "two") {
			t.Errorf("sent %q and %q", r.bodies(), slow.bodies())
		}
		h.close()
		h.open()
		pass(time.Hour)
		if r.bodies() != "two" {
			t.Errorf("sent %q", r.bodies())
		}
		h.close()
		h.now[topicURL] = topicOf("three") // changed while nobody was there
		h.open()
		pass(time.Minute)
		if r.bodies() != "two three" {
			t.Errorf("sent %q", r.bodies())
		}
	})
}

// Followers of a feed that is not published any more are told so, but not for a slip of an hour.
// Nor is anything done about a document that is not there for a while.
func TestTopicGoes(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		topic := h.now[topicURL]
		other := topicOf("x")
		other.URL = "https://desk.example/other.rss"
		delete(h.now, topicURL)
		h.now[other.URL] = other
		h.tell()
		pass(time.Hour)
		if status, _ := h.ask(form("subscribe")); status != http.StatusBadRequest {
			t.Errorf("subscribing answered %d", status)
		}
		bare := topic
		bare.Body, bare.Version = nil, ""
		h.now[topicURL] = bare
		h.tell()
		pass(48 * time.Hour)
		h.now[topicURL] = topic
		h.tell()
		pass(time.Hour)
		if r.bodies() != "" || len(r.asked("denied")) > 0 {
			t.Errorf("sent %q, told %v", r.bodies(), r.asked("denied"))
		}
		delete(h.now, topicURL)
		h.tell()
		pass(25 * time.Hour)
		if denied := r.asked("denied"); len(denied) != 1 || h.followers() != 0 {
			t.Errorf("told %v, %d follow", denied, h.followers())
		}
		delete(h.now, other.URL)
		h.tell()
		if status, text := h.ask(form("subscribe")); status != http.StatusNotFound || !strings.Contains(text, "no hub") {
			t.Errorf("the closed hub answers %d %s", status, text)
		}
	})
}

// Unsubscribing from a feed that is not there any more is possible.
func TestUnsubscribeFromNothing(t *testing.T) {
	inHouse(t, func(h *house) {
		h.reader("sub.example")
		h.subscribe()
		delete(h.now, topicURL)
		h.tell()
		if status, _ := h.ask(form("unsubscribe")); status != http.StatusAccepted || h.followers() != 0 {
			t.Errorf("answered %d, %d follow", status, h.followers())
		}
	})
}

// Before it is known what is published nothing is refused for good.
func TestNotReady(t *testing.T) {
	inHouse(t, func(h *house) {
		h.reader("sub.example")
		h.subscribe()
		h.close()
		h.now = nil
		h.open()
		pass(48 * time.Hour)
		if status, _ := h.ask(form("subscribe")); status != http.StatusServiceUnavailable || h.followers() != 1 {
			t.Errorf("answered %d, %d follow", status, h.followers())
		}
	})
}

// The store refuses: whoever asks is told to come again, and is not subscribed.
func TestStoreRefuses(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		if err := h.db.Close(); err != nil {
			t.Fatal(err)
		}
		if status, _ := h.ask(form("subscribe")); status != http.StatusServiceUnavailable {
			t.Errorf("answered %d", status)
		}
		pass(time.Hour)
		if h.followers() != 0 || len(r.asked("subscribe")) != 0 {
			t.Error("it was subscribed all the same")
		}
	})
}
