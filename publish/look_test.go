package publish

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"wiredesk"
)

func lookInput(look *Look) Input {
	return Input{
		Settings: Settings{BaseURL: "https://feeds.example.org", Title: "Desk"}, Editions: []wiredesk.Edition{sample()}, Look: look,
		At: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
	}
}

// What is wrong with style and templates is told with file, line and column.
func TestBadLooks(t *testing.T) {
	for name, c := range map[string]struct {
		files LookFiles
		want  string
	}{
		"end of style": {LookFiles{CSS: LookFile{"d/site.css", "a{}\n  p{color:red} </STYLE><script>"}}, "d/site.css:2:16: </style> would end the style of the page (take it out)"},
		"import":       {LookFiles{CSS: LookFile{"site.css", "@import url(x.css);"}}, "site.css:1:1: @import loads nothing: pages have no style but this one (copy what is in the other file)"},
		"not parsed":   {oneFile("entry.html", "\n{{if .Title}}"), "t/entry.html:2:1: unexpected EOF"},
		"no field":     {oneFile("entry.html", "\n <p>{{.Titel}}</p>"), "t/entry.html:2:7: <.Titel>: can't evaluate field Titel in type publish.pageEntry (did you mean Title?)"},
		"no template":  {oneFile("foot.html", `{{template "fut.html" .}}`), `t/foot.html:1:12: no such template "fut.html"`},
		"not called":   {oneFile("fed.html", "x"), "t/fed.html: no page and no other template asks for this one (did you mean feed.html?)"},
		"wrong dot":    {oneFile("feed.html", `{{template "entry.html" .}}`), "entry.html:1:27: <.Pinned>: can't evaluate field Pinned in type *publish.pageFeed"},
		"script":       {oneFile("foot.html", "<p>\n<script src=x></script>"), "t/foot.html:2:1: a script does not run: the policy of pages forbids it (take it out)"},
		"handler":      {oneFile("foot.html", `<a class="x" onclick="x()">`), "t/foot.html:1:1: what stands in an attribute such as onclick"},
		"style":        {oneFile("foot.html", `<p style="color:red">`), "t/foot.html:1:1: the attribute style does nothing"},
		"own style":    {oneFile("foot.html", `<style>{{.Style}}</style><style>p{}</style>`), "t/foot.html:1:26: only our style"},
		"stylesheet":   {oneFile("foot.html", `<link rel="stylesheet" href="x.css">`), "t/foot.html:1:1: no other style is loaded"},
		"unescapable":  {oneFile("foot.html", `<a href="{{.Title}}`), "feed.html: ends in a non-text context"},
	} {
		_, err := NewLook(c.files)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}

func oneFile(name, text string) LookFiles {
	return LookFiles{Templates: []LookFile{{Path: "t/" + name, Text: text}}}
}

// A look changes the pages and nothing else, and what it is made of is what pages are compared by.
func TestLookChangesPages(t *testing.T) {
	first, err := Render(lookInput(nil))
	if err != nil {
		t.Fatal(err)
	}
	look, err := NewLook(LookFiles{CSS: LookFile{"site.css", "\ufeffh1{color:red}\r\np{}\r\n"}, Templates: []LookFile{
		{"foot.html", "<footer>{{template \"colophon.html\" .}}</footer></body></html>"}, {"colophon.html", "Set by {{.Site.Title}}"}, {"subscribe.html", ""},
	}})
	if err != nil {
		t.Fatal(err)
	}
	in := lookInput(look)
	in.Previous, in.At = first, in.At.Add(time.Hour)
	second, err := Render(in)
	if err != nil || len(second.Problems()) > 0 {
		t.Fatal(err, second.Problems())
	}
	for _, d := range second.Documents() {
		old, _ := first.Lookup(d.Path)
		isPage := d.Type == typeHTML
		if changed := !bytes.Equal(d.Body, old.Body); changed != isPage || changed != d.Modified.After(old.Modified) {
			t.Errorf("%s: changed is %t, modified %v after %v", d.Path, changed, d.Modified, old.Modified)
		}
		if !isPage {
			continue
		}
		for text, there := range map[string]bool{"Set by Desk": true, "h1{color:red}\np{}\n</style>": true, "\r": false, "\ufeff": false, `class="box subscribe"`: false} {
			if bytes.Contains(d.Body, []byte(text)) != there {
				t.Errorf("%s: %q is there: %t", d.Path, text, !there)
			}
		}
	}
	in.Previous = second
	third, err := Render(in)
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := second.Lookup("/all"); a == nil || a.Policy != look.policy {
		t.Errorf("the policy is %q, want %q", a.Policy, look.policy)
	} else if b, _ := third.Lookup("/all"); a != b {
		t.Error("the page was rendered again though nothing changed")
	}
}

// A template that fails on what is there today leaves the last good page, or else ours.
func TestTemplateThatFailsLater(t *testing.T) {
	look, err := NewLook(oneFile("entry.html", `<p>{{.Title}}</p>{{if eq .Title "Trouble"}}{{index .Authors 99}}{{end}}`))
	if err != nil {
		t.Fatal(err)
	}
	first, err := Render(lookInput(look))
	if err != nil || len(first.Problems()) > 0 {
		t.Fatal(err, first.Problems())
	}
	in := lookInput(look)
	in.Editions[0].Entries[0].Title = "Trouble"
	for name, previous := range map[string]*Site{"with a last page": first, "without": nil} {
		in.Previous = previous
		site, err := Render(in)
		if err != nil || len(site.Problems()) != 1 || site.Problems()[0].Path != "/all" {
			t.Fatalf("%s: %v, problems %v", name, err, site.Problems())
		}
		page, ok := site.Lookup("/all")
		if !ok {
			t.Fatalf("%s: there is no page", name)
		}
		last, _ := first.Lookup("/all")
		if previous != nil && page != last {
			t.Errorf("%s: it is not the last good one", name)
		}
		if previous == nil && (!bytes.Contains(page.Body, []byte("Trouble")) || page.Policy != ownLook().policy) {
			t.Errorf("%s: it is not ours", name)
		}
		if feed, _ := site.Lookup("/all.rss"); !bytes.Contains(feed.Body, []byte("Trouble")) {
			t.Errorf("%s: the feed was held back too", name)
		}
	}
}

// Titles and addresses are escaped by whatever template they are put into.
func TestTemplatesEscape(t *testing.T) { // S-45
	look, err := NewLook(oneFile("entry.html", `<h2 title="{{.Title}}">{{.Title}}</h2><a href="{{.URL}}">x</a>`))
	if err != nil {
		t.Fatal(err)
	}
	in := lookInput(look)
	in.Editions[0].Entries[0].Title = `"><script>alert(1)</script>`
	site, err := Render(in)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := site.Lookup("/all")
	if bytes.Contains(page.Body, []byte("<script")) {
		t.Errorf("a title breaks out:\n%s", page.Body)
	}
}

// The sample has something in every field, so that trying a template on it asks them all.
func TestSampleHasEverything(t *testing.T) {
	s, err := (&Input{Settings: Settings{BaseURL: "https://feeds.example.org"}, Editions: []wiredesk.Edition{sample()}}).sound()
	if err != nil {
		t.Fatal(err)
	}
	e := sample()
	sh := newSheet(&s, &e)
	filled := map[string]bool{}
	for i := range sh.pieces {
		note(reflect.ValueOf(sh.pageEntry(&sh.pieces[i], 1<<20)), filled)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[pageEntry]()) {
		if !filled[f.Name] {
			t.Errorf("no entry has a %s", f.Name)
		}
	}
}

func note(v reflect.Value, filled map[string]bool) {
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			filled[v.Type().Field(i).Name] = true
		}
	}
}

// The example is sound, and its pages are as it says.
func TestExampleLook(t *testing.T) {
	const dir = "../examples/look/"
	read := func(path string) LookFile {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return LookFile{Path: path, Text: string(text)}
	}
	files := LookFiles{CSS: read(dir + "site.css")}
	paths, err := filepath.Glob(dir + "templates/*.html")
	if err != nil || len(paths) < 3 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		files.Templates = append(files.Templates, read(path))
	}
	look, err := NewLook(files)
	if err != nil {
		t.Fatal(err)
	}
	site, err := Render(lookInput(look))
	if err != nil || len(site.Problems()) > 0 {
		t.Fatal(err, site.Problems())
	}
	page, _ := site.Lookup("/all")
	for _, want := range []string{"--mark: #2c6416", `class="told"`, "Desk thanks all who write.", "<audio"} {
		if !bytes.Contains(page.Body, []byte(want)) {
			t.Errorf("the page has no %q", want)
		}
	}
	if bytes.Contains(page.Body, []byte("<details>")) {
		t.Error("an entry is shown in our way")
	}
}
