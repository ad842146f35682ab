package publish

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// pagesAtOnce is how many documents of archives are in memory while they are written.
const pagesAtOnce = 60

// A filedPage is what is known of a document of an archive that was written to a folder.
type filedPage struct {
	size     int64 // of its file in the archive
	modified time.Time
	names    []string // of the files that it has become
}

// writePages makes the files that archives become, and returns the names of all that belong to
// them. Of a page that did not change in the archive, and whose files were not touched, nothing
// is read. One that the archive has lost, and makes again, stays as it is.
func (f *Folder) writePages(s *Site) (names map[string]bool, written int, err error) {
	paths := s.pagePaths()
	names = make(map[string]bool, 4*len(paths))
	keep := func(these []string) {
		for _, name := range these {
			names[name] = true
		}
	}
	for batch := range slices.Chunk(paths, pagesAtOnce) {
		fresh := make(map[string]filedPage)
		var docs []*Document
		for _, p := range batch {
			now, exists := s.archive.stat(p)
			if filed := f.filed[p]; exists && now.size == filed.size && now.modified.Equal(filed.modified) && f.untouched(filed.names) {
				keep(filed.names)
				continue
			}
			keep(f.formsOf(p))
			if d, ok := s.archive.document(p); ok {
				docs, fresh[p] = append(docs, d), now
			} else if exists {
				err = errors.Join(err, fmt.Errorf("%s cannot be read", s.archive.file(p)))
			}
		}
		if err != nil && !errors.Is(err, ErrForeign) {
			continue // nothing more is written, but what is there must be known
		}
		files, nameless := filesOf(docs)
		n, failed := f.writeAll(files)
		written, err = written+n, errors.Join(err, nameless, failed)
		if failed != nil {
			continue
		}
		for p := range fresh {
			for _, name := range f.formsOf(p) {
				delete(names, name) // some of them may be no more
			}
		}
		for _, w := range files {
			now := fresh[w.doc.Path]
			now.names = append(now.names, w.name)
			fresh[w.doc.Path] = now
			names[w.name] = true
		}
		maps.Copy(f.filed, fresh)
	}
	return names, written, err
}

// formsOf returns the files of ours that a document may have become.
func (f *Folder) formsOf(p string) (names []string) {
	name, err := fileName(p)
	if err != nil {
		return nil
	}
	for c := range Coding(Codings) {
		if f.ours[name+c.extension()] {
			names = append(names, name+c.extension())
		}
	}
	return names
}

// untouched reports whether nobody has touched files since we last saw them.
func (f *Folder) untouched(names []string) bool {
	for _, name := range names {
		seen, ok := f.known[name]
		info, err := os.Lstat(f.file(name))
		if !ok || err != nil || !info.Mode().IsRegular() || info.Size() != seen.size || !info.ModTime().Equal(seen.modified) {
			return false
		}
	}
	return len(names) > 0
}
