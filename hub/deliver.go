package hub

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

// maxProblem is how long the words about a failure may be, in bytes.
const maxProblem = 200

// A failure is an answer that is not a success.
type failure struct {
	status int
	wait   time.Duration // what it says in Retry-After
}

func (f *failure) Error() string { return fmt.Sprintf("answered %d", f.status) }

// deliver sends a topic to a callback, whole and as readers get it (WebSub section 7). Nil means
// that it was taken.
func (h *Hub) deliver(ctx context.Context, f *wiredesk.Follower, t *Topic) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Callback, bytes.NewReader(t.Body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", t.Type)
	r.Header.Set("Link", t.Links)
	if f.Secret != "" {
		r.Header.Set("X-Hub-Signature", sign(f.Secret, t.Body))
	}
	answer, err := h.o.Transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // so that the connection can be used again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return &failure{answer.StatusCode, retryAfter(answer.Header, time.Now())}
	}
	return nil
}

// problem returns what went wrong in a few words.
func problem(err error) string {
	words := err.Error()
	return strings.ToValidUTF8(words[:min(len(words), maxProblem)], "")
}

// sign returns the signature of a body (WebSub section 7.1).
func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// retryAfter reads how long a callback asks to be left alone, within bounds.
func retryAfter(header http.Header, now time.Time) time.Duration {
	said := strings.TrimSpace(header.Get("Retry-After"))
	wait := time.Duration(0)
	if n, err := strconv.ParseInt(said, 10, 32); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(said); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), retryMost)
}

// delivered takes in what came of sending a version.
func (h *Hub) delivered(now time.Time, f *follower, t *Topic, err error) {
	defer h.save.changed(key{f.Topic, f.Callback})
	if err == nil {
		f.Told, f.Failures, f.Failing, f.Next, f.Problem = t.Version, 0, time.Time{}, now.Add(gap), ""
		h.counts.delivered++
		return
	}
	said, answered := errors.AsType[*failure](err)
	if answered && said.status == http.StatusGone {
		h.counts.ended++
		h.remove(f)
		return
	}
	h.counts.failed++
	if f.Failures++; f.Failing.IsZero() {
		f.Failing = now
	}
	wait := retry(&f.Follower)
	if answered {
		wait = max(wait, said.wait)
	}
	f.Next, f.Problem = now.Add(wait), problem(err)
	if now.Sub(f.Failing) >= giveUp {
		h.log.Info("subscription ended: nothing could be delivered for days", "topic", f.Topic, "host", f.host.name, "problem", f.Problem)
		h.counts.ended++
		f.ending = "nothing could be delivered to this callback for three days"
	}
}
