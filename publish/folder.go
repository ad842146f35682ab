package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"wiredesk/internal/pending"
)

// ErrForeign is returned when a folder, or a file where one of ours is to be, is somebody
// else's. It is left as it is.
var ErrForeign = errors.New("it was not written by wiredesk")

// own is the folder in a [Folder] in which we keep what is no document: the manifest, which
// names the files that are ours, and what is being written.
const (
	own      = ".wiredesk"
	manifest = "manifest"
)

// A Folder is a folder of static files that is kept equal to a site. It is for one goroutine
// and one process at a time.
type Folder struct {
	dir   string
	ours  map[string]bool   // the names in the manifest
	known map[string]onDisk // files that were seen to hold the right bytes
	filed map[string]filedPage
}

// onDisk is a file of which the bytes are known as long as it is not touched.
type onDisk struct {
	tag      string // of what it holds
	size     int64
	modified time.Time
}

// OpenFolder makes a folder ready for [Folder.Write]: it makes it if it is not there, and
// removes what a process that was killed had not finished. It returns [ErrForeign] for a
// folder that holds something and was never ours. Nothing needs to be closed.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // it is for everybody to read
		return nil, err
	}
	f := &Folder{dir: dir, ours: make(map[string]bool), known: make(map[string]onDisk), filed: make(map[string]filedPage)}
	entries, err := os.ReadDir(f.file(own))
	if errors.Is(err, fs.ErrNotExist) {
		return f, f.found()
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			if err := os.Remove(f.file(own, e.Name())); err != nil {
				return nil, err
			}
		}
	}
	list, err := os.ReadFile(f.file(own, manifest))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for name := range strings.Lines(string(list)) {
		// Whoever can write to the manifest must not make us remove what lies elsewhere.
		if name = strings.TrimSpace(name); fileForm.MatchString(name) {
			f.ours[name] = true
		}
	}
	return f, nil
}

// CheckFolder returns [ErrForeign] for what [OpenFolder] would refuse, and changes nothing: a
// daemon may be writing there.
func CheckFolder(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, own)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lost+found" { // the folder may be a file system of its own
			return fmt.Errorf("%s holds %s: %w", dir, e.Name(), ErrForeign)
		}
	}
	return nil
}

// found takes an empty folder for our own.
func (f *Folder) found() error {
	if err := CheckFolder(f.dir); err != nil {
		return err
	}
	if err := os.Mkdir(f.file(own), 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	return syncDir(f.dir)
}

// Write makes the files those of a site, and returns how many it wrote and removed.
// The page of a feed is NAME.html, that of the site index.html; compressed forms lie beside
// a document. A file is replaced at once (a reader sees the old one or the new one, also
// after a power cut), and takes the document's time of change as its own. Files that hold
// the right bytes are neither read again nor touched.
//
// Documents are written before what links to them. What is no document any more is removed
// in the end, and also where writing failed: what it says may have been withdrawn for a
// reason. Files that are not ours are left alone; where one is in the way the others are
// written all the same, and the error is [ErrForeign]. After any error the next call goes on
// where this one stopped.
//
// In the folder .wiredesk there is also what nginx and Caddy have to know of each document.
func (f *Folder) Write(s *Site) (written, removed int, err error) {
	keep, written, err := f.writePages(s)
	files, nameless := filesOf(append(s.Documents(), s.ahead()...))
	if err == nil || errors.Is(err, ErrForeign) {
		more, failed := f.writeAll(files)
		written, err = written+more, errors.Join(err, failed)
	}
	for i := range files {
		keep[files[i].name] = true
	}
	removed, removeErr := f.removeOthers(keep)
	return written, removed, errors.Join(nameless, err, removeErr, f.configure(s))
}

// configure writes what web servers have to know, in the end: it says of removed files that
// they are gone.
func (f *Folder) configure(s *Site) error {
	for _, c := range [...]struct{ name, text string }{{"nginx.conf", nginxConf(s)}, {"Caddyfile", caddyConf(s)}} {
		name := path.Join(own, c.name)
		if old, err := os.ReadFile(f.file(name)); err == nil && string(old) == c.text {
			continue
		}
		if err := f.replace(name, []byte(c.text), time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// Files returns how many files in the folder are ours.
func (f *Folder) Files() int { return len(f.ours) }

// A file is one form of a document, as it is to lie in the folder.
type file struct {
	name   string // relative, with slashes
	doc    *Document
	coding Coding
}

// body returns the bytes, which are compressed when they are first asked for.
func (w *file) body() []byte { return w.doc.Form(w.coding).Body }

// tag tells the bytes from others.
func (w *file) tag() string { return w.doc.Tag(w.coding)[0] }

// filesOf returns the files of documents in the order in which they are to be written, and
// which documents cannot be files.
func filesOf(docs []*Document) (files []file, err error) {
	docs = slices.Clone(docs)
	slices.SortStableFunc(docs, func(a, b *Document) int { return rank(a.Path) - rank(b.Path) })
	for _, d := range docs {
		name, bad := fileName(d.Path)
		if bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		d = d.complete()
		files = append(files, file{name, d, Identity})
		for c := Identity + 1; int(c) < Codings && !d.Small(); c++ {
			files = append(files, file{name + c.extension(), d, c})
		}
	}
	return files, err
}

// rank puts what is linked to before what links to it: archives, feeds, pages, the index.
func rank(p string) int {
	switch {
	case p == "/":
		return 3
	case path.Ext(p) == "":
		return 2
	case strings.Count(p, "/") == 1:
		return 1
	}
	return 0
}

// writeAll writes the files that are not there yet. It stops at the first one that fails,
// because a full disk is full for the next one too, but not at one that is in the way.
func (f *Folder) writeAll(files []file) (written int, err error) {
	files = slices.DeleteFunc(slices.Clone(files), func(w file) bool { return f.holds(&w) })
	files, blocked := f.free(files)
	if err := f.claim(files); err != nil {
		return 0, errors.Join(blocked, err)
	}
	touched := make(map[string]bool)
	for i := range files {
		if err := f.write(&files[i]); err != nil {
			return written, errors.Join(blocked, err, f.sync(touched))
		}
		written++
		touched[path.Dir(files[i].name)] = true
	}
	return written, errors.Join(blocked, f.sync(touched))
}

// free returns the files whose places are ours or nobody's, and what is in the way of the
// others.
func (f *Folder) free(files []file) (free []file, err error) {
	for i := range files {
		if in := f.inTheWay(files[i].name); in != nil {
			err = errors.Join(err, in)
			continue
		}
		free = append(free, files[i])
	}
	return free, err
}

// inTheWay returns why a file may not be put where it belongs, or nil.
func (f *Folder) inTheWay(name string) error {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		// A link could lead out of the folder.
		if info, err := os.Lstat(f.file(dir)); err == nil && !info.IsDir() {
			return fmt.Errorf("%s is no folder: %w", f.file(dir), ErrForeign)
		}
	}
	info, err := os.Lstat(f.file(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder: %w", f.file(name), ErrForeign)
	case !f.ours[name]:
		return fmt.Errorf("%s is there already: %w", f.file(name), ErrForeign)
	}
	return nil
}

// claim notes in the manifest what is about to be written, so that it is known as ours
// whatever happens then.
func (f *Folder) claim(files []file) error {
	all := maps.Clone(f.ours)
	for i := range files {
		all[files[i].name] = true
	}
	return f.note(all)
}

// note makes the manifest say which files are ours.
func (f *Folder) note(names map[string]bool) error {
	if maps.Equal(names, f.ours) {
		return nil
	}
	list := strings.Join(slices.Sorted(maps.Keys(names)), "\n") + "\n"
	if err := f.replace(path.Join(own, manifest), []byte(list), time.Time{}); err != nil {
		return err
	}
	f.ours = names
	return f.sync(map[string]bool{own: true})
}

// write puts a file where it belongs.
func (f *Folder) write(w *file) error {
	delete(f.known, w.name)
	if err := f.mkdir(path.Dir(w.name)); err != nil {
		return err
	}
	body := w.body()
	if err := f.replace(w.name, body, w.doc.Modified); err != nil {
		return err
	}
	f.known[w.name] = onDisk{tag: w.tag(), size: int64(len(body)), modified: w.doc.Modified}
	return nil
}

// mkdir makes a folder in the folder, and those that it is in. The folder itself it does not
// make: if somebody took that away, all begins with [OpenFolder].
func (f *Folder) mkdir(dir string) error {
	if dir == "." {
		return nil
	}
	if err := f.mkdir(path.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(f.file(dir), 0o755); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // as above
		return err
	}
	return nil
}

// holds reports whether the file lies there already. Its time tells, and its size as far as
// that is known without compressing; bytes are only compared where they do not.
func (f *Folder) holds(w *file) bool {
	if !f.ours[w.name] {
		return false
	}
	info, err := os.Lstat(f.file(w.name))
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false
	}
	seen, ok := f.known[w.name]
	switch {
	case ok && info.Size() == seen.size && info.ModTime().Equal(seen.modified):
		return seen.tag == w.tag()
	case !ok && info.ModTime().Equal(w.doc.Modified) && (w.coding != Identity || info.Size() == int64(len(w.doc.Body))):
	default:
		body := w.body()
		if info.Size() != int64(len(body)) {
			return false
		}
		old, err := os.ReadFile(f.file(w.name))
		if err != nil || !bytes.Equal(old, body) {
			return false
		}
	}
	f.known[w.name] = onDisk{tag: w.tag(), size: info.Size(), modified: info.ModTime()}
	return true
}

// replace puts a file in place of the one at name. A time of zero is now.
func (f *Folder) replace(name string, body []byte, modified time.Time) error {
	// What is not finished lies apart from what is served, in the same file system.
	made, err := pending.New(f.file(name), f.file(own), 0o644)
	if err != nil {
		return err
	}
	defer made.Cleanup() //nolint:errcheck // nothing is left to clean after a success, and nothing to be done after a failure
	if _, err := made.Write(body); err != nil {
		return err
	}
	if err := os.Chtimes(made.Name(), modified, modified); err != nil {
		return err
	}
	return made.Replace()
}

// removeOthers removes the files of ours that are not to be kept.
func (f *Folder) removeOthers(keep map[string]bool) (removed int, err error) {
	left, touched := maps.Clone(f.ours), make(map[string]bool)
	for name := range f.ours {
		if keep[name] {
			continue
		}
		gone, err := f.remove(name)
		if err != nil {
			return removed, errors.Join(err, f.sync(touched))
		}
		if gone {
			removed++
			touched[path.Dir(name)] = true
		}
		delete(left, name)
	}
	if err := f.sync(touched); err != nil {
		return removed, err
	}
	for dir := range touched {
		for ; dir != "."; dir = path.Dir(dir) {
			_ = os.Remove(f.file(dir)) // which works only for one that is empty now
		}
	}
	return removed, f.note(left)
}

// remove removes a file of ours, and reports whether it was there. A folder in its place, or
// on the way to it something that is none, is not ours.
func (f *Folder) remove(name string) (bool, error) {
	delete(f.known, name)
	err := f.inTheWay(name)
	if err == nil {
		err = os.Remove(f.file(name))
	}
	if errors.Is(err, ErrForeign) || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// sync makes what was done in folders last over a power cut.
func (f *Folder) sync(dirs map[string]bool) error {
	for dir := range dirs {
		if err := syncDir(f.file(dir)); err != nil {
			return err
		}
		if dir != "." && dir != own { // it may be new itself
			if err := syncDir(f.file(path.Dir(dir))); err != nil {
				return err
			}
		}
	}
	return nil
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // a folder cannot be synced there
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// file returns the path of something in the folder.
func (f *Folder) file(names ...string) string {
	return f.dir + "/" + path.Join(names...)
}

// fileForm is what the name of a file of ours looks like. It never leads out of the folder.
var fileForm = regexp.MustCompile(`^(\.well-known/)?[a-z0-9-][a-z0-9._-]*(/[a-z0-9-][a-z0-9._-]*)*$`)

// fileName returns the name of the file for the path of a document.
func fileName(p string) (string, error) {
	name := strings.TrimPrefix(p, "/")
	switch {
	case name == "":
		return "index.html", nil
	case !fileForm.MatchString(name):
		return "", fmt.Errorf("%q cannot be the name of a file", p)
	case path.Ext(name) == "":
		name += ".html"
	}
	return name, nil
}
