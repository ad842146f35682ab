package publish_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"wiredesk"
	"wiredesk/publish"

	"github.com/google/go-cmp/cmp"
)

// hostileEntries are entries of which every string is s.
func hostileEntries(s string) []wiredesk.Entry {
	credit := wiredesk.Credit{ID: s, Title: s, URL: s, Link: s, Genre: s, Updated: day(22, 0)}
	e := wiredesk.Entry{
		ID: "tag:example.org,2026:1", Title: s, Published: day(21, 0), Updated: day(21, 0),
		Item: wiredesk.Item{
			Link: s, Summary: html.EscapeString(s), Content: html.EscapeString(s), Image: s, Language: s, Rights: s, License: s, Comments: s, External: s,
			Authors: []wiredesk.Author{{Name: s, Email: s, URL: s}}, Categories: []wiredesk.Category{{Term: s, Scheme: s, Label: s}},
			Enclosures: []wiredesk.Enclosure{{URL: s, Type: s, Title: s}, {URL: "https://example.org/" + s, Type: s, Title: s, Duration: -time.Hour}},
			Origin:     &wiredesk.Origin{Title: s, URL: s, Link: s, ID: s},
			Podcast:    &wiredesk.Podcast{Episode: -1, EpisodeType: s, Explicit: s, Image: s, Subtitle: s},
		},
		Source: credit, Also: []wiredesk.Coverage{{Title: s, Link: s, Source: credit}}, Tags: []string{s}, Note: s,
	}
	twin := e
	twin.ID, twin.Item.Content, twin.Item.Summary = "tag:example.org,2026:2", "", ""
	return []wiredesk.Entry{e, twin}
}

// TestHostileStrings puts each of the strings that break things wherever one can stand.
func TestHostileStrings(t *testing.T) { // O-01, O-06, O-07, O-08
	for _, s := range append(slices.Clone(hostile),
		"</b>", "a</script>b", "&nbsp;&#38;", "R&D2", "Bob <bob@example.org>", "\u00c3\u00a9", "\ufffd", "qq", "tag:x", "x@localhost", strings.Repeat("word ", 2000)) {
		in := publish.Input{Settings: settings(), At: day(23, 8)}
		in.Settings.Title, in.Settings.Language = s, s
		in.Editions = []wiredesk.Edition{{
			Feed: wiredesk.Feed{Name: "all", Title: s, Description: s, Language: s, Image: s, HomePage: s, Author: s, Rights: s}, Entries: hostileEntries(s),
		}}
		in.Sources = []publish.Blog{{Title: s, URL: s, Link: s, Tags: []string{s}}, {Title: s, URL: "https://example.org/feed", Link: s, Tags: []string{s}}}
		site := render(t, in)
		for _, p := range site.Problems() {
			t.Errorf("%q: %v", s, p)
		}
		for _, d := range site.Documents() {
			wellFormed(t, d)
			faultless(t, d)
		}
	}
}

// rssOf, atomOf and jsonOf read the documents of the small site, each as it is.
func rssOf(t *testing.T) *element {
	t.Helper()
	return readXML(t, document(t, render(t, input()), "/all.rss").Body)
}

func atomOf(t *testing.T) *element {
	t.Helper()
	return readXML(t, document(t, render(t, input()), "/all.atom").Body)
}

type jsonDoc map[string]any

func (d jsonDoc) item(n int) jsonDoc             { return d["items"].([]any)[n].(map[string]any) }
func (d jsonDoc) object(key string) jsonDoc      { return d[key].(map[string]any) }
func (d jsonDoc) list(key string, n int) jsonDoc { return d[key].([]any)[n].(map[string]any) }

func jsonOf(t *testing.T) jsonDoc {
	t.Helper()
	var d jsonDoc
	if err := json.Unmarshal(document(t, render(t, input()), "/all.json").Body, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// want fails unless two lists of what a document says are equal.
func want(t *testing.T, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestSelfLinkIsWhereItIsServed(t *testing.T) { // O-02
	site := render(t, input())
	for _, path := range []string{"/all.rss", "/all.atom", "/quiet.rss", "/quiet.atom"} {
		d := document(t, site, path)
		channel := readXML(t, d.Body)
		if path[len(path)-3:] == "rss" {
			channel = channel.first("channel")
		}
		if got := channel.link("self"); got != site.BaseURL()+path {
			t.Errorf("%s says that it is at %s", path, got)
		}
	}
	if got := jsonOf(t)["feed_url"]; got != site.BaseURL()+"/all.json" {
		t.Errorf("/all.json says that it is at %s", got)
	}
}

func TestIDsAreThoseOfTheLedger(t *testing.T) { // O-03
	var ids []string
	for _, e := range input().Editions[0].Entries {
		ids = append(ids, e.ID)
	}
	var fromJSON []string
	for i := range ids {
		fromJSON = append(fromJSON, jsonOf(t).item(i)["id"].(string))
	}
	want(t, "RSS", rssOf(t).first("channel").texts("item", "guid"), ids)
	want(t, "Atom", atomOf(t).texts("entry", "id"), ids)
	want(t, "JSON Feed", fromJSON, ids)
}

func TestUpdatedComesFromTheEntry(t *testing.T) { // O-04
	in := input()
	before := readXML(t, document(t, render(t, in), "/all.atom").Body).texts("entry", "updated")
	in.At = in.At.Add(time.Hour)
	in.Editions[0].Entries = in.Editions[0].Entries[1:] // neighbours do not matter
	after := readXML(t, document(t, render(t, in), "/all.atom").Body).texts("entry", "updated")
	want(t, "updated without a neighbour", after, before[1:])
	in.Editions[0].Entries[0].Updated = day(23, 5)
	edited := readXML(t, document(t, render(t, in), "/all.atom").Body).texts("entry", "updated")
	if edited[0] <= after[0] || !slices.Equal(edited[1:], after[1:]) {
		t.Errorf("after an edit %q, before %q", edited, after)
	}
}

func TestNoTwoEntriesOfAtomHaveOneUpdated(t *testing.T) { // O-01
	in := input()
	for i := range 300 {
		e := microblog()
		e.ID = fmt.Sprintf("tag:example.org,2026:%d", i)
		in.Editions[0].Entries = append(in.Editions[0].Entries, e)
	}
	site := render(t, in)
	faultless(t, document(t, site, "/all.atom"))
}

func TestAttribution(t *testing.T) { // O-05
	item := rssOf(t).first("channel").first("item")
	want(t, "source of RSS", []string{item.first("source").attr("url"), item.first("source").text}, []string{"https://journal.example.com/feed", "Example Journal"})
	want(t, "authors of RSS", item.own("creator"), []string{"Example Author", "second@example.com"})
	want(t, "rights of RSS", append(item.own("rights"), item.own("license")...), []string{"© Example Journal", "https://creativecommons.org/licenses/by/4.0/"})
	want(t, "categories of RSS", append(item.own("category"), item.first("category").attr("domain")), []string{"Go", "R&D", "worth-it", "https://journal.example.com/topics"})
	want(t, "discussion of RSS", item.own("comments"), []string{"https://journal.example.com/1#comments"})

	entry := atomOf(t).first("entry")
	source := entry.first("source")
	want(t, "source of Atom", []string{source.own("id")[0], source.own("title")[0], source.own("updated")[0], source.link("self"), source.link("alternate")},
		[]string{"tag:journal.example.com,2020:feed", "Example Journal", "2026-11-22T12:05:07Z", "https://journal.example.com/feed", "https://journal.example.com/"})
	want(t, "authors of Atom", entry.texts("author", "name"), []string{"Example Author", "second@example.com"})
	want(t, "author's address", entry.texts("author", "uri"), []string{"https://journal.example.com/author"})
	want(t, "rights of Atom", append(entry.own("rights"), entry.link("license")), []string{"© Example Journal", "https://creativecommons.org/licenses/by/4.0/"})
	category := entry.first("category")
	want(t, "category of Atom", []string{category.attr("term"), category.attr("scheme"), category.attr("label")}, []string{"go", "https://journal.example.com/topics", "Go"})
	want(t, "links of Atom", []string{entry.link("via"), entry.link("related"), entry.link("replies")}, []string{"https://first.example.net/", "https://subject.example.net/", "https://journal.example.com/1#comments"})

	it := jsonOf(t).item(0)
	desk := it.object("_wiredesk")
	want(t, "JSON Feed", []string{
		it.list("authors", 0)["name"].(string), it.list("authors", 1)["name"].(string), it["external_url"].(string),
		desk.object("source")["title"].(string), desk.object("source")["url"].(string), desk.object("source")["link"].(string), desk.object("source")["id"].(string),
		desk.object("origin")["title"].(string), desk["rights"].(string), desk["license"].(string), desk["comments"].(string),
		desk.list("categories", 0)["scheme"].(string), desk.list("also", 0)["link"].(string),
	}, []string{
		"Example Author", "second@example.com", "https://subject.example.net/",
		"Example Journal", "https://journal.example.com/feed", "https://journal.example.com/", "tag:journal.example.com,2020:feed",
		"First Teller", "© Example Journal", "https://creativecommons.org/licenses/by/4.0/", "https://journal.example.com/1#comments",
		"https://journal.example.com/topics", "https://other.example.net/same",
	})
}

func TestAddressesAreAbsoluteAndEncoded(t *testing.T) { // O-06
	links := []string{rssOf(t).first("channel").first("item").own("link")[0], atomOf(t).first("entry").link("alternate"), jsonOf(t).item(0)["url"].(string)}
	const address = "https://journal.example.com/2026/k%C3%A4se%20und%20brot?q=a%20b%7Cc&d=%25zz#frag%20ment"
	want(t, "links", links, []string{address, address, address})
}

func TestNothingIsActive(t *testing.T) { // O-07
	in := input()
	in.Editions[0].Entries[0].Item.Content = `<p onclick="x()">Text <script>x()</script><a href="javascript:x()">link</a></p>`
	site := render(t, in)
	for _, path := range []string{"/all.rss", "/all.atom", "/all.json"} {
		d := document(t, site, path)
		faultless(t, d)
		if bytes.Contains(d.Body, []byte("javascript:")) || bytes.Contains(d.Body, []byte("onclick")) || bytes.Contains(d.Body, []byte("script>")) {
			t.Errorf("%s has what a browser would run", path)
		}
	}
	if len(site.Problems()) != 1 || !site.Problems()[0].Mended {
		t.Errorf("problems: %v", site.Problems())
	}
}

func TestTitlesArePlainText(t *testing.T) { // O-08
	for _, title := range []string{"AT&T", "<b>", "&amp;lt;", "a < b > c", "R&D & more", "&copy; 2026", "\"quoted\" 'single'"} {
		in := input()
		in.Editions[0].Entries[0].Title = title
		site := render(t, in)
		var d jsonDoc
		if err := json.Unmarshal(document(t, site, "/all.json").Body, &d); err != nil {
			t.Fatal(err)
		}
		got := []string{
			readXML(t, document(t, site, "/all.rss").Body).first("channel").first("item").own("title")[0],
			readXML(t, document(t, site, "/all.atom").Body).first("entry").own("title")[0], d.item(0)["title"].(string),
		}
		want(t, "titles", got, []string{title, title, title})
	}
}

func TestEmptyFeed(t *testing.T) { // O-11
	site := render(t, input())
	for _, path := range []string{"/quiet.rss", "/quiet.atom", "/quiet.json"} {
		faultless(t, document(t, site, path))
	}
	if !bytes.Contains(document(t, site, "/quiet.json").Body, []byte(`"items":[]`)) {
		t.Error("JSON Feed without items has no list of items")
	}
}

func TestLanguages(t *testing.T) { // O-12
	const title = "مرحبا بالعالم 𝔘"
	item, entry, it := rssOf(t).first("channel").all("item")[3], atomOf(t).all("entry")[3], jsonOf(t).item(3)
	want(t, "right to left", []string{item.own("title")[0], entry.own("title")[0], it["title"].(string)}, []string{title, title, title})
	want(t, "languages", []string{item.own("language")[0], entry.attr("lang"), it["language"].(string)}, []string{"ar", "ar", "ar"})
	if _, ok := jsonOf(t).item(1)["language"]; ok || atomOf(t).all("entry")[1].attr("lang") != "" {
		t.Error("an entry in the language of its feed says so")
	}
	want(t, "of the feed", []string{rssOf(t).first("channel").own("language")[0], atomOf(t).attr("lang"), jsonOf(t)["language"].(string)}, []string{"en", "en", "en"})
}

func TestEnclosures(t *testing.T) { // O-13
	item := rssOf(t).first("channel").all("item")[2]
	e, m := item.first("enclosure"), item.first("content")
	want(t, "enclosure of RSS", []string{e.attr("url"), e.attr("length"), e.attr("type")}, []string{"https://cast.example.net/7.mp3", "12345678", "audio/mpeg"})
	want(t, "media:content", []string{m.attr("url"), m.attr("fileSize"), m.attr("type")}, []string{"https://cast.example.net/7.ogg", "2345678", "audio/ogg"})

	var links []string
	for _, l := range atomOf(t).all("entry")[2].all("link") {
		if l.attr("rel") == "enclosure" {
			links = append(links, l.attr("href")+" "+l.attr("length")+" "+l.attr("type")+" "+l.attr("title"))
		}
	}
	want(t, "enclosures of Atom", links, []string{"https://cast.example.net/7.mp3 12345678 audio/mpeg ", "https://cast.example.net/7.ogg 2345678 audio/ogg Ogg"})

	var files []string
	for n := range 2 {
		a := jsonOf(t).item(2).list("attachments", n)
		files = append(files, fmt.Sprint(a["url"], " ", a["size_in_bytes"], " ", a["mime_type"], " ", a["duration_in_seconds"]))
	}
	want(t, "attachments", files, []string{"https://cast.example.net/7.mp3 1.2345678e+07 audio/mpeg 3723", "https://cast.example.net/7.ogg 2.345678e+06 audio/ogg <nil>"})
}

// TestPodcast holds what podcast apps need, and that there is none of it where a feed could
// not be a valid podcast: then media:content says how long a file plays.
func TestPodcast(t *testing.T) { // O-13
	channel := rssOf(t).first("channel")
	item := channel.all("item")[2]
	want(t, "channel", []string{
		channel.own("explicit")[0], channel.first("category").attr("text"), channel.first("owner").own("email")[0], channel.own("author")[0], channel.all("image")[1].attr("href"),
	}, []string{"false", "Science", "desk@example.org", "Desk", "https://feeds.example.org/logo.png"})
	want(t, "item", []string{
		item.own("duration")[0], item.own("episode")[0], item.own("season")[0], item.own("episodeType")[0], item.own("explicit")[0], item.own("subtitle")[0], item.own("author")[0], item.first("image").attr("href"),
	}, []string{"01:02:03", "7", "2", "full", "false", "About owls", "Example Cast", "https://cast.example.net/7.jpg"})

	for name, change := range map[string]func(*publish.Input){
		"no owner":     func(in *publish.Input) { in.Editions[0].Feed.Author = "Desk" },
		"no genre":     func(in *publish.Input) { in.Editions[0].Entries[2].Source.Genre = "Owls" },
		"another type": func(in *publish.Input) { in.Editions[0].Entries[2].Item.Enclosures[0].URL += "?from=rss" },
	} {
		in := input()
		change(&in)
		site := render(t, in)
		faultless(t, document(t, site, "/all.rss"))
		item := readXML(t, document(t, site, "/all.rss").Body).first("channel").all("item")[2]
		if item.first("duration") != nil || item.first("content").attr("duration") != "3723" || item.first("enclosure") == nil {
			t.Errorf("%s: %+v", name, item)
		}
	}
}

func TestDates(t *testing.T) { // O-14
	item, entry, it := rssOf(t).first("channel").first("item"), atomOf(t).first("entry"), jsonOf(t).item(0)
	want(t, "published", []string{item.own("pubDate")[0], entry.own("published")[0], it["date_published"].(string)},
		[]string{"Sat, 21 Nov 2026 09:05:07 +0000", "2026-11-21T09:05:07Z", "2026-11-21T09:05:07Z"})
	want(t, "updated", []string{item.own("updated")[0], entry.own("updated")[0][:19], it["date_modified"].(string)},
		[]string{"2026-11-22T12:05:07Z", "2026-11-22T12:05:07", "2026-11-22T12:05:07Z"})
}

func TestSizeIsBounded(t *testing.T) { // O-15
	in := input()
	in.Editions[0].Entries = nil
	for i := range 100 {
		e := microblog()
		e.ID, e.Item.Content = fmt.Sprintf("tag:example.org,2026:%d", i), "<p>"+strings.Repeat("word ", 20_000)+"</p>"
		in.Editions[0].Entries = append(in.Editions[0].Entries, e)
	}
	site := render(t, in)
	for _, path := range []string{"/all.rss", "/all.atom", "/all.json"} {
		if d := document(t, site, path); len(d.Body) > 3<<20 {
			t.Errorf("%s has %d bytes", path, len(d.Body))
		}
	}
}

func TestUTF8(t *testing.T) { // O-16
	for _, d := range render(t, input()).Documents() {
		if !utf8.Valid(d.Body) || bytes.HasPrefix(d.Body, []byte("\ufeff")) || !strings.Contains(d.Type, "charset=utf-8") {
			t.Errorf("%s, %s, begins with %q", d.Path, d.Type, d.Body[:10])
		}
		if xml := strings.HasPrefix(string(d.Body), `<?xml version="1.0" encoding="UTF-8"?>`); xml != regexp.MustCompile(`\.(rss|atom|opml)$`).MatchString(d.Path) {
			t.Errorf("%s declares its encoding: %v", d.Path, xml)
		}
	}
}

func TestTTLIsMaxAge(t *testing.T) { // O-17
	ttl := rssOf(t).first("channel").own("ttl")[0]
	for _, path := range []string{"/all.rss", "/all.atom", "/all.json"} {
		var seconds, minutes int
		d := document(t, render(t, input()), path)
		if _, err := fmt.Sscanf(d.CacheControl, "public, max-age=%d", &seconds); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(ttl, &minutes); err != nil || seconds != minutes*60 {
			t.Errorf("%s: ttl %s, %s", path, ttl, d.CacheControl)
		}
	}
}
