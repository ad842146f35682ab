package main

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"

	"wiredesk/config"
	"wiredesk/publish"
)

// lookOf makes the look of the pages that a config asks for. The error is a
// [wiredesk.Problems].
func lookOf(site *config.Site) (*publish.Look, error) {
	files := publish.LookFiles{CSS: publish.LookFile(site.CSS)}
	for _, f := range site.Templates {
		files.Templates = append(files.Templates, publish.LookFile(f))
	}
	return publish.NewLook(files)
}

// lookWords say in short what look a config asks for, so that two can be told apart.
type lookWords struct{ CSS, Templates string }

func lookWordsOf(site *config.Site) (w lookWords) {
	if site.CSS.Text != "" {
		w.CSS = fmt.Sprintf("%s (%s)", filepath.Base(site.CSS.Path), mark(site.CSS))
	}
	if len(site.Templates) > 0 {
		w.Templates = fmt.Sprintf("%s (%s)", count(len(site.Templates), "file"), mark(site.Templates...))
	}
	return w
}

// mark returns a few letters that are others if files are others.
func mark(files ...config.File) string {
	hash := sha256.New()
	for _, f := range files {
		fmt.Fprintf(hash, "%q %q ", filepath.Base(f.Path), f.Text)
	}
	return fmt.Sprintf("%.4x", hash.Sum(nil))
}
