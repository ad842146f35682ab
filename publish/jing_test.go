package publish_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk/publish"
)

// TestJing holds all documents in Atom against the schema of RFC 4287, appendix B: those of
// the small site, and some of hostile strings.
func TestJing(t *testing.T) { // O-01
	tool(t, "jing", "jing")
	in := input()
	for i := range hostile {
		e := in.Editions[0]
		e.Feed.Name = "hostile-" + string(rune('a'+i))
		e.Feed.Title, e.Feed.Description, e.Feed.Rights, e.Feed.Author = hostile[i], hostile[i], hostile[i], hostile[i]
		e.Entries = hostileEntries(hostile[i])
		in.Editions = append(in.Editions, e)
	}
	jing(t, render(t, in))
}

// jing fails unless every document of a site in Atom is valid.
func jing(t *testing.T, site *publish.Site) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"-c", "testdata/atom.rnc"}
	for _, d := range site.Documents() {
		if path.Ext(d.Path) != ".atom" {
			continue
		}
		file := filepath.Join(dir, strings.ReplaceAll(strings.Trim(d.Path, "/"), "/", "_"))
		if err := os.WriteFile(file, d.Body, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if len(args) == 2 {
		t.Fatal("there is no document in Atom")
	}
	if out, err := exec.Command("jing", args...).CombinedOutput(); err != nil {
		t.Errorf("jing: %v\n%.3000s", err, out)
	}
}

// TestJingFindsFaults holds that the schema is one: what is wrong with a document, it finds.
func TestJingFindsFaults(t *testing.T) {
	tool(t, "jing", "jing")
	good := string(document(t, render(t, input()), "/all.atom").Body)
	for _, c := range []struct{ old, new string }{
		{"<generator>wiredesk</generator>", "<generator>wiredesk</generator><generator>x</generator>"},
		{"<updated>2026-11-20T", "<updated>20.11.2026T"},
		{`<link rel="self"`, "<link>x</link><atomlink/><link"},
		{"<email>desk@example.org</email>", "<email>Desk</email>"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("there is no %s", c.old)
		}
		file := filepath.Join(t.TempDir(), "bad.atom")
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := exec.Command("jing", "-c", "testdata/atom.rnc", file).Run(); err == nil {
			t.Errorf("with %s for %s, the document is valid", c.new, c.old)
		}
	}
}
