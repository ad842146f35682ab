package web

import (
	"hash/maphash"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wiredesk/publish"
)

// Readers notes how long ago subscribers last had a feed, by what they say themselves: the
// Last-Modified that we gave them comes back with their next request. So it is known after a
// restart too, and nobody is remembered. Of those who send nothing but the ETag it is known as
// long as the version is. The zero value is ready; it may be used by many goroutines.
type Readers struct {
	// Late is called when there is something to take again, if it is not nil. It must not block.
	Late func()

	mu     sync.Mutex
	oldest map[string]time.Time // by feed, since Take
	asked  map[uint64]uint64    // what a client said last, both as hashes
	seed   maphash.Seed
}

// maxReaders bounds how many clients are known again, for two hours or so of a busy site.
const maxReaders = 10_000

// Watch returns a handler that looks at what next is asked about the site.
func (x *Readers) Watch(next http.Handler, current *atomic.Pointer[publish.Site]) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conditional(r.Header) && r.Method == http.MethodGet {
			if site := current.Load(); site != nil {
				x.look(site, r)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// conditional reports whether a request may say which version of a document somebody has.
func conditional(h http.Header) bool {
	return len(h["If-Modified-Since"]) == 1 || len(h["If-None-Match"]) > 0
}

// look notes a request for a feed by somebody who has an older version of it.
func (x *Readers) look(site *publish.Site, r *http.Request) {
	feed, ok := site.FeedAt(strip(r.URL.Path, site.BasePath()))
	if !ok {
		return
	}
	t, said, ok := had(feed, r.Header)
	if !ok || !t.Before(feed.Modified) {
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(feed.Path, "/"), ".")
	if x.note(name, t, r, said) && x.Late != nil {
		x.Late()
	}
}

// had returns the Last-Modified of the version that a reader has, and in which words it said so.
func had(feed *publish.Document, h http.Header) (modified time.Time, said string, ok bool) {
	if since := h["If-Modified-Since"]; len(since) == 1 {
		if since[0] == feed.Form(publish.Identity).Header["Last-Modified"][0] {
			return time.Time{}, "", false
		}
		t, err := http.ParseTime(since[0])
		return t, since[0], err == nil
	}
	for tag := range tags(h["If-None-Match"]) {
		if t, known := feed.Had(tag); known && !t.Before(modified) {
			modified, said, ok = t, tag, true
		}
	}
	return modified, said, ok
}

// note notes that a client has a feed as it was then, and reports whether that is the first that
// there is to take.
func (x *Readers) note(feed string, t time.Time, r *http.Request, said string) (first bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.repeats(r, said) {
		return false
	}
	if x.oldest == nil {
		x.oldest, first = make(map[string]time.Time), true
	}
	if was, ok := x.oldest[feed]; !ok || t.Before(was) {
		x.oldest[feed] = t
	}
	return first
}

// repeats reports whether a client says what it said last time, although we sent it something
// newer since: one that never takes notice must not pass for one that comes seldom.
func (x *Readers) repeats(r *http.Request, since string) bool {
	if x.asked == nil || len(x.asked) >= maxReaders {
		x.asked, x.seed = make(map[uint64]uint64), maphash.MakeSeed()
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr) // of a socket there is none
	client := maphash.Comparable(x.seed, [...]string{host, r.Header.Get("X-Forwarded-For"), r.UserAgent(), r.URL.Path})
	said := maphash.String(x.seed, since)
	if x.asked[client] == said {
		return true
	}
	x.asked[client] = said
	return false
}

// Take returns, by feed, as of when the slowest subscriber had it who came since the last call.
func (x *Readers) Take() map[string]time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	oldest := x.oldest
	x.oldest = nil
	return oldest
}
