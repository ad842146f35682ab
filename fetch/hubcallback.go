package fetch

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

// ServeHTTP answers a hub: with the challenge to a GET that verifies what was asked for,
// with 202 to a POST with content. The last part of the path says which subscription is
// meant, whatever comes before it; the path must not be logged by who cannot keep a secret.
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	sub, src, ok := s.find(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodGet:
		s.verify(w, r, &sub, src != nil)
	case r.Method != http.MethodPost:
		h.Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	case sub.Status == wiredesk.SubscriptionEnded || src == nil:
		w.WriteHeader(http.StatusGone) // ends it at the hub too (WebSub section 7)
	case sub.Status == wiredesk.SubscriptionActive, sub.Status == wiredesk.SubscriptionLeaving:
		s.receive(w, r, &sub, src)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// verify answers the verification of intent (WebSub section 5.3), and takes in a denial
// (section 5.2). Only what was asked for and is not settled yet is confirmed.
func (s *Subscriber) verify(w http.ResponseWriter, r *http.Request, sub *wiredesk.Subscription, wanted bool) {
	q := r.URL.Query()
	now := time.Now()
	fn := granted(now, q)
	switch mode := q.Get("hub.mode"); {
	case q.Get("hub.topic") != sub.Topic:
		fn = nil
	case mode == "denied":
		fn = denied(now, q.Get("hub.reason"))
	case q.Get("hub.challenge") == "":
		fn = nil
	case mode == "subscribe" && wanted:
	case mode == "unsubscribe":
		fn = left(now)
	default:
		fn = nil
	}
	if fn == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	changed, err := s.change(r.Context(), sub.ID, fn)
	switch {
	case err != nil:
		s.log.Error("cannot store subscriptions", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
	case !changed:
		w.WriteHeader(http.StatusNotFound)
	default:
		// Plain text that is not sniffed: it does not matter what it is.
		w.Write([]byte(q.Get("hub.challenge"))) //nolint:gosec // see above
		s.log.Info("hub answered", "mode", q.Get("hub.mode"), "hub", Redact(sub.Hub), "source", s.called(sub), "reason", oneLine(q.Get("hub.reason"), maxReason))
	}
}

// called returns what the log calls the source of a subscription.
func (s *Subscriber) called(sub *wiredesk.Subscription) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if src := s.sources[sub.Source]; src != nil {
		return called(src)
	}
	return HostOf(sub.Topic) + "/…" // of one that was removed it is not known whether it was private
}

// granted makes a subscription that was asked for an active one.
func granted(now time.Time, q url.Values) func(*wiredesk.Subscription) bool {
	return func(sub *wiredesk.Subscription) bool {
		if sub.Status != wiredesk.SubscriptionAsked {
			return false
		}
		lease := presumedLease
		if n, err := strconv.ParseInt(q.Get("hub.lease_seconds"), 10, 64); err == nil && n > 0 {
			lease = time.Duration(min(n, int64(longestLease/time.Second))) * time.Second
		}
		sub.Status, sub.Until, sub.Failures, sub.Problem = wiredesk.SubscriptionActive, now.Add(lease), 0, ""
		sub.Next = renewal(now, lease, sub.ID)
		return true
	}
}

// left ends a subscription that the hub was asked to end.
func left(now time.Time) func(*wiredesk.Subscription) bool {
	return func(sub *wiredesk.Subscription) bool {
		if sub.Status != wiredesk.SubscriptionLeaving {
			return false
		}
		sub.Status, sub.Next = wiredesk.SubscriptionEnded, now.Add(remembered)
		return true
	}
}

// denied makes a subscription a refused one.
func denied(now time.Time, reason string) func(*wiredesk.Subscription) bool {
	return func(sub *wiredesk.Subscription) bool {
		if sub.Status != wiredesk.SubscriptionAsked && sub.Status != wiredesk.SubscriptionActive {
			return false
		}
		sub.Status, sub.Next, sub.Until = wiredesk.SubscriptionFailed, now.Add(refusedFor), time.Time{}
		sub.Failures++
		sub.Problem = "the hub refuses: " + oneLine(reason, maxReason)
		return true
	}
}

// receive takes content in (WebSub section 7): read, checked, put aside, and answered at
// once. What is not signed as agreed is answered as if it were, and forgotten.
func (s *Subscriber) receive(w http.ResponseWriter, r *http.Request, sub *wiredesk.Subscription, src *wiredesk.Source) {
	limit := src.MaxBody
	if limit <= 0 {
		limit = defaultMaxBody
	}
	body, err := s.inbox.read(w, r, limit)
	if err != nil {
		w.Header().Set("Connection", "close")
		switch {
		case errors.Is(err, ErrTooLarge):
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case errors.Is(err, errInboxFull):
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
		return
	}
	if sub.Secret != "" && !signed(r.Header.Get("X-Hub-Signature"), sub.Secret, body) {
		s.inbox.forget(body)
		s.log.Debug("push without its signature was ignored", "source", called(src))
		w.WriteHeader(http.StatusAccepted)
		return
	}
	p := push{source: sub.Source, at: time.Now(), body: body, header: http.Header{}}
	for _, name := range []string{"Content-Type", "Content-Encoding"} {
		p.header[name] = r.Header.Values(name)
	}
	if !s.inbox.put(p) {
		s.inbox.forget(body)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
