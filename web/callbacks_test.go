package web_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"wiredesk/publish"
	"wiredesk/web"
)

// Callbacks and hub are reached with and without the path of the base address, by any method and
// before there is a site; everything else is the site's.
func TestWithWebSub(t *testing.T) {
	var current atomic.Pointer[publish.Site]
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	h := web.WithWebSub(&current, web.Site(&current), status(http.StatusTeapot), status(http.StatusAccepted))
	if got := ask(h, http.MethodPost, "/websub/abc").Code; got != http.StatusTeapot {
		t.Errorf("without a site: %d", got)
	}
	current.Store(newSite(t, "word", nil))
	for path, want := range map[string]int{
		"/websub/abc":        http.StatusTeapot,
		"/planet/websub/abc": http.StatusTeapot,
		"/other/websub/abc":  http.StatusMethodNotAllowed,
		"/websub":            http.StatusMethodNotAllowed,
		"/hub":               http.StatusAccepted,
		"/planet/hub":        http.StatusAccepted,
		"/planet/hub/":       http.StatusMethodNotAllowed,
		"/hub.rss":           http.StatusMethodNotAllowed,
		"/go.rss":            http.StatusMethodNotAllowed,
	} {
		if got := ask(h, http.MethodPost, path).Code; got != want {
			t.Errorf("POST %s: %d, want %d", path, got, want)
		}
	}
	if got := ask(h, http.MethodGet, "/go.rss").Code; got != http.StatusOK {
		t.Errorf("the site answers %d", got)
	}
}
