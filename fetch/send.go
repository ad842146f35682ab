package fetch

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Letter is what is sent to an address of the operator's own choice. URL and Body are
// required.
type Letter struct {
	URL  string // http or https; a name and a password in it are for HTTP Basic authentication
	Type string // of the body; application/json if empty
	Body []byte

	AllowPrivate bool
	Proxy        string
	Timeout      time.Duration // of everything together; 30 s if zero
}

// Send sends a letter by POST, past the same guard as a poll. Redirects are not followed: who
// chose the address knows it. Nil means that it was taken (2xx). The error is a
// [*RequestError] that does not show the address, which may be a secret. The wait is how long
// the receiver asks to be left alone; zero if it does not.
func (c *Client) Send(ctx context.Context, l Letter) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(max(l.Timeout, 0), defaultTimeout))
	defer cancel()
	answer, err := c.send(ctx, l)
	if err != nil {
		return 0, unlessPrivate(err, "if that is your own network, set allow_private = true in [notify]")
	}
	defer answer.Body.Close()
	words, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10)) // what it says to a refusal
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return 0, nil
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		words = nil
	}
	wait, _ = retryAfter(answer.Header, time.Now())
	reason := strings.TrimSpace(fmt.Sprintf("answered %d %s", answer.StatusCode, oneLine(string(words), maxReason)))
	return min(wait, longest), &RequestError{Reason: reason}
}

func (c *Client) send(ctx context.Context, l Letter) (*http.Response, error) {
	at, err := parseAddress(l.URL)
	if err != nil {
		return nil, err
	}
	if l.Proxy != "" {
		if err := c.checkBehindProxy(ctx, at, l.AllowPrivate); err != nil {
			return nil, err
		}
	}
	transport, err := c.transport(l.AllowPrivate, l.Proxy)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.url.String(), bytes.NewReader(l.Body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Content-Type", cmp.Or(l.Type, "application/json"))
	if at.user != nil {
		password, _ := at.user.Password()
		req.SetBasicAuth(at.user.Username(), password)
	}
	return transport.RoundTrip(req)
}
