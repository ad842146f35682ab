package publish_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk"
	"wiredesk/publish"

	"github.com/google/go-cmp/cmp"
)

// takenBack is the small site after a person hid one entry, a source took another back, and a
// third was removed.
func takenBack() publish.Input {
	in := input()
	e := &in.Editions[0]
	e.Feed.Language = "de"
	e.Entries = e.Entries[:3]
	e.Entries[0].Withdrawn = wiredesk.Withdrawal{At: day(24, 9), By: wiredesk.ByDesk}
	e.Entries[1].Withdrawn = wiredesk.Withdrawal{At: day(24, 10), By: wiredesk.BySource}
	for i := range 2 {
		e.Entries[i].Updated = e.Entries[i].Withdrawn.At
	}
	e.Tombstones = []wiredesk.Tombstone{{ID: "tag:example.org,2026:gone", Withdrawal: wiredesk.Withdrawal{At: day(24, 11), By: wiredesk.BySource}}}
	return in
}

// A tombstone says which entry is gone, since when and by whom (RFC 6721 section 3), also of an
// entry that is only marked.
func TestTombstones(t *testing.T) {
	site := render(t, takenBack())
	var feed struct {
		Updated string `xml:"updated"`
		Deleted []struct {
			Ref     string `xml:"ref,attr"`
			When    string `xml:"when,attr"`
			Comment string `xml:"http://purl.org/atompub/tombstones/1.0 comment"`
		} `xml:"http://purl.org/atompub/tombstones/1.0 deleted-entry"`
	}
	if err := xml.Unmarshal(document(t, site, "/all.atom").Body, &feed); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range feed.Deleted {
		got = append(got, d.Ref+" "+d.When+" "+d.Comment)
	}
	if feed.Updated != "2026-11-24T11:05:07Z" { // a tombstone is a change of the document, O-04
		t.Errorf("the feed was updated %s", feed.Updated)
	}
	want := []string{
		"tag:example.org,2026:gone 2026-11-24T11:05:07Z Die Quelle hat dies zurückgezogen.",
		article().ID + " 2026-11-24T09:05:07Z Von der Redaktion zurückgezogen.",
		microblog().ID + " 2026-11-24T10:05:07Z Die Quelle hat dies zurückgezogen.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	type told struct{ ID, When, By string }
	var made struct {
		Wiredesk struct{ Withdrawn []told } `json:"_wiredesk"`
		Items    []struct {
			Wiredesk struct{ Withdrawn *told } `json:"_wiredesk"`
		}
	}
	if err := json.Unmarshal(document(t, site, "/all.json").Body, &made); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]told{{"tag:example.org,2026:gone", "2026-11-24T11:05:07Z", "source"}}, made.Wiredesk.Withdrawn); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if w := made.Items[0].Wiredesk.Withdrawn; w == nil || *w != (told{"", "2026-11-24T09:05:07Z", "desk"}) {
		t.Errorf("the first item is withdrawn: %v", w)
	}
	if w := made.Items[2].Wiredesk.Withdrawn; w != nil {
		t.Errorf("the last item is withdrawn: %v", w)
	}
	for _, path := range []string{"/all.atom", "/all.json"} {
		if body := string(document(t, render(t, input()), path).Body); strings.Contains(body, "tombstones") || strings.Contains(body, `"withdrawn"`) {
			t.Errorf("%s says that something was withdrawn", path)
		}
	}
}

// What is marked says so to readers that know no tombstones, in the feed's language. Of what a
// person hid nothing but the title and the link is left.
func TestMarked(t *testing.T) {
	site := render(t, takenBack())
	for _, path := range []string{"/all.rss", "/all.atom", "/all.json", "/all"} {
		body := string(document(t, site, path).Body)
		for _, word := range []string{"Zurückgezogen: AT&amp;T says", "Von der Redaktion zurückgezogen.", "Die Quelle hat dies zurückgezogen.", "A short message"} {
			switch path {
			case "/all.json":
				word = strings.ReplaceAll(word, "&amp;", "&")
			case "/all.rss", "/all.atom":
				word = strings.ReplaceAll(word, "&amp;", "&#x26;")
			}
			if !strings.Contains(body, word) {
				t.Errorf("%s does not say %q", path, word)
			}
		}
		for _, word := range []string{"Full <em>", "Full &lt;em", "A summary", "i.png", "a.pdf", "Read the", "same, elsewhere"} {
			if strings.Contains(body, word) {
				t.Errorf("%s still says %q", path, word)
			}
		}
	}
}

// Readers that know nothing of archives and tombstones find the entries, and nothing else. O-10.
func TestReadersOfWithdrawnAndArchived(t *testing.T) {
	newsboat := tool(t, "newsboat", "newsboat")
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import feedparser").Run(); err != nil {
		t.Skip("feedparser is not installed (Debian package python3-feedparser)")
	}
	in := takenBack()
	a := publish.NewArchive(t.TempDir())
	p := pageOf(1)
	p.Tombstones = in.Editions[0].Tombstones
	putPage(t, a, p)
	in.Archive, in.Editions[0].Pages = a, 1
	site := render(t, in)
	for path, links := range map[string]string{
		"/all.rss": "prev-archive", "/all.atom": "prev-archive", "/all/archive/1.rss": "current next-archive", "/all/archive/1.atom": "current next-archive",
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "feed.xml")
		if err := os.WriteFile(file, document(t, site, path).Body, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(python, "-c", `
import sys, feedparser
d = feedparser.parse(sys.argv[1])
assert not d.bozo, d.bozo_exception
print(len(d.entries), *sorted(l.rel for l in d.feed.links if l.rel in ("prev-archive", "next-archive", "current")))`, file).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != "3 "+links {
			t.Errorf("%s: feedparser finds %s, %v", path, out, err)
		}
		urls, cache := filepath.Join(dir, "urls"), filepath.Join(dir, "cache.db")
		if err := os.WriteFile(urls, []byte("file://"+file+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(newsboat, "-u", urls, "-c", cache, "-C", os.DevNull, "-x", "reload")
		cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, out)
		}
		out, err = exec.Command(python, "-c", `import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("select count(*) from rss_item").fetchone())`, cache).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != "3" {
			t.Errorf("%s: newsboat finds %s, %v", path, out, err)
		}
	}
}
