package fetch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"wiredesk"
)

const (
	inboxBytes = 64 << 20 // of all bodies that are read or wait
	inboxMost  = 256      // pushes that wait
	bodyWithin = 20 * time.Second
)

var errInboxFull = errors.New("the inbox is full")

// A push is what a hub sent, as it came.
type push struct {
	source wiredesk.SourceID
	at     time.Time
	body   []byte
	header http.Header // type and coding of the body
}

// An inbox holds pushes until they are processed, within a limit of bytes for all.
type inbox struct {
	waiting chan push
	bytes   atomic.Int64 // read or waiting

	mu     sync.Mutex
	closed bool
}

func newInbox() *inbox { return &inbox{waiting: make(chan push, inboxMost)} }

// read reads the body of a request, as long as all of them together are not too large. The
// caller gives it to put or forget.
func (in *inbox) read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	// Where the connection knows no deadlines the server's own is in force.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin))
	m := &metered{r: r.Body, total: &in.bytes}
	body, err := io.ReadAll(io.LimitReader(m, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = tooLarge(limit)
	}
	if err != nil {
		in.bytes.Add(-m.n)
		return nil, err
	}
	return body, nil
}

func (in *inbox) forget(body []byte) { in.bytes.Add(-int64(len(body))) }

// put reports whether there was room, and somebody to empty it.
func (in *inbox) put(p push) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false
	}
	select {
	case in.waiting <- p:
		return true
	default:
		return false
	}
}

func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		in.closed = true
		close(in.waiting)
	}
}

// A metered reader counts what it reads on a common meter.
type metered struct {
	r     io.Reader
	total *atomic.Int64
	n     int64
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	if m.total.Add(int64(n)) > inboxBytes {
		return n, errInboxFull
	}
	return n, err
}

// process takes pushes in, one after the other, until ctx ends and none is left.
func (s *Subscriber) process(ctx context.Context) {
	stop := context.AfterFunc(ctx, s.inbox.close)
	defer stop()
	// What was accepted is recorded even when everything ends.
	ctx = context.WithoutCancel(ctx)
	for p := range s.inbox.waiting {
		s.take(ctx, p)
		s.inbox.forget(p.body)
	}
}

// take parses a push as a poll's document is parsed, and records its items. It never says
// that an item has left: hubs may send what is new alone.
func (s *Subscriber) take(ctx context.Context, p push) {
	s.mu.Lock()
	src := s.sources[p.source]
	s.mu.Unlock()
	if src == nil {
		return
	}
	log := s.log.With("source", called(src))
	st, err := s.o.Store.State(ctx, p.source)
	if err != nil {
		log.Error("cannot read the state of a source", "error", err)
		return
	}
	if st.Paused || !st.Gone.IsZero() {
		return
	}
	limit := src.MaxBody
	if limit <= 0 {
		limit = defaultMaxBody
	}
	answer := http.Response{Header: p.header, Body: io.NopCloser(bytes.NewReader(p.body))}
	u, _, err := readBody(&answer, limit)
	var doc *wiredesk.Document
	if err == nil {
		// Under the address of a poll, so that entries are known again.
		resp := &Response{Header: p.header, URL: cmp.Or(st.Answered, src.URL)}
		resp.take(u.text.Bytes(), 0)
		u.free()
		doc, err = s.o.Client.parse(src, &st, resp, p.at)
	}
	if err != nil {
		log.Info("push cannot be read", "problem", oneLine(err.Error(), maxReason))
		return
	}
	doc.Whole = false
	recorded, err := s.o.Store.Record(ctx, []wiredesk.Poll{{
		Source: p.source, At: p.at, Outcome: wiredesk.Pushed, Identity: src.Identity, Document: doc, Took: time.Since(p.at),
	}})
	if err != nil {
		log.Error("cannot record a push", "error", err)
		return
	}
	log.Debug("pushed", "items", len(doc.Items))
	if s.o.OnRecorded != nil {
		s.o.OnRecorded(recorded)
	}
}
