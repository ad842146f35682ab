package fetch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

const (
	// trusted is how long a server that sends no max-age may answer 304 before it is asked
	// once without validators: some answer so to everything that is conditional.
	trusted = 8 * 24 * time.Hour
	// seenMoved is how many polls in a row must say that a source has moved.
	seenMoved = 2
	// lostThere is after how many failures at the new place the old one is asked again.
	lostThere = 3
)

// Poll asks a source once and returns what it taught. Nothing about the source is an
// error: what goes wrong is an outcome. st is what is known so far and is not changed.
func (c *Client) Poll(ctx context.Context, id wiredesk.SourceID, src *wiredesk.Source, st wiredesk.SourceState, now time.Time) wiredesk.Poll {
	return c.poll(ctx, id, src, st, now).poll
}

// A finding is a poll and what only the poller wants to know of it.
type finding struct {
	poll   wiredesk.Poll
	answer Answer
	// host is who answered, after redirects; empty if nobody did.
	host string
	// network says that the network may be at fault; then excused is the poll as it is
	// recorded if it is.
	network bool
	excused wiredesk.Poll
}

func (c *Client) poll(ctx context.Context, id wiredesk.SourceID, src *wiredesk.Source, st wiredesk.SourceState, now time.Time) finding {
	st = learntAt(src, st)
	started := time.Now()
	r := request(src, &st, now)
	resp, err := c.Fetch(ctx, r)
	p := wiredesk.Poll{Source: id, At: now, Identity: src.Identity, State: st}
	a := Answer{Salt: c.o.Salt}
	f := finding{}
	p.State.Polls++
	if d := now.Sub(st.Polled); !st.Polled.IsZero() && d > 0 && (st.Shortest == 0 || d < st.Shortest) {
		p.State.Shortest = d
	}
	p.State.Polled, p.State.Status, p.State.Quiet = now, 0, time.Time{}
	if resp != nil {
		a.Status, a.Header, f.host = resp.Status, resp.Header, resp.host
		p.State.Status = resp.Status
		p.State.Bytes += uint64(max(resp.Received, 0))
		if resp.Conditional {
			p.State.Conditional++
		}
	}
	if e, ok := errors.AsType[*RequestError](err); ok && e.Network {
		f.network, f.excused = true, excuse(p, src, now, c.o.Salt)
	}
	if err == nil {
		err = c.read(&p, &a, src, resp, now)
	}
	if err != nil {
		fail(&p, err, now)
		if r.URL != src.URL && p.State.Failures >= lostThere {
			p.State.Location, p.State.Moved = "", 0
		}
	} else {
		p.State.Succeeded, p.State.Failures, p.State.Failing, p.State.Problem = now, 0, time.Time{}, ""
		move(&p.State, r.URL == src.URL, resp.Permanent)
	}
	if d := quiet(now, src, a); d > 0 {
		p.State.Quiet = now.Add(d)
	}
	p.State.Due, p.State.Reason = Next(now, src, &p.State, a)
	p.Took = time.Since(started)
	f.poll, f.answer = p, a
	return f
}

// excuse returns a failed poll as it is when the network is to blame: nothing was learnt
// about the source.
func excuse(p wiredesk.Poll, src *wiredesk.Source, now time.Time, salt string) wiredesk.Poll {
	p.Outcome = wiredesk.Failed
	p.State.Due, p.State.Reason = Next(now, src, &p.State, Answer{Blameless: true, Salt: salt})
	return p
}

// learntAt returns the state without what was learnt at another address that the source
// had before.
func learntAt(src *wiredesk.Source, st wiredesk.SourceState) wiredesk.SourceState {
	if st.Asked != "" && st.Asked != src.URL {
		if st.Answered != src.URL {
			st.ETag, st.LastModified, st.Answered, st.Validated = "", "", "", time.Time{}
		}
		st.Location, st.Moved, st.Gone, st.Quiet = "", 0, time.Time{}, time.Time{}
		st.Failures, st.Failing, st.Problem = 0, time.Time{}, ""
	}
	st.Asked = src.URL
	if now := readingOf(src); st.Reading != now {
		// The document that we know was read in another way: it is news to us, so its
		// validators must not keep it away.
		if st.Reading != "" {
			st.ETag, st.LastModified, st.Body = "", "", 0
		}
		st.Reading = now
	}
	return st
}

// readingOf identifies how the documents of a source are read.
func readingOf(src *wiredesk.Source) string {
	return cleanerVersion + " " + strconv.FormatBool(src.KeepTrackers) + " " + strconv.Itoa(int(src.Dates)) + " " + strconv.Itoa(int(src.Identity)) + " " + src.Base
}

// AskedAt returns the address at which a source in that state is asked: its own, or where
// it has moved.
func AskedAt(src *wiredesk.Source, st *wiredesk.SourceState) string {
	if st.Moved >= seenMoved && (st.Confirmed == st.Location || SameSite(src.URL, st.Location)) {
		return st.Location
	}
	return src.URL
}

// Awaits returns where a source has moved to if that waits for a person's word, else "". A
// move to another domain does: domains expire and are bought.
func Awaits(src *wiredesk.Source, st *wiredesk.SourceState) string {
	if st.Moved >= seenMoved && AskedAt(src, st) == src.URL {
		return st.Location
	}
	return ""
}

// request returns the request that a source in that state is asked with.
func request(src *wiredesk.Source, st *wiredesk.SourceState, now time.Time) Request {
	r := Request{
		URL: src.URL, Owner: src.URL,
		Username: src.Username, Password: src.Password, Headers: src.Headers,
		AllowPrivate: src.AllowPrivate, Proxy: src.Proxy,
		Timeout: src.Timeout, MaxBody: src.MaxBody,
	}
	if isFile(src.URL) {
		r.Owner = ""
		return r
	}
	r.URL = AskedAt(src, st)
	if !st.Succeeded.IsZero() {
		r.Known = st.Body
	}
	if st.Caches || now.Sub(st.Validated) < trusted {
		r.ETag, r.LastModified, r.From = st.ETag, st.LastModified, st.Answered
	}
	return r
}

// read takes in an answer: p gets its outcome, document and validators. The error says why
// it is no feed; then nothing of the state about the document has changed.
func (c *Client) read(p *wiredesk.Poll, a *Answer, src *wiredesk.Source, resp *Response, now time.Time) error {
	st := &p.State
	switch resp.Status {
	case http.StatusNotModified:
		if !resp.Conditional {
			return errors.New("answered 304 though nothing was asked conditionally")
		}
		p.Outcome, a.Outcome = wiredesk.NotModified, wiredesk.NotModified
		st.NotModified++
		st.Caches = st.Caches || sendsMaxAge(resp.Header)
		// What a 304 does not repeat stays as it is (RFC 9111 section 3.2).
		if etag, modified := validators(resp.Header); etag != "" || modified != "" {
			st.ETag, st.LastModified = cmp.Or(etag, st.ETag), cmp.Or(modified, st.LastModified)
		}
		return nil
	case http.StatusGone:
		st.Gone = now
		return errors.New("gone for good (410)")
	case 0, http.StatusOK:
	default:
		return fmt.Errorf("answered %s", oneLine(fmt.Sprintf("%d %s", resp.Status, http.StatusText(resp.Status)), maxReason))
	}
	if !resp.Known && len(bytes.TrimSpace(resp.Body)) == 0 {
		return errors.New("the answer is empty")
	}
	if st.Body == resp.Sum && !st.Succeeded.IsZero() {
		p.Outcome, a.Outcome = wiredesk.Unchanged, wiredesk.Unchanged
		advance(st, resp, now)
		sayHubs(&st.Channel, resp)
		return nil
	}
	doc, err := c.parse(src, st, resp, now)
	if err != nil {
		a.Page = isPage(resp)
		return err
	}
	p.Outcome, a.Outcome, p.Document = wiredesk.Changed, wiredesk.Changed, doc
	a.News = hasNews(doc)
	learnHabit(&st.Habit, doc.Items, now)
	learnRhythm(&st.Rhythm, doc.Items, now, !st.First.IsZero())
	sayHubs(&doc.Channel, resp)
	st.Channel, st.Body = doc.Channel, resp.Sum
	// Validators of a document that was cut short would hide what was cut behind 304. If
	// the same bytes come again, it is how the document is, and they are kept then.
	if doc.Whole {
		advance(st, resp, now)
	}
	return nil
}

// advance keeps the validators of a document that was taken in. Without any, the old ones
// are dropped: they belong to another document.
func advance(st *wiredesk.SourceState, resp *Response, now time.Time) {
	st.ETag, st.LastModified = validators(resp.Header)
	st.Answered, st.Validated = resp.URL, now
	st.Caches = sendsMaxAge(resp.Header)
}

// sendsMaxAge reports whether an answer says how long it stays good, in numbers.
func sendsMaxAge(h http.Header) bool {
	age, said, none := maxAge(h)
	return said && age > 0 && !none
}

// validators returns the validators of an answer that are worth keeping.
func validators(h http.Header) (etag, modified string) {
	etag, modified = h.Get("ETag"), h.Get("Last-Modified")
	if len(etag) > maxValidator {
		etag = ""
	}
	// Seen on broken servers: a date at the end of 32-bit time, after which nothing is
	// ever modified.
	if len(modified) > maxValidator || strings.Contains(modified, "2038") {
		modified = ""
	}
	return etag, modified
}

// parse parses a body. A panic of the parser is that source's failure and nobody else's.
func (c *Client) parse(src *wiredesk.Source, st *wiredesk.SourceState, resp *Response, now time.Time) (doc *wiredesk.Document, err error) {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("parser panicked", "source", called(src), "panic", oneLine(fmt.Sprint(r), maxReason), "stack", string(debug.Stack()))
			doc, err = nil, errors.New("the document broke the parser")
		}
	}()
	known := make(map[uint64]bool, len(st.Present))
	for _, p := range st.Present {
		known[p.Mark] = true
	}
	doc, err = Parse(resp.Body, ParseOptions{
		URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Now: now, Source: src,
		Known: func(mark uint64) bool { return known[mark] },
	})
	if err != nil {
		return nil, err
	}
	return doc, c.site.Load().leaveOut(doc)
}

func hasNews(doc *wiredesk.Document) bool {
	for i := range doc.Items {
		if !doc.Items[i].Known {
			return true
		}
	}
	return false
}

// isPage reports whether what came is a web page: a login, a captive portal, an error in
// friendly words.
func isPage(resp *Response) bool {
	head := bytes.ToLower(resp.Body[:min(len(resp.Body), 1024)])
	return bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<!doctype html")) ||
		strings.HasPrefix(strings.ToLower(resp.Header.Get("Content-Type")), "text/html")
}

// fail makes p a failure because of err.
func fail(p *wiredesk.Poll, err error, now time.Time) {
	p.Outcome, p.Document = wiredesk.Failed, nil
	p.State.Failures++
	if p.State.Failing.IsZero() {
		p.State.Failing = now
	}
	p.State.Problem = oneLine(err.Error(), maxReason)
}

// move remembers where permanent redirects lead. A poll of the new place that is not sent
// on says nothing about the old one.
func move(st *wiredesk.SourceState, old bool, permanent string) {
	switch {
	case permanent == "" && old:
		st.Location, st.Moved = "", 0
	case permanent == "":
	case permanent == st.Location:
		st.Moved++
	default:
		st.Location, st.Moved = permanent, 1
	}
}
