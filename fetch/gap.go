package fetch

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"wiredesk"
)

// Where two polls of a source have no item in common, what came and went in between was
// missed. Then the source is asked more often for a while, and its archive (RFC 5005) is
// searched page by page until one has an item that we know.

const (
	// maxPages is how many pages of an archive are asked for one gap.
	maxPages = 5
	// maxHurry is how often the interval is halved at most, and calm how long nothing must
	// be missed before one halving is taken back.
	maxHurry = 6
	calm     = 7 * 24 * time.Hour
)

// A search is the way through an archive after a gap.
type search struct {
	page  string // asked next
	pages int    // asked so far
	found int    // items
	seen  map[string]bool
	first result // of the poll that noticed the gap
}

// hurry returns how often the interval is halved now.
func hurry(now time.Time, st *wiredesk.SourceState) int {
	if st.Missed.IsZero() {
		return 0
	}
	return min(max(st.Hurry-int(now.Sub(st.Missed)/calm), 0), maxHurry)
}

// hurried returns the range for a source of which items were missed.
func (r span) hurried(now time.Time, st *wiredesk.SourceState) span {
	r.base = max(r.base>>hurry(now, st), r.min)
	return r
}

// noteGap writes down that items were missed, and begins a search where there is an
// archive on the same host.
func (l *loop) noteGap(r *result, now time.Time, f finding) {
	st := &r.poll.State
	st.Hurry = min(hurry(now, st)+1, maxHurry)
	st.Missed, st.Gap = now, "nothing of the poll before was left"
	st.Due, st.Reason = Next(now, r.job.src, st, f.answer)
	l.recordAside(r)
	l.p.log.Warn("items of a source were missed between two polls", "source", called(r.job.src))
	s := &search{page: r.job.src.URL, seen: map[string]bool{r.job.src.URL: true, st.Answered: true}}
	s.first = *r
	s.first.due, s.first.quiet, s.first.host = st.Due, st.Quiet, f.host
	if s.turn(st.Answered, st.Channel) {
		r.search = s
	}
}

// recordAside records the state in r, without a poll of its own.
func (l *loop) recordAside(r *result) {
	note := wiredesk.Poll{Source: r.job.id, At: r.poll.At, Identity: r.poll.Identity, Older: true, State: r.poll.State}
	if _, err := l.recorder.record([]wiredesk.Poll{note}); err != nil {
		l.p.log.Error("cannot record what was missed", "source", called(r.job.src), "error", err)
	}
}

// turn turns to the page that a document names as the one before it. It is false where the
// search ends: no page, one that was asked, another host, or too many.
func (s *search) turn(from string, c wiredesk.Channel) bool {
	page := c.Archive
	if page == "" {
		page = c.Next
	}
	if page == "" || s.seen[page] || s.pages >= maxPages || HostOf(page) != HostOf(from) {
		return false
	}
	s.page, s.seen[page] = page, true
	return true
}

// askOlder asks one page of an archive and records its items.
func (l *loop) askOlder(ctx context.Context, j job) result {
	s := j.search
	r := s.first
	r.search = nil
	now := time.Now()
	st, err := l.p.o.Store.State(ctx, j.id)
	if err != nil {
		l.p.log.Error("cannot read the state of a source", "source", called(j.src), "error", err)
		return r
	}
	doc, known, busy := l.olderPage(ctx, j, &st, now, s)
	if ctx.Err() != nil {
		return r
	}
	r.host = HostOf(s.page)
	if busy > 0 {
		st.Quiet = now.Add(busy)
		r.quiet = st.Quiet
	}
	if doc != nil && known == 0 && s.turn(s.page, doc.Channel) {
		r.search = s
	}
	if r.search == nil {
		st.Gap = s.ended(known > 0)
	}
	st.Due = r.due
	s.first.poll.State, r.poll.State, r.recorded = st, st, s.first.recorded
	l.recordAside(&r)
	return r
}

// ended says what came of a search.
func (s *search) ended(met bool) string {
	pages := "1 page"
	if s.pages > 1 {
		pages = fmt.Sprintf("%d pages", s.pages)
	}
	found := fmt.Sprintf("nothing of the poll before was left; %d found in %s of its archive", s.found, pages)
	if !met {
		found += ", perhaps not all"
	}
	return found
}

// olderPage asks a page, and returns its document, how many of its items were known, and how
// long its host asks to be left alone. Without a document the page could not be had.
func (l *loop) olderPage(ctx context.Context, j job, st *wiredesk.SourceState, now time.Time, s *search) (doc *wiredesk.Document, known int, busy time.Duration) {
	c := l.p.o.Client
	q := request(j.src, st, now)
	q.URL, q.ETag, q.LastModified, q.From = s.page, "", "", ""
	resp, err := c.Fetch(ctx, q)
	s.pages++
	if resp != nil {
		st.Bytes += uint64(max(resp.Received, 0))
		busy = quiet(now, j.src, Answer{Status: resp.Status, Header: resp.Header})
	}
	if err != nil || resp.Status != http.StatusOK || HostOf(resp.URL) != HostOf(s.page) {
		return nil, 0, busy
	}
	if doc, err = c.parse(j.src, st, resp, now); err != nil {
		return nil, 0, busy
	}
	older := wiredesk.Poll{Source: j.id, At: now, Outcome: wiredesk.Changed, Identity: j.src.Identity, Older: true, State: *st, Document: doc}
	recorded, err := l.recorder.record([]wiredesk.Poll{older})
	if err != nil {
		l.p.log.Error("cannot record a page of an archive", "source", called(j.src), "error", err)
		return nil, 0, busy
	}
	s.found += len(recorded[0].New)
	s.first.recorded.New = append(s.first.recorded.New, recorded[0].New...)
	return doc, recorded[0].Known, busy
}
