package fetch

import (
	"context"
	"net/http"
	"time"

	"wiredesk"
)

// Knock asks the host of a source for its time, with nothing but a HEAD of its front page, past
// the same guard as a poll. The time is zero if it does not say; whatever it answers is an
// answer. The error is a [*RequestError].
func (c *Client) Knock(ctx context.Context, src *wiredesk.Source) (date time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	at, err := parseAddress(src.URL)
	if err != nil {
		return date, explain(err)
	}
	if src.Proxy != "" {
		if err := c.checkBehindProxy(ctx, at, src.AllowPrivate); err != nil {
			return date, explain(err)
		}
	}
	transport, err := c.transport(src.AllowPrivate, src.Proxy)
	if err != nil {
		return date, explain(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, at.url.Scheme+"://"+at.url.Host+"/", http.NoBody)
	if err != nil {
		return date, explain(err)
	}
	req.Header.Set("User-Agent", c.userAgent)
	answer, err := transport.RoundTrip(req)
	if err != nil {
		return date, explain(err)
	}
	defer answer.Body.Close()
	date, _ = http.ParseTime(answer.Header.Get("Date"))
	return date, nil
}
