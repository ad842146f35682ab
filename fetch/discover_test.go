package fetch_test

import (
	"strings"
	"testing"

	"wiredesk/fetch"

	"github.com/google/go-cmp/cmp"
)

func TestDiscover(t *testing.T) {
	page := `<!doctype html><html><head><base href="/blog/"><title>Example</title>
<link rel="stylesheet alternate" type="application/rss+xml" href="style.css">
<link rel="alternate" type="application/rss+xml" title="Comments on Example" href="comments/feed">
<LINK REL='Alternate' TYPE='application/rss+xml; charset=utf-8' TITLE='Posts &amp; "more"' HREF=' feed '>
<link rel="alternate" type="application/atom+xml" href="https://example.org/blog/atom.xml#x"/>
<link rel="alternate" type="application/rss+xml" href="feed">
<link rel="alternate" type="application/feed+json" href="//cdn.example.org/feed.json">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">
<link rel="alternate" type="application/rss+xml" href="feed://example.org/x">
<link rel="alternate" hreflang="nl" href="/nl/">
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">
<link rel="https://api.w.org/" href="/wp-json/">
</head><body><a href="other.rss">Other <b>x</b></a><a href="/about">About</a><a href="/tags/go/index.xml"><img src="x"></a>
<!-- <a href="/hidden.rss">no</a> --><script>var x = '<a href="/no.rss">';</script>
<a type="application/rss+xml" rel="alternate" href="/typed">Typed</a></body></html>`
	want := []fetch.FeedLink{
		{URL: "https://example.org/blog/feed", Title: `Posts & "more"`, Type: "application/rss+xml"},
		{URL: "https://example.org/blog/atom.xml#x", Type: "application/atom+xml"},
		{URL: "https://cdn.example.org/feed.json", Type: "application/feed+json"},
		{URL: "https://example.org/typed", Type: "application/rss+xml"},
		{URL: "https://example.org/blog/comments/feed", Title: "Comments on Example", Type: "application/rss+xml"},
		{URL: "https://example.org/blog/other.rss", Title: "Other"},
		{URL: "https://example.org/tags/go/index.xml"},
	}
	got := fetch.Discover([]byte(page), "text/html; charset=utf-8", "https://example.org/start")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDiscoverHasLimits(t *testing.T) {
	var page strings.Builder
	for i := range 5000 {
		page.WriteString(`<link rel=alternate type=application/rss+xml href=/` + strings.Repeat("x", i%500) + `>`)
	}
	if n := len(fetch.Discover([]byte(page.String()), "", "https://example.org/")); n == 0 || n > 100 {
		t.Errorf("%d feeds", n)
	}
	if got := fetch.Discover([]byte("<a href="+strings.Repeat("/feed", 100_000)), "", ""); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func FuzzDiscover(f *testing.F) {
	f.Add([]byte(`<base href="//x/"><link rel=alternate type=application/rss+xml href=feed title="a&amp;b"><a href=rss.xml>x</a>`), "text/html", "https://example.org/")
	f.Add([]byte(`<link rel="alternate" type="application/atom+xml" href="javascript:x"`), "", "")
	f.Fuzz(func(t *testing.T, page []byte, contentType, address string) {
		seen := map[string]bool{}
		for _, l := range fetch.Discover(page, contentType, address) {
			if !strings.HasPrefix(l.URL, "http://") && !strings.HasPrefix(l.URL, "https://") || seen[l.URL] || strings.ContainsAny(l.URL+l.Title+l.Type, "\r\n\x00\x1b") {
				t.Fatalf("%+v", l)
			}
			seen[l.URL] = true
		}
	})
}
