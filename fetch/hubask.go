package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

// askHub sends the request of a subscription to its hub: to end it if it is leaving, else
// to begin it (WebSub section 5.1). Nil means that the hub will verify it. The wait is that of
// postForm.
func (c *Client) askHub(ctx context.Context, src *wiredesk.Source, sub *wiredesk.Subscription) (wait time.Duration, err error) {
	form := url.Values{"hub.callback": {sub.Callback}, "hub.mode": {"subscribe"}, "hub.topic": {sub.Topic}}
	if sub.Status == wiredesk.SubscriptionLeaving {
		form.Set("hub.mode", "unsubscribe")
	} else {
		form.Set("hub.lease_seconds", strconv.Itoa(int(wantedLease/time.Second)))
		if sub.Secret != "" {
			form.Set("hub.secret", sub.Secret)
		}
	}
	return c.postForm(ctx, src, sub.Hub, form)
}

// postForm sends a form to a hub. Nil means that the hub took it. Other than a poll's, its
// redirects are followed with the same method and body, and only those that say so. The wait is
// how long the hub asks to be left alone; zero if it does not.
func (c *Client) postForm(ctx context.Context, src *wiredesk.Source, hub string, form url.Values) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	at, err := parseAddress(hub)
	if err != nil {
		return 0, explain(err)
	}
	for range maxRedirects + 1 {
		answer, err := c.post(ctx, src, at, form.Encode())
		if err != nil {
			return 0, explain(err)
		}
		switch status := answer.status; {
		case status >= 200 && status < 300:
			return 0, nil
		case status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect:
			wait, _ = retryAfter(answer.header, time.Now())
			return min(wait, longest), &RequestError{Reason: strings.TrimSpace(fmt.Sprintf("answered %d %s", status, oneLine(answer.words, maxReason)))}
		}
		next, err := at.follow(answer.header.Get("Location"))
		if err != nil {
			return 0, explain(err)
		}
		if at.url.Scheme == "https" && next.url.Scheme == "http" {
			return 0, &RequestError{Reason: "redirects from https to http", cause: ErrRefused}
		}
		at = next
	}
	return 0, &RequestError{Reason: fmt.Sprintf("more than %d redirects", maxRedirects)}
}

// A hubAnswer is what a hub said, its words cut short.
type hubAnswer struct {
	status int
	header http.Header
	words  string
}

// post sends a form to one address, past the same guard as a poll.
func (c *Client) post(ctx context.Context, src *wiredesk.Source, at *address, form string) (*hubAnswer, error) {
	if src.Proxy != "" {
		if err := c.checkBehindProxy(ctx, at, src.AllowPrivate); err != nil {
			return nil, err
		}
	}
	transport, err := c.transport(src.AllowPrivate, src.Proxy)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.url.String(), strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	// What a hub says to a refusal is for the operator.
	words, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		words = nil
	}
	return &hubAnswer{status: answer.StatusCode, header: answer.Header, words: string(words)}, nil
}
