package publish_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"testing"

	"wiredesk"
	"wiredesk/publish"

	"github.com/mmcdole/gofeed"
	"pgregory.net/rapid"
)

// Whatever stands in the entries: without those that readers have, a document is still one,
// and has all the others.
func TestSinceWhateverComesIn(t *testing.T) {
	inside := rapid.SampledFrom([]string{
		"", "<p>plain</p>", "]]></item><item>", "<item>", "</item>", "</entry>", "<entry >", "<![CDATA[", "]]>", "<!-- </item> ", "&lt;item&gt;", "<p>]]&gt;</item></p>",
	})
	rapid.Check(t, func(t *rapid.T) {
		e := wiredesk.Edition{Feed: wiredesk.Feed{Name: "all", Title: inside.Draw(t, "feed")}, Updated: day(22, 0)}
		for i := range rapid.IntRange(2, 5).Draw(t, "entries") {
			entry := anyEntry(t, i)
			entry.Title, entry.Item.Content, entry.Item.Summary = inside.Draw(t, "title"), inside.Draw(t, "content"), inside.Draw(t, "summary")
			entry.Published = day(20, 0)
			e.Entries = append(e.Entries, entry)
		}
		known := rapid.IntRange(1, len(e.Entries)-1).Draw(t, "known")
		before := e
		before.Entries = e.Entries[len(e.Entries)-known:]
		in := publish.Input{Settings: settings(), At: day(23, 8), Editions: []wiredesk.Edition{before}}
		in.Previous = mustRender(t, in)
		in.Editions = []wiredesk.Edition{e}
		site := mustRender(t, in)
		for _, path := range []string{"/all.rss", "/all.atom"} {
			old, ok := in.Previous.Lookup(path)
			now, found := site.Lookup(path)
			if !ok || !found {
				t.Fatalf("%s is not there: %v %v", path, in.Previous.Problems(), site.Problems())
			}
			delta, base, ok := now.Since(`"x"`, old.ETag)
			if !ok || base != old.ETag || delta.ETag != now.ETag {
				t.Fatalf("%s: %t, since %s, tag %s", path, ok, base, delta.ETag)
			}
			if got, want := guids(t, delta.Body), guids(t, now.Body)[:len(e.Entries)-known]; !slices.Equal(got, want) {
				t.Fatalf("%s: new are %v, want %v", path, got, want)
			}
		}
	})
}

func mustRender(t *rapid.T, in publish.Input) *publish.Site {
	site, err := publish.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// guids returns the ids of the entries of a feed that is well-formed.
func guids(t *rapid.T, document []byte) []string {
	for x := xml.NewDecoder(bytes.NewReader(document)); ; {
		if _, err := x.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v in %s", err, document)
		}
	}
	feed, err := gofeed.NewParser().ParseString(string(document))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, it := range feed.Items {
		all = append(all, it.GUID)
	}
	return all
}
