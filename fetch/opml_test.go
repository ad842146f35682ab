package fetch_test

import (
	"fmt"
	"strings"
	"testing"

	"wiredesk/fetch"

	"github.com/google/go-cmp/cmp"
)

func TestParseOPML(t *testing.T) {
	body := `<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.0"><head><title>My f` + "\xe9" + `eds &amp; more</title></head><body>
<outline text="News">
  <outline text="Local" title="Local &amp; near">
    <outline type="rss" text="A" title="Feed A" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/" category="/news/local,daily"/>
    <outline text="B & co" XMLURL='http://b.example/rss?x=1&y=2'/>
  </outline>
  <outline text="Same again" xmlUrl="http://www.a.example/feed/"/>
</outline>
<outline text="No feed" type="link" url="https://c.example/"/>
<outline text="Empty folder"></outline>
<outline text="Bad" xmlUrl="javascript:alert(1)"/>
<outline text="Old scheme" xmlUrl="feed://d.example/feed"/>
<outline text="Twitter" type="rss" url="https://e.example/rss"/>
</body></opml>`
	want := &fetch.Outline{
		Title: "My féeds & more",
		Sources: []fetch.OutlineSource{
			{URL: "https://a.example/feed", Link: "https://a.example/", Title: "Feed A", Folders: []string{"News", "Local & near"}, Categories: []string{"news/local", "daily"}},
			{URL: "http://b.example/rss?x=1&y=2", Title: "B & co", Folders: []string{"News", "Local & near"}},
			{URL: "http://d.example/feed", Title: "Old scheme"},
			{URL: "https://e.example/rss", Title: "Twitter"},
		},
		Others: 3, Repeated: 1, OtherTitles: []string{"No feed", "Empty folder", "Bad"},
	}
	got, err := fetch.ParseOPML([]byte(body), "text/x-opml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseOPMLHasLimits(t *testing.T) { // S-24
	var b strings.Builder
	b.WriteString("<opml><body>")
	for i := range 120_000 {
		fmt.Fprintf(&b, `<outline xmlUrl="https://a%d.example/"/>`, i)
	}
	got, err := fetch.ParseOPML([]byte(b.String()), "")
	if err != nil || len(got.Sources) != 100_000 || got.Dropped != 20_000 || len(got.Repairs) == 0 {
		t.Errorf("%v: %d sources, %d dropped, %v", err, len(got.Sources), got.Dropped, got.Repairs)
	}
	deep := "<opml><body>" + strings.Repeat(`<outline text="x">`, 200_000) + `<outline xmlUrl="https://a.example/"/>`
	got, err = fetch.ParseOPML([]byte(deep), "")
	if err != nil || len(got.Sources) > 1 || len(got.Sources) == 1 && len(got.Sources[0].Folders) > 16 {
		t.Errorf("%v: %+v", err, got.Sources)
	}
	for body, want := range map[string]string{
		"": "not OPML: the document is empty", "<rss/>": `not OPML: it begins with "<rss/>"`,
	} {
		if _, err := fetch.ParseOPML([]byte(body), ""); err == nil || err.Error() != want {
			t.Errorf("%q: %v", body, err)
		}
	}
}
