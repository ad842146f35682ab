package publish_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/smalldisk"
	"wiredesk/publish"

	"github.com/google/go-cmp/cmp"
)

// openFolder opens a folder as a process that was just started does.
func openFolder(t *testing.T, dir string) *publish.Folder {
	t.Helper()
	f, err := publish.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// page is a document with the bytes of its own that text makes.
func page(path, text string, modified time.Time) *publish.Document {
	return &publish.Document{Path: path, Body: []byte(text), Modified: modified}
}

// forms are the files that a document becomes, by what their names end in.
func forms(d *publish.Document) map[string][]byte {
	if d.Small() {
		return map[string][]byte{"": d.Body}
	}
	return map[string][]byte{
		"": d.Body, ".gz": d.Form(publish.Gzip).Body, ".zst": d.Form(publish.Zstd).Body, ".br": d.Form(publish.Brotli).Body,
	}
}

// siteOf returns a site of these documents.
func siteOf(t *testing.T, docs ...*publish.Document) *publish.Site {
	t.Helper()
	b, err := json.Marshal(map[string]any{"BaseURL": "https://feeds.example.org", "Documents": docs})
	if err != nil {
		t.Fatal(err)
	}
	var site publish.Site
	if err := json.Unmarshal(b, &site); err != nil {
		t.Fatal(err)
	}
	return &site
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFolder(t *testing.T) { // C-12
	dir := filepath.Join(t.TempDir(), "deep", "out")
	site := render(t, input())
	if _, _, err := openFolder(t, dir).Write(site); err != nil {
		t.Fatal(err)
	}
	want := []string{".wiredesk"}
	for _, d := range site.Documents() {
		name := strings.TrimPrefix(d.Path, "/")
		switch {
		case d.Path == "/":
			name = "index.html"
		case filepath.Ext(name) == "":
			name += ".html"
		}
		for suffix, body := range forms(d) {
			file := filepath.Join(dir, name+suffix)
			first, _, _ := strings.Cut(name+suffix, "/") // of a folder, the folder
			want = append(want, first)
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%s is not %s: %v", file, d.Path, err)
			}
			if info, err := os.Stat(file); err != nil || !info.ModTime().Equal(d.Modified) || info.Mode().Perm() != 0o644 {
				t.Errorf("%s: mode %v, time %v, want %v", file, info.Mode(), info.ModTime(), d.Modified)
			}
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if diff := cmp.Diff(want, list(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestFolderTouchesOnlyWhatChanged(t *testing.T) {
	dir := t.TempDir()
	in := input()
	first := render(t, in)
	f := openFolder(t, dir)
	if _, _, err := f.Write(first); err != nil {
		t.Fatal(err)
	}
	long := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "quiet.rss"), long, long); err != nil {
		t.Fatal(err)
	}
	before := stats(t, dir)
	for what, f := range map[string]*publish.Folder{"again": f, "after a restart": openFolder(t, dir)} {
		if n, _, err := f.Write(first); n != 0 || err != nil {
			t.Errorf("%s: %d files, %v", what, n, err)
		}
	}
	in.Previous, in.At = first, in.At.Add(time.Hour)
	in.Editions[0].Entries[1].Item.Content = "<p>Edited.</p>"
	second := render(t, in)
	changed := map[string]bool{".wiredesk": true}
	for path, name := range map[string]string{"/all.rss": "all.rss", "/all.atom": "all.atom", "/all.json": "all.json", "/all": "all.html", "/": "index.html"} {
		for suffix := range forms(document(t, second, path)) {
			changed[name+suffix] = true
		}
	}
	if n, _, err := f.Write(second); n != len(changed)-1 || err != nil {
		t.Errorf("after an edit: %d files, %v", n, err)
	}
	for name, now := range stats(t, dir) {
		if same := now == before[name]; same == changed[name] && name != ".wiredesk" {
			t.Errorf("%s: is it the same file as before? %v", name, same)
		}
	}
	// What has size and time of the document is taken for it, and not read.
	file, modified := filepath.Join(dir, "all.rss"), document(t, second, "/all.rss").Modified
	put(t, file, strings.Repeat("x", len(document(t, second, "/all.rss").Body)))
	if err := os.Chtimes(file, modified, modified); err != nil {
		t.Fatal(err)
	}
	if n, _, err := f.Write(second); n != 0 || err != nil {
		t.Errorf("files were read that did not change: %d, %v", n, err)
	}
	// Whatever else is done to a file is mended.
	put(t, file, "edited")
	if err := os.Remove(filepath.Join(dir, "quiet.atom")); err != nil {
		t.Fatal(err)
	}
	if n, _, err := f.Write(second); n != 2 || err != nil {
		t.Errorf("damage: %d files, %v", n, err)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, document(t, second, "/all.rss").Body) {
		t.Errorf("the damage is still there: %v", err)
	}
}

// stats returns which file each name of a folder is, and when it was changed.
func stats(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, name := range list(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = fmt.Sprint(info.Sys().(*syscall.Stat_t).Ino, info.ModTime(), info.Size())
	}
	return all
}

func TestFolderRemovesWhatIsNoMore(t *testing.T) {
	dir := t.TempDir()
	in := input()
	if _, _, err := openFolder(t, dir).Write(render(t, in)); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(filepath.Dir(dir), "outside.txt")
	put(t, outside, "mine")
	put(t, filepath.Join(dir, "mine.rss"), "mine")
	// Whoever can write to the manifest must not make us remove what is elsewhere.
	manifest := filepath.Join(dir, ".wiredesk", "manifest")
	names, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	put(t, manifest, string(names)+"../outside.txt\n"+outside+"\na/../../outside.txt\n.wiredesk/manifest\n")
	in.Editions = slices.DeleteFunc(in.Editions, func(e wiredesk.Edition) bool { return e.Feed.Name == "quiet" })
	in.Sources = nil
	_, removed, err := openFolder(t, dir).Write(render(t, in))
	if removed < 5 || err != nil { // four of the feed, and the sources; and what is compressed
		t.Errorf("removed %d, %v", removed, err)
	}
	got := list(t, dir)
	if _, err := os.Stat(outside); err != nil || !slices.Contains(got, "mine.rss") || slices.ContainsFunc(got, func(name string) bool {
		return strings.HasPrefix(name, "quiet") || strings.HasPrefix(name, "sources")
	}) {
		t.Errorf("the folder holds %v, outside: %v", got, err)
	}
}

// A document that is not worth compressing any more leaves no old compressed form behind: a
// server would send that one.
func TestFolderRemovesOldForms(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir)
	for _, step := range []struct {
		doc  *publish.Document
		want []string
	}{
		{page("/a.rss", strings.Repeat("long ", 1000), day(1, 0)), []string{".wiredesk", "a.rss", "a.rss.br", "a.rss.gz", "a.rss.zst"}},
		{page("/a.rss", "short", day(2, 0)), []string{".wiredesk", "a.rss"}},
	} {
		if _, _, err := f.Write(siteOf(t, step.doc)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, list(t, dir)); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	}
}

func TestFolderWithFolders(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir)
	docs := []*publish.Document{page("/go", "page", day(1, 0)), page("/go/archive/1.atom", "archive", day(1, 0)), page("/.well-known/recommendations.opml", "opml", day(1, 0))}
	if n, _, err := f.Write(siteOf(t, docs...)); n != 3 || err != nil {
		t.Fatalf("%d written, %v", n, err)
	}
	for name, want := range map[string]string{"go.html": "page", "go/archive/1.atom": "archive", ".well-known/recommendations.opml": "opml"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	// Folders go with their last file, unless somebody else's is in them.
	put(t, filepath.Join(dir, ".well-known", "security.txt"), "mine")
	if _, n, err := openFolder(t, dir).Write(siteOf(t, docs[:1]...)); n != 2 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	if diff := cmp.Diff([]string{".well-known", ".wiredesk", "go.html"}, list(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// A folder that was taken away is not begun anew half way: what is opened next must not take
// the beginning for something of others.
func TestFolderTakenAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	f := openFolder(t, dir)
	docs := []*publish.Document{page("/a/b/archive/1.rss", "old", day(1, 0)), page("/a.rss", "a", day(1, 0))}
	if _, _, err := f.Write(siteOf(t, docs...)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Write(siteOf(t, docs...)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was taken away: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there again: %v", err)
	}
	if written, _, err := openFolder(t, dir).Write(siteOf(t, docs...)); err != nil || written != 2 {
		t.Errorf("opened anew: %d written, %v", written, err)
	}
}

func TestFolderOfOthersIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "thesis.txt"), "mine")
	for _, open := range []func(string) error{publish.CheckFolder, func(dir string) error { _, err := publish.OpenFolder(dir); return err }} {
		if err := open(dir); !errors.Is(err, publish.ErrForeign) || !strings.Contains(err.Error(), "thesis.txt") {
			t.Errorf("a folder with a file of others: %v", err)
		}
	}
	if diff := cmp.Diff([]string{"lost+found", "thesis.txt"}, list(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := os.Remove(filepath.Join(dir, "thesis.txt")); err != nil {
		t.Fatal(err)
	}
	if _, err := publish.OpenFolder(dir); err != nil {
		t.Errorf("an empty file system: %v", err)
	}
	file := filepath.Join(dir, "file")
	put(t, file, "")
	if _, err := publish.OpenFolder(file); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// What others put in the way stays as it is, and does not keep the rest from being written.
func TestFolderWithThingsInTheWay(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	f := openFolder(t, dir)
	docs := []*publish.Document{
		page("/a.rss", "a", day(1, 0)), page("/b.rss", "b", day(1, 0)), page("/c.rss", "c", day(1, 0)),
		page("/d/archive/1.rss", "d", day(1, 0)), page("/e.rss", "e", day(1, 0)), page("/%", "no name", day(1, 0)),
	}
	put(t, filepath.Join(dir, "a.rss"), "mine")
	put(t, filepath.Join(outside, "target"), "mine")
	if err := errors.Join(
		os.Mkdir(filepath.Join(dir, "b.rss"), 0o700),
		os.Symlink(filepath.Join(outside, "target"), filepath.Join(dir, "c.rss")),
		os.Symlink(outside, filepath.Join(dir, "d")),
	); err != nil {
		t.Fatal(err)
	}
	n, _, err := f.Write(siteOf(t, docs...))
	if n != 1 || !errors.Is(err, publish.ErrForeign) {
		t.Errorf("%d written, %v", n, err)
	}
	for _, name := range []string{"a.rss", "b.rss", "c.rss", "/d ", "%"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not in the message: %v", name, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "e.rss")); err != nil || string(got) != "e" {
		t.Errorf("e.rss: %q, %v", got, err)
	}
	for _, name := range []string{filepath.Join(dir, "a.rss"), filepath.Join(outside, "target")} {
		if got, err := os.ReadFile(name); err != nil || string(got) != "mine" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if diff := cmp.Diff([]string{"target"}, list(t, outside)); diff != "" {
		t.Errorf("outside (-want +got):\n%s", diff)
	}
	// A file of ours that became a link is replaced; what it leads to is not. One that became a
	// folder is not removed.
	if err := errors.Join(
		os.Remove(filepath.Join(dir, "e.rss")), os.Symlink(filepath.Join(outside, "target"), filepath.Join(dir, "e.rss")),
	); err != nil {
		t.Fatal(err)
	}
	if n, _, err := f.Write(siteOf(t, docs[4:5]...)); n != 1 || err != nil {
		t.Errorf("%d written, %v", n, err)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "e.rss")), os.Mkdir(filepath.Join(dir, "e.rss"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, n, err := f.Write(siteOf(t)); n != 0 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	if got, err := os.ReadFile(filepath.Join(outside, "target")); err != nil || string(got) != "mine" {
		t.Errorf("the target of the link: %q, %v", got, err)
	}
	if diff := cmp.Diff([]string{".wiredesk", "a.rss", "b.rss", "c.rss", "d", "e.rss"}, list(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// what a killed process had not finished is gone after the next start.
func TestFolderIsSwept(t *testing.T) {
	dir := t.TempDir()
	openFolder(t, dir)
	put(t, filepath.Join(dir, ".wiredesk", ".all.rss123"), "half of")
	f := openFolder(t, dir)
	if _, _, err := f.Write(render(t, input())); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Caddyfile", "manifest", "nginx.conf"}, list(t, filepath.Join(dir, ".wiredesk"))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// incompressible returns text of n bytes that does not become shorter.
func incompressible(n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return string(b)
}

// What is linked to is put in place before what links to it. The latter come to stand on a
// disk that has no room for them.
func TestFolderOrder(t *testing.T) {
	dir := smalldisk.New(t, 1<<20)
	big := incompressible(11 << 10) // with its compressed forms, four times three pages
	docs := []*publish.Document{
		page("/", big, day(1, 0)), page("/go", big, day(1, 0)), page("/go.rss", big, day(1, 0)), page("/go/archive/1.rss", big, day(1, 0)),
	}
	f := openFolder(t, dir)
	for _, want := range [][]string{
		{"go/archive/1.rss"}, {"go/archive/1.rss", "go.rss"}, {"go/archive/1.rss", "go.html", "go.rss"}, {"go/archive/1.rss", "go.html", "go.rss", "index.html"},
	} {
		// Two pages are for the manifest; and, in the end, four for what web servers are told.
		pages := len(want)*12 + 2
		if len(want) == len(docs) {
			pages += 4
		}
		smalldisk.Resize(t, dir, pages<<12)
		_, _, err := f.Write(siteOf(t, docs...))
		if full := errors.Is(err, syscall.ENOSPC); full != (len(want) < len(docs)) {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{"go/archive/1.rss", "go.html", "go.rss", "index.html"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				got = append(got, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	}
}

// whoever reads while a document changes again and again gets a whole one each time.
func TestFolderWhileRead(t *testing.T) {
	updates := 10_000
	if testing.Short() || raced {
		updates = 300
	}
	dir := smalldisk.New(t, 16<<20) // a disk would be asked for the same sync ten thousand times
	f := openFolder(t, dir)
	file := filepath.Join(dir, "all.json")
	update := func(i int) {
		text := fmt.Sprintf(`{"Begin":%d,"Filler":%q,"End":%d}`, i, strings.Repeat("x", i%5000), i)
		if _, _, err := f.Write(siteOf(t, page("/all.json", text, day(1, 0).Add(time.Duration(i)*time.Second)))); err != nil {
			t.Error(err)
		}
	}
	update(0)
	var done atomic.Bool
	reads := make(chan int)
	go func() {
		n := 0
		for ; !done.Load(); n++ {
			got, err := os.ReadFile(file)
			var doc struct{ Begin, End int }
			if err == nil {
				err = json.Unmarshal(got, &doc)
			}
			if err != nil || doc.Begin != doc.End {
				t.Errorf("read %d: %v: %.100q", n, err, got)
				break
			}
		}
		reads <- n
	}()
	for i := range updates {
		update(i)
	}
	done.Store(true)
	t.Logf("%d updates, %d reads", updates, <-reads)
}

// on a disk that is too small the last good files stay whole, and all is well again once
// there is room.
func TestFolderOnFullDisk(t *testing.T) {
	in := input()
	first := render(t, in)
	in.Previous, in.At = first, in.At.Add(time.Hour)
	for i := range in.Editions[0].Entries {
		in.Editions[0].Entries[i].Item.Content = strings.Repeat("<p>A lot more to read.</p>", 100*(i+1))
	}
	second := render(t, in)
	for room := 0; room < 160<<10; room += 4 << 10 {
		t.Run(fmt.Sprint(room>>10, "KiB"), func(t *testing.T) {
			dir := smalldisk.New(t, 1<<20)
			f := openFolder(t, dir)
			if _, _, err := f.Write(first); err != nil {
				t.Fatal(err)
			}
			var fs syscall.Statfs_t
			if err := syscall.Statfs(dir, &fs); err != nil {
				t.Fatal(err)
			}
			smalldisk.Resize(t, dir, int(fs.Blocks-fs.Bfree)*int(fs.Bsize)+room)
			_, _, err := f.Write(second)
			if err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("it fails otherwise: %v", err)
			}
			for _, d := range second.Documents() {
				was := document(t, first, d.Path)
				name, _ := strings.CutPrefix(d.Path, "/")
				switch {
				case name == "":
					name = "index.html"
				case filepath.Ext(name) == "":
					name += ".html"
				}
				old := forms(was)
				for suffix, body := range forms(d) {
					got, err := os.ReadFile(filepath.Join(dir, name+suffix))
					if errors.Is(err, os.ErrNotExist) && old[suffix] == nil {
						continue
					}
					if err != nil || !bytes.Equal(got, old[suffix]) && !bytes.Equal(got, body) {
						t.Errorf("%s is neither old nor new: %v", name+suffix, err)
					}
				}
			}
			if left := list(t, filepath.Join(dir, ".wiredesk")); slices.ContainsFunc(left, func(name string) bool { return name[0] == '.' }) {
				t.Errorf("it left behind %v", left)
			}
			smalldisk.Resize(t, dir, 1<<20)
			if _, _, err := f.Write(second); err != nil {
				t.Errorf("with room again: %v", err)
			}
			if n, _, err := openFolder(t, dir).Write(second); n != 0 || err != nil {
				t.Errorf("it was not complete: %d files, %v", n, err)
			}
		})
	}
}

// a folder that may not be written to any more keeps what it has.
func TestFolderReadOnly(t *testing.T) {
	dir := smalldisk.New(t, 1<<20)
	f := openFolder(t, dir)
	one := []*publish.Document{page("/a.rss", "one", day(1, 0)), page("/b.rss", "one", day(1, 0))}
	if _, _, err := f.Write(siteOf(t, one...)); err != nil {
		t.Fatal(err)
	}
	smalldisk.ReadOnly(t, dir, true)
	two := []*publish.Document{page("/a.rss", "two", day(2, 0))}
	if n, removed, err := f.Write(siteOf(t, two...)); n != 0 || removed != 0 || !errors.Is(err, syscall.EROFS) {
		t.Errorf("%d written, %d removed, %v", n, removed, err)
	}
	if n, removed, err := f.Write(siteOf(t, one...)); n != 0 || removed != 0 || err != nil {
		t.Errorf("nothing to write: %d written, %d removed, %v", n, removed, err)
	}
	if _, err := publish.OpenFolder(dir); err != nil {
		t.Errorf("open: %v", err)
	}
	smalldisk.ReadOnly(t, dir, false)
	if n, removed, err := f.Write(siteOf(t, two...)); n != 1 || removed != 1 || err != nil {
		t.Errorf("writable again: %d written, %d removed, %v", n, removed, err)
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
