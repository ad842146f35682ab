package publish_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/publish"

	"github.com/google/go-cmp/cmp"
)

func TestWriteDir(t *testing.T) { // R-11, C-12
	dir := filepath.Join(t.TempDir(), "out")
	in := input()
	site := render(t, in)
	if n, _, err := publish.WriteDir(dir, site.Documents()); err != nil || n != len(site.Documents()) {
		t.Fatalf("wrote %d of %d files: %v", n, len(site.Documents()), err)
	}
	want := []string{".wiredesk", "all.atom", "all.html", "all.json", "all.rss", "index.html", "quiet.atom", "quiet.html", "quiet.json", "quiet.rss", "sources.opml"}
	if diff := cmp.Diff(want, list(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, d := range site.Documents() {
		name := filepath.Base(d.Path)
		switch {
		case d.Path == "/":
			name = "index.html"
		case filepath.Ext(name) == "":
			name += ".html"
		}
		if body, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(body) != string(d.Body) {
			t.Errorf("%s is not %s: %v", name, d.Path, err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.ModTime().Equal(d.Modified) || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: mode %v, time %v, want %v", name, info.Mode(), info.ModTime(), d.Modified)
		}
	}
}

func TestWriteDirTouchesOnlyWhatChanged(t *testing.T) {
	dir := t.TempDir()
	in := input()
	first := render(t, in)
	if _, _, err := publish.WriteDir(dir, first.Documents()); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(foreign, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "quiet.rss"), long, long); err != nil {
		t.Fatal(err)
	}
	if n, _, err := publish.WriteDir(dir, first.Documents()); n != 0 || err != nil {
		t.Errorf("the same site again: %d files, %v", n, err)
	}
	in.Previous, in.At = first, in.At.Add(time.Hour)
	in.Editions[0].Entries[1].Item.Content = "<p>Edited.</p>"
	n, _, err := publish.WriteDir(dir, render(t, in).Documents())
	if n != 5 || err != nil { // four forms of the feed, and the index
		t.Errorf("after an edit: %d files, %v", n, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "quiet.rss")); err != nil || !info.ModTime().Equal(long) {
		t.Error("a file that did not change was touched")
	}
	if got := list(t, dir); !slices.Contains(got, "mine.txt") || len(got) != 12 {
		t.Errorf("the folder holds %v", got)
	}
}

func TestWriteDirRemovesWhatIsNoMore(t *testing.T) {
	dir := t.TempDir()
	in := input()
	if _, _, err := publish.WriteDir(dir, render(t, in).Documents()); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(filepath.Dir(dir), "outside.txt")
	for _, name := range []string{outside, filepath.Join(dir, "mine.rss")} {
		if err := os.WriteFile(name, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Whoever can write to the manifest must not make us remove what is elsewhere.
	f, err := os.OpenFile(filepath.Join(dir, ".wiredesk"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("../outside.txt\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	in.Editions = slices.DeleteFunc(in.Editions, func(e wiredesk.Edition) bool { return e.Feed.Name == "quiet" })
	in.Sources = nil
	_, removed, err := publish.WriteDir(dir, render(t, in).Documents())
	if removed != 5 || err != nil { // four forms of the feed, and the sources
		t.Errorf("removed %d, %v", removed, err)
	}
	got := list(t, dir)
	if _, err := os.Stat(outside); err != nil || !slices.Contains(got, "mine.rss") || slices.Contains(got, "quiet.rss") || slices.Contains(got, "sources.opml") {
		t.Errorf("the folder holds %v, outside: %v", got, err)
	}
}

func TestWriteDirSaysWhatIsInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := publish.WriteDir(file, render(t, input()).Documents()); err == nil {
		t.Error("a file was taken for a folder")
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
