package publish_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk"
	"wiredesk/publish"

	"github.com/google/go-cmp/cmp"
)

func pageOf(number int) *wiredesk.Page {
	p := &wiredesk.Page{Feed: input().Editions[0].Feed, Number: number, Mark: fmt.Sprintf("mark of %d", number)}
	for i := range 3 {
		e := microblog()
		e.ID = fmt.Sprintf("tag:example.org,2026:%d-%d", number, i)
		p.Entries = append(p.Entries, e)
	}
	return p
}

func putPage(t *testing.T, a *publish.Archive, p *wiredesk.Page) {
	t.Helper()
	problems, err := a.Put(settings(), p, day(23, 9))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
}

// ties returns the links of a document with the relations of RFC 5005, and whether it says
// that it is a page of an archive.
func ties(t *testing.T, d *publish.Document) (links map[string]string, archive bool) {
	t.Helper()
	links = make(map[string]string)
	dec := xml.NewDecoder(strings.NewReader(string(d.Body)))
	for {
		token, err := dec.Token()
		if err != nil {
			break
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		archive = archive || e.Name == xml.Name{Space: "http://purl.org/syndication/history/1.0", Local: "archive"}
		if e.Name.Space != "http://www.w3.org/2005/Atom" || e.Name.Local != "link" {
			continue
		}
		attr := make(map[string]string)
		for _, a := range e.Attr {
			attr[a.Name.Local] = a.Value
		}
		if rel := attr["rel"]; rel == "self" && links[rel] == "" || rel == "current" || strings.HasSuffix(rel, "-archive") {
			links[rel] = attr["href"]
		}
	}
	return links, archive
}

// The documents of a feed and its archive are tied together as RFC 5005 section 4 says.
func TestArchiveLinks(t *testing.T) { // O-02, O-15
	a := publish.NewArchive(filepath.Join(t.TempDir(), "archive"))
	putPage(t, a, pageOf(1))
	putPage(t, a, pageOf(2))
	in := input()
	in.Archive, in.Editions[0].Pages = a, 2
	site := render(t, in)
	base := in.Settings.BaseURL
	for _, extension := range []string{".atom", ".rss"} {
		at := func(n int) string { return fmt.Sprintf("%s/all/archive/%d%s", base, n, extension) }
		for path, want := range map[string]map[string]string{
			"/all":           {"self": base + "/all" + extension, "prev-archive": at(2)},
			"/all/archive/2": {"self": at(2), "prev-archive": at(1), "next-archive": at(3), "current": base + "/all" + extension},
			"/all/archive/1": {"self": at(1), "next-archive": at(2), "current": base + "/all" + extension},
			// What will stand on the page that comes next is in the feed.
			"/all/archive/3": {"self": base + "/all" + extension, "prev-archive": at(2)},
			"/quiet":         {"self": base + "/quiet" + extension},
		} {
			got, archive := ties(t, document(t, site, path+extension))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s%s (-want +got)\n%s", path, extension, diff)
			}
			if archive != (want["current"] != "") {
				t.Errorf("%s%s says archive: %v", path, extension, archive)
			}
		}
	}
	for path, want := range map[string]string{
		"/all.json": base + "/all/archive/2.json", "/all/archive/2.json": base + "/all/archive/1.json", "/all/archive/1.json": "",
	} {
		_, next, _ := strings.Cut(string(document(t, site, path).Body), `"next_url":"`)
		if next, _, _ = strings.Cut(next, `"`); next != want {
			t.Errorf("%s leads to %q", path, next)
		}
	}
	for _, path := range []string{
		"/all/archive/4.atom", "/all/archive/0.atom", "/all/archive/01.atom", "/all/archive/1", "/all/archive/1.xml", "/all/archive/../1.atom",
		"/quiet/archive/1.atom", "/none/archive/1.atom", "/all/archive/1.atom/", "/all/archive/99999999999999999999.atom",
	} {
		if d, ok := site.Lookup(path); ok {
			t.Errorf("%s leads to %s", path, d.Path)
		}
	}
}

// What lies in the folder is found again by whoever opens it, with its time, and is replaced
// only if it says something else.
func TestArchiveLasts(t *testing.T) {
	dir := t.TempDir()
	a := publish.NewArchive(dir)
	putPage(t, a, pageOf(1))
	again := publish.NewArchive(dir)
	if !again.Has(settings(), "all", 1, "mark of 1") {
		t.Error("the page is not there")
	}
	other := settings()
	other.BaseURL = "https://moved.example.org"
	if again.Has(settings(), "all", 1, "mark of 2") || again.Has(settings(), "all", 2, "mark of 2") || again.Has(other, "all", 1, "mark of 1") {
		t.Error("a page is there that is not")
	}
	in := input()
	in.Archive, in.Editions[0].Pages = again, 1
	first := document(t, render(t, in), "/all/archive/1.atom")
	if !first.Modified.Equal(day(23, 9)) {
		t.Errorf("changed %v", first.Modified)
	}
	if problems, err := again.Put(settings(), pageOf(1), day(24, 9)); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if same := document(t, render(t, in), "/all/archive/1.atom"); !same.Modified.Equal(first.Modified) || same.ETag != first.ETag {
		t.Errorf("the same page has changed: %v %s", same.Modified, same.ETag)
	}
	less := pageOf(1)
	less.Entries, less.Mark = less.Entries[1:], "another mark"
	if problems, err := again.Put(settings(), less, day(24, 9)); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if now := document(t, render(t, in), "/all/archive/1.atom"); !now.Modified.Equal(day(24, 9)) || now.ETag == first.ETag || again.Has(settings(), "all", 1, "mark of 1") {
		t.Errorf("another page has not changed: %v %s", now.Modified, now.ETag)
	}
}

// A file that something else wrote or cut is not served, and not there.
func TestDamagedArchive(t *testing.T) {
	dir := t.TempDir()
	a := publish.NewArchive(dir)
	putPage(t, a, pageOf(1))
	in := input()
	in.Archive, in.Editions[0].Pages = a, 1
	site := render(t, in)
	file := filepath.Join(dir, "all", "1.atom")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "x", string(whole[:len(whole)/2]), strings.Repeat("\xff", 3000)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := site.Lookup("/all/archive/1.atom"); ok {
			t.Errorf("%.20q is served", content)
		}
		if a.Has(settings(), "all", 1, "mark of 1") {
			t.Errorf("the page is there with %.20q", content)
		}
	}
}

// The pages of archives are in a folder of static files too, and read only when they changed.
func TestArchiveInFolder(t *testing.T) { // C-12
	a := publish.NewArchive(filepath.Join(t.TempDir(), "archive"))
	putPage(t, a, pageOf(1))
	putPage(t, a, pageOf(2))
	in := input()
	in.Archive, in.Editions[0].Pages = a, 2
	site := render(t, in)
	dir := t.TempDir()
	f := openFolder(t, dir)
	if _, _, err := f.Write(site); err != nil {
		t.Fatal(err)
	}
	same := func(when string, site *publish.Site, paths ...string) {
		t.Helper()
		for _, path := range paths {
			got, err := os.ReadFile(filepath.Join(dir, path))
			if want := document(t, site, path).Body; err != nil || string(got) != string(want) {
				t.Errorf("%s, %s is not what is served: %v", when, path, err)
			}
		}
	}
	same("at first", site, "/all.atom", "/all/archive/1.atom", "/all/archive/2.rss", "/all/archive/2.json", "/all/archive/3.json")
	if written, removed, err := f.Write(render(t, in)); written+removed > 0 || err != nil {
		t.Errorf("again: %d written, %d removed, %v", written, removed, err)
	}
	// What was withdrawn is on it no more, in no form; of what did not change nothing is read.
	if err := os.Truncate(filepath.Join(a.Dir(), "all", "2.rss"), 0); err != nil { // the archive makes it again, some day
		t.Fatal(err)
	}
	less := pageOf(1)
	less.Entries, less.Mark = less.Entries[1:], "another mark"
	putPage(t, a, less)
	if _, _, err := f.Write(site); err == nil || !strings.Contains(err.Error(), "2.rss cannot be read") {
		t.Errorf("a damaged page: %v", err)
	}
	putPage(t, a, pageOf(2))
	if _, removed, err := f.Write(site); removed > 0 || err != nil {
		t.Errorf("after it was made again: %d removed, %v", removed, err)
	}
	same("after an item was withdrawn", site, "/all/archive/1.atom", "/all/archive/1.json", "/all/archive/2.rss")
	// A lost archive takes nothing away, and neither does a restart; the end of the feed does.
	if err := os.RemoveAll(a.Dir()); err != nil {
		t.Fatal(err)
	}
	if _, removed, err := openFolder(t, dir).Write(site); removed > 0 || err != nil {
		t.Errorf("without the archive: %d removed, %v", removed, err)
	}
	in.Editions = in.Editions[1:]
	if _, _, err := openFolder(t, dir).Write(render(t, in)); err != nil {
		t.Fatal(err)
	}
	for _, name := range list(t, dir) {
		if name == "all" || strings.HasPrefix(name, "all.") {
			t.Errorf("%s is still there", name)
		}
	}
}

// The last site has its archives after a restart.
func TestArchiveInVault(t *testing.T) {
	a := publish.NewArchive(filepath.Join(t.TempDir(), "archive"))
	putPage(t, a, pageOf(1))
	in := input()
	in.Archive, in.Editions[0].Pages = a, 1
	dir := t.TempDir()
	vault, _, err := publish.OpenVault(dir, a)
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Keep(render(t, in)); err != nil {
		t.Fatal(err)
	}
	_, last, err := publish.OpenVault(dir, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/all/archive/1.atom", "/all/archive/2.atom"} {
		if _, ok := last.Lookup(path); !ok {
			t.Errorf("%s is not there", path)
		}
	}
}

// An entry that no document can have is left out of its page and told: a page that were missing
// would break the chain.
func TestArchiveWithoutABadEntry(t *testing.T) { // O-01, O-15
	for name, c := range map[string]struct {
		spoil func(*wiredesk.Page)
		left  int
	}{
		"no id":    {func(p *wiredesk.Page) { p.Entries[1].ID = "" }, 2},
		"no IRI":   {func(p *wiredesk.Page) { p.Entries[1].ID = "a b" }, 2},
		"the same": {func(p *wiredesk.Page) { p.Entries[1].ID = p.Entries[0].ID }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := publish.NewArchive(filepath.Join(t.TempDir(), "archive"))
			page := pageOf(1)
			c.spoil(page)
			problems, err := a.Put(settings(), page, day(23, 9))
			if err != nil || len(problems) != 1 || problems[0].Path != "/all/archive/1" {
				t.Fatal(problems, err)
			}
			if !a.Has(settings(), "all", 1, page.Mark) {
				t.Error("the page is not there")
			}
			in := input()
			in.Archive, in.Editions[0].Pages = a, 1
			site := render(t, in)
			for extension, entry := range map[string]string{".rss": "<item>", ".atom": "<entry>", ".json": `"content_html"`} {
				if n := strings.Count(string(document(t, site, "/all/archive/1"+extension).Body), entry); n != c.left {
					t.Errorf("%d entries in %s, want %d", n, extension, c.left)
				}
			}
		})
	}
}

// Who asks for a page twice gets what was made ready for the first time, until its file changes.
func TestArchiveKeepsReady(t *testing.T) { // C-03
	a := publish.NewArchive(filepath.Join(t.TempDir(), "archive"))
	putPage(t, a, pageOf(1))
	in := input()
	in.Archive, in.Editions[0].Pages = a, 1
	site := render(t, in)
	first := document(t, site, "/all/archive/1.atom")
	if document(t, site, "/all/archive/1.atom") != first {
		t.Error("read and compressed again")
	}
	less := pageOf(1)
	less.Entries, less.Mark = less.Entries[1:], "another mark"
	putPage(t, a, less)
	if document(t, site, "/all/archive/1.atom").ETag == first.ETag {
		t.Error("the page as it was before")
	}
}
