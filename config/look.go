package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"wiredesk"
)

const (
	maxLook      = 256 << 10 // bytes of a style or a template
	maxTemplates = 100
)

// css reads the file of [site] css. What is in it is looked into elsewhere.
func (b *builder) css(t *text) File {
	if t.s == "" {
		return File{}
	}
	f, err := b.ownFile(besideFile(t, t.s))
	if err != nil {
		b.problem(t.at, "site.css: "+t.show()+" cannot be read: "+reason(err), "a file with style, such as site.css; a relative path is beside the file that names it")
	}
	return f
}

// templates reads the files of the folder of [site] templates, in the order of their names.
// Others than *.html, and hidden ones, are left alone.
func (b *builder) templates(t *text) (files []File) {
	if t.s == "" {
		return nil
	}
	dir := besideFile(t, t.s)
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.problem(t.at, "site.templates: "+t.show()+" cannot be read: "+reason(err), "a folder with templates; a relative path is beside the file that names it")
		return nil
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".html" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := b.ownFile(path)
		if err != nil {
			b.problem(wiredesk.Position{File: path}, "cannot be read: "+reason(err), "it is in the folder of [site] templates")
			continue
		}
		files = append(files, f)
	}
	switch {
	case len(files) == 0 && len(b.problems) == 0:
		b.problem(t.at, "site.templates: there is no template in "+t.show(), "their names end in .html, as in entry.html")
	case len(files) > maxTemplates:
		b.problem(t.at, fmt.Sprintf("site.templates: there are %d templates in %s, and may be %d", len(files), t.show(), maxTemplates), "take some out")
	}
	return files
}

// besideFile returns a path, which is relative to the file that a text stands in.
func besideFile(t *text, path string) string { return beside(filepath.Dir(t.at.File), path) }

// ownFile reads a file that says how pages look.
func (b *builder) ownFile(path string) (File, error) {
	data, err := b.readFile(path)
	switch {
	case err != nil:
		return File{}, err
	case len(data) > maxLook:
		return File{}, errors.New("it is larger than " + wiredesk.FormatSize(maxLook))
	case !utf8.Valid(data):
		return File{}, errors.New("it is not UTF-8")
	}
	return File{Path: path, Text: string(data)}, nil
}
