package fetch_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func parse(t *testing.T, body string) *wiredesk.Document {
	t.Helper()
	doc, err := fetch.Parse([]byte(body), fetch.ParseOptions{URL: "https://example.org/feed", Now: now})
	if err != nil {
		t.Fatalf("%v\n%.300s", err, body)
	}
	return doc
}

// anonymous returns items without what depends on the bytes of their document.
func anonymous(items []wiredesk.Item) []wiredesk.Item {
	for i := range items {
		items[i].Mark = 0
	}
	return items
}

// The same story in RSS, Atom and JSON Feed, its text as CDATA, escaped and as XHTML.
var sameStory = map[string]string{
	"rss, CDATA": `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Desk &amp; co</title><link>https://example.org/</link><language>en</language>
<item><guid isPermaLink="false">tag:example.org,2026:1</guid><link>https://example.org/1</link><title><![CDATA[‘Curly’ & “so on” – AT&T]]></title><description><![CDATA[A <b>summary</b> &amp; more]]></description><content:encoded><![CDATA[<p>One <a href="/two">two</a> &lt;three&gt;</p>]]></content:encoded><dc:creator>Example Author</dc:creator><category>Wires</category><enclosure url="https://media.example.org/1.mp3" type="audio/mpeg" length="99"/><pubDate>Mon, 02 Mar 2026 09:00:00 +0100</pubDate><dcterms:modified>2026-03-03T00:00:00Z</dcterms:modified></item></channel></rss>`,
	"rss, escaped": `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dcterms="http://purl.org/dc/terms/"><channel><title>Desk &amp; co</title><link>https://example.org/</link><language>en</language>
<item><guid isPermaLink="false">tag:example.org,2026:1</guid><link>https://example.org/1</link><title>&#8216;Curly&#8217; &amp; &ldquo;so on&rdquo; &#x2013; AT&amp;T</title><description>A &lt;b&gt;summary&lt;/b&gt; &amp;amp; more</description><content:encoded>&lt;p&gt;One &lt;a href="/two"&gt;two&lt;/a&gt; &amp;lt;three&amp;gt;&lt;/p&gt;</content:encoded><author>Example Author</author><category>Wires</category><enclosure url="https://media.example.org/1.mp3" type="audio/mpeg" length="99"/><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate><dcterms:modified>2026-03-03T00:00:00Z</dcterms:modified></item></channel></rss>`,
	"atom, xhtml": `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Desk &amp; co</title><id>urn:f</id><link href="https://example.org/"/>
<entry><id>tag:example.org,2026:1</id><link href="https://example.org/1"/><title>‘Curly’ &amp; “so on” – AT&amp;T</title><summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>summary</b> &amp; more</div></summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <a href="/two">two</a> &lt;three&gt;</p></div></content><author><name>Example Author</name></author><category term="Wires"/><link rel="enclosure" href="https://media.example.org/1.mp3" type="audio/mpeg" length="99"/><published>2026-03-02T08:00:00Z</published><updated>2026-03-03T00:00:00Z</updated></entry></feed>`,
	"atom, html": `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title type="html">Desk &amp;amp; co</title><id>urn:f</id><link href="https://example.org/"/><author><name>Example Author</name></author>
<entry><id>tag:example.org,2026:1</id><link href="https://example.org/1"/><title type="html">&amp;lsquo;Curly&amp;rsquo; &amp;amp; &amp;#8220;so on&amp;#8221; – AT&amp;amp;T</title><summary type="html"><![CDATA[A <b>summary</b> &amp; more]]></summary><content type="html">&lt;p&gt;One &lt;a href="/two"&gt;two&lt;/a&gt; &amp;lt;three&amp;gt;&lt;/p&gt;</content><category term="Wires"/><link rel="enclosure" href="https://media.example.org/1.mp3" type="audio/mpeg" length="99"/><published>2026-03-02T08:00:00Z</published><updated>2026-03-03T00:00:00Z</updated></entry></feed>`,
	"json": `{"version":"https://jsonfeed.org/version/1.1","title":"Desk & co","home_page_url":"https://example.org/","language":"en","items":[{"id":"tag:example.org,2026:1","url":"https://example.org/1","title":"‘Curly’ & “so on” – AT&T","summary":"A summary & more","content_html":"<p>One <a href=\"/two\">two</a> &lt;three&gt;</p>","authors":[{"name":"Example Author"}],"tags":["Wires"],"attachments":[{"url":"https://media.example.org/1.mp3","mime_type":"audio/mpeg","size_in_bytes":99}],"date_published":"2026-03-02T08:00:00Z","date_modified":"2026-03-03T00:00:00Z"}]}`,
}

// TestSameStory is Q-12.
func TestSameStory(t *testing.T) {
	want := anonymous(parse(t, sameStory["rss, CDATA"]).Items)
	if want[0].Title != "‘Curly’ & “so on” – AT&T" || want[0].Content != `<p>One <a href="https://example.org/two">two</a> &lt;three&gt;</p>` {
		t.Fatalf("%+v", want[0])
	}
	for name, body := range sameStory {
		doc := parse(t, body)
		got := anonymous(doc.Items)
		if name == "json" { // its summary cannot have markup
			got[0].Summary = want[0].Summary
		}
		if diff := cmp.Diff(want, got); diff != "" || doc.Channel.Title != "Desk & co" || !doc.Whole {
			t.Errorf("%s: %q (-want +got)\n%s", name, doc.Channel.Title, diff)
		}
	}
}

// TestTruncated is Q-05: cut after any byte, a document is read as far as it goes, says
// that it is not whole, and never loses an entry that was.
func TestTruncated(t *testing.T) {
	for name, body := range sameStory {
		end := map[string]string{"rss": "</item>", "atom": "</entry>", "json": "}"}[strings.SplitN(name, ",", 2)[0]]
		whole := parse(t, body)
		second := strings.LastIndex(body, end) + len(end)
		for n := range len(body) {
			doc, err := fetch.Parse([]byte(body[:n]), fetch.ParseOptions{URL: "https://example.org/feed", Now: now})
			if err != nil {
				if !errors.Is(err, fetch.ErrNotFeed) {
					t.Fatalf("%s cut after %d bytes: %v", name, n, err)
				}
				continue
			}
			if doc.Whole {
				t.Fatalf("%s cut after %d bytes is whole", name, n)
			}
			if name != "json" && n >= second && cmp.Diff(anonymous(whole.Items), anonymous(doc.Items)) != "" {
				t.Fatalf("%s cut after %d bytes: its entry is lost", name, n)
			}
			for _, it := range doc.Items {
				if it.GUID != whole.Items[0].GUID {
					t.Fatalf("%s cut after %d bytes has the item %q", name, n, it.GUID)
				}
			}
		}
	}
}

// TestMissingParts is Q-07: whatever an item lacks, it is the same item the next time, and
// another one than its neighbour.
func TestMissingParts(t *testing.T) {
	for _, format := range []string{"rss", "atom", "json"} {
		for bits := range 16 {
			item := func(n int) string {
				var b strings.Builder
				add := func(bit int, rss, atom, json string) {
					if bits&bit != 0 {
						fmt.Fprintf(&b, map[string]string{"rss": rss, "atom": atom, "json": json}[format], n)
					}
				}
				add(1, "<guid>id-%d</guid>", "<id>id-%d</id>", `"id":"id-%d",`)
				add(2, "<link>https://example.org/%d</link>", `<link href="https://example.org/%d"/>`, `"url":"https://example.org/%d",`)
				add(4, "<title>Title %d</title>", "<title>Title %d</title>", `"title":"Title %d",`)
				add(8, "<pubDate>Mon, %02d Mar 2026 00:00:00 GMT</pubDate>", "<published>2026-03-%02dT00:00:00Z</published>", `"date_published":"2026-03-%02dT00:00:00Z",`)
				return b.String() + map[string]string{"rss": fmt.Sprintf("<description>Body %d</description>", n), "atom": fmt.Sprintf("<content>Body %d</content>", n), "json": fmt.Sprintf(`"content_text":"Body %d"`, n)}[format]
			}
			body := map[string]string{
				"rss":  "<rss version='2.0'><channel><title>t</title><item>" + item(1) + "</item><item>" + item(2) + "</item></channel></rss>",
				"atom": "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry>" + item(1) + "</entry><entry>" + item(2) + "</entry></feed>",
				"json": `{"version":"https://jsonfeed.org/version/1","items":[{` + item(1) + "},{" + item(2) + "}]}",
			}[format]
			a, b := parse(t, body).Items, parse(t, body).Items
			if len(a) != 2 || a[0].Mark == a[1].Mark || a[0].Mark != b[0].Mark {
				t.Fatalf("%s %04b: %+v", format, bits, a)
			}
			for i := range a {
				first := wiredesk.FirstIdentity(&a[i], wiredesk.IdentityAuto)
				if first == "" || first != wiredesk.FirstIdentity(&b[i], wiredesk.IdentityAuto) || first == wiredesk.FirstIdentity(&a[1-i], wiredesk.IdentityAuto) {
					t.Errorf("%s %04b: identity %q", format, bits, first)
				}
				if a[i].Published.IsZero() || (bits&8 == 0) != a[i].Published.Equal(now) {
					t.Errorf("%s %04b: published %v", format, bits, a[i].Published)
				}
			}
		}
	}
}

// TestLimits is Q-14 and S-20, S-22: what is too much is cut, and the rest is kept.
func TestParseLimits(t *testing.T) {
	rss := func(item string) string {
		return "<rss version='2.0'><channel><title>t</title><item><guid>1</guid>" + item + "</item><item><guid>2</guid></item></channel></rss>"
	}
	var names, bases strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&names, `<x:a xmlns:n%d="u%d">`, i, i)
		fmt.Fprintf(&bases, `<div xml:base="a%d/">`, i)
	}
	for name, body := range map[string]string{
		"nested prefixes":  rss(names.String()),
		"nested xml:base":  rss("<description>" + bases.String() + "</description>"),
		"CDATA fragments":  rss("<x:y>" + strings.Repeat("<![CDATA[a]]>", 40_000) + "</x:y>"),
		"CDATA in text":    rss("<description>" + strings.Repeat("<![CDATA[a]]>", 40_000) + "</description>"),
		"deep nesting":     rss(strings.Repeat("<a>", 1_000_000)),
		"many attributes":  rss("<description " + strings.Repeat(`a="b" `, 100_000) + ">x</description>"),
		"a long text":      rss("<description>" + strings.Repeat("word ", 1_000_000) + "</description>"),
		"many enclosures":  rss(strings.Repeat("<enclosure url='https://example.org/x'/>", 10_000)),
		"many categories":  rss(strings.Repeat("<category>x</category>", 10_000)),
		"billion laughs":   `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>` + rss("<title>&b;&b;</title>"),
		"external entity":  `<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + rss("<title>&x;</title>"), // S-19
		"open quotes":      rss(strings.Repeat(`<a b="`, 100_000)),
		"open comments":    rss("<description>" + strings.Repeat("&lt;!--", 100_000) + "</description>"),
		"broken reference": rss("<title>" + strings.Repeat("&#", 500_000) + "</title>"),
		"nested bold":      rss("<description>" + strings.Repeat("&lt;b&gt;", 100_000) + "</description>"),
	} {
		doc := parse(t, body)
		if len(doc.Items) == 0 || doc.Items[0].GUID != "1" && name != "deep nesting" {
			t.Errorf("%s: %d items, %v", name, len(doc.Items), doc.Repairs)
		}
		for _, it := range doc.Items {
			if len(it.Summary) > 2<<20 || len(it.Title) > 4000 || len(it.Enclosures) > 100 || len(it.Categories) > 100 || strings.Contains(it.Title, "aaaa") || strings.Contains(it.Title, "root:") {
				t.Errorf("%s: item %s is %d bytes, title %.100q", name, it.GUID, len(it.Summary), it.Title)
			}
		}
	}
	doc := parse(t, "<rss version='2.0'><channel>"+strings.Repeat("<item><title>x</title></item>", 10_500)+"</channel></rss>")
	if len(doc.Items) != 10_000 || doc.Dropped != 500 || doc.Whole {
		t.Errorf("%d items, %d dropped, whole %v", len(doc.Items), doc.Dropped, doc.Whole)
	}
}

// TestMarks: an entry that is known is not cleaned again, and whatever changes what an
// entry becomes changes its mark.
func TestMarks(t *testing.T) {
	for name, body := range sameStory {
		first := parse(t, body).Items[0]
		doc, err := fetch.Parse([]byte(body), fetch.ParseOptions{URL: "https://example.org/feed", Now: now, Known: func(m uint64) bool { return m == first.Mark }})
		if err != nil {
			t.Fatal(err)
		}
		want := wiredesk.Item{GUID: first.GUID, Link: first.Link, Title: first.Title, Mark: first.Mark, Known: true}
		if diff := cmp.Diff([]wiredesk.Item{want}, doc.Items); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		again := parse(t, strings.Replace(body, "Desk &", "Other desk &", 1)).Items[0]
		if again.Mark != first.Mark {
			t.Errorf("%s: another title of the channel changes the mark", name)
		}
		for _, change := range [][2]string{{"three", "four"}, {"Wires", "Wired"}, {"1.mp3", "2.mp3"}, {`"en"`, `"nl"`}, {">en<", ">nl<"}, {"Example Author", "Another"}, {"2026-03-03", "2026-03-04"}} {
			other := strings.ReplaceAll(body, change[0], change[1])
			if other != body && parse(t, other).Items[0].Mark == first.Mark {
				t.Errorf("%s: the mark does not change with %q", name, change[0])
			}
		}
		for _, o := range []fetch.ParseOptions{
			{Source: &wiredesk.Source{Base: "https://elsewhere.example/"}}, {Source: &wiredesk.Source{KeepTrackers: true}}, {Source: &wiredesk.Source{Dates: wiredesk.DatesSeen}},
		} {
			o.URL, o.Now = "https://example.org/feed", now
			doc, err := fetch.Parse([]byte(body), o)
			if err != nil || doc.Items[0].Mark == first.Mark {
				t.Errorf("%s: the mark does not change with %+v (%v)", name, o.Source, err)
			}
		}
	}
}

func TestRepairKeys(t *testing.T) {
	body := `<rss version="2.0"><channel><title>t</title><link>https://wrong.example/</link><item><title>x</title><link>/1?utm_source=a</link><pubDate>Mon, 02 Mar 2026 00:00:00 GMT</pubDate><description>&lt;a href="y?fbclid=1"&gt;y&lt;/a&gt;</description></item></channel></rss>`
	doc, err := fetch.Parse([]byte(body), fetch.ParseOptions{URL: "https://example.org/feed", Now: now, Source: &wiredesk.Source{Base: "https://right.example/", KeepTrackers: true, Dates: wiredesk.DatesSeen}})
	if err != nil {
		t.Fatal(err)
	}
	it := doc.Items[0]
	if it.Link != "https://right.example/1?utm_source=a" || it.Summary != `<a href="https://right.example/y?fbclid=1">y</a>` || !it.Published.Equal(now) || it.DateSaid != "Mon, 02 Mar 2026 00:00:00 GMT" {
		t.Errorf("%+v", it)
	}
}

// TestNotAFeed: one clear line says what came instead, and no more of it than that (S-13).
func TestNotAFeed(t *testing.T) {
	for body, want := range map[string]string{
		"":                                       "not a feed: the document is empty",
		" \n\t":                                  "not a feed: the document is empty",
		`{"error":"x"}`:                          "not a feed: it is JSON, but has neither a version of JSON Feed nor a title and items",
		`[1,2]`:                                  `not a feed: it is text`,
		"404\x1b[31m not found\r\nSet-Cookie: x": `not a feed: it is text`,
		"<html><head><title>Log\nin</title></head><body><form>":                                      `not a feed: it is the page "Log in", which announces no feed`,
		`<?xml version="1.0"?><sitemap><url/></sitemap>`:                                             "not a feed: it is XML of another kind",
		`<!doctype html><title>Blog</title><link rel=alternate type=application/rss+xml href=/feed>`: `not a feed: it is the page "Blog", which announces the feed https://example.org/feed`,
	} {
		doc, err := fetch.Parse([]byte(body), fetch.ParseOptions{URL: "https://example.org/"})
		if doc != nil || !errors.Is(err, fetch.ErrNotFeed) || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", body, err, want)
		}
	}
	_, err := fetch.Parse([]byte(`<html><link rel="alternate" type="application/atom+xml" href="a.xml"><link rel="alternate" type="application/rss+xml" href="b.xml">`), fetch.ParseOptions{URL: "https://example.org/x/"})
	var page *fetch.PageError
	if !errors.As(err, &page) || len(page.Feeds) != 2 || page.Feeds[1].URL != "https://example.org/x/b.xml" {
		t.Errorf("%v", err)
	}
}

// render writes items as Atom, as far as Atom can say what they say.
func render(items []wiredesk.Item) []byte {
	var b bytes.Buffer
	esc := func(s string) string {
		var e bytes.Buffer
		_ = xml.EscapeText(&e, []byte(s))
		return e.String()
	}
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:f</id>`)
	for _, it := range items {
		fmt.Fprintf(&b, `<entry xml:lang="%s"><id>%s</id><title>%s</title><link href="%s"/>`, esc(it.Language), esc(it.GUID), esc(it.Title), esc(it.Link))
		fmt.Fprintf(&b, `<published>%s</published>`, it.Published.Format(time.RFC3339Nano))
		if !it.Updated.IsZero() {
			fmt.Fprintf(&b, `<updated>%s</updated>`, it.Updated.Format(time.RFC3339Nano))
		}
		for _, a := range it.Authors {
			fmt.Fprintf(&b, `<author><name>%s</name><email>%s</email><uri>%s</uri></author>`, esc(a.Name), esc(a.Email), esc(a.URL))
		}
		for _, c := range it.Categories {
			fmt.Fprintf(&b, `<category term="%s" scheme="%s" label="%s"/>`, esc(c.Term), esc(c.Scheme), esc(c.Label))
		}
		for _, e := range it.Enclosures {
			fmt.Fprintf(&b, `<link rel="enclosure" href="%s" type="%s" length="%d" title="%s"/>`, esc(e.URL), esc(e.Type), e.Length, esc(e.Title))
		}
		fmt.Fprintf(&b, `<summary type="html">%s</summary><content type="html">%s</content></entry>`, esc(it.Summary), esc(it.Content))
	}
	b.WriteString(`</feed>`)
	return b.Bytes()
}

// carried returns what render writes of items.
func carried(items []wiredesk.Item) []wiredesk.Item {
	var out []wiredesk.Item
	for _, it := range items {
		kept := wiredesk.Item{
			GUID: it.GUID, Link: it.Link, Title: it.Title, Summary: it.Summary, Content: it.Content, Language: it.Language,
			Authors: it.Authors, Categories: it.Categories, Published: it.Published, Updated: it.Updated,
		}
		for _, e := range it.Enclosures {
			e.Duration = 0
			kept.Enclosures = append(kept.Enclosures, e)
		}
		if kept.GUID == "" && kept.Link == "" && kept.Title == "" && kept.Summary == "" && kept.Content == "" && len(kept.Enclosures) == 0 {
			continue // only a picture
		}
		out = append(out, kept)
	}
	return out
}

// TestReadWhatWeWrote is Q-16: what was read, written and read again is the same.
func TestReadWhatWeWrote(t *testing.T) {
	check := func(t *rapid.T, items []wiredesk.Item) {
		want := carried(items)
		doc, err := fetch.Parse(render(want), fetch.ParseOptions{Now: now, Source: &wiredesk.Source{}})
		if err != nil {
			t.Fatalf("%v", err)
		}
		got := carried(doc.Items)
		for i := range got {
			if got[i].Link == "" || i < len(want) && want[i].Link == "" {
				got[i].Link, want[i].Link = "", "" // a guid may stand in for it
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-first +second)\n%s", diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z<>&;"' /#]{0,40}`), rapid.SampledFrom([]string{"<p>x</p>", "&amp;lt;b&gt;", "https://example.org/a b", "javascript:x", "a@example.org (A)", "Mon, 02 Mar 2026 09:00:00 +0100", "<![CDATA[x]]>"}))
		var b strings.Builder
		esc := func(s string) string {
			var e bytes.Buffer
			_ = xml.EscapeText(&e, []byte(s))
			return e.String()
		}
		b.WriteString(`<rss version="2.0"><channel><title>t</title>`)
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			b.WriteString("<item>")
			for range rapid.IntRange(0, 8).Draw(t, "elements") {
				name := rapid.SampledFrom([]string{"title", "link", "guid", "description", "author", "category", "pubDate", "content:encoded", "dc:creator", "comments"}).Draw(t, "name")
				fmt.Fprintf(&b, "<%s>%s</%s>", name, esc(text.Draw(t, "text")), name)
			}
			b.WriteString("</item>")
		}
		b.WriteString("</channel></rss>")
		doc, err := fetch.Parse([]byte(b.String()), fetch.ParseOptions{URL: "https://example.org/", Now: now})
		if err != nil {
			t.Fatalf("%v", err)
		}
		check(t, doc.Items)
	})
}

// feedsFolder returns the folder with third-party feeds, or skips the test.
func feedsFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WIREDESK_FEEDS")
	if dir == "" {
		dir = "../../shared/feeds"
	}
	if _, err := os.Stat(filepath.Join(dir, "real")); err != nil {
		t.Skip("no third-party feeds here; set WIREDESK_FEEDS to a folder that has them")
	}
	return dir
}

// notFeeds are captures that are pieces of feeds, or pages, by their own account.
var notFeeds = map[string]bool{"unrecognized.rss": true}

var commentsOut = regexp.MustCompile(`(?s)<!--.*?-->`)

// TestRealFeeds: every real capture yields its items, and nothing in them can do harm.
func TestRealFeeds(t *testing.T) {
	dir := feedsFolder(t)
	read, items := 0, 0
	err := filepath.WalkDir(filepath.Join(dir, "real"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch ext := filepath.Ext(path); {
		case strings.Contains(path, "output"), ext != ".xml" && ext != ".rss" && ext != ".atom" && ext != ".json" && ext != ".xml-not_tested":
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc, err := fetch.Parse(body, fetch.ParseOptions{URL: "https://example.org/feed", Now: now})
		body = commentsOut.ReplaceAll(body, nil)
		entries := bytes.Count(body, []byte("<item>")) + bytes.Count(body, []byte("<item ")) + bytes.Count(body, []byte("<entry>")) + bytes.Count(body, []byte("<entry ")) + bytes.Count(body, []byte(`"date_published"`))
		if err != nil {
			if strings.HasSuffix(path, "Entry.xml") || strings.HasSuffix(path, "EntryContent.xml") || strings.HasSuffix(path, "EntryDescription.xml") || notFeeds[filepath.Base(path)] {
				return nil // pieces of a feed's text
			}
			t.Errorf("%s: %v", path, err)
			return nil
		}
		read, items = read+1, items+len(doc.Items)
		if len(doc.Items) != entries || doc.Dropped > 0 {
			t.Errorf("%s: %d items of %d, %d dropped, %v", path, len(doc.Items), entries, doc.Dropped, doc.Repairs)
		}
		checkSafe(t, doc)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d feeds, %d items", read, items)
}

// TestFeedparserFeeds: nothing in feedparser's tests makes us panic or lets anything
// active through.
func TestFeedparserFeeds(t *testing.T) {
	dir := feedsFolder(t)
	err := filepath.WalkDir(filepath.Join(dir, "feedparser"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if doc, err := fetch.Parse(body, fetch.ParseOptions{URL: "https://example.org/feed", Now: now}); err == nil {
			checkSafe(t, doc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkSafe looks for what must not be in a document: S-25, S-26, S-31.
func checkSafe(t interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, doc *wiredesk.Document,
) {
	t.Helper()
	web := func(s string) bool {
		return s == "" || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
	}
	for _, s := range append([]string{doc.Channel.Link, doc.Channel.Self, doc.Channel.Image, doc.Channel.Next, doc.Channel.Archive}, doc.Channel.Hubs...) {
		if !web(s) {
			t.Errorf("channel address %q", s)
		}
	}
	for i := range doc.Items {
		it := &doc.Items[i]
		for _, s := range []string{it.Link, it.Image, it.Comments, it.External} {
			if !web(s) {
				t.Errorf("address %q", s)
			}
		}
		for _, e := range it.Enclosures {
			if !web(e.URL) || e.URL == "" {
				t.Errorf("enclosure %q", e.URL)
			}
		}
		line := []string{it.Title, it.Rights, it.Language, doc.Channel.Title, doc.Channel.Description}
		for _, a := range it.Authors {
			line = append(line, a.Name, a.Email, a.URL)
		}
		for _, c := range it.Categories {
			line = append(line, c.Term, c.Label, c.Scheme)
		}
		for _, s := range line {
			if strings.ContainsAny(s, "\x00\x08\x1b\r\n\u202e\u2028") {
				t.Errorf("hidden characters in %q", s)
			}
		}
		for _, s := range []string{it.Summary, it.Content} {
			if found := fetch.Active(t, s); found != "" {
				t.Errorf("%s in %.300q", found, s)
			}
		}
		if it.Published.Location() != time.UTC || it.Published.After(now.Add(15*time.Minute)) || !it.Updated.IsZero() && !it.Updated.After(it.Published) {
			t.Errorf("dates %v, %v", it.Published, it.Updated)
		}
	}
	if _, err := json.Marshal(doc); err != nil {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range sameStory {
		f.Add([]byte(body), "text/xml; charset=utf-8")
	}
	files, err := filepath.Glob("testdata/parse/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, feed, _ := bytes.Cut(raw, []byte("-- feed --\n"))
		feed, _, _ = bytes.Cut(feed, []byte("-- items.json --\n"))
		f.Add(feed, "")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		o := fetch.ParseOptions{URL: "https://example.org/feed", ContentType: contentType, Now: now}
		doc, err := fetch.Parse(body, o)
		if err != nil {
			if !errors.Is(err, fetch.ErrNotFeed) || strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Fatalf("%q", err)
			}
			if strings.Contains(err.Error(), "went wrong") {
				t.Fatal(err)
			}
			return
		}
		checkSafe(t, doc)
		o.Known = func(uint64) bool { return true }
		again, err := fetch.Parse(body, o)
		if err != nil || len(again.Items) < len(doc.Items) {
			t.Fatalf("known: %v, %d items of %d", err, len(again.Items), len(doc.Items))
		}
		if len(again.Items) == len(doc.Items) {
			for i := range again.Items {
				if a, b := again.Items[i], doc.Items[i]; a.Mark != b.Mark || a.GUID != b.GUID || a.Link != b.Link || a.Title != b.Title {
					t.Fatalf("known: %+v\nnot known: %+v", a, b)
				}
			}
		}
	})
}
