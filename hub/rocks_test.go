package hub_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk/hub"
)

// What follows are the tests of a hub of websub.rocks.

// Hub 100: a typical subscriber.
func TestTypical(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		asked := r.asked("subscribe")
		if len(asked) != 1 || asked[0].Get("hub.topic") != topicURL || len(asked[0].Get("hub.challenge")) < 20 || asked[0].Get("hub.lease_seconds") != "864000" {
			t.Fatalf("verified with %v", asked)
		}
		if h.followers() != 1 || r.bodies() != "" {
			t.Errorf("%d follow, who were sent %q", h.followers(), r.bodies())
		}
		h.publish("two")
		got := r.last()
		if got.body != "two" || got.header.Get("Content-Type") != "application/rss+xml; charset=utf-8" ||
			got.header.Get("Link") != `<https://desk.example/hub>; rel="hub", <https://desk.example/all.rss>; rel="self"` || got.header.Get("X-Hub-Signature") != "" {
			t.Errorf("was sent %+v", got)
		}
		if !strings.HasPrefix(got.header.Get("User-Agent"), "wiredesk/") {
			t.Errorf("by %q", got.header.Get("User-Agent"))
		}
	})
}

// Hub 101: a subscription with a secret.
func TestSecret(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		secret := strings.Repeat("s", 199)
		h.subscribe("hub.secret", secret)
		h.publish("two")
		if got := r.last(); got.header.Get("X-Hub-Signature") != signature(secret, "two") {
			t.Errorf("signed %q", got.header.Get("X-Hub-Signature"))
		}
		for _, q := range r.raw {
			if strings.Contains(q, secret) {
				t.Error("the secret was said")
			}
		}
		if strings.Contains(h.log.String(), secret) {
			t.Error("the secret is in the log")
		}
	})
}

// Hub 102: parameters that nobody knows.
func TestMoreParameters(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe("hub.verify", "sync", "hub.challenge", "mine", "foo", "bar", "hub.lease_seconds", "7200")
		h.publish("two")
		asked := r.asked("subscribe")
		if len(asked) != 1 || asked[0].Get("hub.challenge") == "mine" || asked[0].Get("hub.lease_seconds") != "7200" || r.bodies() != "two" {
			t.Errorf("asked %v, sent %q", asked, r.bodies())
		}
	})
}

// Hub 103: subscribing again before the lease ends is the same subscription, with a new lease
// and a new secret, and another challenge.
func TestAgain(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe("hub.secret", "old", "hub.lease_seconds", "86400")
		pass(20 * time.Hour)
		h.subscribe("hub.secret", "new", "hub.lease_seconds", "86400")
		pass(20 * time.Hour)
		h.publish("two")
		if r.bodies() != "two" || r.last().header.Get("X-Hub-Signature") != signature("new", "two") || h.followers() != 1 {
			t.Errorf("was sent %q, signed %q", r.bodies(), r.last().header.Get("X-Hub-Signature"))
		}
		if asked := r.asked("subscribe"); len(asked) != 2 || asked[0].Get("hub.challenge") == asked[1].Get("hub.challenge") {
			t.Errorf("asked %v", asked)
		}
	})
}

// Hub 104: no more is sent after unsubscribing.
func TestUnsubscribe(t *testing.T) {
	inHouse(t, func(h *house) {
		r := h.reader("sub.example")
		h.subscribe()
		if status, text := h.ask(form("unsubscribe")); status != http.StatusAccepted {
			t.Fatalf("answered %d %s", status, text)
		}
		if asked := r.asked("unsubscribe"); len(asked) != 1 || asked[0].Get("hub.topic") != topicURL || asked[0].Has("hub.lease_seconds") {
			t.Errorf("asked %v", asked)
		}
		h.publish("two")
		if r.bodies() != "" || h.followers() != 0 {
			t.Errorf("was sent %q", r.bodies())
		}
		if all, err := h.db.Followers(h.t.Context()); err != nil || len(all) != 0 {
			t.Errorf("%v, %v are stored", all, err)
		}
	})
}

// Hub 105 and 106: plain text and JSON are sent as what they are.
func TestTypes(t *testing.T) {
	for _, kind := range []string{"text/plain", "application/json", "application/feed+json; charset=utf-8"} {
		inHouse(t, func(h *house) {
			r := h.reader("sub.example")
			h.subscribe()
			h.now[topicURL] = hub.Topic{URL: topicURL, Type: kind, Version: "2", Body: []byte(`{"one":1}`)}
			h.tell()
			if got := r.last(); got.header.Get("Content-Type") != kind || got.body != `{"one":1}` {
				t.Errorf("was sent %+v", got)
			}
		})
	}
}
