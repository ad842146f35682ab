package publish_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"wiredesk"
	"wiredesk/publish"
)

func TestAutodiscovery(t *testing.T) { // O-02, O-18
	site := render(t, input())
	for page, names := range map[string][]string{"/": {"all", "quiet"}, "/all": {"all"}, "/quiet": {"quiet"}} {
		body := string(document(t, site, page).Body)
		for _, name := range names {
			for ext, mime := range map[string]string{"rss": "application/rss&#43;xml", "atom": "application/atom&#43;xml", "json": "application/feed&#43;json"} {
				link := fmt.Sprintf(`href="https://feeds.example.org/planet/%s.%s">`, name, ext)
				if !strings.Contains(body, `<link rel="alternate" type="`+mime) || !strings.Contains(body, link) {
					t.Errorf("%s does not announce %s", page, link)
				}
			}
		}
	}
	for path, self := range map[string]string{
		"/all.rss":  `href="https://feeds.example.org/planet/all.rss" rel="self"`,
		"/all.atom": `rel="self" href="https://feeds.example.org/planet/all.atom"`,
		"/all.json": `"feed_url":"https://feeds.example.org/planet/all.json"`,
	} {
		if !bytes.Contains(document(t, site, path).Body, []byte(self)) {
			t.Errorf("%s does not say %s", path, self)
		}
	}
}

func TestPolicyAllowsTheStyleOfThePageAndNothingElse(t *testing.T) { // C-10, S-45
	site := render(t, input())
	for _, d := range site.Documents() {
		if !strings.HasPrefix(d.Policy, "default-src 'none'") || strings.Contains(d.Policy, "unsafe") {
			t.Errorf("%s: policy %q", d.Path, d.Policy)
		}
		if !strings.HasPrefix(d.Type, "text/html") {
			continue
		}
		_, rest, _ := strings.Cut(string(d.Body), "<style>")
		style, _, _ := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(style))
		if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; style == "" || !strings.Contains(d.Policy, want) {
			t.Errorf("%s: the policy does not allow its own style (%s)", d.Path, want)
		}
		if strings.Contains(string(d.Body), "<script") {
			t.Errorf("%s has a script", d.Path)
		}
	}
}

func TestIndexWithNothing(t *testing.T) { // O-11
	site := render(t, publish.Input{Settings: settings(), At: day(1, 1)})
	if body := document(t, site, "/").Body; !bytes.Contains(body, []byte("Nothing here yet")) {
		t.Errorf("the empty index says nothing:\n%s", body)
	}
	if _, ok := site.Lookup("/sources.opml"); ok {
		t.Error("there is OPML without an outline, which is not valid")
	}
}

func TestLanguageOfOurWords(t *testing.T) { // O-12
	in := input()
	in.Editions[0].Feed.Language = "de-AT"
	site := render(t, in)
	for _, path := range []string{"/all", "/all.rss", "/all.atom", "/all.json"} {
		if !bytes.Contains(document(t, site, path).Body, []byte("Auch berichtet von:")) {
			t.Errorf("%s does not speak German", path)
		}
	}
	in.Editions[0].Feed.Language = "tlh"
	if !bytes.Contains(document(t, render(t, in), "/all").Body, []byte("Also covered by:")) {
		t.Error("a language that we do not speak does not fall back to English")
	}
}

func TestEntryThatIsTooShort(t *testing.T) {
	in := input()
	in.Editions = in.Editions[:1]
	in.Editions[0].Entries = []wiredesk.Entry{{
		ID: "https://example.org/1", Title: "Only a title", Published: day(1, 1), Updated: day(1, 1), Item: wiredesk.Item{Link: "https://example.org/1"},
	}}
	site := render(t, in)
	for path, want := range map[string]string{
		"/all.rss":  "<description>&lt;p&gt;&lt;a href=",
		"/all.atom": `<content type="html">`,
		"/all.json": `"content_html":"<p><a href=`,
	} {
		if !bytes.Contains(document(t, site, path).Body, []byte(want)) {
			t.Errorf("%s has no content, which its format demands", path)
		}
	}
}

// A menu of hundreds of feeds would be on each of hundreds of pages: they are at the front page.
func TestManyFeedsHaveNoMenu(t *testing.T) {
	for n, want := range map[int]bool{2: true, 40: true, 41: false} {
		in := publish.Input{Settings: settings(), At: day(23, 8)}
		for i := range n {
			in.Editions = append(in.Editions, wiredesk.Edition{Feed: wiredesk.Feed{Name: fmt.Sprintf("feed-%d", i), Title: fmt.Sprintf("Title %d", i)}, Updated: day(22, 0)})
		}
		site := render(t, in)
		page, _ := site.Lookup("/feed-0")
		if got := strings.Contains(string(page.Body), "Title 1"); got != want {
			t.Errorf("%d feeds: another one is on the page: %t", n, got)
		}
		if index, _ := site.Lookup("/"); !strings.Contains(string(index.Body), fmt.Sprintf("Title %d", n-1)) {
			t.Errorf("%d feeds: the last one is not on the front page", n)
		}
	}
}
