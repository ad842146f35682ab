package web_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"wiredesk/publish"
	"wiredesk/web"
)

// Callbacks are reached with and without the path of the base address, by any method and
// before there is a site; everything else is the site's.
func TestWithCallbacks(t *testing.T) {
	var current atomic.Pointer[publish.Site]
	h := web.WithCallbacks(&current, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	if got := ask(h, http.MethodPost, "/websub/abc").Code; got != http.StatusTeapot {
		t.Errorf("without a site: %d", got)
	}
	current.Store(newSite(t, "word", nil))
	for path, want := range map[string]int{
		"/websub/abc":        http.StatusTeapot,
		"/planet/websub/abc": http.StatusTeapot,
		"/other/websub/abc":  http.StatusMethodNotAllowed,
		"/websub":            http.StatusMethodNotAllowed,
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
