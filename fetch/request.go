package fetch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/cespare/xxhash/v2"
)

// A Request is what to ask, within which limits. Only URL is required.
type Request struct {
	URL string // http, https or file

	// ETag and LastModified are sent byte for byte, to From alone, or where a redirect
	// leads to another address of From's origin.
	ETag, LastModified string
	From               string // the address that gave them; URL if empty

	// Known is the Sum of a body that needs not be returned if it comes again; 0 for none.
	Known uint64

	// Username, Password and Headers are sent to the origin of Owner alone.
	Username, Password string
	Headers            map[string]string
	Owner              string // URL if empty

	// Page says that a web page is wanted: nothing else is read.
	Page bool

	AllowPrivate bool
	Proxy        string
	Timeout      time.Duration // of everything together; 30 s if zero
	MaxBody      int64         // bytes after decompression; 10 MiB if zero
}

// A Response is what was answered, read whole.
type Response struct {
	Status int // 0 for a file
	Header http.Header
	Body   []byte // only of a 200; nil if Known is true
	Sum    uint64 // XXH64 of the body
	Known  bool   // the body is the one that the request says is known
	URL    string // that answered, after redirects; without userinfo and fragment
	// Permanent is where permanent redirects lead as long as nothing but permanent
	// redirects came before; empty if there was none.
	Permanent   string
	Conditional bool  // the request that was answered carried a validator
	Received    int64 // bytes of the body, before decompression

	host string // of URL, as HostOf says it
}

// Fetch asks once and follows redirects. The error is a [*RequestError]; statuses are not
// errors. Where an error came after an answer, the response is there too, without a body.
func (c *Client) Fetch(ctx context.Context, r Request) (*Response, error) {
	if r.Timeout <= 0 {
		r.Timeout = defaultTimeout
	}
	if r.MaxBody <= 0 {
		r.MaxBody = defaultMaxBody
	}
	// The whole exchange has one deadline: a server that sends a byte a second is not idle.
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()

	var resp *Response
	var err error
	if isFile(r.URL) {
		resp, err = readFile(r.URL, r.MaxBody)
	} else {
		resp, err = c.follow(ctx, r)
	}
	if err != nil {
		e := explain(err)
		if e.Reason == "timed out" {
			e.Reason = fmt.Sprintf("timed out after %s", r.Timeout)
		}
		return resp, e
	}
	return resp, nil
}

// follow makes the request and those that its redirects lead to.
func (c *Client) follow(ctx context.Context, r Request) (*Response, error) {
	at, err := parseAddress(r.URL)
	if err != nil {
		return nil, err
	}
	owner := at
	if r.Owner != "" && r.Owner != r.URL {
		if owner, err = parseAddress(r.Owner); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{}
	permanent, onlyPermanent := "", true
	for range maxRedirects + 1 {
		if seen[at.String()] {
			return nil, &RequestError{Reason: "redirects in a circle"}
		}
		seen[at.String()] = true
		resp, err := c.exchange(ctx, r, at, owner, len(seen) > 1)
		if resp == nil {
			return nil, err
		}
		resp.Permanent = permanent
		if err != nil || !isRedirect(resp.Status) {
			return resp, err
		}
		next, err := at.follow(resp.Header.Get("Location"))
		if err != nil {
			return resp, err
		}
		if at.url.Scheme == "https" && next.url.Scheme == "http" {
			return resp, &RequestError{Reason: "redirects from https to http", Hint: "if that is right, put the http address in the config", cause: ErrRefused}
		}
		onlyPermanent = onlyPermanent && (resp.Status == http.StatusMovedPermanently || resp.Status == http.StatusPermanentRedirect)
		if onlyPermanent {
			permanent = next.String()
		}
		at = next
	}
	return nil, &RequestError{Reason: fmt.Sprintf("more than %d redirects", maxRedirects)}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// exchange makes one request to one address.
func (c *Client) exchange(ctx context.Context, r Request, at, owner *address, redirected bool) (*Response, error) {
	if r.Proxy != "" {
		if err := c.checkBehindProxy(ctx, at, r.AllowPrivate); err != nil {
			return nil, err
		}
	}
	transport, err := c.transport(r.AllowPrivate, r.Proxy)
	if err != nil {
		return nil, err
	}
	connected := false
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	req, err := http.NewRequestWithContext(traced, http.MethodGet, at.url.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	// Go would escape the path anew. A proxy needs the whole address, so it gets Go's.
	if at.target != req.URL.RequestURI() && (r.Proxy == "" || at.url.Scheme == "https") {
		req.URL.Opaque, req.URL.RawQuery, req.URL.ForceQuery = at.target, "", false
	}
	c.setHeaders(req, r, at, owner)
	conditional := setValidators(req, r, at, redirected)

	// Not http.Client: it would follow redirects, copying headers and adding a Referer.
	answer, err := transport.RoundTrip(req)
	if err != nil {
		e := explain(err)
		e.Network = !connected && unreached(err)
		return nil, e
	}
	defer answer.Body.Close()
	resp := &Response{Status: answer.StatusCode, Header: answer.Header, URL: at.String(), Conditional: conditional, host: at.origin()}
	if answer.StatusCode != http.StatusOK {
		// A short body is read so that the connection can be used again.
		resp.Received, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10))
		return resp, nil
	}
	if r.Page && !isHTML(answer.Header) {
		return resp, nil
	}
	var u *unpacker
	u, resp.Received, err = readBody(answer, r.MaxBody)
	if u != nil {
		resp.take(u.text.Bytes(), r.Known)
		u.free()
	}
	if err != nil && ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return resp, err
}

// take gives the response its body, a copy of text. Bodies that are known are most of those that
// come, and copies of them most of the memory that reading them would take.
func (resp *Response) take(text []byte, known uint64) {
	resp.Sum = xxhash.Sum64(text)
	if resp.Known = known != 0 && resp.Sum == known; !resp.Known {
		resp.Body = bytes.Clone(text)
	}
}

const accept = "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"

func (c *Client) setHeaders(req *http.Request, r Request, at, owner *address) {
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", accept)
	if r.Page {
		req.Header.Set("Accept", acceptPage)
	}
	req.Header.Set("Accept-Encoding", "gzip, deflate")
	if !owns(owner, at) {
		return
	}
	if owner.user != nil {
		password, _ := owner.user.Password()
		req.SetBasicAuth(owner.user.Username(), password)
	}
	if r.Username != "" || r.Password != "" {
		req.SetBasicAuth(r.Username, r.Password)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
}

// setValidators makes the request conditional where it asks the document that the
// validators came with, and reports whether it did.
func setValidators(req *http.Request, r Request, at *address, redirected bool) bool {
	if said := cmp.Or(r.From, r.URL); said != at.String() {
		from, err := parseAddress(said)
		if err != nil {
			return false
		}
		// A redirect may lead to a new address each time, a mirror or a token: there the
		// origin has to do.
		if from.String() != at.String() && (!redirected || from.origin() != at.origin()) {
			return false
		}
	}
	if r.ETag != "" {
		req.Header["If-None-Match"] = []string{r.ETag}
	}
	if r.LastModified != "" {
		req.Header["If-Modified-Since"] = []string{r.LastModified}
	}
	return r.ETag != "" || r.LastModified != ""
}
