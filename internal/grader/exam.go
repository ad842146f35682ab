// Package grader is a strict origin. It has the project's own poller, with its real HTTP
// stack and a real database, ask it through whatever an origin may answer, and says of each
// check of polling whether it holds: [Checks]. make grade prints the table.
//
// An exam is made for a testing/synctest bubble, in which a month takes seconds.
package grader

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
	"wiredesk/storage"
)

const (
	floor     = 15 * time.Minute
	interval  = time.Hour
	ceiling   = 24 * time.Hour
	userAgent = "wiredesk/1.0 (+https://example.org/about)"
	// address is the source of every check that needs only one.
	address = "http://example.org/feed"
)

// An Exam is one web, one database and one program that polls. Make one with [New] and
// close it.
type Exam struct {
	Web *origin.Web

	path       string // of the database
	store      *storage.Store
	client     *fetch.Client
	options    fetch.PollerOptions
	byHand     bool // somebody asks more often than the program would
	complaints []string
	seen       map[string]bool
}

// New begins an exam with an empty database in dir.
func New(dir string) *Exam {
	e := &Exam{Web: origin.New(), path: filepath.Join(dir, "wiredesk.db"), seen: map[string]bool{}}
	e.open()
	return e
}

// Complain notes what is wrong; the same is noted once.
func (e *Exam) Complain(format string, args ...any) {
	said := fmt.Sprintf(format, args...)
	if !e.seen[said] && len(e.complaints) < 20 {
		e.seen[said] = true
		e.complaints = append(e.complaints, said)
	}
}

// Close ends the exam and returns what was wrong.
func (e *Exam) Close() []string {
	e.inspect()
	e.close()
	e.Web.Close()
	return e.complaints
}

func (e *Exam) open() {
	var err error
	if e.store, err = storage.Open(e.path, storage.Options{Create: true}); err != nil {
		panic(err) // without a database there is nothing to grade
	}
	e.client, err = fetch.NewClient(fetch.ClientOptions{
		Version: "1.0", Contact: "https://example.org/about", Dial: e.Web.Dial, Roots: e.Web.Roots(),
	})
	if err != nil {
		panic(err)
	}
}

func (e *Exam) close() {
	e.client.Close()
	if err := e.store.Close(); err != nil {
		e.Complain("the database: %v", err)
	}
}

// restart ends the program and starts it again.
func (e *Exam) restart() {
	e.close()
	e.open()
}

func source(url string) wiredesk.Source {
	return wiredesk.Source{URL: url, Interval: interval, MinInterval: floor, MaxInterval: ceiling}
}

func sources(urls ...string) []wiredesk.Source {
	all := make([]wiredesk.Source, len(urls))
	for i, url := range urls {
		all[i] = source(url)
	}
	return all
}

// many returns n sources; # in the pattern is their number.
func many(n int, pattern string) []wiredesk.Source {
	all := make([]wiredesk.Source, n)
	for i := range all {
		all[i] = source(strings.ReplaceAll(pattern, "#", fmt.Sprint(i)))
	}
	return all
}

// poller returns a poller of the sources, as the program makes one.
func (e *Exam) poller(all []wiredesk.Source) *fetch.Poller {
	o := e.options
	o.Client = e.client
	if o.Store == nil {
		o.Store = e.store
	}
	p := fetch.NewPoller(o)
	var targets []fetch.Target
	ids := e.register(all)
	for i := range all {
		st, err := e.store.State(context.Background(), ids[i])
		if err != nil {
			e.Complain("the database: %v", err)
		}
		targets = append(targets, fetch.TargetOf(ids[i], &all[i], &st))
	}
	p.SetSources(targets)
	return p
}

func (e *Exam) register(all []wiredesk.Source) []wiredesk.SourceID {
	registered, err := e.store.Register(context.Background(), all)
	if err != nil {
		panic(err)
	}
	ids := make([]wiredesk.SourceID, len(all))
	for i, r := range registered {
		ids[i] = r.ID
	}
	return ids
}

// run lets the program run for a while.
func (e *Exam) run(d time.Duration, all ...wiredesk.Source) {
	_, stop := e.start(all...)
	time.Sleep(d)
	stop()
}

// start starts the program and returns how to stop it.
func (e *Exam) start(all ...wiredesk.Source) (p *fetch.Poller, stop func()) {
	p = e.poller(all)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Run(ctx)
	}()
	return p, func() {
		cancel()
		<-done
	}
}

// polls asks one source n times, each time when it is due, and returns all requests.
func (e *Exam) polls(n int, src wiredesk.Source) []origin.Request {
	for range n {
		time.Sleep(time.Until(e.state(src).Due))
		if _, err := e.poller([]wiredesk.Source{src}).Once(context.Background(), false, nil); err != nil {
			e.Complain("a round: %v", err)
		}
	}
	return e.Web.Requests()
}

func (e *Exam) state(src wiredesk.Source) wiredesk.SourceState {
	st, err := e.store.State(context.Background(), e.register([]wiredesk.Source{src})[0])
	if err != nil {
		e.Complain("the database: %v", err)
	}
	return st
}

func (e *Exam) change(src wiredesk.Source, fn func(*wiredesk.SourceState)) {
	if err := e.store.ChangeState(context.Background(), e.register([]wiredesk.Source{src})[0], fn); err != nil {
		e.Complain("the database: %v", err)
	}
}

// inspect looks at every request of the exam: some things are never right.
func (e *Exam) inspect() {
	last := map[string]time.Time{}
	for _, r := range e.Web.Requests() {
		at := r.Scheme + "://" + r.Host + r.URI
		if r.Method != http.MethodGet {
			e.Complain("%s was asked with %s", at, r.Method)
		}
		for _, name := range []string{"Cookie", "Referer", "From", "Range", "A-Im"} {
			if len(r.Header[name]) > 0 {
				e.Complain("%s got %s: %s", at, name, r.Header[name])
			}
		}
		if got := r.Header.Get("User-Agent"); got != userAgent {
			e.Complain("%s was asked by %q", at, got)
		}
		for name, word := range map[string]string{"Accept": "application/atom+xml", "Accept-Encoding": "gzip"} {
			if !strings.Contains(r.Header.Get(name), word) {
				e.Complain("%s got %s: %s", at, name, r.Header.Get(name))
			}
		}
		if before, ok := last[at]; ok && !e.byHand && r.At.Sub(before) < floor {
			e.Complain("%s was asked again after %s", at, r.At.Sub(before))
		}
		last[at] = r.At
	}
}

// gaps returns the times between requests.
func gaps(rs []origin.Request) []time.Duration {
	var all []time.Duration
	for i := 1; i < len(rs); i++ {
		all = append(all, rs[i].At.Sub(rs[i-1].At))
	}
	return all
}

func shortest(rs []origin.Request) time.Duration {
	if len(rs) < 2 {
		return 0
	}
	return slices.Min(gaps(rs))
}

// conditions returns the validators of a request as they came.
func conditions(r origin.Request) [2]string {
	return [2]string{strings.Join(r.Header["If-None-Match"], "|"), strings.Join(r.Header["If-Modified-Since"], "|")}
}
