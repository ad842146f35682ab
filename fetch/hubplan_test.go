package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"

	"pgregory.net/rapid"
)

// Whatever happens to the subscriptions of a source, in whatever order: there is one attempt
// at a time, an active one that is wanted lasts until its lease ends or another is active,
// nothing waits for a moment that has passed, and planning twice asks nobody twice.
func TestPlanLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, n := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 0
		random := func() string { n++; return fmt.Sprintf("id%d", n) }
		wishes := []wish{
			{},
			{base: "https://a.example/", topic: "t", hubs: []string{"https://h.example/", "http://i.example/"}},
			{base: "https://b.example/", topic: "t", hubs: []string{"https://h.example/"}},
			{base: "https://a.example/", topic: "u", hubs: []string{"https://h.example/"}},
		}
		w := wishes[1]
		var subs []wiredesk.Subscription
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int64{0, 1, 30, 3600, 86400, 700000}).Draw(t, "seconds")) * time.Second)
			if rapid.IntRange(0, 9).Draw(t, "rewish") == 0 {
				w = rapid.SampledFrom(wishes).Draw(t, "wish")
			}
			if len(subs) > 0 {
				happen(t, now, &subs[rapid.IntRange(0, len(subs)-1).Draw(t, "which")])
			}
			until := pushedUntil(now, w, subs)
			p := planFor(now, 1, w, subs, random)
			if got := pushedUntil(now, w, p.keep); got.IsZero() != until.IsZero() {
				t.Fatalf("pushed until %v became %v", until, got)
			}
			count := map[wiredesk.SubscriptionStatus]int{}
			for _, sub := range p.keep {
				count[sub.Status]++
				if !sub.Next.After(now) {
					t.Fatalf("nothing was done about %+v at %v", sub, now)
				}
				if sub.Secret != "" && !strings.HasPrefix(sub.Hub, "https://") {
					t.Fatalf("a secret for %s", sub.Hub)
				}
			}
			if count[wiredesk.SubscriptionAsked]+count[wiredesk.SubscriptionFailed] > 1 || count[wiredesk.SubscriptionActive] > 1 {
				t.Fatalf("too many at once: %+v", p.keep)
			}
			if len(w.hubs) > 0 && count[wiredesk.SubscriptionAsked]+count[wiredesk.SubscriptionFailed]+count[wiredesk.SubscriptionActive] == 0 {
				t.Fatalf("nobody is asked: %+v", p.keep)
			}
			again := planFor(now, 1, w, p.keep, random)
			if len(again.ask) > 0 || fmt.Sprint(again.keep) != fmt.Sprint(p.keep) {
				t.Fatalf("planned twice:\n%+v\n%+v", p.keep, again)
			}
			subs = p.keep
		}
	})
}

// happen does to a subscription what a hub may do.
func happen(t *rapid.T, now time.Time, sub *wiredesk.Subscription) {
	lease := rapid.SampledFrom([]string{"", "x", "-5", "0", "1", "60", "864000", "99999999999999999999", "9223372036854775807"}).Draw(t, "lease")
	switch rapid.IntRange(0, 5).Draw(t, "event") {
	case 0, 1:
		granted(now, map[string][]string{"hub.lease_seconds": {lease}})(sub)
		if sub.Until.Sub(now) > longestLease {
			t.Fatalf("a lease of %v", sub.Until.Sub(now))
		}
	case 2:
		left(now)(sub)
	case 3:
		denied(now, "no")(sub)
	case 4:
		if sub.Status == wiredesk.SubscriptionAsked {
			sub.Status, sub.Next, sub.Failures = wiredesk.SubscriptionFailed, time.Time{}, sub.Failures+1
		}
	}
}

// A Link header of any bytes is read in bounded time, and never into more than it says.
func FuzzLinkHeader(f *testing.F) {
	for _, seed := range []string{`<https://h.example/>; rel="hub", </self>; rel=self`, `<a>;rel="x\"y";anchor="#z",<`, `;;;`, `<>`, `<a>;=;,<b>;rel`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := linkHeader(http.Header{"Link": {text}})
		if len(all) > strings.Count(text, "<") || len(all) > maxMany {
			t.Errorf("%d links in %q", len(all), text)
		}
		for _, l := range all {
			if !strings.Contains(text, l.target) {
				t.Errorf("%q is not in %q", l.target, text)
			}
		}
	})
}

// A desk on a loopback address asks hubs on loopback addresses, and no others.
func TestLocalHubs(t *testing.T) {
	src := &wiredesk.Source{URL: "http://127.0.0.1:1/feed"}
	hubs := []string{"http://hub.example/", "http://localhost:2/", "http://[::1]/", "http://127.1.2.3/", "http://localhost.example/"}
	w, left := wishOf("http://localhost:8080/websub/", src, hubs, src.URL)
	if got := strings.Join(w.hubs, " "); got != "http://localhost:2/ http://[::1]/ http://127.1.2.3/" || !left {
		t.Errorf("%s, %t", got, left)
	}
	if w, left = wishOf("https://desk.example/websub/", src, hubs, src.URL); len(w.hubs) != len(hubs) || left {
		t.Errorf("%v, %t", w.hubs, left)
	}
}
