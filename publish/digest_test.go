package publish

import (
	"strings"
	"testing"
	"time"

	"wiredesk"
)

// The digest of a day is an entry with a title, a link to the feed's page and a list, in every
// format, clean whatever the sources sent.
func TestDigest(t *testing.T) {
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	e := wiredesk.Edition{
		Feed: wiredesk.Feed{Name: "all", Title: "Everything", Language: "en"}, Updated: at,
		Entries: []wiredesk.Entry{{
			ID: wiredesk.DigestID("all", "2026-03-01"), Title: "2026-03-01", Published: at, Updated: at,
			Digest: []wiredesk.Coverage{
				{Title: "One & only", Link: "https://one.example/1", Source: wiredesk.Credit{Title: "One"}, Published: at.Add(-time.Hour)},
				{Title: `<script>alert(1)</script>`, Link: "javascript:alert(1)", Published: at.Add(-2 * time.Hour)},
				{Link: "https://three.example/"},
			},
		}},
	}
	site, err := Render(Input{Settings: Settings{BaseURL: "https://feeds.example.org", Title: "Desk", Language: "en", TimeZone: time.UTC}, Editions: []wiredesk.Edition{e}, At: at})
	if err != nil {
		t.Fatal(err)
	}
	if p := site.Problems(); len(p) > 0 {
		t.Fatalf("%+v", p)
	}
	for _, path := range []string{"/all.rss", "/all.atom", "/all.json", "/all"} {
		doc, ok := site.Lookup(path)
		if !ok {
			t.Fatalf("no %s", path)
		}
		body := string(doc.Body)
		for _, want := range []string{"More of 1 March 2026", "https://one.example/1", "https://three.example/"} {
			if !strings.Contains(strings.ReplaceAll(body, `\/`, "/"), want) {
				t.Errorf("%s has no %q", path, want)
			}
		}
		if strings.Contains(body, "javascript:") || strings.Contains(body, "<script>alert") {
			t.Errorf("%s:\n%s", path, body)
		}
	}
}
