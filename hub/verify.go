package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

// within is how long a callback may take, all in all.
const within = 10 * time.Second

// verify asks a callback whether it wants what was asked for in its name (WebSub section 5.3).
// Nil means that it does. The challenge is new each time.
func (h *Hub) verify(ctx context.Context, f *wiredesk.Follower) error {
	challenge := rand.Text()
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {f.Topic}, "hub.challenge": {challenge}}
	if f.Asked.Unsubscribe {
		q.Set("hub.mode", "unsubscribe")
	} else {
		q.Set("hub.lease_seconds", strconv.FormatInt(int64(f.Asked.Lease/time.Second), 10))
	}
	said, err := h.get(ctx, f.Callback, q, int64(len(challenge))+1)
	if err == nil && said != challenge {
		err = errors.New("the answer is not the challenge")
	}
	return err
}

// deny tells a callback that its subscription is over (WebSub section 5.2). What it answers does
// not matter.
func (h *Hub) deny(ctx context.Context, f *wiredesk.Follower, reason string) error {
	_, err := h.get(ctx, f.Callback, url.Values{"hub.mode": {"denied"}, "hub.topic": {f.Topic}, "hub.reason": {reason}}, 1)
	return err
}

// get asks a callback, whose own query stays as it is, and returns the beginning of an answer
// that is a success.
func (h *Hub) get(ctx context.Context, callback string, q url.Values, limit int64) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	between := "?"
	if strings.Contains(callback, "?") {
		between = "&"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, callback+between+q.Encode(), http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := h.o.Transport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit))
	if err == nil && (answer.StatusCode < 200 || answer.StatusCode > 299) {
		err = fmt.Errorf("answered %d", answer.StatusCode)
	}
	return string(body), err
}

// confirmed takes in what came of a verification, unless something else was asked for
// meanwhile.
func (h *Hub) confirmed(now time.Time, f *follower, in *wiredesk.Intent, err error) {
	if f.Asked != in {
		return
	}
	s := h.siteOf(f.site)
	log := h.log.With("topic", f.Topic, "host", f.host.name)
	switch {
	case err != nil:
		log.Debug("request was not confirmed", "problem", err.Error())
		s.failed++
		h.counts.unconfirmed++
		h.withdraw(f)
	case in.Unsubscribe:
		log.Debug("unsubscribed")
		s.failed = 0
		h.counts.confirmed++
		h.remove(f)
	default:
		log.Debug("subscribed", "lease", in.Lease.String())
		s.failed = 0
		h.counts.confirmed++
		if f.Until.IsZero() {
			f.Since, f.Told = now, in.Told
		}
		f.Secret, f.Until, f.ending = in.Secret, now.Add(in.Lease), ""
		f.Failures, f.Failing, f.Next, f.Problem = 0, time.Time{}, time.Time{}, ""
		h.withdraw(f)
	}
}

// withdraw forgets what a follower asked for; what was agreed before stays.
func (h *Hub) withdraw(f *follower) {
	if f.Until.IsZero() {
		h.remove(f)
		return
	}
	f.Asked = nil
	h.pending--
	h.save.changed(key{f.Topic, f.Callback})
}
