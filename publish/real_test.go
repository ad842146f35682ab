package publish_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/microcosm-cc/bluemonday"
	"github.com/mmcdole/gofeed"

	"wiredesk"
	"wiredesk/publish"
)

// TestRealFeeds renders what others published, much of it broken, as one feed per file.
func TestRealFeeds(t *testing.T) { // O-01
	dir := os.Getenv("WIREDESK_FEEDS")
	if dir == "" {
		dir = "../../shared/feeds"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no captured feeds at %s (WIREDESK_FEEDS says where they are)", dir)
	}
	in := publish.Input{Settings: settings(), At: day(23, 8)}
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name()[0] == '.' {
			return err
		}
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if feed, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err == nil && len(feed.Items) > 0 {
			in.Editions = append(in.Editions, captured(fmt.Sprintf("feed-%d", len(in.Editions)), feed))
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
	}
	t.Logf("%d feeds with %d entries, %d documents", len(in.Editions), entries, len(site.Documents()))
}

// captured makes an edition of a parsed feed, cleaned only as far as is promised to Render.
func captured(name string, feed *gofeed.Feed) wiredesk.Edition {
	e := wiredesk.Edition{Feed: wiredesk.Feed{Name: name, Title: feed.Title, Description: feed.Description, Language: feed.Language}}
	policy := bluemonday.UGCPolicy()
	policy.RequireParseableURLs(true)
	policy.AllowRelativeURLs(false)
	for i, it := range feed.Items {
		entry := wiredesk.Entry{
			ID: fmt.Sprintf("https://ids.example.org/%s/%d", name, i), Title: it.Title,
			Item: wiredesk.Item{
				Link: it.Link, Summary: policy.Sanitize(it.Description), Content: policy.Sanitize(it.Content), GUID: it.GUID,
			},
			Source: wiredesk.Credit{Title: feed.Title, URL: feed.FeedLink, Link: feed.Link}, Coverage: 1, Tags: it.Categories,
		}
		if it.PublishedParsed != nil {
			entry.Published, entry.Updated = *it.PublishedParsed, *it.PublishedParsed
		}
		for _, a := range it.Authors {
			entry.Item.Authors = append(entry.Item.Authors, wiredesk.Author{Name: a.Name, Email: a.Email})
		}
		for _, f := range it.Enclosures {
			entry.Item.Enclosures = append(entry.Item.Enclosures, wiredesk.Enclosure{URL: f.URL, Type: f.Type, Length: int64(len(f.Length))})
		}
		if it.Image != nil {
			entry.Item.Image = it.Image.URL
		}
		e.Entries = append(e.Entries, entry)
	}
	return e
}
