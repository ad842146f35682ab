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

// HubPath is where subscribers find the hub. No feed has that name either.
const HubPath = "/hub"

// WithWebSub returns a handler that gives what is below [CallbackPath] to callbacks, what is at
// [HubPath] to hub, and all else to site. As in [Site], it does not matter whether a proxy
// strips the path of the base address, which that of current has.
func WithWebSub(current *atomic.Pointer[publish.Site], site, callbacks, hub http.Handler) http.Handler {
	at := func(path string) http.Handler {
		switch {
		case strings.HasPrefix(path, CallbackPath):
			return callbacks
		case path == HubPath:
			return hub
		}
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := at(r.URL.Path)
		if s := current.Load(); s != nil && h == nil {
			h = at(strip(r.URL.Path, s.BasePath()))
		}
		if h == nil {
			h = site
		}
		h.ServeHTTP(w, r)
	})
}
