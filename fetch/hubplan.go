package fetch

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"wiredesk"
)

const (
	// wantedLease is the lease that hubs are asked for, and longestLease the longest that is
	// believed. presumedLease is taken where a hub does not say how long it is.
	wantedLease   = 10 * 24 * time.Hour
	longestLease  = 30 * 24 * time.Hour
	presumedLease = 24 * time.Hour
	// verifyWithin is how long a hub may take to verify what it was asked.
	verifyWithin = time.Hour
	// soonest is the least time between two attempts, whatever the lease.
	soonest = 10 * time.Second
	// refusedFor is how long a hub that said no is left alone.
	refusedFor = 7 * 24 * time.Hour
	// remembered is how long a hub that goes on sending is told that it is over.
	remembered = 24 * time.Hour
)

// A wish is the subscription that a source should have; without hubs it is none.
type wish struct {
	base  string // of callbacks, with a slash at its end
	topic string
	hubs  []string // in the order in which they are tried
}

// wishOf returns the subscription to wish for a source that names these hubs and this
// topic. A topic is needed: a hub knows a document under its own name only. A hub that can
// be asked in the clear only is no hub of a source that is fetched over TLS: who sits in
// between could put words into its mouth. local says that hubs were left out because only
// this machine reaches the callback.
func wishOf(base string, src *wiredesk.Source, hubs []string, topic string) (w wish, local bool) {
	if base == "" || !isWebAddress(src.URL) || !isWebAddress(topic) || src.Paused {
		return wish{}, false
	}
	for _, hub := range hubs {
		switch {
		case !isWebAddress(hub), isTLS(src.URL) && !isTLS(hub):
		case isLocal(base) && !isLocal(hub):
			local = true
		default:
			w.hubs = append(w.hubs, hub)
		}
	}
	if len(w.hubs) > 0 {
		w.base, w.topic = base, topic
	}
	return w, local
}

func isTLS(address string) bool {
	return len(address) > 8 && strings.EqualFold(address[:8], "https://")
}

// isLocal reports whether an address leads to this machine and nowhere else.
func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func (w wish) equal(o wish) bool {
	return w.base == o.base && w.topic == o.topic && slices.Equal(w.hubs, o.hubs)
}

// fits reports whether a subscription is for what is wished for.
func (w wish) fits(sub *wiredesk.Subscription) bool {
	return w.topic == sub.Topic && slices.Contains(w.hubs, sub.Hub)
}

// A plan is what becomes of the subscriptions of one source.
type plan struct {
	keep []wiredesk.Subscription // as they are from now on
	// ask are those of keep whose hub has to be asked: to subscribe, or to unsubscribe for
	// those that are leaving.
	ask []string
}

// planFor brings the subscriptions of a source closer to what is wished for. It is called
// whenever something happened to one of them, or its Next has come. random returns what
// cannot be guessed.
//
// In the order of life: asked, active, leaving, ended, forgotten. A new one is asked for
// before the lease of the active one ends, which stays until the new one is active too.
func planFor(now time.Time, source wiredesk.SourceID, w wish, subs []wiredesk.Subscription, random func() string) plan {
	p := plan{keep: slices.DeleteFunc(slices.Clone(subs), func(sub wiredesk.Subscription) bool {
		over := sub.Status == wiredesk.SubscriptionEnded && !sub.Next.After(now)
		waiting := sub.Status == wiredesk.SubscriptionAsked || sub.Status == wiredesk.SubscriptionFailed
		return over || waiting && !w.fits(&sub)
	})}
	p.age(now, w)
	active, asked, failed := p.present()
	if failed != nil && failed.Next.IsZero() {
		failed.Next = now.Add(retry(now, failed.Failures, active))
	}
	failures := 0
	switch {
	case len(w.hubs) == 0:
		return p
	case asked, failed != nil && failed.Next.After(now): // one attempt at a time
		if active != nil {
			active.Next = active.Until
		}
		return p
	case failed != nil:
		failures = failed.Failures
	case active != nil && active.Next.After(now) && strings.HasPrefix(active.Callback, w.base):
		return p
	}
	next := wiredesk.Subscription{
		ID: random(), Source: source, Topic: w.topic, Hub: w.hubs[failures%len(w.hubs)],
		Status: wiredesk.SubscriptionAsked, Asked: now, Next: now.Add(patienceOf(now, active)), Failures: failures,
	}
	next.Callback = w.base + next.ID
	if isTLS(next.Hub) { // what goes in the clear is no secret (WebSub section 5.1)
		next.Secret = random()
	}
	if active != nil {
		active.Next = active.Until
	}
	p.keep = slices.DeleteFunc(p.keep, func(sub wiredesk.Subscription) bool { return sub.Status == wiredesk.SubscriptionFailed })
	p.keep, p.ask = append(p.keep, next), append(p.ask, next.ID)
	return p
}

// age ends what time has ended, and lets those leave that are not wanted or have a successor.
func (p *plan) age(now time.Time, w wish) {
	newest := -1
	for i := range p.keep {
		sub := &p.keep[i]
		due := !sub.Next.After(now)
		switch {
		case sub.Status == wiredesk.SubscriptionAsked && due:
			sub.Status, sub.Next, sub.Problem = wiredesk.SubscriptionFailed, time.Time{}, "the hub did not verify it"
			sub.Failures++
		case sub.Status == wiredesk.SubscriptionActive && !sub.Until.After(now), sub.Status == wiredesk.SubscriptionLeaving && due:
			sub.Status, sub.Next = wiredesk.SubscriptionEnded, now.Add(remembered)
		case sub.Status == wiredesk.SubscriptionActive && w.fits(sub) && (newest < 0 || sub.Asked.After(p.keep[newest].Asked)):
			newest = i
		}
	}
	for i := range p.keep {
		if sub := &p.keep[i]; sub.Status == wiredesk.SubscriptionActive && i != newest {
			sub.Status, sub.Asked, sub.Next = wiredesk.SubscriptionLeaving, now, now.Add(verifyWithin)
			p.ask = append(p.ask, sub.ID)
		}
	}
}

// present returns the active subscription, whether a hub is being asked for one, and the attempt
// that failed. There is more than one attempt only if the active one was denied while its
// successor was asked for: the one that is under way counts, else the first.
func (p *plan) present() (active *wiredesk.Subscription, asked bool, failed *wiredesk.Subscription) {
	seen := false
	for i := range p.keep {
		asked = asked || p.keep[i].Status == wiredesk.SubscriptionAsked
	}
	p.keep = slices.DeleteFunc(p.keep, func(sub wiredesk.Subscription) bool {
		again := sub.Status == wiredesk.SubscriptionFailed && (asked || seen)
		seen = seen || sub.Status == wiredesk.SubscriptionFailed
		return again
	})
	for i := range p.keep {
		switch sub := &p.keep[i]; sub.Status {
		case wiredesk.SubscriptionActive:
			active = sub
		case wiredesk.SubscriptionFailed:
			failed = sub
		case wiredesk.SubscriptionAsked, wiredesk.SubscriptionLeaving, wiredesk.SubscriptionEnded:
		}
	}
	return active, asked, failed
}

// patienceOf is how long to wait for a verification: not so long that the active one ends
// before there was a second try.
func patienceOf(now time.Time, active *wiredesk.Subscription) time.Duration {
	if active == nil {
		return verifyWithin
	}
	return min(verifyWithin, max(active.Until.Sub(now)/2, soonest))
}

// retry is how long to wait after an attempt that failed: an hour, doubling to a day, and
// sooner while there is still a lease to prolong.
func retry(now time.Time, failures int, active *wiredesk.Subscription) time.Duration {
	wait := min(time.Hour<<min(max(failures-1, 0), 5), 24*time.Hour)
	if active != nil {
		wait = min(wait, max(active.Until.Sub(now)/2, soonest))
	}
	return wait
}

// renewal is when to renew a lease: between two thirds and five sixths of it, so that there
// is time for another try, and those that began together do not end together.
func renewal(now time.Time, lease time.Duration, id string) time.Time {
	return now.Add(lease*2/3 + fraction(lease/6, id, "", 0))
}

// pushedUntil is until when one of the subscriptions of a source is in force; zero if none.
func pushedUntil(now time.Time, w wish, subs []wiredesk.Subscription) (until time.Time) {
	for i := range subs {
		if sub := &subs[i]; sub.Status == wiredesk.SubscriptionActive && w.fits(sub) && sub.Until.After(now) && sub.Until.After(until) {
			until = sub.Until
		}
	}
	return until
}
