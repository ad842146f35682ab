package web

import (
	"net/http"
	"strings"
	"sync/atomic"

	"wiredesk/publish"
)

// ReadyPath is where it is said whether what is served is up to date. No feed has that name.
const ReadyPath = "/readyz"

// WithReady returns a handler that answers at [ReadyPath] and gives all else to next: 200 if
// trouble returns nothing, else 503 with what it returns, which is for everybody to read. That
// there is something to serve, up to date or not, is what /healthz of [Site] says.
func WithReady(current *atomic.Pointer[publish.Site], trouble func() string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if s := current.Load(); s != nil && strings.HasSuffix(path, ReadyPath) {
			path = strip(path, s.BasePath())
		}
		if path != ReadyPath || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		if text := trouble(); text != "" {
			plain(w, http.StatusServiceUnavailable, text)
			return
		}
		plain(w, http.StatusOK, "ok")
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
