package publish_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"wiredesk/publish"
)

// W-22. Every feed document names the hub and itself, in the document as in its Link header,
// and nothing else names a hub.
func TestHubIsNamed(t *testing.T) {
	in := input()
	in.Settings.Hub = `https://hub.example/a>; rel="x"`
	site, err := publish.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	const hub = "https://hub.example/a%3E;%20rel=%22x%22"
	feeds := 0
	for _, d := range site.Documents() {
		embedded, self := embeddedLinks(t, d)
		if d.Self == "" {
			if embedded != "" || d.Hub != "" || d.Form(publish.Identity).Header["Link"] != nil || strings.Contains(string(d.Body), hub) {
				t.Errorf("%s names a hub", d.Path)
			}
			continue
		}
		feeds++
		if embedded != hub || self != "https://feeds.example.org/planet"+d.Path || self != d.Self || embedded != d.Hub {
			t.Errorf("%s: names %q and %q", d.Path, embedded, self)
		}
		want := fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, embedded, self)
		for coding := range publish.Coding(publish.Codings) {
			if got := d.Form(coding).Header["Link"]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: Link is %q, want %q", d.Path, got, want)
			}
		}
	}
	if feeds != 6 {
		t.Errorf("%d feed documents, want 6", feeds)
	}
}

// Without a hub no document says anything of one, and a document changes when there is one.
func TestNoHub(t *testing.T) {
	in := input()
	site, err := publish.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Settings.Hub, in.Previous = "https://hub.example/", site
	other, err := publish.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range site.Documents() {
		if hub, _ := embeddedLinks(t, d); hub != "" || d.Form(publish.Identity).Header["Link"] != nil {
			t.Errorf("%s names a hub", d.Path)
		}
		if now, _ := other.Lookup(d.Path); (now.ETag != d.ETag) != (d.Self != "") {
			t.Errorf("%s: the hub and the document do not agree", d.Path)
		}
	}
	in.Settings.Hub = "no address"
	if _, err := publish.Render(in); err == nil {
		t.Error("a hub that is no address was taken")
	}
}

// embeddedLinks returns what a document says of hub and self; nothing if it is no feed.
func embeddedLinks(t *testing.T, d *publish.Document) (hub, self string) {
	t.Helper()
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	var links []link
	switch {
	case strings.HasSuffix(d.Path, ".rss"):
		var doc struct {
			Links []link `xml:"channel>link"`
		}
		if err := xml.Unmarshal(d.Body, &doc); err != nil {
			t.Fatal(err)
		}
		links = doc.Links
	case strings.HasSuffix(d.Path, ".atom"):
		var doc struct {
			Links []link `xml:"link"`
		}
		if err := xml.Unmarshal(d.Body, &doc); err != nil {
			t.Fatal(err)
		}
		links = doc.Links
	case strings.HasSuffix(d.Path, ".json"):
		var doc struct {
			Self string `json:"feed_url"`
			Hubs []struct{ Type, URL string }
		}
		if err := json.Unmarshal(d.Body, &doc); err != nil {
			t.Fatal(err)
		}
		for _, h := range doc.Hubs {
			if h.Type != "WebSub" {
				t.Errorf("a hub of the type %q", h.Type)
			}
			links = append(links, link{"hub", h.URL})
		}
		links = append(links, link{"self", doc.Self})
	}
	for _, l := range links {
		to := map[string]*string{"hub": &hub, "self": &self}[l.Rel]
		if to == nil {
			continue
		}
		if *to != "" {
			t.Errorf("%s has %s twice", d.Path, l.Rel)
		}
		*to = l.Href
	}
	return hub, self
}
