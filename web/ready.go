package web

import (
	"net/http"
	"strings"
	"sync/atomic"

	"wiredesk/publish"
)

// Where it is said how the daemon is. No feed has such a name.
const (
	// AlivePath is where it is said whether there is something to serve, and everything is at
	// work that brings it up to date: if not, somebody must do something, or a new start help.
	AlivePath = "/healthz"
	// ReadyPath is where it is said whether what is served is up to date, and will stay so.
	ReadyPath = "/readyz"
)

// WithHealth returns a handler that answers at [AlivePath] and [ReadyPath] and gives all else
// to next: 200 if dead and unready return nothing, else 503 with what they return, which is
// for everybody to read. Without a site it is neither.
func WithHealth(current *atomic.Pointer[publish.Site], dead, unready func() string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, site := r.URL.Path, current.Load()
		if site != nil && (strings.HasSuffix(path, ReadyPath) || strings.HasSuffix(path, AlivePath)) {
			path = strip(path, site.BasePath())
		}
		trouble := dead
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead, path != ReadyPath && path != AlivePath:
			next.ServeHTTP(w, r)
			return
		case path == ReadyPath:
			trouble = unready
		}
		switch text := trouble(); {
		case text != "":
			plain(w, http.StatusServiceUnavailable, text)
		case site == nil && path == AlivePath:
			notYet(w)
		default:
			plain(w, http.StatusOK, "ok")
		}
	})
}

// A Doorway is a handler that can be exchanged while it is in use. Until there is one it
// answers 503. The zero value is ready.
type Doorway struct{ handler atomic.Pointer[http.Handler] }

// Lead has h answer from now on.
func (d *Doorway) Lead(h http.Handler) { d.handler.Store(&h) }

// ServeHTTP answers as the newest handler does.
func (d *Doorway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := d.handler.Load()
	if h == nil {
		notYet(w)
		return
	}
	(*h).ServeHTTP(w, r)
}

// notYet answers for what will be there in a moment.
func notYet(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "10")
	plain(w, http.StatusServiceUnavailable, "not ready yet")
}
