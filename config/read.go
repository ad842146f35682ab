package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"wiredesk"
)

const (
	maxFile  = 32 << 20 // bytes of one file
	maxFiles = 10_000
	maxDepth = 8 // of files that include files
)

// A reader reads the config file and all that it includes.
type reader struct {
	getenv   func(string) string
	readFile func(string) ([]byte, error)
	shapes   *shapes
	files    []*part
	names    []string
	patterns []string // of all includes, absolute
	open     []string // absolute paths of the files that are being read, outermost first
	seen     map[string]bool
	// incomplete says that a file could not be read, or not to its end.
	incomplete bool
	problems   wiredesk.Problems
	warnings   wiredesk.Problems
}

// A part is one file that was read, and the defaults that hold in it.
type part struct {
	file
	dir      string // absolute
	defaults sourceKeys
	// template is a source of the file that says nothing itself, complete.
	template sourceKeys
}

func (r *reader) problem(at wiredesk.Position, what, hint string) {
	r.problems = append(r.problems, wiredesk.Problem{Position: at, What: what, Hint: hint})
}

// read reads one file and then those that it includes. The defaults are those of the
// file that includes it.
func (r *reader) read(path string, defaults sourceKeys) {
	source, err := r.readFile(path)
	if err != nil {
		r.incomplete = true
		r.problem(wiredesk.Position{File: path}, "cannot be read: "+reason(err), readHint(err))
		return
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	abs := absolute(path)
	r.seen[abs] = true
	r.names = append(r.names, path)
	r.open = append(r.open, abs)
	defer func() { r.open = r.open[:len(r.open)-1] }()

	root, problems, complete := grow(path, source)
	r.incomplete = r.incomplete || !complete
	d := &decoder{dir: filepath.Dir(abs), getenv: r.getenv, readFile: r.readFile, shapes: r.shapes, problems: problems}
	f := &part{dir: d.dir}
	d.table(root, reflect.ValueOf(&f.file).Elem(), "")
	if len(d.problems) == 0 {
		d.problems = validate(path, source)
	}
	r.problems = append(r.problems, d.problems...)
	r.warnings = append(r.warnings, d.warnings...)
	f.defaults = f.Defaults
	r.shapes.fold(&f.defaults, &defaults)
	r.files = append(r.files, f)
	for i := range f.Include.items {
		r.include(filepath.Dir(path), &f.Include.items[i], f.defaults)
	}
}

// include reads the files that one pattern matches, in the order of their names.
func (r *reader) include(dir string, pattern *text, defaults sourceKeys) {
	if len(r.open) >= maxDepth {
		r.problem(pattern.at, fmt.Sprintf("include: more than %d files include each other", maxDepth), "take an include out")
		return
	}
	path := beside(dir, pattern.s)
	r.patterns = append(r.patterns, absolute(path))
	if !strings.ContainsAny(pattern.s, "*?[") {
		if slices.Contains(r.open, absolute(path)) {
			r.problem(pattern.at, fmt.Sprintf("include: %s includes itself", pattern.show()), "take it out")
			return
		}
		r.included(path, pattern, defaults)
		return
	}
	matches, err := filepath.Glob(path)
	if err != nil {
		r.problem(pattern.at, fmt.Sprintf("include: %s is no pattern", pattern.show()), "such as sources.d/*.toml")
		return
	}
	for _, match := range matches {
		// Editors lay hidden files beside the one that is being edited.
		if !strings.HasPrefix(filepath.Base(match), ".") {
			r.included(match, pattern, defaults)
		}
	}
}

// included reads a file once, however many patterns match it.
func (r *reader) included(path string, pattern *text, defaults sourceKeys) {
	switch {
	case r.seen[absolute(path)]:
		return
	case len(r.names) >= maxFiles:
		r.problem(pattern.at, fmt.Sprintf("include: there are more than %d files", maxFiles), "put several sources into one file")
		return
	}
	before := len(r.names)
	r.read(path, defaults)
	if len(r.names) == before { // it could not be read: what to mend is where it is named
		last := &r.problems[len(r.problems)-1]
		*last = wiredesk.Problem{Position: pattern.at, What: "include: " + path + ": " + last.What, Hint: includeHint}
	}
}

const includeHint = "a pattern such as sources.d/*.toml may match nothing"

// readFile returns the content of a file that is no longer than it may be.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if stat, err := f.Stat(); err == nil && stat.IsDir() {
		return nil, errIsFolder
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("it is larger than " + wiredesk.FormatSize(maxFile))
	}
	return data, err
}

var errIsFolder = errors.New("it is a folder")

// reason says why a file could not be read, without its name.
func reason(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

func readHint(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "start from config.example.toml, or name another file with --config"
	case errors.Is(err, fs.ErrPermission):
		return "it must be readable for the user that wiredesk runs as"
	case errors.Is(err, errIsFolder):
		return "name the file in it"
	}
	return ""
}

// merged is what all files say together.
type merged struct {
	file
	parts []*part // the main file first
}

// merge puts the files together: what may be there several times is added up, in the
// order in which the files were read; anything else may be in one file only.
func (b *builder) merge(files []*part) *merged {
	m := &merged{parts: files}
	m.Lists = map[string]wordList{}
	for _, f := range files {
		b.single("server", &m.Server, &f.Server, f.Server.header, m.Server.header)
		b.single("site", &m.Site, &f.Site, f.Site.header, m.Site.header)
		b.single("storage", &m.Storage, &f.Storage, f.Storage.header, m.Storage.header)
		b.single("fetch", &m.Fetch, &f.Fetch, f.Fetch.header, m.Fetch.header)
		b.single("stories", &m.Stories, &f.Stories, f.Stories.header, m.Stories.header)
		b.single("publish", &m.Publish, &f.Publish, f.Publish.header, m.Publish.header)
		b.single("websub", &m.WebSub, &f.WebSub, f.WebSub.header, m.WebSub.header)
		b.single("status", &m.Status, &f.Status, f.Status.header, m.Status.header)
		b.single("notify", &m.Notify, &f.Notify, f.Notify.header, m.Notify.header)
		for _, t := range f.Sources {
			t.part = f
		}
		for _, t := range f.ReadingLists {
			t.part = f
		}
		m.Sources = append(m.Sources, f.Sources...)
		m.ReadingLists = append(m.ReadingLists, f.ReadingLists...)
		m.Rules = append(m.Rules, f.Rules...)
		m.Feeds = append(m.Feeds, f.Feeds...)
		for _, name := range slices.Sorted(maps.Keys(f.Lists)) {
			if first, ok := m.Lists[name]; ok {
				b.twice(f.Lists[name].at, "the list "+name, first.at)
				continue
			}
			m.Lists[name] = f.Lists[name]
		}
	}
	for _, table := range []any{&m.Server, &m.Site, &m.Storage, &m.Fetch, &m.Stories, &m.Publish, &m.WebSub, &m.Status, &m.Notify} {
		b.shapes.preset(table)
	}
	return m
}

// single takes a table over that may be in one file only.
func (b *builder) single(name string, to, one any, at, first wiredesk.Position) {
	switch {
	case at == wiredesk.Position{}:
	case first != wiredesk.Position{}:
		b.twice(at, "["+name+"]", first)
	default:
		reflect.ValueOf(to).Elem().Set(reflect.ValueOf(one).Elem())
	}
}

func (b *builder) twice(at wiredesk.Position, what string, first wiredesk.Position) {
	b.problem(at, fmt.Sprintf("%s is there twice, first at %s", what, first), "take one of them out")
}
