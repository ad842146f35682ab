package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"
)

var at = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// newSite renders one feed with a text.
func newSite(tb testing.TB, text string, previous *publish.Site) *publish.Site {
	tb.Helper()
	site, err := publish.Render(publish.Input{
		Settings: publish.Settings{BaseURL: "https://feeds.example.org/planet", Title: "Planet"},
		Editions: []wiredesk.Edition{{
			Feed: wiredesk.Feed{Name: "go", Title: "Go"},
			Entries: []wiredesk.Entry{{
				ID: "https://example.org/1", Title: "One", Published: at.Add(-time.Hour), Updated: at.Add(-time.Hour),
				Item: wiredesk.Item{Link: "https://example.org/1", Content: "<p>" + strings.Repeat(text+" ", 500) + "</p>"},
			}},
		}},
		Previous: previous, At: at,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return site
}

// newHandler serves a site, and returns the pointer to it.
func newHandler(tb testing.TB) (http.Handler, *atomic.Pointer[publish.Site]) {
	tb.Helper()
	var current atomic.Pointer[publish.Site]
	current.Store(newSite(tb, "word", nil))
	return web.Site(&current), &current
}

// ask sends one request; fields are names and values in turn.
func ask(h http.Handler, method, path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestGet(t *testing.T) { // C-07, C-09, C-10, C-11, O-16, S-45
	h, current := newHandler(t)
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/go": "text/html; charset=utf-8", "/go.rss": "application/rss+xml; charset=utf-8",
		"/go.atom": "application/atom+xml; charset=utf-8", "/go.json": "application/feed+json; charset=utf-8",
	} {
		r := ask(h, "GET", path)
		doc, _ := current.Load().Lookup(path)
		if r.Code != http.StatusOK || r.Body.String() != string(doc.Body) {
			t.Errorf("%s: %d, or another body", path, r.Code)
		}
		for name, want := range map[string]string{
			"Content-Type": want, "ETag": doc.ETag, "Last-Modified": "Mon, 23 Nov 2026 08:00:00 GMT", "Vary": "Accept-Encoding",
			"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*", "Accept-Ranges": "bytes",
		} {
			if got := r.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if got := r.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; ") {
			t.Errorf("%s: policy %q", path, got)
		}
		if got := r.Header().Get("Cache-Control"); !strings.HasPrefix(got, "public, max-age=") {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
}

func TestNotModified(t *testing.T) { // C-03, C-04
	h, current := newHandler(t)
	doc, _ := current.Load().Lookup("/go.rss")
	const modified = "Mon, 23 Nov 2026 08:00:00 GMT"
	for name, c := range map[string]struct {
		fields []string
		want   int
	}{
		"same tag":              {[]string{"If-None-Match", doc.ETag}, 304},
		"weak":                  {[]string{"If-None-Match", "W/" + doc.ETag}, 304},
		"list":                  {[]string{"If-None-Match", `"a,b", W/"c" ,` + doc.ETag}, 304},
		"two fields":            {[]string{"If-None-Match", `"a"`, "If-None-Match", doc.ETag}, 304},
		"star":                  {[]string{"If-None-Match", "*"}, 304},
		"other tag":             {[]string{"If-None-Match", `"other"`}, 200},
		"unquoted":              {[]string{"If-None-Match", strings.Trim(doc.ETag, `"`)}, 200},
		"open quote":            {[]string{"If-None-Match", `"abc`}, 200},
		"empty":                 {[]string{"If-None-Match", ""}, 200},
		"tag wins over date":    {[]string{"If-None-Match", `"other"`, "If-Modified-Since", modified}, 200},
		"same date":             {[]string{"If-Modified-Since", modified}, 304},
		"later date":            {[]string{"If-Modified-Since", "Tue, 24 Nov 2026 08:00:00 GMT"}, 304},
		"RFC 850":               {[]string{"If-Modified-Since", "Monday, 23-Nov-26 08:00:00 GMT"}, 304},
		"earlier date":          {[]string{"If-Modified-Since", "Mon, 23 Nov 2026 07:59:59 GMT"}, 200},
		"no date":               {[]string{"If-Modified-Since", "yesterday"}, 200},
		"gzip tag, gzip":        {[]string{"If-None-Match", doc.GzipETag, "Accept-Encoding", "gzip"}, 304},
		"gzip tag, no gzip":     {[]string{"If-None-Match", doc.GzipETag}, 304},
		"weak gzip tag":         {[]string{"If-None-Match", "W/" + doc.GzipETag, "Accept-Encoding", "br, gzip"}, 304},
		"plain tag, gzip":       {[]string{"If-None-Match", doc.ETag, "Accept-Encoding", "gzip"}, 304},
		"tag and range":         {[]string{"If-None-Match", doc.ETag, "Range", "bytes=0-1"}, 304},
		"If-Match":              {[]string{"If-Match", doc.ETag}, 200},
		"If-Match, other":       {[]string{"If-Match", `"other"`}, 412},
		"If-Unmodified-Since":   {[]string{"If-Unmodified-Since", "Mon, 23 Nov 2026 07:00:00 GMT"}, 412},
		"nothing":               {nil, 200},
		"a hundred other tags ": {[]string{"If-None-Match", strings.Repeat(`"x", `, 100)}, 200},
	} {
		r := ask(h, "GET", "/go.rss", c.fields...)
		if r.Code != c.want {
			t.Errorf("%s: %d, want %d", name, r.Code, c.want)
		}
		if r.Code != http.StatusNotModified {
			continue
		}
		if got := r.Body.String(); got != "" {
			t.Errorf("%s: a 304 with a body", name)
		}
		for _, field := range []string{"ETag", "Cache-Control", "Vary", "Last-Modified"} {
			if r.Header().Get(field) == "" {
				t.Errorf("%s: a 304 without %s", name, field)
			}
		}
		if tag, sent := r.Header().Get("ETag"), c.fields[1]; strings.HasPrefix(c.fields[0], "If-None") && strings.HasPrefix(sent, `"`) && len(c.fields) < 4 && tag != sent && !strings.Contains(sent, ",") {
			t.Errorf("%s: asked with %s, answered with %s", name, sent, tag)
		}
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) { // C-05
	h, _ := newHandler(t)
	for _, encoding := range []string{"", "gzip"} {
		get, head := ask(h, "GET", "/go.atom", "Accept-Encoding", encoding), ask(h, "HEAD", "/go.atom", "Accept-Encoding", encoding)
		if head.Body.String() != "" || head.Code != http.StatusOK {
			t.Errorf("HEAD: %d, or a body", head.Code)
		}
		for name := range get.Header() {
			if get.Header().Get(name) != head.Header().Get(name) {
				t.Errorf("%s: HEAD says %q, GET %q", name, head.Header().Get(name), get.Header().Get(name))
			}
		}
		if n := len(get.Body.String()); head.Header().Get("Content-Length") != strconv.Itoa(n) {
			t.Errorf("HEAD says %s bytes, GET sends %d", head.Header().Get("Content-Length"), n)
		}
	}
}

func TestOtherMethods(t *testing.T) { // C-06
	h, _ := newHandler(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"} {
		if r := ask(h, method, "/go.rss"); r.Code != 405 || r.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, r.Code, r.Header().Get("Allow"))
		}
	}
}

func TestGzip(t *testing.T) { // C-08
	h, current := newHandler(t)
	doc, _ := current.Load().Lookup("/go.rss")
	for accept, want := range map[string]bool{
		"gzip": true, "GZIP": true, "x-gzip": true, "br, gzip;q=0.5": true, "*": true, "gzip; q=1.0": true, "identity;q=0.1,gzip": true,
		"": false, "identity": false, "gzip;q=0": false, "gzip;q=0.000": false, "*;q=0": false, "gzip;q=0, *": false, "br": false, "agzip": false,
	} {
		r := ask(h, "GET", "/go.rss", "Accept-Encoding", accept)
		got := r.Header().Get("Content-Encoding") == "gzip"
		if got != want || r.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: gzip is %t, want %t", accept, got, want)
		}
		if !got {
			continue
		}
		if r.Header().Get("ETag") != doc.GzipETag || doc.GzipETag == doc.ETag {
			t.Errorf("%q: ETag %s, plain %s", accept, r.Header().Get("ETag"), doc.ETag)
		}
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(z); err != nil || !bytes.Equal(b, doc.Body) {
			t.Errorf("%q: another body, or %v", accept, err)
		}
	}
}

func TestRange(t *testing.T) { // C-13
	h, current := newHandler(t)
	doc, _ := current.Load().Lookup("/go.rss")
	for name, c := range map[string]struct {
		fields []string
		status int
		want   string
	}{
		"first bytes":           {[]string{"Range", "bytes=0-4"}, 206, "<?xml"},
		"although gzip":         {[]string{"Range", "bytes=0-4", "Accept-Encoding", "gzip"}, 206, "<?xml"},
		"same tag":              {[]string{"Range", "bytes=0-4", "If-Range", doc.ETag}, 206, "<?xml"},
		"tag of the other form": {[]string{"Range", "bytes=0-4", "If-Range", doc.GzipETag}, 200, string(doc.Body)},
		"old tag":               {[]string{"Range", "bytes=0-4", "If-Range", `"old"`}, 200, string(doc.Body)},
		"too far":               {[]string{"Range", "bytes=9999999-"}, 416, ""},
	} {
		r := ask(h, "GET", "/go.rss", c.fields...)
		got := r.Body.String()
		if r.Code != c.status || c.want != "" && got != c.want {
			t.Errorf("%s: %d, %.40q", name, r.Code, got)
		}
		if c.status == 206 && (r.Header().Get("ETag") != doc.ETag || r.Header().Get("Content-Encoding") != "") {
			t.Errorf("%s: ETag %s, encoding %q", name, r.Header().Get("ETag"), r.Header().Get("Content-Encoding"))
		}
	}
}

func TestPaths(t *testing.T) { // S-43
	h, _ := newHandler(t)
	for path, want := range map[string]int{
		"/planet": 200, "/planet/": 200, "/planet/go.rss": 200, "/planet/go": 200, "/healthz": 200, "/planet/healthz": 200,
		"/planetx": 404, "/planetgo.rss": 404, "/nothing": 404, "/go.rss/../x": 404, "/../../etc/passwd": 404, "/%2e%2e/x": 404, "//go.rss": 404, "/go.html": 404,
		"/go/": 301, "/go.rss/": 301, "/planet/go/": 301,
	} {
		r := ask(h, "GET", path)
		if r.Code != want {
			t.Errorf("%s: %d, want %d", path, r.Code, want)
		}
		if to := r.Header().Get("Location"); want == 301 && !strings.HasPrefix(to, "https://feeds.example.org/planet/go") {
			t.Errorf("%s leads to %q", path, to)
		}
	}
}

func TestBeforeTheFirstSite(t *testing.T) {
	var current atomic.Pointer[publish.Site]
	h := web.Site(&current)
	for _, path := range []string{"/", "/healthz", "/go.rss"} {
		if r := ask(h, "GET", path); r.Code != 503 || r.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
	current.Store(newSite(t, "word", nil))
	if r := ask(h, "GET", "/healthz"); r.Code != 200 {
		t.Errorf("healthz: %d", r.Code)
	}
}

// A reader never gets a header of one site with the body of another.
func TestReadersDuringChanges(t *testing.T) { // C-12
	h, current := newHandler(t)
	sites := []*publish.Site{current.Load(), newSite(t, "other", current.Load())}
	bodies := map[string]string{}
	for _, site := range sites {
		d, _ := site.Lookup("/go.rss")
		bodies[d.ETag] = string(d.Body)
	}
	var stop atomic.Bool
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !stop.Load() {
				r := ask(h, "GET", "/go.rss")
				if bodies[r.Header().Get("ETag")] != r.Body.String() {
					t.Error("a mixed document")
					return
				}
			}
		})
	}
	for i := range 2000 {
		current.Store(sites[i%2])
	}
	stop.Store(true)
	readers.Wait()
}

// discard is a response writer that keeps its header map, as a server does for its part.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

func TestAllocations(t *testing.T) {
	h, current := newHandler(t)
	doc, _ := current.Load().Lookup("/go.rss")
	for name, c := range map[string]struct {
		fields []string
		status int
	}{
		"200 below the base path": {nil, 200},
		"304 by tag":              {[]string{"If-None-Match", doc.GzipETag, "Accept-Encoding", "gzip, br"}, 304},
		"304 by date":             {[]string{"If-Modified-Since", "Mon, 23 Nov 2026 08:00:00 GMT"}, 304},
		"200":                     {nil, 200},
		"200 gzip":                {[]string{"Accept-Encoding", "gzip"}, 200},
	} {
		path := "/go.rss"
		if strings.Contains(name, "base path") {
			path = "/planet/go.rss"
		}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(c.fields); i += 2 {
			r.Header.Set(c.fields[i], c.fields[i+1])
		}
		w := &discard{header: http.Header{}}
		allocations := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) })
		if w.status != c.status {
			t.Errorf("%s: status %d", name, w.status)
		}
		if allocations > 2 {
			t.Errorf("%s: %v allocations, at most 2 are allowed", name, allocations)
		}
	}
}

func BenchmarkServe304(b *testing.B) {
	h, current := newHandler(b)
	doc, _ := current.Load().Lookup("/go.rss")
	r := httptest.NewRequest(http.MethodGet, "/go.rss", nil)
	r.Header.Set("If-None-Match", doc.GzipETag)
	r.Header.Set("Accept-Encoding", "gzip")
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
