package publish

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"wiredesk"
	"wiredesk/internal/pending"
)

// An Archive is a folder with the pages of feeds' archives (RFC 5005 section 4), ready to be
// sent: in memory are only a few that were asked for lately. A file is one document, in a form of our own, and
// is replaced at once. The zero value has no pages and takes none. It may be used by many
// goroutines.
type Archive struct {
	dir string

	mu    sync.Mutex
	ready map[string]readyPage // by path
	bytes int                  // of their bodies
}

// A readyPage is a document that was asked for lately, and the file that it was read from.
type readyPage struct {
	doc  *Document
	file os.FileInfo
}

// readyBytes bounds the bodies of pages that are kept ready, so that readers who ask for the same
// few pages, or whether one has changed, do not have each compressed for them again.
const readyBytes = 2 << 20

// NewArchive returns the archive in a folder, which is made when the first page is put there.
func NewArchive(dir string) *Archive { return &Archive{dir: dir} }

// Dir returns the folder; nothing of nil and the zero value.
func (a *Archive) Dir() string {
	if a == nil {
		return ""
	}
	return a.dir
}

// archiveAge is how long a page may be kept by caches: it does not change, unless something on
// it is taken back.
const archiveAge = 24 * time.Hour

// newPageSheet makes a page of an archive ready. The settings are sound.
func newPageSheet(s *Settings, page *wiredesk.Page) *sheet {
	sh := newSheet(s, &wiredesk.Edition{Feed: page.Feed, Entries: page.Entries, Tombstones: page.Tombstones, Pages: page.Number - 1})
	sh.current, sh.hub = sh.self, "" // nothing on it is pushed
	sh.next = s.BaseURL + archivePath(sh.name, page.Number+1)
	sh.path = archivePath(sh.name, page.Number)
	sh.self = s.BaseURL + sh.path
	sh.minutes = int(archiveAge / time.Minute)
	return sh
}

// archivePath returns the path of a page without its extension.
func archivePath(feed string, number int) string {
	return "/" + feed + "/archive/" + strconv.Itoa(number)
}

// Put renders a page and writes its documents, which are on the disk when it returns. What
// lies there already keeps its time of change if its bytes are equal. The problems are entries
// that were left out, because no document would have been valid with them; the error is of the
// folder.
func (a *Archive) Put(settings Settings, page *wiredesk.Page, at time.Time) ([]Problem, error) {
	in := Input{Settings: settings, Editions: []wiredesk.Edition{{Feed: page.Feed}}, At: at}
	in.Settings.Home = ""
	sound, err := in.sound()
	if err != nil {
		return nil, err
	}
	dir := a.folder(page.Feed.Name)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	r := &run{in: &in, settings: &sound, site: &Site{seed: maphash.MakeSeed()}}
	drafts, err := r.archivePage(page)
	if err != nil {
		return r.problems, err
	}
	for _, d := range drafts {
		var stamp Stamp
		if old, ok := a.document(d.path); ok {
			stamp = Stamp{Hash: old.hash, Changed: old.Modified}
		}
		a.mu.Lock()
		a.drop(d.path)
		a.mu.Unlock()
		if err := write(a.file(d.path), markOf(sound.BaseURL, page.Mark), d.seal(nil, stamp, at)); err != nil {
			return nil, err
		}
	}
	return r.problems, errors.Join(syncDir(dir), syncDir(a.dir))
}

// archivePage renders a page in every syntax. A page that were missing would break the chain of
// pages, so an entry that no document can have is left out, and told as a problem: one that is
// no good by itself, or all if they are no good together. The error is that of a page with
// nothing on it, which the settings are to blame for.
func (r *run) archivePage(page *wiredesk.Page) ([]draft, error) {
	drafts, cause := r.tryPage(page)
	if cause == nil {
		return drafts, nil
	}
	whole := *page
	whole.Entries, whole.Tombstones = nil, nil
	for i := range page.Entries {
		alone := whole
		alone.Entries = page.Entries[i : i+1]
		if _, err := r.tryPage(&alone); err != nil {
			r.leave(page, page.Entries[i].ID, err)
			continue
		}
		whole.Entries = append(whole.Entries, page.Entries[i])
	}
	whole.Tombstones = page.Tombstones
	if drafts, cause = r.tryPage(&whole); cause == nil {
		return drafts, nil
	}
	r.leave(page, "everything", cause)
	whole.Entries, whole.Tombstones = nil, nil
	return r.tryPage(&whole)
}

// leave tells that something is left out of a page.
func (r *run) leave(page *wiredesk.Page, what string, cause error) {
	r.problem(Problem{Path: archivePath(page.Feed.Name, page.Number), Cause: fmt.Errorf("%s is left out: %w", strconv.Quote(what), cause)})
}

// tryPage renders a page, with texts that are no good HTML as plain text.
func (r *run) tryPage(page *wiredesk.Page) ([]draft, error) {
	sh := newPageSheet(r.settings, page)
	drafts := make([]draft, len(syntaxes))
	err := errors.Join(r.syntaxes(sh, drafts)...)
	if err != nil && sh.mend(r.site.seed) {
		err = errors.Join(r.syntaxes(sh, drafts)...)
	}
	return drafts, err
}

// write puts a document into a file, after a line with its mark and its length.
func write(file, mark string, d *Document) error {
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(d); err != nil {
		return err
	}
	made, err := pending.New(file, filepath.Dir(file), 0o640)
	if err != nil {
		return err
	}
	defer made.Cleanup() //nolint:errcheck // nothing is left to clean after a success, and nothing to be done after a failure
	if _, err := fmt.Fprintf(made, "%s %d\n%s", mark, body.Len(), body.Bytes()); err != nil {
		return err
	}
	return made.Replace()
}

// markOf is what the first line of a file begins with. The links between pages have the base
// address.
func markOf(base, mark string) string { return strings.TrimRight(base, "/") + " " + mark }

// Has reports whether every document of a page is there and whole, made of a page with that
// mark and for the same base address.
func (a *Archive) Has(settings Settings, feed string, number int, mark string) bool {
	for _, f := range syntaxes {
		if !a.whole(archivePath(feed, number)+f.extension, markOf(settings.BaseURL, mark)) {
			return false
		}
	}
	return true
}

func (a *Archive) whole(path, mark string) bool {
	f, err := os.Open(a.file(path))
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	line, err := bufio.NewReaderSize(f, len(mark)+32).ReadString('\n')
	length, ok := strings.CutPrefix(line, mark+" ")
	return err == nil && ok && length == strconv.FormatInt(info.Size()-int64(len(line)), 10)+"\n"
}

var archiveForm = regexp.MustCompile(`^/([a-z0-9-]{1,64})/archive/([1-9][0-9]{0,8})\.(rss|atom|json)$`)

// document returns the document at the path of a page.
func (a *Archive) document(path string) (*Document, bool) {
	if a == nil || a.dir == "" || !archiveForm.MatchString(path) {
		return nil, false
	}
	info, err := os.Stat(a.file(path))
	if err != nil {
		return nil, false
	}
	if d := a.readied(path, info); d != nil {
		return d, true
	}
	b, err := os.ReadFile(a.file(path))
	if err != nil {
		return nil, false
	}
	_, rest, _ := bytes.Cut(b, []byte("\n"))
	var d Document
	if err := gob.NewDecoder(bytes.NewReader(rest)).Decode(&d); err != nil || d.Path != path {
		return nil, false
	}
	d.setHash(strings.Trim(d.ETag, `"`))
	d.packs = new([Codings]packed)
	a.keep(&d, info)
	return &d, true
}

// readied returns the document of a path if it is ready and was read from this file.
func (a *Archive) readied(path string, info os.FileInfo) *Document {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.ready[path]
	if !ok || !os.SameFile(r.file, info) || r.file.Size() != info.Size() || !r.file.ModTime().Equal(info.ModTime()) {
		return nil
	}
	return r.doc
}

// keep has a document ready, and makes room for it.
func (a *Archive) keep(d *Document, info os.FileInfo) {
	if len(d.Body) > readyBytes {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(d.Path)
	for path := range a.ready {
		if a.bytes+len(d.Body) <= readyBytes {
			break
		}
		a.drop(path)
	}
	if a.ready == nil {
		a.ready = make(map[string]readyPage)
	}
	a.ready[d.Path] = readyPage{d, info}
	a.bytes += len(d.Body)
}

// drop has a document ready no more. The caller holds a.mu.
func (a *Archive) drop(path string) {
	if r, ok := a.ready[path]; ok {
		a.bytes -= len(r.doc.Body)
		delete(a.ready, path)
	}
}

// stat returns what tells a page's document from a later one, and whether it is there.
func (a *Archive) stat(path string) (filedPage, bool) {
	info, err := os.Stat(a.file(path))
	if err != nil {
		return filedPage{}, false
	}
	return filedPage{size: info.Size(), modified: info.ModTime()}, true
}

func (a *Archive) folder(feed string) string { return filepath.Join(a.dir, feed) }

// file returns where the document of a path lies. The path has the form of archiveForm.
func (a *Archive) file(path string) string {
	feed, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/archive/")
	return filepath.Join(a.folder(feed), name)
}

// archived returns the page of an archive at a path. At the address of the page that comes
// next, to which the newest one links, there is the feed itself until that page is full: what
// will stand on it is there.
func (s *Site) archived(path string) (*Document, bool) {
	m := archiveForm.FindStringSubmatch(path)
	if m == nil {
		return nil, false
	}
	pages, number := s.pages[m[1]], 0
	if _, err := fmt.Sscan(m[2], &number); err != nil {
		return nil, false
	}
	switch {
	case pages == 0 || number > pages+1:
		return nil, false
	case number == pages+1:
		d, ok := s.docs["/"+m[1]+"."+m[3]]
		return d, ok
	}
	return s.archive.document(path)
}

// FeedAt returns the document at a path if it is that of a feed, and not a page.
func (s *Site) FeedAt(path string) (*Document, bool) {
	name, format := cutName(path)
	d, ok := s.docs[path]
	return d, ok && isFormat(format) && feedName.MatchString(name)
}

// pagePaths returns the paths of all documents of archives, those of each feed in order.
func (s *Site) pagePaths() (paths []string) {
	for _, feed := range slices.Sorted(maps.Keys(s.pages)) {
		for n := 1; n <= s.pages[feed]; n++ {
			for _, f := range syntaxes {
				paths = append(paths, archivePath(feed, n)+f.extension)
			}
		}
	}
	return paths
}

// ahead returns the documents at the addresses of the pages that come next; see archived.
func (s *Site) ahead() (docs []*Document) {
	for _, path := range slices.Sorted(maps.Keys(s.docs)) {
		feed, extension := cutName(path)
		if d, ok := s.FeedAt(path); ok && s.pages[feed] > 0 {
			c := d.twin()
			c.Path = archivePath(feed, s.pages[feed]+1) + extension
			docs = append(docs, c)
		}
	}
	return docs
}
