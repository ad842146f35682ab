package web

import (
	"net/http"
	"strings"
	"sync/atomic"

	"wiredesk/publish"
)

// CallbackPath is where hubs find the callbacks, below the base address. No feed has that
// name.
const CallbackPath = "/websub/"

// WithCallbacks returns a handler that gives what is below [CallbackPath] to callbacks, and
// all else to [Site]. As there, it does not matter whether a proxy strips the path of the
// base address.
func WithCallbacks(current *atomic.Pointer[publish.Site], callbacks http.Handler) http.Handler {
	site := Site(current)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if s := current.Load(); s != nil && !strings.HasPrefix(path, CallbackPath) {
			path = strip(path, s.BasePath())
		}
		if strings.HasPrefix(path, CallbackPath) {
			callbacks.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}
