package publish_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/publish"

	"github.com/gorilla/feeds"
)

// fifty is a feed of 50 entries and about 97 KB.
func fifty() wiredesk.Edition {
	e := wiredesk.Edition{Feed: wiredesk.Feed{Name: "all", Title: "Fifty"}, Updated: day(22, 0)}
	for i := range 50 {
		var text strings.Builder
		for n := range 14 {
			fmt.Fprintf(&text, "<p>Paragraph %d of entry %d says something about number %d, <em>quoted</em> from <a href=\"https://example.org/%d\">there</a>.</p>\n", n, i, i*n*7919%1000, n)
		}
		at := day(22, 0).Add(-time.Duration(i) * time.Hour)
		e.Entries = append(e.Entries, wiredesk.Entry{
			ID: fmt.Sprintf("https://example.org/%d", i), Title: fmt.Sprintf("Title of entry %d", i), Published: at, Updated: at,
			Item: wiredesk.Item{
				Link: fmt.Sprintf("https://example.org/%d", i), Content: text.String(),
				Authors: []wiredesk.Author{{Name: "Example Author"}}, Categories: []wiredesk.Category{{Term: "go"}, {Term: "news"}},
			},
			Source: journal(), Coverage: 1,
		})
	}
	return e
}

// BenchmarkBuild renders, checks, hashes and compresses a feed of 50 entries in all formats
// and the page: when it is new, when one of the entries is, and when none is. Beside it, what
// gorilla/feeds alone needs for RSS and Atom.
func BenchmarkBuild(b *testing.B) {
	e := fifty()
	b.Run("gorilla", func(b *testing.B) {
		f := &feeds.Feed{Title: "Fifty", Link: &feeds.Link{Href: "https://example.org"}, Updated: e.Updated}
		for i := range e.Entries {
			it := &e.Entries[i]
			f.Items = append(f.Items, &feeds.Item{
				Id: it.ID, Title: it.Title, Link: &feeds.Link{Href: it.Item.Link}, Created: it.Published, Updated: it.Updated,
				Author: &feeds.Author{Name: "Example Author"}, Content: it.Item.Content,
			})
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.ToRss(); err != nil {
				b.Fatal(err)
			}
			if _, err := f.ToAtom(); err != nil {
				b.Fatal(err)
			}
		}
	})
	in := publish.Input{Settings: settings(), Editions: []wiredesk.Edition{e}, At: day(23, 0)}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			site := render(b, in)
			b.ReportMetric(float64(len(document(b, site, "/all.rss").Body)), "rss-bytes")
		}
	})
	b.Run("new item", func(b *testing.B) {
		next := in
		next.Previous = render(b, in)
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			fresh := e.Entries[0]
			fresh.ID = fmt.Sprintf("https://example.org/new/%d", n)
			fresh.Published = day(22, 1).Add(time.Duration(n) * time.Second)
			fresh.Updated = fresh.Published
			newer := e
			newer.Updated = fresh.Updated
			newer.Entries = append([]wiredesk.Entry{fresh}, e.Entries[:49]...)
			next.Editions = []wiredesk.Edition{newer}
			render(b, next)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		in.Previous = render(b, in)
		b.ReportAllocs()
		for b.Loop() {
			render(b, in)
		}
	})
}
