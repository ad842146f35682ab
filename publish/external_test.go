package publish_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tool returns the path of a program, or skips the test and says which package has it.
func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian package %s)", name, debian)
	}
	return path
}

// export writes a published document of the small site to a file.
func export(t *testing.T, path string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), strings.Trim(path, "/"))
	if err := os.WriteFile(file, document(t, render(t, input()), path).Body, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestXmllint(t *testing.T) { // O-01
	xmllint := tool(t, "xmllint", "libxml2-utils")
	for _, path := range []string{"/all.rss", "/all.atom", "/quiet.rss", "/quiet.atom", "/sources.opml"} {
		if out, err := exec.Command(xmllint, "--noout", export(t, path)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

// The titles and links that every reader must find, in this order. The second entry has no
// title; Atom, which demands one, has its beginning.
var (
	wantLinks = []string{
		"https://journal.example.com/2026/k%C3%A4se%20und%20brot?q=a%20b%7Cc&d=%25zz#frag%20ment",
		"https://micro.example.net/1", "https://cast.example.net/episodes/7", "https://rtl.example.net/?p=1", "",
	}
	wantTitles = []string{`AT&T says <b> is not &amp; a "tag"`, "", "Episode 7", "مرحبا بالعالم 𝔘", ""}
	atomTitles = []string{
		wantTitles[0], "A short message 🦉 without a title, that nevertheless goes on for more than…",
		"Episode 7", "مرحبا بالعالم 𝔘", "Everything & more",
	}
)

func TestFeedparser(t *testing.T) { // O-10
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import feedparser").Run(); err != nil {
		t.Skip("feedparser is not installed (Debian package python3-feedparser)")
	}
	const script = `
import sys, feedparser
d = feedparser.parse(sys.argv[1])
assert not d.bozo, d.bozo_exception
for e in d.entries:
    link = next((l.href for l in e.get("links", []) if l.rel == "alternate"), "")
    print(e.id, link, e.get("title", ""), len(e.get("enclosures", [])), e.published, e.get("source", {}).get("title", ""), sep="\t")
`
	wantDates := []string{"2026-11-21T09:05:07Z", "2026-11-20T09:05:07Z", "2026-11-19T09:05:07Z", "2026-11-18T09:05:07Z", "2026-11-17T09:05:07Z"}
	// RSS does not say whether a title is text or HTML. What looks like HTML, as the first
	// one with its entity does, feedparser takes for HTML, and quotes the rest as HTML.
	quoted := append([]string{`AT&amp;T says <b> is not &amp; a "tag"`}, wantTitles[1:]...)
	for _, c := range []struct {
		path   string
		titles []string
	}{{"/all.rss", quoted}, {"/all.atom", atomTitles}} {
		out, err := exec.Command(python, "-c", script, export(t, c.path)).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.path, err, out)
		}
		lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
		if len(lines) != len(wantLinks) {
			t.Fatalf("%s: %d entries, want %d\n%s", c.path, len(lines), len(wantLinks), out)
		}
		for i, line := range lines {
			f := strings.Split(line, "\t")
			if got, want := f[0], input().Editions[0].Entries[i].ID; got != want {
				t.Errorf("%s: id %q, want %q", c.path, got, want)
			}
			if f[1] != wantLinks[i] {
				t.Errorf("%s: link %q, want %q", c.path, f[1], wantLinks[i])
			}
			if f[2] != c.titles[i] {
				t.Errorf("%s: title %q, want %q", c.path, f[2], c.titles[i])
			}
			if strings.HasSuffix(c.path, ".atom") && f[4] != wantDates[i] {
				t.Errorf("%s: published %q, want %q", c.path, f[4], wantDates[i])
			}
			if i == 0 && (f[3] != "1" || f[5] != "Example Journal") {
				t.Errorf("%s: enclosures and source %q", c.path, f)
			}
		}
	}
}

func TestSfeed(t *testing.T) { // O-10
	sfeed := tool(t, "sfeed", "sfeed")
	for path, titles := range map[string][]string{"/all.rss": wantTitles, "/all.atom": atomTitles} {
		cmd := exec.Command(sfeed)
		cmd.Stdin = bytes.NewReader(document(t, render(t, input()), path).Body)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		var gotTitles, gotLinks, gotIDs, wantIDs []string
		for line := range strings.SplitSeq(strings.TrimRight(string(out), "\n"), "\n") {
			f := strings.Split(line, "\t") // time, title, link, content, content type, id, author, enclosure, category
			gotTitles, gotLinks, gotIDs = append(gotTitles, f[1]), append(gotLinks, f[2]), append(gotIDs, f[5])
		}
		for _, e := range input().Editions[0].Entries {
			wantIDs = append(wantIDs, e.ID)
		}
		if diff := cmp.Diff(wantIDs, gotIDs); diff != "" {
			t.Errorf("%s: ids (-want +got):\n%s", path, diff)
		}
		if diff := cmp.Diff(titles, gotTitles); diff != "" {
			t.Errorf("%s: titles (-want +got):\n%s", path, diff)
		}
		if diff := cmp.Diff(wantLinks, gotLinks); diff != "" {
			t.Errorf("%s: links (-want +got):\n%s", path, diff)
		}
	}
}

func TestNewsboat(t *testing.T) { // O-10
	newsboat := tool(t, "newsboat", "newsboat")
	for path, titles := range map[string][]string{"/all.rss": wantTitles, "/all.atom": atomTitles} {
		dir := t.TempDir()
		urls := filepath.Join(dir, "urls")
		if err := os.WriteFile(urls, []byte("file://"+export(t, path)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cache := filepath.Join(dir, "cache.db")
		cmd := exec.Command(newsboat, "-u", urls, "-c", cache, "-C", os.DevNull, "-x", "reload")
		cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, out)
		}
		sqlite := exec.Command("/usr/bin/python3", "-c", `import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("select guid, title, url from rss_item order by pubDate desc"): print(*row, sep="\t")`, cache)
		out, err := sqlite.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, out)
		}
		lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
		for i, line := range lines {
			f := strings.Split(line, "\t")
			if i >= len(titles) || f[0] != input().Editions[0].Entries[i].ID || f[2] != wantLinks[i] {
				t.Errorf("%s: entry %d is %q", path, i, f)
			}
		}
		if len(lines) != len(titles) {
			t.Errorf("%s: %d entries, want %d", path, len(lines), len(titles))
		}
	}
}
