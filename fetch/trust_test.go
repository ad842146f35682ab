package fetch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
)

// S-37: what a document says of another origin is a credit and a base for addresses. It is not
// asked there, and is nobody else's item.
func TestNothingIsBelievedOfAnotherOrigin(t *testing.T) {
	body := `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://victim.example/"><title>T</title><id>https://victim.example/</id>
<link rel="self" href="https://victim.example/feed"/><link href="https://victim.example/"/>
<entry xml:base="https://victim.example/blog/"><title>A</title><id>https://victim.example/1</id><link href="1"/><content type="html">&lt;a href="x"&gt;y&lt;/a&gt;</content>
<source><title>Victim</title><id>https://victim.example/</id><link rel="self" href="https://victim.example/feed"/></source></entry></feed>`
	doc, err := fetch.Parse([]byte(body), fetch.ParseOptions{URL: "https://evil.example/feed", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	it := &doc.Items[0]
	if it.Link != "https://victim.example/blog/1" || it.Origin == nil || it.Origin.Title != "Victim" {
		t.Errorf("the credit is lost: %+v", it)
	}
	src := wiredesk.Source{URL: "https://evil.example/feed"}
	if at := fetch.AskedAt(&src, &wiredesk.SourceState{Channel: doc.Channel}); at != src.URL {
		t.Errorf("it is asked at %s", at)
	}
	own := wiredesk.Item{GUID: "https://victim.example/1", First: it.First}
	if id := wiredesk.PublishedID("https://evil.example/feed", &own, true); id == own.GUID {
		t.Errorf("it has the id of the other's item: %s", id)
	}
}

// S-38: a date that is not here yet is not believed, so that nothing is on top for ever.
func TestTheFutureIsNotBelieved(t *testing.T) {
	for _, date := range []string{"2099-01-01T00:00:00Z", now.Add(time.Hour).Format(time.RFC3339), "9999-12-31T23:59:59Z"} {
		body := fmt.Sprintf(`<rss version="2.0"><channel><title>t</title><item><title>x</title><guid>1</guid><pubDate>%s</pubDate></item></channel></rss>`, date)
		doc, err := fetch.Parse([]byte(body), fetch.ParseOptions{URL: "https://example.org/feed", Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if it := doc.Items[0]; !it.Published.Equal(now) || it.DateSaid != date || it.Dated() {
			t.Errorf("%s is believed: %v, said %q", date, it.Published, it.DateSaid)
		}
	}
}

// S-33: what a source sends as headers, or says in them, goes nowhere but into what is kept of
// it: a validator with a line break is none.
func TestHeadersOfSourcesAreBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		answer := feed("a")
		answer.ETag = `"` + strings.Repeat("x", 10_000) + `"`
		answer = answer.With("Link", `<javascript:alert(1)>; rel="hub"`).With("Link", "<https://hub.example/%0d%0aX: y>; rel=hub")
		w.web.Handle("example.org/feed", answer)
		p := w.next(source(url))
		if p.Outcome != wiredesk.Changed || len(p.State.ETag) > 4<<10 {
			t.Errorf("%v, a validator of %d bytes", p.Outcome, len(p.State.ETag))
		}
		for _, hub := range p.State.Channel.Hubs {
			if !strings.HasPrefix(hub, "https://") || strings.ContainsAny(hub, "\x1b\r\n") {
				t.Errorf("a hub is %q", hub)
			}
		}
	})
}
