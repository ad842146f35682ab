package web_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"

	"github.com/mmcdole/gofeed"
)

// long is more than what is sent uncompressed.
func long(word string) string { return strings.Repeat(word+" & ]]&gt; ", 200) }

// startFeed serves a feed with these texts. What comes back puts others in their place.
func startFeed(t *testing.T, texts ...string) (server, func(e wiredesk.Edition) *publish.Site) {
	t.Helper()
	var current atomic.Pointer[publish.Site]
	current.Store(render(t, publish.Input{Editions: []wiredesk.Edition{edition(texts...)}}))
	return start(t, web.Site(&current)), func(e wiredesk.Edition) *publish.Site {
		site := render(t, publish.Input{Editions: []wiredesk.Edition{e}, Previous: current.Load()})
		current.Store(site)
		return site
	}
}

// titles returns those of the entries of a feed, in their order.
func titles(t *testing.T, document string) []string {
	t.Helper()
	feed, err := gofeed.NewParser().ParseString(document)
	if err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if feed.Title != "Go" {
		t.Errorf("the feed is called %q", feed.Title)
	}
	var all []string
	for _, it := range feed.Items {
		all = append(all, it.Title)
	}
	return all
}

// Who asks for it is sent what is new or was edited since the version that he has, as a whole
// document (RFC 3229).
func TestOnlyWhatIsNew(t *testing.T) {
	s, publishEdition := startFeed(t, long("one"), long("two"), long("three"))
	before := map[string]answer{}
	for _, path := range []string{"/go.rss", "/go.atom", "/go.json", "/go"} {
		for _, accept := range []string{"identity", "gzip", "br", "zstd"} {
			before[path+accept] = s.ask(t, "GET", path, "Accept-Encoding", accept, "A-IM", "feed")
		}
	}
	site := publishEdition(edition(long("one"), long("two, edited"), long("three"), long("four"), "five"))
	for _, path := range []string{"/go.rss", "/go.atom"} {
		for _, accept := range []string{"identity", "gzip", "br", "zstd"} {
			tag := before[path+accept].Header.Get("ETag")
			r := s.ask(t, "GET", path, "Accept-Encoding", accept, "A-IM", "vcdiff, Feed;q=0.9", "If-None-Match", `"other", W/`+tag)
			whole := s.ask(t, "GET", path, "Accept-Encoding", accept)
			if r.Code != 226 || r.Header.Get("IM") != "feed" || r.Header.Get("Delta-Base") != tag || r.Header.Get("Accept-Ranges") != "" {
				t.Fatalf("%s %s: %d %v", path, accept, r.Code, r.Header)
			}
			for name, want := range map[string]string{
				"ETag": whole.Header.Get("ETag"), "Content-Type": whole.Header.Get("Content-Type"), "Last-Modified": whole.Header.Get("Last-Modified"),
				"Cache-Control": strings.Replace(whole.Header.Get("Cache-Control"), "public", "no-store, im", 1),
				"Vary":          "Accept-Encoding, A-IM, If-None-Match", "Access-Control-Allow-Origin": "*",
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q, want %q", path, accept, name, got, want)
				}
			}
			if got, want := titles(t, decoded(t, r.Header.Get("Content-Encoding"), r.Body)), []string{"Entry 5", "Entry 4", "Entry 2"}; !slices.Equal(got, want) {
				t.Errorf("%s %s: the entries are %v, want %v", path, accept, got, want)
			}
			if len(r.Body) >= len(whole.Body) {
				t.Errorf("%s %s: %d bytes, the whole has %d", path, accept, len(r.Body), len(whole.Body))
			}
			if again := s.ask(t, "GET", path, "A-IM", "feed", "Accept-Encoding", accept, "If-None-Match", r.Header.Get("ETag")); again.Code != 304 {
				t.Errorf("%s %s: its tag is answered with %d", path, accept, again.Code)
			}
		}
	}
	doc, _ := site.Lookup("/go.rss")
	tag := before["/go.rssidentity"].Header.Get("ETag")
	for name, c := range map[string]struct {
		method, path string
		fields       []string
		want         int
	}{
		"not asked for":       {"GET", "/go.rss", []string{"If-None-Match", tag}, 200},
		"another one":         {"GET", "/go.rss", []string{"A-IM", "vcdiff, gzip", "If-None-Match", tag}, 200},
		"refused":             {"GET", "/go.rss", []string{"A-IM", "feed;q=0", "If-None-Match", tag}, 200},
		"no version":          {"GET", "/go.rss", []string{"A-IM", "feed"}, 200},
		"unknown version":     {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", `"AAAAAAAAAAAAAAAAAAAAAA"`}, 200},
		"a short tag":         {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", `"", "x"`}, 200},
		"unknown coding":      {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", strings.TrimSuffix(tag, `"`) + `-lzma"`}, 200},
		"by date":             {"GET", "/go.rss", []string{"A-IM", "feed", "If-Modified-Since", "Mon, 23 Nov 2026 07:00:00 GMT"}, 200},
		"the present one":     {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", doc.ETag}, 304},
		"old and present one": {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", tag + ", " + doc.ETag}, 304},
		"HEAD":                {"HEAD", "/go.rss", []string{"A-IM", "feed", "If-None-Match", tag}, 200},
		"range":               {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", tag, "Range", "bytes=0-4"}, 206},
		"nothing acceptable":  {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", tag, "Accept-Encoding", "*;q=0"}, 406},
		"a tag of Atom's":     {"GET", "/go.rss", []string{"A-IM", "feed", "If-None-Match", before["/go.atomidentity"].Header.Get("ETag")}, 200},
		"JSON Feed":           {"GET", "/go.json", []string{"A-IM", "feed", "If-None-Match", before["/go.jsonidentity"].Header.Get("ETag")}, 200},
		"the page":            {"GET", "/go", []string{"A-IM", "feed", "If-None-Match", before["/goidentity"].Header.Get("ETag")}, 200},
	} {
		if r := s.ask(t, c.method, c.path, c.fields...); r.Code != c.want || r.Header.Get("IM") != "" {
			t.Errorf("%s: %d, want %d; %v", name, r.Code, c.want, r.Header)
		}
	}
}

// Of several versions that a reader names, the newest counts; each version has its own
// answer, and where all is new or nothing, the whole document is sent.
func TestNewSinceEachVersion(t *testing.T) {
	s, publishEdition := startFeed(t, "1")
	texts := []string{"1"}
	tags := []string{s.ask(t, "GET", "/go.rss").Header.Get("ETag")}
	for i := range 7 {
		texts = append(texts, fmt.Sprint(i+2))
		publishEdition(edition(texts...))
		tags = append(tags, s.ask(t, "GET", "/go.rss").Header.Get("ETag"))
	}
	for range 2 {
		for i, tag := range tags[:len(tags)-1] {
			for _, sent := range []string{tag, strings.Join(tags[:i+1], ", ")} {
				r := s.ask(t, "GET", "/go.rss", "A-IM", "feed", "If-None-Match", sent)
				if got := titles(t, r.Body); r.Code != 226 || len(got) != len(tags)-1-i || got[0] != "Entry 8" || r.Header.Get("Delta-Base") != tag {
					t.Errorf("since version %d: %d with %v", i, r.Code, got)
				}
			}
		}
	}
	publishEdition(edition("all", "is", "new"))
	if r := s.ask(t, "GET", "/go.rss", "A-IM", "feed", "If-None-Match", tags[7]); r.Code != 200 || len(titles(t, r.Body)) != 3 {
		t.Errorf("all is new: %d with %v", r.Code, titles(t, r.Body))
	}
	tag := s.ask(t, "GET", "/go.rss").Header.Get("ETag")
	publishEdition(edition("all", "is"))
	if r := s.ask(t, "GET", "/go.rss", "A-IM", "feed", "If-None-Match", tag); r.Code != 200 || len(titles(t, r.Body)) != 2 {
		t.Errorf("one is gone and nothing new: %d with %v", r.Code, titles(t, r.Body))
	}
}

// A version of before a restart is known if it was the last one.
func TestNewSinceARestart(t *testing.T) {
	dir := t.TempDir()
	vault, _, err := publish.OpenVault(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := render(t, inputOf(edition("1", "2")))
	if err := vault.Keep(last); err != nil {
		t.Fatal(err)
	}
	_, restored, err := publish.OpenVault(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var current atomic.Pointer[publish.Site]
	current.Store(restored)
	s := start(t, web.Site(&current))
	tag := s.ask(t, "GET", "/go.rss").Header.Get("ETag")
	for _, texts := range [][]string{{"1", "2"}, {"1", "2", "3"}} {
		in := inputOf(edition(texts...))
		in.Previous, in.Stamps = current.Load(), last.Stamps()
		current.Store(render(t, in))
	}
	r := s.ask(t, "GET", "/go.rss", "A-IM", "feed", "If-None-Match", tag)
	if got := titles(t, r.Body); r.Code != 226 || len(got) != 1 || got[0] != "Entry 3" {
		t.Errorf("%d with %v", r.Code, got)
	}
}

// What is remembered is bounded: a version of long ago gets the whole document.
func TestOldVersionsAreForgotten(t *testing.T) {
	s, publishEdition := startFeed(t, "kept", "0")
	first := s.ask(t, "GET", "/go.rss").Header.Get("ETag")
	second := ""
	for i := range 200 {
		if r := s.ask(t, "GET", "/go.rss", "A-IM", "feed", "If-None-Match", first); i > 0 && r.Code != 226 {
			t.Fatalf("after %d changes: %d", i, r.Code)
		}
		publishEdition(edition("kept", fmt.Sprint(i+1)))
		if i == 0 {
			second = s.ask(t, "GET", "/go.rss").Header.Get("ETag")
		}
	}
	if r := s.ask(t, "GET", "/go.rss", "A-IM", "feed", "If-None-Match", first); r.Code != 200 {
		t.Errorf("after 200 changes: %d", r.Code)
	}
	if r := s.ask(t, "GET", "/go.rss", "A-IM", "feed", "If-None-Match", second); r.Code != 226 {
		t.Errorf("after 199 changes: %d", r.Code)
	}
}
