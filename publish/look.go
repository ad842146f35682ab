package publish

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"html/template"
	"io/fs"
	"sync"
)

//go:embed page
var pageFiles embed.FS

// maxPage bounds what a template may write: a site of ours stays far below it.
const maxPage = 16 << 20

// A Look is how pages look: our style and templates, and what an operator put in their place.
// It never changes, and may be used by any number of goroutines.
type Look struct {
	templates *template.Template
	style     template.CSS
	policy    string // of every page
	mark      string // of all that it is made of
}

// ownLook returns the look of a site that has none of its own.
var ownLook = sync.OnceValue(func() *Look {
	look, err := newLook()
	if err != nil {
		panic(err) // it is compiled in
	}
	return look
})

func newLook() (*Look, error) {
	style, err := fs.ReadFile(pageFiles, "page/style.css")
	if err != nil {
		return nil, err
	}
	look := &Look{style: template.CSS(style)} //nolint:gosec // ours, compiled in
	look.policy = policyOf(string(look.style))
	look.templates, err = template.New("").Option("missingkey=error").ParseFS(pageFiles, "page/*.html")
	return look, err
}

// policyOf returns the policy of pages: they load pictures and sound of the sources, use this one style
// and nothing else. No script runs, wherever it comes from.
func policyOf(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"img-src http: https: data:; media-src http: https:; base-uri 'none'; form-action 'none'"
}

// execute writes a page.
func (l *Look) execute(name string, page any) ([]byte, error) {
	var b limited
	err := l.templates.ExecuteTemplate(&b, name, page)
	return b.Bytes(), err
}

// limited is a buffer that takes no more than a page may be.
type limited struct{ bytes.Buffer }

var errTooLong = errors.New("the page is longer than 16 MiB")

// Write adds to the buffer.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxPage {
		return 0, errTooLong
	}
	return l.Buffer.Write(p)
}
