package fetch

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"wiredesk"
)

// Outgoing sends what is no poll: to hubs, and to those who subscribed at ours. It goes past the
// same guard as polls, to public addresses and allowed networks only, and has connections of its
// own, so that neither waits for the other. It is safe for concurrent use.
type Outgoing struct {
	c       *Client
	perHost int
	proxy   atomic.Pointer[string]
}

// Outgoing returns a sender with so many connections to one host at most. [Client.Close] closes
// those that are idle.
func (c *Client) Outgoing(perHost int) *Outgoing { return &Outgoing{c: c, perHost: perHost} }

// SetProxy has everything from now on sent through a proxy; an empty address through none.
func (o *Outgoing) SetProxy(address string) { o.proxy.Store(&address) }

func (o *Outgoing) via() string {
	if p := o.proxy.Load(); p != nil {
		return *p
	}
	return ""
}

// allowedOnly is what to do about a private address.
const allowedOnly = "if that is your own network, list it in [fetch] allow_networks"

// RoundTrip sends one request. It follows no redirect, keeps no cookie and adds nothing but the
// User-Agent. The error is a [*RequestError]; the caller limits the time with the context, and
// what it reads of the answer.
func (o *Outgoing) RoundTrip(r *http.Request) (*http.Response, error) {
	at, err := parseAddress(r.URL.String())
	if err != nil {
		return nil, unlessPrivate(err, allowedOnly)
	}
	proxy := o.via()
	if proxy != "" {
		if err := o.c.checkBehindProxy(r.Context(), at, false); err != nil {
			return nil, unlessPrivate(err, allowedOnly)
		}
	}
	transport, err := o.c.transportOf(transportKey{proxy: proxy, perHost: o.perHost})
	if err != nil {
		return nil, unlessPrivate(err, allowedOnly)
	}
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", o.c.userAgent)
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, unlessPrivate(err, allowedOnly)
	}
	return answer, nil
}

// Post sends a form to a hub, and follows a redirect only if it keeps method and body. Nil means
// that the hub took it. The wait is how long it asks to be left alone; zero if it does not.
func (o *Outgoing) Post(ctx context.Context, address string, form url.Values) (wait time.Duration, err error) {
	wait, err = o.c.postForm(ctx, &wiredesk.Source{Proxy: o.via()}, address, form)
	if err != nil {
		return wait, unlessPrivate(err, allowedOnly)
	}
	return wait, nil
}
