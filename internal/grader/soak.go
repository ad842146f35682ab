package grader

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

// Soak has n sources, each with a temper of its own, polled for so many days, with restarts
// and jumps of the clock in between. Every request is judged when it comes.
func (e *Exam) Soak(n, days int) {
	tempers := tempers()
	all := many(n, "http://h#.example/feed")
	judges := make([]*judge, n)
	hosts := map[string]*host{}
	for i := range all {
		name := fmt.Sprintf("h%d.example", i)
		// Every eighth source lives on a host with others.
		if i%8 == 7 {
			name = fmt.Sprintf("shared%d.example", i%3)
			all[i] = source(fmt.Sprintf("http://%s/feed%d", name, i))
		}
		if hosts[name] == nil {
			hosts[name] = &host{}
		}
		judges[i] = &judge{e: e, name: all[i].URL, host: hosts[name], temper: tempers[i%len(tempers)]}
		e.Web.Handle(all[i].URL[len("http://"):], judges[i])
	}
	e.Web.Handle("elsewhere.example", feed("a"))
	e.options.Rate = 20
	e.byHand = true // the judges know better when we may come
	for day := range days {
		e.run(9*time.Hour, all...)
		e.restart()
		e.run(6*time.Hour, all...)
		time.Sleep(2 * time.Hour) // stopped, or asleep
		e.restart()
		e.run(7*time.Hour, all...)
		e.restart()
		// The clock is put right by as much as it was wrong.
		jump := []time.Duration{365 * 24 * time.Hour, -24 * time.Hour, time.Hour, -10 * time.Minute, 0, 0}[day%6]
		for i := range all {
			e.change(all[i], func(st *wiredesk.SourceState) { shift(st, -jump) })
			judges[i].forget(jump)
		}
	}
	e.burst(20)
	for _, j := range judges {
		if most := days * 24 * 4; j.requests == 0 || j.requests > most {
			e.Complain("%s was asked %d times in %d days", j.name, j.requests, days)
		}
	}
}

// burst complains about more than most requests in one second.
func (e *Exam) burst(most int) {
	perSecond := map[int64]int{}
	for _, r := range e.Web.Requests() {
		if r.Host != "elsewhere.example" { // where redirects lead
			perSecond[r.At.Unix()]++
		}
	}
	for at, n := range perSecond {
		if n > most+1 {
			e.Complain("%d requests in the second of %s", n, time.Unix(at, 0).UTC())
		}
	}
}

// A host is what the origins on it said together.
type host struct {
	mu    sync.Mutex
	quiet time.Time // nothing may come before
}

// A word is one answer of an origin, and what it asks for by that.
type word struct {
	answer http.Handler
	wait   time.Duration // until the next request, at least
	quiet  time.Duration // until the next request to anything on the host
	gone   bool          // never again
	skip   uint32        // the hours in which nothing may come
}

// A temper is what an origin answers to its n-th request.
type temper func(n int) word

// A judge is one origin. It knows what it asked for, and complains when that is not kept.
type judge struct {
	e      *Exam
	name   string
	host   *host
	temper temper

	mu       sync.Mutex
	requests int
	last     time.Time
	due      time.Time // nothing may come before
	said     word
}

// ServeHTTP implements http.Handler.
func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	next := j.hear(time.Now())
	next.answer.ServeHTTP(w, r)
}

func (j *judge) hear(now time.Time) word {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.host.mu.Lock()
	defer j.host.mu.Unlock()
	complain := func(what string) {
		j.e.Complain("%s, request %d, %s after the last: %s", j.name, j.requests+1, now.Sub(j.last), what)
	}
	switch {
	case j.said.gone:
		complain("it is gone for good")
	case now.Before(j.due):
		complain("sooner than it may") // P-20 to P-25, P-28, P-29, P-42, P-43
	case now.Before(j.host.quiet):
		complain("its host asked for quiet") // P-40
	case j.said.skip>>now.UTC().Hour()&1 == 1:
		complain("in an hour that it wants to be left alone in") // P-26
	}
	word := j.temper(j.requests)
	j.requests++
	j.last, j.said = now, word
	j.due = now.Add(max(floor, min(word.wait, ceiling)))
	if until := now.Add(min(word.quiet, ceiling)); word.quiet > 0 && until.After(j.host.quiet) {
		j.host.quiet = until
	}
	return word
}

// forget is called when the clock of the program has jumped ahead: it cannot know then how
// long ago it asked.
func (j *judge) forget(jump time.Duration) {
	if jump <= 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.host.mu.Lock()
	defer j.host.mu.Unlock()
	j.due, j.host.quiet = time.Time{}, time.Time{}
}

// tempers is the repertoire: an origin of each kind.
func tempers() []temper {
	always := func(w word) temper { return func(int) word { return w } }
	news := func(n int) origin.Reply { return feed("a", strconv.Itoa(n/3), strconv.Itoa(n/3+1)) }
	whole := feed("a")
	whole.ETag = `"1"`
	slow, cut := feed("a"), feed("a", "b")
	slow.Wait, slow.Drip = 10*time.Second, time.Millisecond
	cut.Cut = 100
	difficult := repertoire()
	failing := func(n int) time.Duration { return interval << min(n, 5) }
	return []temper{
		always(word{answer: whole}),
		func(n int) word { return word{answer: news(n)} },
		func(n int) word { return word{answer: feed(strconv.Itoa(2*n), strconv.Itoa(2*n+1))} }, // always missed some
		func(n int) word { return word{answer: tagged(news(n), strconv.Itoa(n), "")} },
		func(n int) word { return word{answer: difficult[n*7%len(difficult)]} },
		always(word{answer: feed("a").With("Cache-Control", "max-age=7200"), wait: 2 * interval}),
		always(word{answer: feed("a").With("Cache-Control", "max-age=9999999999"), wait: ceiling}),
		always(word{answer: hinted("<ttl>180</ttl>"), wait: 3 * interval}),
		always(word{answer: hinted("<skipHours><hour>3</hour><hour>4</hour></skipHours>"), skip: 1<<3 | 1<<4}),
		always(word{answer: hinted("<sy:updatePeriod>daily</sy:updatePeriod>"), wait: ceiling}),
		func(n int) word { return word{answer: origin.Status(500), wait: failing(n)} },
		func(n int) word { return word{answer: origin.Raw("x"), wait: failing(n)} },
		func(n int) word { return word{answer: cut, wait: failing(n)} },
		always(word{answer: origin.Status(404), wait: interval}),
		always(word{answer: origin.Page("log in"), wait: interval}),
		always(word{answer: origin.Status(410), gone: true}),
		func(n int) word {
			if n%5 == 4 {
				return word{answer: origin.Status(429).With("Retry-After", "10800"), quiet: 3 * interval}
			}
			return word{answer: news(n)}
		},
		func(n int) word {
			if n%4 == 3 {
				at := time.Now().Add(5 * interval).UTC().Format(http.TimeFormat)
				return word{answer: origin.Status(503).With("Retry-After", at), quiet: 5*interval - time.Second}
			}
			return word{answer: feed("a")}
		},
		always(word{answer: origin.Status(429).With("Retry-After", "315360000"), wait: interval}),
		always(word{answer: origin.Redirect(302, "http://elsewhere.example/feed")}),
		always(word{answer: origin.Redirect(301, "/feed"), wait: interval}),
		always(word{answer: origin.Redirect(302, "http://127.0.0.1/"), wait: interval}),
		always(word{answer: slow}),
		always(word{answer: feed("a").With("Content-Encoding", "gzip")}), // it is not, and is read all the same
		always(word{answer: feed()}),
		always(word{answer: origin.Reply{}, wait: interval}),
		always(word{answer: notModified("", ""), wait: interval}),
	}
}
