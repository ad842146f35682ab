package publish_test

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/golden"
	"wiredesk/publish"
)

func render(tb testing.TB, in publish.Input) *publish.Site {
	tb.Helper()
	site, err := publish.Render(in)
	if err != nil {
		tb.Fatal(err)
	}
	return site
}

func document(tb testing.TB, site *publish.Site, path string) *publish.Document {
	tb.Helper()
	d, ok := site.Lookup(path)
	if !ok {
		tb.Fatalf("there is no %s; problems: %v", path, site.Problems())
	}
	return d
}

func TestGolden(t *testing.T) {
	site := render(t, input())
	for _, p := range site.Problems() {
		t.Error(p)
	}
	for _, d := range site.Documents() {
		name := strings.ReplaceAll(strings.Trim(d.Path, "/"), "/", "_")
		if name == "" {
			name = "index"
		}
		// A line for each element, so that a difference can be read.
		body := d.Body
		if !strings.HasPrefix(d.Type, "text/html") && !strings.Contains(d.Type, "json") {
			body = bytes.ReplaceAll(body, []byte("><"), []byte(">\n<"))
		}
		if strings.Contains(d.Type, "json") {
			body = bytes.ReplaceAll(body, []byte(`,"`), []byte(",\n\""))
		}
		golden.Check(t, filepath.Join("testdata", name+".golden"), body)
	}
}

func TestSameInputSameBytes(t *testing.T) { // C-01, C-02, O-04
	in := input()
	first := render(t, in)
	in.At = in.At.Add(48 * time.Hour)
	in.Stamps = first.Stamps()
	for name, previous := range map[string]*publish.Site{"from scratch": nil, "with the previous site": first} {
		in.Previous = previous
		again := render(t, in)
		if len(again.Documents()) != len(first.Documents()) {
			t.Fatalf("%s: other documents", name)
		}
		for _, d := range again.Documents() {
			old := document(t, first, d.Path)
			if !bytes.Equal(d.Body, old.Body) || d.ETag != old.ETag {
				t.Errorf("%s: %s has changed", name, d.Path)
			}
			if !d.Modified.Equal(old.Modified) {
				t.Errorf("%s: %s changed at %v, was %v", name, d.Path, d.Modified, old.Modified)
			}
		}
	}
}

// A document that was rendered again and is the same is not compressed again.
func TestSameBytesAreCompressedOnce(t *testing.T) {
	in := input()
	in.Previous = render(t, in)
	in.Editions[0].Feed.Where = "true" // stands in no document
	again := render(t, in)
	for _, path := range []string{"/all.rss", "/all.atom", "/all.json", "/all"} {
		old, d := document(t, in.Previous, path), document(t, again, path)
		if old == d {
			t.Fatalf("%s was not rendered again", path)
		}
		for c := publish.Gzip; int(c) < publish.Codings; c++ {
			if &old.Form(c).Body[0] != &d.Form(c).Body[0] {
				t.Errorf("%s was compressed by %v again", path, c)
			}
		}
	}
}

func TestModifiedMovesExactlyWhenBytesDo(t *testing.T) { // C-02
	in := input()
	first := render(t, in)
	in.Previous = first
	in.Editions[0].Entries[1].Item.Content = "<p>Edited.</p>"
	for _, at := range []time.Time{in.At.Add(time.Hour), in.At, in.At.Add(-time.Hour)} { // also when the clock went back
		in.At = at
		second := render(t, in)
		for _, d := range second.Documents() {
			old := document(t, first, d.Path)
			if changed := !bytes.Equal(d.Body, old.Body); changed != d.Modified.After(old.Modified) {
				t.Errorf("at %v: %s changed: %t, from %v to %v", at, d.Path, changed, old.Modified, d.Modified)
			}
		}
		if d, old := document(t, second, "/quiet.rss"), document(t, first, "/quiet.rss"); d != old {
			t.Error("the feed that did not change was rendered again")
		}
	}
}

func TestRefusedDocumentKeepsTheLastGoodOne(t *testing.T) {
	in := input()
	first := render(t, in)
	for name, id := range map[string]string{"empty": "", "twice": in.Editions[0].Entries[1].ID, "no IRI": "a b", "control": "https://example.org/\x01"} {
		t.Run(name, func(t *testing.T) {
			in := input()
			in.Editions[0].Entries[0].ID = id
			fresh := render(t, in)
			for _, path := range []string{"/all.rss", "/all.atom", "/all.json"} {
				if _, ok := fresh.Lookup(path); ok {
					t.Errorf("%s is there though an id is bad", path)
				}
			}
			if n := len(fresh.Problems()); n != 3 {
				t.Errorf("%d problems, want 3: %v", n, fresh.Problems())
			}
			in.Previous = first
			kept := render(t, in)
			for _, path := range []string{"/all.rss", "/all.atom", "/all.json"} {
				if document(t, kept, path) != document(t, first, path) {
					t.Errorf("%s is not the last good one", path)
				}
			}
			in.Previous = kept
			if n := len(render(t, in).Problems()); n != 3 {
				t.Errorf("%d problems once more, want 3", n)
			}
		})
	}
}

func TestBadSettings(t *testing.T) {
	for _, s := range []publish.Settings{
		{},
		{BaseURL: "feeds.example.org"},
		{BaseURL: "ftp://example.org"},
		{BaseURL: "https://example.org/?a"},
		{BaseURL: "https://example.org", Home: "missing"},
	} {
		if _, err := publish.Render(publish.Input{Settings: s}); err == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
	for _, name := range []string{"", "index", "../x", "a/b", "A", "healthz", strings.Repeat("a", 65)} {
		in := publish.Input{Settings: settings(), Editions: []wiredesk.Edition{{Feed: wiredesk.Feed{Name: name}}}}
		if _, err := publish.Render(in); err == nil {
			t.Errorf("a feed with the name %q is accepted", name)
		}
	}
}

func TestHome(t *testing.T) {
	in := input()
	in.Settings.Home = "all"
	site := render(t, in)
	if !bytes.Equal(document(t, site, "/").Body, document(t, site, "/all").Body) {
		t.Error("/ is not the page of the feed that is home")
	}
	in.Previous = site
	if d := document(t, render(t, in), "/"); !bytes.Equal(d.Body, document(t, site, "/all").Body) {
		t.Error("the home page is lost when nothing changed")
	}
}

// The home page becomes that of a feed whose page is older: time does not go back at "/".
func TestHomeNeverGetsOlder(t *testing.T) { // C-02
	in := input()
	first := render(t, in) // the pages of the feeds are of this moment
	in.Previous = first
	in.At = in.At.Add(time.Hour)
	in.Settings.Title += " anew"
	index := document(t, render(t, in), "/")
	again := input()
	again.Settings.Home = "all"
	again.At = in.At.Add(time.Hour)
	again.Stamps = first.Stamps()
	again.Stamps["/"] = publish.Stamp{Hash: "index", Changed: index.Modified}
	home := render(t, again)
	d := document(t, home, "/")
	if !d.Modified.After(index.Modified) || d.Form(publish.Identity).Header.Get("Last-Modified") != d.Modified.Format(http.TimeFormat) {
		t.Errorf("/ changed at %v (%v), was %v", d.Modified, d.Form(publish.Identity).Header, index.Modified)
	}
	again.Previous, again.At = home, again.At.Add(time.Hour)
	if next := document(t, render(t, again), "/"); !next.Modified.Equal(d.Modified) {
		t.Errorf("/ did not change, but is of %v, was %v", next.Modified, d.Modified)
	}
}

func TestPrivateSourceIsNotNamed(t *testing.T) { // S-42
	site := render(t, input())
	for _, d := range site.Documents() {
		for _, secret := range []string{"secret", "user:", "file:", "/var/lib"} {
			if bytes.Contains(d.Body, []byte(secret)) {
				t.Errorf("%s holds %q", d.Path, secret)
			}
		}
	}
}

func TestLongContentIsCut(t *testing.T) { // C-14, O-15
	in := input()
	long := "<p>" + strings.Repeat("word ", 60_000) + "</p>"
	var entries []wiredesk.Entry
	for i := range 100 {
		e := bare()
		e.ID = "https://example.org/" + strings.Repeat("1", i+1)
		e.Item.Link = e.ID
		e.Item.Content = long[:4]
		e.Item.Content = "<p>" + strings.Repeat("word ", 20_000) + "</p>"
		entries = append(entries, e)
	}
	entries[0].Item.Content = long
	in.Editions[0].Entries = entries
	site := render(t, in)
	for _, path := range []string{"/all", "/all.rss", "/all.atom", "/all.json"} {
		if n := len(document(t, site, path).Body); n > 3<<20 {
			t.Errorf("%s has %d bytes", path, n)
		}
	}
	if body := document(t, site, "/all.json").Body; !bytes.Contains(body, []byte("Read on at the source")) || len(body) > 3<<20 {
		t.Error("nothing leads to the rest of a text that was cut")
	}
}
