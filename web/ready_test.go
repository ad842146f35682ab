package web_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"wiredesk/publish"
	"wiredesk/web"
)

// Whether a site is served and all is at work, and whether it is up to date, are two things.
func TestHealth(t *testing.T) {
	var current atomic.Pointer[publish.Site]
	dead, trouble := "", "the first site is not built yet"
	h := web.WithHealth(&current, func() string { return dead }, func() string { return trouble }, web.Site(&current))
	expect := func(path string, status int, text string) {
		t.Helper()
		if got := ask(h, http.MethodGet, path); got.Code != status || !strings.Contains(got.Body.String(), text) {
			t.Errorf("%s: %d %q, want %d %q", path, got.Code, got.Body.String(), status, text)
		}
	}
	expect("/readyz", http.StatusServiceUnavailable, trouble)
	expect("/healthz", http.StatusServiceUnavailable, "")
	site := newSite(t, "word", nil)
	current.Store(site)
	expect("/healthz", http.StatusOK, "ok")
	expect("/readyz", http.StatusServiceUnavailable, trouble)
	trouble = ""
	expect("/readyz", http.StatusOK, "ok")
	expect("/planet/readyz", http.StatusOK, "ok")
	expect("/planet/healthz", http.StatusOK, "ok")
	expect("/other/readyz", http.StatusNotFound, "")
	expect("/other/healthz", http.StatusNotFound, "")
	dead = "the build loop has not moved for 4m"
	expect("/healthz", http.StatusServiceUnavailable, dead)
	dead = ""
	if got := ask(h, http.MethodPost, "/readyz").Code; got != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got)
	}
}

// What is not in a site that was restored may be in the next one: no reader is told that it is
// not there.
func TestRestoredSite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	vault, _, err := publish.OpenVault(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	site := newSite(t, "word", nil)
	if err := vault.Keep(site); err != nil {
		t.Fatal(err)
	}
	_, restored, err := publish.OpenVault(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var current atomic.Pointer[publish.Site]
	current.Store(restored)
	h := web.Site(&current)
	before := ask(h, http.MethodGet, "/go.rss")
	if before.Code != http.StatusOK {
		t.Errorf("/go.rss: %d", before.Code)
	}
	missing := ask(h, http.MethodGet, "/new.rss")
	if missing.Code != http.StatusServiceUnavailable || missing.Header().Get("Retry-After") == "" {
		t.Errorf("/new.rss: %d, %v", missing.Code, missing.Header())
	}
	current.Store(site)
	if got := ask(h, http.MethodGet, "/new.rss").Code; got != http.StatusNotFound {
		t.Errorf("/new.rss of a site that was built: %d", got)
	}
	for _, key := range []string{"Etag", "Last-Modified", "Cache-Control"} {
		if got := ask(h, http.MethodGet, "/go.rss").Header().Get(key); got != before.Header().Get(key) {
			t.Errorf("%s was %s, is %s", key, before.Header().Get(key), got)
		}
	}
}

func TestDoorway(t *testing.T) {
	var d web.Doorway
	if got := ask(&d, http.MethodGet, "/"); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
		t.Errorf("before there is a handler: %d", got.Code)
	}
	for _, status := range []int{http.StatusTeapot, http.StatusOK} {
		d.Lead(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if got := ask(&d, http.MethodGet, "/").Code; got != status {
			t.Errorf("it answers %d, want %d", got, status)
		}
	}
}
