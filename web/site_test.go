package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

func TestGet(t *testing.T) { // C-07, C-09, C-10, C-11, O-16, S-45
	h, current := startSite(t)
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/go": "text/html; charset=utf-8", "/go.rss": "application/rss+xml; charset=utf-8",
		"/go.atom": "application/atom+xml; charset=utf-8", "/go.json": "application/feed+json; charset=utf-8",
	} {
		r := h.ask(t, "GET", path)
		doc, _ := current.Load().Lookup(path)
		if r.Code != http.StatusOK || r.Body != string(doc.Body) {
			t.Errorf("%s: %d, or another body", path, r.Code)
		}
		for name, want := range map[string]string{
			"Content-Type": want, "ETag": doc.ETag, "Last-Modified": "Mon, 23 Nov 2026 08:00:00 GMT", "Vary": "Accept-Encoding",
			"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*", "Accept-Ranges": "bytes",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if got := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; ") {
			t.Errorf("%s: policy %q", path, got)
		}
		if got := r.Header.Get("Cache-Control"); !strings.HasPrefix(got, "public, max-age=") {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
}

func TestNotModified(t *testing.T) { // C-03, C-04
	h, current := startSite(t)
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
		"gzip tag, gzip":        {[]string{"If-None-Match", doc.Tag(publish.Gzip)[0], "Accept-Encoding", "gzip"}, 304},
		"gzip tag, no gzip":     {[]string{"If-None-Match", doc.Tag(publish.Gzip)[0]}, 304},
		"weak gzip tag":         {[]string{"If-None-Match", "W/" + doc.Tag(publish.Gzip)[0], "Accept-Encoding", "br, gzip"}, 304},
		"plain tag, gzip":       {[]string{"If-None-Match", doc.ETag, "Accept-Encoding", "gzip"}, 304},
		"tag and range":         {[]string{"If-None-Match", doc.ETag, "Range", "bytes=0-1"}, 304},
		"If-Match":              {[]string{"If-Match", doc.ETag}, 200},
		"If-Match, other":       {[]string{"If-Match", `"other"`}, 412},
		"If-Unmodified-Since":   {[]string{"If-Unmodified-Since", "Mon, 23 Nov 2026 07:00:00 GMT"}, 412},
		"nothing":               {nil, 200},
		"a hundred other tags ": {[]string{"If-None-Match", strings.Repeat(`"x", `, 100)}, 200},
	} {
		r := h.ask(t, "GET", "/go.rss", c.fields...)
		if r.Code != c.want {
			t.Errorf("%s: %d, want %d", name, r.Code, c.want)
		}
		if r.Code != http.StatusNotModified {
			continue
		}
		if got := r.Body; got != "" {
			t.Errorf("%s: a 304 with a body", name)
		}
		for _, field := range []string{"ETag", "Cache-Control", "Vary", "Last-Modified"} {
			if r.Header.Get(field) == "" {
				t.Errorf("%s: a 304 without %s", name, field)
			}
		}
		if tag, sent := r.Header.Get("ETag"), c.fields[1]; strings.HasPrefix(c.fields[0], "If-None") && strings.HasPrefix(sent, `"`) && len(c.fields) < 4 && tag != sent && !strings.Contains(sent, ",") {
			t.Errorf("%s: asked with %s, answered with %s", name, sent, tag)
		}
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) { // C-05
	h, _ := startSite(t)
	for _, encoding := range []string{"", "gzip", "br", "zstd"} {
		get, head := h.ask(t, "GET", "/go.atom", "Accept-Encoding", encoding), h.ask(t, "HEAD", "/go.atom", "Accept-Encoding", encoding)
		if head.Body != "" || head.Code != http.StatusOK {
			t.Errorf("HEAD: %d, or a body", head.Code)
		}
		head.Header.Del("Date") // another second
		for name := range head.Header {
			if len(get.Header) != len(head.Header)+1 || get.Header.Get(name) != head.Header.Get(name) {
				t.Errorf("%s: HEAD says %q, GET %q", name, head.Header.Get(name), get.Header.Get(name))
			}
		}
		if n := len(get.Body); head.Header.Get("Content-Length") != strconv.Itoa(n) {
			t.Errorf("HEAD says %s bytes, GET sends %d", head.Header.Get("Content-Length"), n)
		}
	}
}

func TestOtherMethods(t *testing.T) { // C-06
	h, _ := startSite(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "X"} {
		if r := h.ask(t, method, "/go.rss"); r.Code != 405 || r.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %d, Allow %q", method, r.Code, r.Header.Get("Allow"))
		}
	}
}

func TestOptions(t *testing.T) { // C-11: what a browser asks for a reader that is a page of another site
	h, _ := startSite(t)
	for _, path := range []string{"/go.json", "/nothing"} {
		r := h.ask(t, "OPTIONS", path, "Origin", "https://reader.example.net", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "if-none-match,a-im")
		if r.Code != 204 || r.Header.Get("Access-Control-Allow-Origin") != "*" || r.Header.Get("Access-Control-Max-Age") == "" {
			t.Errorf("%s: %d %v", path, r.Code, r.Header)
		}
		allowed := strings.ToLower(r.Header.Get("Access-Control-Allow-Headers"))
		if !strings.Contains(allowed, "if-none-match") || !strings.Contains(allowed, "a-im") || !strings.Contains(r.Header.Get("Access-Control-Allow-Methods"), "GET") {
			t.Errorf("%s: allowed are %s by %s", path, allowed, r.Header.Get("Access-Control-Allow-Methods"))
		}
	}
	r := h.ask(t, "GET", "/go.json", "Origin", "https://reader.example.net")
	if got := r.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, "ETag") {
		t.Errorf("shown to the reader are %q", got)
	}
	if r := h.ask(t, "GET", "/nothing"); r.Code != 404 || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("what went wrong is hidden: %d %v", r.Code, r.Header)
	}
}

func TestCodings(t *testing.T) { // C-08
	h, current := startSite(t)
	doc, _ := current.Load().Lookup("/go.rss")
	const none, gz, br, zs, refused = "", "gzip", "br", "zstd", "406"
	for accept, want := range map[string]string{
		"gzip": gz, "GZIP": gz, "x-gzip": gz, "br;q=0.4, gzip;q=0.5": gz, "*": gz, "gzip; q=1.0": gz, "identity;q=0.1,gzip": gz, "deflate, gzip": gz,
		"gzip, deflate, br, zstd": br, "deflate, gzip, br, zstd": br, "gzip;q=0.2, br;q=0.1, *;q=0.001": gz, "BR": br, "br;q=0.001": br, "identity;q=0, br": br,
		"zstd": zs, "zstd, gzip": zs, "br;q=0.5, zstd;q=0.51, gzip;q=0.509": zs, "*;q=0, zstd": zs,
		"": none, "identity": none, "gzip;q=0": none, "gzip;q=0.000": none, "gzip;q=0, *": none, "agzip": none, "deflate": none, "compress, sdch": none,
		"identity;q=0.5, gzip;q=0.2": none, "gzip;q=, br;q=high, zstd;q=-1": none, ",;,q=1;,": none, "identity, *;q=0": none,
		"*;q=0": refused, "identity;q=0": refused, "deflate, identity;q=0": refused, "gzip;q=0, identity;q=0": refused,
	} {
		r := h.ask(t, "GET", "/go.rss", "Accept-Encoding", accept)
		if r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", accept, r.Header.Get("Vary"))
		}
		if want == refused {
			if r.Code != http.StatusNotAcceptable {
				t.Errorf("%q: %d, want 406", accept, r.Code)
			}
			continue
		}
		got := r.Header.Get("Content-Encoding")
		if got != want || r.Code != http.StatusOK {
			t.Errorf("%q: coding %q, want %q; %d", accept, got, want, r.Code)
		}
		if body := decoded(t, got, r.Body); body != string(doc.Body) {
			t.Errorf("%q: another body", accept)
		}
	}
}

// Each form has a validator of its own, and each is answered with 304, however a proxy on the
// way has made it look.
func TestValidatorOfEveryForm(t *testing.T) { // C-01, C-04, C-08
	h, _ := startSite(t)
	seen := map[string]string{}
	for _, accept := range []string{"identity", "gzip", "br", "zstd"} {
		r := h.ask(t, "GET", "/go.atom", "Accept-Encoding", accept)
		tag := r.Header.Get("ETag")
		if other, ok := seen[tag]; ok || tag == "" || strings.HasPrefix(tag, "W/") {
			t.Errorf("%s has the tag %s, as has %q", accept, tag, other)
		}
		seen[tag] = accept
		for _, again := range []string{accept, "identity", "gzip, br, zstd"} {
			for _, sent := range []string{tag, "W/" + tag, `"x", ` + tag} {
				r := h.ask(t, "GET", "/go.atom", "If-None-Match", sent, "Accept-Encoding", again)
				if r.Code != http.StatusNotModified || r.Body != "" || r.Header.Get("ETag") != tag {
					t.Errorf("%s asked for with %s: %d, tag %s", sent, again, r.Code, r.Header.Get("ETag"))
				}
			}
		}
		if r := h.ask(t, "GET", "/go.rss", "If-None-Match", tag); r.Code != http.StatusOK {
			t.Errorf("%s is of another document: %d", tag, r.Code)
		}
	}
}

// decoded returns a body as it was before a content coding.
func decoded(t *testing.T, coding, body string) string {
	t.Helper()
	var r io.Reader
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(strings.NewReader(body))
	case "br":
		r = brotli.NewReader(strings.NewReader(body))
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(strings.NewReader(body), zstd.WithDecoderMaxWindow(8<<20))
		if err == nil {
			defer z.Close()
			r = z
		}
	default:
		return body
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is small is sent as it is, except to those who do not take that.
func TestSmallDocument(t *testing.T) { // C-08
	site := render(t, publish.Input{Editions: []wiredesk.Edition{{Feed: wiredesk.Feed{Name: "go", Title: "Go"}}}})
	var current atomic.Pointer[publish.Site]
	current.Store(site)
	h := start(t, web.Site(&current))
	for accept, want := range map[string]string{"gzip, br": "", "gzip, identity;q=0": "gzip", "br, *;q=0": "br"} {
		r := h.ask(t, "GET", "/go.atom", "Accept-Encoding", accept)
		if got := r.Header.Get("Content-Encoding"); got != want || r.Code != http.StatusOK || !strings.Contains(decoded(t, got, r.Body), "</feed>") {
			t.Errorf("%q: coding %q, want %q; %d", accept, got, want, r.Code)
		}
	}
}

func TestRange(t *testing.T) { // C-13
	h, current := startSite(t)
	doc, _ := current.Load().Lookup("/go.rss")
	for name, c := range map[string]struct {
		fields []string
		status int
		want   string
	}{
		"first bytes":           {[]string{"Range", "bytes=0-4"}, 206, "<?xml"},
		"although gzip":         {[]string{"Range", "bytes=0-4", "Accept-Encoding", "gzip"}, 206, "<?xml"},
		"same tag":              {[]string{"Range", "bytes=0-4", "If-Range", doc.ETag}, 206, "<?xml"},
		"tag of the other form": {[]string{"Range", "bytes=0-4", "If-Range", doc.Tag(publish.Gzip)[0]}, 200, string(doc.Body)},
		"old tag":               {[]string{"Range", "bytes=0-4", "If-Range", `"old"`}, 200, string(doc.Body)},
		"weak tag":              {[]string{"Range", "bytes=0-4", "If-Range", "W/" + doc.ETag}, 200, string(doc.Body)},
		"same date":             {[]string{"Range", "bytes=0-4", "If-Range", "Mon, 23 Nov 2026 08:00:00 GMT"}, 206, "<?xml"},
		"last bytes":            {[]string{"Range", "bytes=-7"}, 206, "</rss>\n"},
		"too far":               {[]string{"Range", "bytes=9999999-"}, 416, ""},
		"another unit":          {[]string{"Range", "items=0-3"}, 200, string(doc.Body)}, // RFC 9110 section 14.2
		"still that form":       {[]string{"If-Match", doc.Tag(publish.Brotli)[0]}, 200, string(doc.Body)},
		"not that any more":     {[]string{"If-Match", `"old"`}, 412, ""},
	} {
		r := h.ask(t, "GET", "/go.rss", c.fields...)
		got := r.Body
		if r.Code != c.status || c.want != "" && got != c.want {
			t.Errorf("%s: %d, %.40q", name, r.Code, got)
		}
		if c.status == 206 && (r.Header.Get("ETag") != doc.ETag || r.Header.Get("Content-Encoding") != "") {
			t.Errorf("%s: ETag %s, encoding %q", name, r.Header.Get("ETag"), r.Header.Get("Content-Encoding"))
		}
	}
}

func TestPaths(t *testing.T) { // S-43
	h, _ := startSite(t)
	for path, want := range map[string]int{
		"/planet": 200, "/planet/": 200, "/planet/go.rss": 200, "/planet/go": 200, "/healthz": 200, "/planet/healthz": 200,
		"/planetx": 404, "/planetgo.rss": 404, "/nothing": 404, "/go.rss/../x": 404, "/../../etc/passwd": 404, "/%2e%2e/x": 404, "//go.rss": 404, "/go.html": 404,
		"/go/": 301, "/go.rss/": 301, "/planet/go/": 301,
	} {
		r := h.ask(t, "GET", path)
		if r.Code != want {
			t.Errorf("%s: %d, want %d", path, r.Code, want)
		}
		if to := r.Header.Get("Location"); want == 301 && !strings.HasPrefix(to, "https://feeds.example.org/planet/go") {
			t.Errorf("%s leads to %q", path, to)
		}
	}
}

func TestBeforeTheFirstSite(t *testing.T) {
	var current atomic.Pointer[publish.Site]
	h := start(t, door(&current))
	for _, path := range []string{"/", "/healthz", "/go.rss"} {
		if r := h.ask(t, "GET", path); r.Code != 503 || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
	current.Store(newSite(t, "word", nil))
	if r := h.ask(t, "GET", "/healthz"); r.Code != 200 {
		t.Errorf("healthz: %d", r.Code)
	}
}

// A reader never gets a header of one site with the body of another.
func TestReadersDuringChanges(t *testing.T) { // C-12
	h, current := startSite(t)
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
				r := h.ask(t, "GET", "/go.rss")
				if bodies[r.Header.Get("ETag")] != r.Body {
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

// All that stands between the server and a document allocates at most twice: what counts, what
// limits, what sends. The header of the answer is kept here, as that is the server's part.
func TestAllocations(t *testing.T) {
	site, current := newHandler(t)
	named := web.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}} // as of httptest
	h := web.NewMetrics("v1", at, func() web.Figures { return web.Figures{} }).Count(web.NewLimits(named, nil).Handler(site))
	doc, _ := current.Load().Lookup("/go.rss")
	for i, c := range []struct {
		path   string
		fields []string
		status int
	}{
		{"/go.rss", nil, 200},
		{"/planet/go.rss", nil, 200},
		{"/go.rss", []string{"Accept-Encoding", "gzip"}, 200},
		{"/go.rss", []string{"If-None-Match", doc.Tag(publish.Gzip)[0], "Accept-Encoding", "gzip, br"}, 304},
		{"/go.rss", []string{"If-Modified-Since", "Mon, 23 Nov 2026 08:00:00 GMT"}, 304},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		for f := 0; f < len(c.fields); f += 2 {
			r.Header.Set(c.fields[f], c.fields[f+1])
		}
		r.Header.Set("X-Forwarded-For", "192.0.2.77, 203.0.113."+strconv.Itoa(i))
		w := &discard{header: http.Header{}}
		allocations := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) })
		if w.status != c.status {
			t.Errorf("%s %v: status %d", c.path, c.fields, w.status)
		}
		if allocations > 2 {
			t.Errorf("%s %v: %v allocations, at most 2 are allowed", c.path, c.fields, allocations)
		}
	}
}

func BenchmarkServe304(b *testing.B) {
	h, current := newHandler(b)
	doc, _ := current.Load().Lookup("/go.rss")
	r := httptest.NewRequest(http.MethodGet, "/go.rss", nil)
	r.Header.Set("If-None-Match", doc.Tag(publish.Gzip)[0])
	r.Header.Set("Accept-Encoding", "gzip")
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
