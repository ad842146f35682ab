package grader

import (
	"net/http"
	"slices"
	"time"

	"wiredesk/internal/origin"
)

// A Check is one thing that an origin may expect of us.
type Check struct {
	ID   string
	Word string // what it asks, in words
	// Hold polls, and complains to the exam where the check does not hold.
	Hold func(*Exam)
}

// Checks returns all of them, in order.
func Checks() []Check {
	return slices.Concat(validatorChecks(), timeChecks(), paceChecks(), hostChecks(), failureChecks(), redirectChecks(), formChecks())
}

func feed(names ...string) origin.Reply { return origin.Feed(origin.RSS("Example", names...)) }

// tagged is an answer with validators that never match.
func tagged(a origin.Reply, etag, modified string) origin.Reply {
	if etag != "" {
		a = a.With("ETag", etag)
	}
	if modified != "" {
		a = a.With("Last-Modified", modified)
	}
	return a
}

func notModified(etag, modified string) origin.Reply {
	return tagged(origin.Reply{Status: http.StatusNotModified}, etag, modified)
}

const (
	monday  = "Mon, 03 Jan 2000 00:00:00 GMT"
	tuesday = "Tue, 04 Jan 2000 00:00:00 GMT"
)

// A turn is one answer, and the validators that the request for it must carry.
type turn struct {
	answer http.Handler
	sent   [2]string
}

// turns polls once for each.
func (e *Exam) turns(all ...turn) {
	src := source(address)
	for i, t := range all {
		e.Web.Handle("example.org/feed", t.answer)
		rs := e.polls(1, src)
		if len(rs) == 0 {
			e.Complain("request %d was not made", i+1)
			return
		}
		if got := conditions(rs[len(rs)-1]); got != t.sent {
			e.Complain("request %d carried %q, want %q", i+1, got, t.sent)
		}
	}
}

// holds complains if the source has not so many items.
func (e *Exam) holds(url string, items uint64) {
	if got := e.state(source(url)).Items; got != items {
		e.Complain("%d items of %s, want %d", got, url, items)
	}
}

// waits polls an origin that always answers so, and complains about waits that are shorter
// than least or, once it is known, longer than most and a tenth.
func (e *Exam) waits(answer http.Handler, least, most time.Duration) {
	e.Web.Handle("example.org/feed", answer)
	for i, gap := range gaps(e.polls(5, source(address))) {
		if gap < least || i > 0 && gap > most+most/10+time.Minute {
			e.Complain("came back after %s, want %s to %s", gap, least, most)
		}
	}
}
