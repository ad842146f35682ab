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
// restart too, and nobody is remembered. The zero value is ready; it may be used by many
// goroutines.
type Readers struct {
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
		if since := r.Header["If-Modified-Since"]; len(since) == 1 && r.Method == http.MethodGet {
			if site := current.Load(); site != nil {
				x.look(site, r, since[0])
			}
		}
		next.ServeHTTP(w, r)
	})
}

// look notes a request for a feed by somebody who has an older version of it.
func (x *Readers) look(site *publish.Site, r *http.Request, since string) {
	feed, ok := site.FeedAt(strip(r.URL.Path, site.BasePath()))
	if !ok || since == feed.Form(publish.Identity).Header["Last-Modified"][0] {
		return
	}
	t, err := http.ParseTime(since)
	if err != nil || !t.Before(feed.Modified) {
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(feed.Path, "/"), ".")
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.repeats(r, since) {
		return
	}
	if x.oldest == nil {
		x.oldest = make(map[string]time.Time)
	}
	if was, ok := x.oldest[name]; !ok || t.Before(was) {
		x.oldest[name] = t
	}
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
