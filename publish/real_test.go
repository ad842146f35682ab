package publish_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/publish"
)

// TestRealFeeds reads what others published, much of it broken, as the poller does, and
// publishes one feed per file.
func TestRealFeeds(t *testing.T) { // O-01
	dir := os.Getenv("WIREDESK_FEEDS")
	if dir == "" {
		dir = "../../shared/feeds"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no captured feeds at %s (WIREDESK_FEEDS says where they are)", dir)
	}
	in := publish.Input{Settings: settings(), At: day(23, 8)}
	files := 0
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name()[0] == '.' {
			return err
		}
		if files++; raced && files%5 > 0 { // the gate has all of them without the race detector
			return nil
		}
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		source := &wiredesk.Source{URL: fmt.Sprintf("https://origin.example.org/%d", len(in.Editions))}
		if doc, err := fetch.Parse(body, fetch.ParseOptions{URL: source.URL, Now: day(23, 7), Source: source}); err == nil {
			in.Editions = append(in.Editions, captured(fmt.Sprintf("feed-%d", len(in.Editions)), source, doc))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	site := render(t, in)
	for _, p := range site.Problems() {
		t.Error(p)
	}
	entries := 0
	for i := range in.Editions {
		entries += len(in.Editions[i].Entries)
	}
	for _, d := range site.Documents() {
		wellFormed(t, d)
		faultless(t, d)
	}
	t.Logf("%d feeds with %d entries, %d documents", len(in.Editions), entries, len(site.Documents()))
}

// captured makes an edition of a document, every item of which is an entry.
func captured(name string, source *wiredesk.Source, doc *wiredesk.Document) wiredesk.Edition {
	c := &doc.Channel
	e := wiredesk.Edition{Updated: day(22, 0), Feed: wiredesk.Feed{
		Name: name, Title: c.Title, Description: c.Description, Language: c.Language, Image: c.Image, Rights: c.Rights, Author: "Desk <desk@example.org>",
	}}
	credit := wiredesk.Credit{ID: c.ID, Title: c.Title, URL: source.URL, Link: c.Link}
	seen := map[string]bool{}
	for i := range doc.Items {
		it := &doc.Items[i]
		it.First = wiredesk.FirstIdentity(it, wiredesk.IdentityAuto)
		id := wiredesk.PublishedID(source.URL, it, true)
		if seen[id] {
			continue
		}
		seen[id] = true
		e.Entries = append(e.Entries, wiredesk.Entry{
			ID: id, Title: it.Title, Published: it.Published, Updated: it.Changed(), Item: *it, Source: credit, Coverage: 1,
			Also: []wiredesk.Coverage{{Title: it.Title, Link: it.Link, Source: credit, Published: it.Published}},
		})
	}
	return e
}
