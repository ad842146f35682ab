package publish_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/publish/valid"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// hostile are strings that break what is written without care.
var hostile = []string{
	"", "AT&T", "<script>alert(1)</script>", `" onmouseover="alert(1)`, "]]>", "-->", "&amp;lt;", "\x00\x0b\x1f", "\xff\xfe", "\ufffe\uffff",
	"a\r\nb", "\u202eevil", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "https://user:pass@example.org/ a?b c#d e",
	"https://example.org/ü", "http://exämple.org", "data:text/html,<script>", "//example.org", "http://", "http://[::1", "https://example.org/%zz%", "{{.}}", "\U0001F989", "مرحبا",
}

func anyString() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(hostile), rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }))
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.OneOf(
		rapid.Just(time.Time{}),
		rapid.Map(rapid.Int64Range(-1<<40, 1<<40), func(s int64) time.Time { return time.Unix(s, 5).In(time.FixedZone("x", 3600)) }),
	)
}

func anyCredit(t *rapid.T, label string) wiredesk.Credit {
	s := anyString()
	return wiredesk.Credit{ID: s.Draw(t, label+" id"), Title: s.Draw(t, label+" title"), URL: s.Draw(t, label+" url"), Link: s.Draw(t, label+" link"), Updated: anyTime().Draw(t, label+" updated")}
}

// anyEntry draws an entry of which only the HTML and the id are as they are promised to be.
func anyEntry(t *rapid.T, n int) wiredesk.Entry {
	s := anyString()
	content := rapid.SampledFrom([]string{"", "<p>Clean <em>content</em> ]]&gt;</p>", "plain \x01\xff text"})
	return wiredesk.Entry{
		ID: fmt.Sprintf("https://ids.example.org/?id=%d&x=%%C3%%BC", n), Title: s.Draw(t, "title"), Published: anyTime().Draw(t, "published"), Updated: anyTime().Draw(t, "updated"),
		Item: wiredesk.Item{
			Link: s.Draw(t, "link"), Summary: content.Draw(t, "summary"), Content: content.Draw(t, "content"),
			Authors:    []wiredesk.Author{{Name: s.Draw(t, "name"), Email: s.Draw(t, "email"), URL: s.Draw(t, "url")}},
			Categories: []wiredesk.Category{{Term: s.Draw(t, "term"), Scheme: s.Draw(t, "scheme"), Label: s.Draw(t, "label")}},
			Enclosures: []wiredesk.Enclosure{{URL: s.Draw(t, "file"), Type: s.Draw(t, "type"), Title: s.Draw(t, "file title"), Length: rapid.Int64().Draw(t, "length"), Duration: time.Duration(rapid.Int64().Draw(t, "duration"))}},
			Image:      s.Draw(t, "image"), Language: s.Draw(t, "language"), Rights: s.Draw(t, "rights"), Comments: s.Draw(t, "comments"), External: s.Draw(t, "external"),
			Origin:  &wiredesk.Origin{Title: s.Draw(t, "origin"), URL: s.Draw(t, "origin url"), Link: s.Draw(t, "origin link")},
			Podcast: &wiredesk.Podcast{Duration: time.Duration(rapid.Int64().Draw(t, "plays")), Episode: rapid.Int().Draw(t, "episode"), EpisodeType: s.Draw(t, "kind"), Explicit: s.Draw(t, "explicit"), Image: s.Draw(t, "cover"), Subtitle: s.Draw(t, "subtitle")},
		},
		Source:   anyCredit(t, "source"),
		Also:     []wiredesk.Coverage{{Title: s.Draw(t, "also"), Link: s.Draw(t, "also link"), Source: anyCredit(t, "also source"), Published: anyTime().Draw(t, "also published")}},
		Coverage: rapid.Int().Draw(t, "coverage"), Tags: []string{s.Draw(t, "tag")}, Note: s.Draw(t, "note"), Pinned: rapid.Bool().Draw(t, "pinned"),
	}
}

func TestWhateverComesInWhatGoesOutIsValid(t *testing.T) { // O-01, O-06, O-07, O-09, O-10, S-25, S-26, S-30
	rapid.Check(t, func(t *rapid.T) {
		s := anyString()
		in := publish.Input{Settings: settings(), At: day(23, 8)}
		in.Settings.Title, in.Settings.Language = s.Draw(t, "site"), s.Draw(t, "site language")
		e := wiredesk.Edition{Updated: anyTime().Draw(t, "edition"), Feed: wiredesk.Feed{
			Name: "all", Title: s.Draw(t, "feed title"), Description: s.Draw(t, "description"), Language: s.Draw(t, "feed language"),
			Image: s.Draw(t, "feed image"), HomePage: s.Draw(t, "home"), Author: s.Draw(t, "author"), Rights: s.Draw(t, "feed rights"),
		}}
		for i := range rapid.IntRange(0, 3).Draw(t, "entries") {
			e.Entries = append(e.Entries, anyEntry(t, i))
		}
		in.Editions = []wiredesk.Edition{e}
		in.Sources = []publish.Blog{{Title: s.Draw(t, "blog"), URL: s.Draw(t, "blog url"), Link: s.Draw(t, "blog link"), Tags: []string{s.Draw(t, "blog tag")}}}
		site, err := publish.Render(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range site.Problems() {
			t.Fatal(p)
		}
		agree(t, site, e.Entries)
		for _, d := range site.Documents() {
			wellFormed(t, d)
			faultless(t, d)
		}
	})
}

// faultless fails if a document, as a whole, has any fault.
func faultless(t fataler, d *publish.Document) {
	check, ok := map[string]func([]byte) valid.Report{".rss": valid.RSS, ".atom": valid.Atom, ".json": valid.JSON, ".opml": valid.OPML}[path.Ext(d.Path)]
	if !ok {
		return
	}
	if report := check(d.Body); len(report.Faults) > 0 {
		t.Fatalf("%s: %v\n%s", d.Path, report.Faults, d.Body)
	}
}

// agree fails unless all formats, read by another program, have the same entries in the
// same order, with the same links, and ids as they were given.
func agree(t *rapid.T, site *publish.Site, entries []wiredesk.Entry) {
	var first []string
	for _, path := range []string{"/all.json", "/all.rss", "/all.atom"} {
		d, _ := site.Lookup(path)
		feed, err := gofeed.NewParser().Parse(bytes.NewReader(d.Body))
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, d.Body)
		}
		var got []string
		for i, it := range feed.Items {
			if i >= len(entries) || it.GUID != entries[i].ID {
				t.Fatalf("%s: entry %d has the id %q", path, i, it.GUID)
			}
			got = append(got, it.GUID+" "+it.Link)
			if it.Link != "" && !strings.HasPrefix(it.Link, "http") {
				t.Fatalf("%s: link %q", path, it.Link)
			}
		}
		if len(got) != len(entries) {
			t.Fatalf("%s: %d entries, want %d", path, len(got), len(entries))
		}
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Fatalf("%s differs from /all.json (-want +got):\n%s", path, diff)
		}
	}
}

// fataler is what *testing.T and *rapid.T have in common here.
type fataler interface {
	Fatalf(format string, args ...any)
}

// wellFormed fails unless a document can be read to its end and no field of it is active.
func wellFormed(t fataler, d *publish.Document) {
	switch {
	case strings.Contains(d.Type, "json"):
		if !json.Valid(d.Body) {
			t.Fatalf("%s is not JSON:\n%s", d.Path, d.Body)
		}
		var v any
		if err := json.Unmarshal(d.Body, &v); err != nil {
			t.Fatalf("%s: %v", d.Path, err)
		}
		webOnly(t, v)
	case strings.Contains(d.Type, "html"):
		inert(t, d)
	default:
		x := xml.NewDecoder(bytes.NewReader(d.Body))
		for {
			token, err := x.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s is not well-formed: %v\n%s", d.Path, err, d.Body)
			}
			if start, ok := token.(xml.StartElement); ok {
				for _, a := range start.Attr {
					if address(a.Name.Local) && !webAddress(a.Value) && start.Name.Local != "category" {
						t.Fatalf("%s: %s of %s is %q", d.Path, a.Name.Local, start.Name.Local, a.Value)
					}
				}
			}
		}
	}
}

// webOnly fails if some address in a JSON value is not one of the web.
func webOnly(t fataler, v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			webOnly(t, one)
		}
	case map[string]any:
		for key, one := range v {
			s, isString := one.(string)
			if isString && slices.Contains([]string{"url", "external_url", "image", "icon", "home_page_url", "feed_url", "link", "about"}, key) && !webAddress(s) {
				t.Fatalf("%s is %q", key, s)
			}
			webOnly(t, one)
		}
	}
}

// address reports whether an attribute holds an address.
func address(name string) bool {
	return slices.Contains([]string{"href", "src", "url", "uri", "xmlUrl", "htmlUrl", "poster", "action", "formaction", "cite"}, name)
}

// webAddress reports whether s is an http(s) address of only such characters as a URI has.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && !strings.ContainsAny(s, " <>\"\\\t\n{}|^`")
}

// harmless reports whether following an address runs nothing. Cleaned texts may hold more
// than the addresses that we write ourselves.
func harmless(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "mailto:")
}

// inert fails if a browser would run anything on a page.
func inert(t fataler, d *publish.Document) {
	z := html.NewTokenizer(bytes.NewReader(d.Body))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		if slices.Contains([]string{"script", "iframe", "object", "embed", "form", "base", "svg", "math"}, token.Data) {
			t.Fatalf("%s has a %s", d.Path, token.Data)
		}
		for _, a := range token.Attr {
			icon := token.Data == "link" && strings.HasPrefix(a.Val, "data:image/svg+xml,")
			within := token.Data == "a" && (a.Val == "#main" || a.Val == "#subscribe") // of the page itself
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || address(a.Key) && !harmless(a.Val) && !icon && !within {
				t.Fatalf("%s: %s of %s is %q", d.Path, a.Key, token.Data, a.Val)
			}
		}
	}
}

func FuzzRender(f *testing.F) { // O-01
	for _, s := range hostile {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		in := input()
		e := &in.Editions[0].Entries[0]
		e.Title, e.Note, e.Source.Title, e.Also[0].Title = a, a, a, a
		e.Item.Content, e.Item.Rights = html.EscapeString(a), a
		e.Item.Link, e.Item.Image, e.Source.URL, e.Also[0].Link, e.Item.Enclosures[0].URL = b, b, b, b, b
		e.Item.Enclosures[0].Type, e.Item.Categories[0] = b, wiredesk.Category{Term: a, Scheme: b}
		in.Editions[0].Feed.Title, in.Sources[0].Title = a, a
		site, err := publish.Render(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range site.Problems() {
			t.Error(p)
		}
		for _, d := range site.Documents() {
			wellFormed(t, d)
			faultless(t, d)
		}
	})
}
