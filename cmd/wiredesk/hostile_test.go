package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk/internal/hostile"
	"wiredesk/internal/origin"
	"wiredesk/publish"
	"wiredesk/publish/valid"
	"wiredesk/web"
)

// payloads are everything that is hostile, each for every field.
func payloads() []string {
	all := slices.Concat(hostile.Markup, hostile.Addresses, hostile.Lines)
	if raced { // the gate has all of them without the race detector
		n := 0
		all = slices.DeleteFunc(all, func(string) bool { n++; return n%4 > 0 })
	}
	return all
}

// inXML writes a text into XML, as often escaped as a careless publisher may.
func inXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// hostileRSS puts a payload into every field of an item; own is what its channel is called.
func hostileRSS(own string, all []string) string {
	var b strings.Builder
	o := inXML(own)
	fmt.Fprintf(&b, `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel><title>%s</title><link>%s</link><description>%s</description><language>%s</language><copyright>%s</copyright><generator>%s</generator><managingEditor>%s</managingEditor><image><url>%s</url><title>%s</title><link>%s</link></image>`, o, o, o, o, o, o, o, o, o, o)
	for _, s := range all {
		p := inXML(s)
		fmt.Fprintf(&b, `<item><title>%s</title><link>%s</link><guid>%s</guid><author>%s</author><dc:creator>%s</dc:creator><category domain="%s">%s</category><comments>%s</comments><enclosure url="%s" type="%s" length="%s"/><source url="%s">%s</source><pubDate>%s</pubDate><description>%s</description><content:encoded>%s</content:encoded><media:thumbnail url="%s"/><media:content url="%s" type="%s"/><itunes:image href="%s"/><itunes:subtitle>%s</itunes:subtitle></item>`,
			p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p)
		fmt.Fprintf(&b, `<item><title>%s</title><link>https://rss.example/%x</link><description>%s</description><enclosure url="https://rss.example/a?%s" type="audio/mpeg"/></item>`, p, len(b.String()), inXML("<p>"+s+"</p>"), p)
	}
	return b.String() + `</channel></rss>`
}

func hostileAtom(own string, all []string) string {
	var b strings.Builder
	o := inXML(own)
	fmt.Fprintf(&b, `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="%s" xml:lang="%s"><title>%s</title><subtitle type="html">%s</subtitle><link href="%s"/><link rel="self" href="%s"/><link rel="hub" href="%s"/><id>%s</id><icon>%s</icon><logo>%s</logo><rights>%s</rights><author><name>%s</name><uri>%s</uri><email>%s</email></author>`, o, o, o, o, o, o, o, o, o, o, o, o, o, o)
	for _, s := range all {
		p := inXML(s)
		for _, kind := range []string{"text", "html", "xhtml", p} {
			fmt.Fprintf(&b, `<entry xml:base="%s"><title type="%s">%s</title><link rel="alternate" href="%s"/><link rel="enclosure" href="%s" type="%s" title="%s"/><link rel="related" href="%s"/><id>%s %s</id><author><name>%s</name><uri>%s</uri></author><category term="%s" scheme="%s" label="%s"/><rights type="html">%s</rights><summary type="%s">%s</summary><content type="%s" src="">%s</content><source><title>%s</title><id>%s</id><link href="%s"/></source><updated>%s</updated></entry>`,
				p, kind, p, p, p, p, p, p, p, kind, p, p, p, p, p, p, kind, p, kind, p, p, p, p, p)
		}
	}
	return b.String() + `</feed>`
}

func hostileJSON(own string, all []string) string {
	doc := map[string]any{
		"version": "https://jsonfeed.org/version/1.1", "title": own, "home_page_url": own, "feed_url": own, "description": own, "icon": own, "favicon": own, "language": own,
		"next_url": own, "user_comment": own, "authors": []any{map[string]any{"name": own, "url": own, "avatar": own}}, "hubs": []any{map[string]any{"type": own, "url": own}},
	}
	var items []any
	for _, s := range all {
		items = append(items, map[string]any{
			"id": s, "url": s, "external_url": s, "title": s, "content_html": s, "content_text": s, "summary": s, "image": s, "banner_image": s, "date_published": s, "language": s,
			"tags": []any{s}, "authors": []any{map[string]any{"name": s, "url": s, "avatar": s}}, "attachments": []any{map[string]any{"url": s, "mime_type": s, "title": s, "size_in_bytes": 1}},
		})
	}
	doc["items"] = items
	text, _ := json.Marshal(doc)
	return string(text)
}

// S-25 to S-34: whatever is in whichever field of whichever format comes out in no format and
// on no page as anything that a reader would run, and in no header and no log as it is.
func TestNothingHostileGetsThrough(t *testing.T) {
	t.Parallel()
	inDesk(t, func(d *desk) {
		t := d.t
		var logged bytes.Buffer
		d.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		all := payloads()
		var b strings.Builder
		b.WriteString("[server]\nbase_url = \"https://feeds.example.org\"\n[site]\ntitle = \"Site\"\n[storage]\npath = \"wiredesk.db\"\n[stories]\nmerge = false\n[defaults]\nbackfill = \"all\"\n")
		b.WriteString("[[feed]]\nname = \"all\"\ntitle = \"All\"\nlimit = 5000\nlimit_max = 5000\n")
		for n, write := range []func(string, []string) string{hostileRSS, hostileAtom, hostileJSON} {
			for m, own := range []string{hostile.Markup[0], hostile.Lines[2], hostile.Addresses[0]} {
				part := all
				if m > 0 {
					part = all[:5] // of the others only the channel matters
				}
				host := fmt.Sprintf("h%d-%d.example", n, m)
				d.web.Handle(host+"/feed", origin.Reply{Body: write(own, part)}.With("Content-Type", "application/xml").With("X-Evil", "1"))
				fmt.Fprintf(&b, "[[source]]\nurl = \"http://%s/feed\"\n", host)
			}
		}
		d.config(b.String())
		d.start()
		d.pass(time.Minute)
		items := d.items()
		if len(items) < 2*len(all) {
			t.Fatalf("%d items of %d payloads", len(items), len(all))
		}
		shown := 0
		handler := web.Site(&d.room.site)
		for _, doc := range d.room.site.Load().Documents() {
			holdHarmless(t, doc)
			shown += strings.Count(string(doc.Body), "<entry")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, doc.Path, http.NoBody))
			if w.Code != http.StatusOK {
				t.Errorf("%s answers %d", doc.Path, w.Code)
			}
			for name, values := range w.Header() { // S-33
				if text := strings.Join(values, " "); strings.ContainsAny(text, "\r\n\x00\x1b") || strings.Contains(text, "alert(1)") || strings.Contains(text, "Evil") {
					t.Errorf("%s: the header %s is %q", doc.Path, name, text)
				}
			}
		}
		if shown < len(all) {
			t.Errorf("only %d entries are shown", shown)
		}
		for _, p := range d.room.site.Load().Problems() {
			t.Errorf("%s is not published: %v", p.Path, p.Cause)
		}
		for line := range strings.Lines(logged.String()) { // S-32
			if strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\r\x00\x1b\u009b\u202e") || !strings.HasPrefix(line, "time=") {
				t.Errorf("log: %q", line)
			}
		}
		t.Logf("%d payloads, %d items, %d entries, %d bytes of log", len(all), len(items), shown, logged.Len())
	})
}

// holdHarmless fails the test if a reader would run anything of a document, or follow an address
// that is none of the web.
func holdHarmless(t *testing.T, doc *publish.Document) {
	t.Helper()
	check, feed := map[string]func([]byte) valid.Report{".rss": valid.RSS, ".atom": valid.Atom, ".json": valid.JSON, ".opml": valid.OPML}[path.Ext(doc.Path)]
	if !feed {
		if found := hostile.Active(string(doc.Body)); found != "" && strings.Contains(doc.Type, "html") {
			t.Errorf("%s has %s", doc.Path, found)
		}
		return
	}
	for i, fault := range check(doc.Body).Faults {
		if i < 5 {
			t.Errorf("%s: %v", doc.Path, fault)
		}
	}
	for _, text := range texts(t, doc) {
		if found := hostile.Active(text); found != "" {
			t.Errorf("%s has %s in %.200q", doc.Path, found, text)
		}
	}
}

// texts returns what readers take for HTML or for an address in a feed; an address as a link.
func texts(t *testing.T, doc *publish.Document) (all []string) {
	t.Helper()
	link := func(address string) { all = append(all, `<a href="`+html.EscapeString(address)+`">`) }
	if strings.HasSuffix(doc.Path, ".json") {
		var feed struct {
			Items []struct {
				URL     string `json:"url"`
				Image   string `json:"image"`
				Content string `json:"content_html"`
				Authors []struct {
					URL string `json:"url"`
				} `json:"authors"`
			} `json:"items"`
		}
		if err := json.Unmarshal(doc.Body, &feed); err != nil {
			t.Fatal(err)
		}
		for _, it := range feed.Items {
			all = append(all, it.Content)
			if it.URL != "" {
				link(it.URL)
			}
		}
		return all
	}
	in := ""
	for d := xml.NewDecoder(bytes.NewReader(doc.Body)); ; {
		token, err := d.Token()
		if err != nil {
			return all
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local
			for _, a := range token.Attr {
				switch {
				case a.Name.Local == "type" && a.Value == "text":
					in = "" // it is taken as it stands
				case a.Name.Local == "type" && a.Value == "html":
					in = "html"
				}
				if slices.Contains([]string{"href", "url", "xmlUrl", "htmlUrl"}, a.Name.Local) {
					link(a.Value)
				}
			}
		case xml.CharData:
			switch in {
			case "html", "content", "summary", "description", "encoded": // titles are plain text
				all = append(all, string(token))
			case "link", "comments", "uri":
				if s := strings.TrimSpace(string(token)); s != "" {
					link(s)
				}
			}
		}
	}
}
