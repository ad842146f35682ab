package publish

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"html/template"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"wiredesk"
)

//go:embed page
var pageFiles embed.FS

// maxPage bounds what a template may write.
const maxPage = 16 << 20

// A Look is how pages look: our style and templates, and what an operator put in their place.
// It never changes, and may be used by any number of goroutines.
type Look struct {
	templates *template.Template
	style     template.CSS
	policy    string // of every page
	mark      string // a hash of what the operator gave
}

// A LookFile is a file of an operator. Text is UTF-8.
type LookFile struct{ Path, Text string }

// LookFiles are what an operator gives pages a look of their own with. The zero value is our
// look.
type LookFiles struct {
	CSS LookFile // put after our style
	// Templates take the place of ours of the same name; docs/templates.md says what they are
	// given.
	Templates []LookFile
}

// NewLook makes a look, and tries it on pages with something of everything. The error is a
// [wiredesk.Problems] with what is wrong with the files, as far as it can be found out
// without the real pages: a template that fails on one of these leaves the last good page
// in place.
func NewLook(f LookFiles) (*Look, error) {
	if f.CSS.Text == "" && len(f.Templates) == 0 {
		return ownLook(), nil
	}
	problems := styleProblems(f.CSS)
	look, err := newLook(f)
	if err != nil {
		return nil, append(problems, f.problem(err))
	}
	for _, t := range f.Templates {
		problems = append(problems, markupProblems(t)...)
	}
	problems = append(problems, f.unused(look.templates)...)
	problems = append(problems, f.try(look)...)
	return look, problems.Err()
}

// ownLook returns the look of a site that has none of its own.
var ownLook = sync.OnceValue(func() *Look {
	look, err := newLook(LookFiles{})
	if err != nil {
		panic(err) // it is compiled in
	}
	return look
})

func newLook(f LookFiles) (*Look, error) {
	own, err := fs.ReadFile(pageFiles, "page/style.css")
	if err != nil {
		return nil, err
	}
	// A browser takes the hash of what it has parsed, where lines end in one way only.
	style := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "").Replace(string(own) + f.CSS.Text)
	look := &Look{style: template.CSS(style), policy: policyOf(style)} //nolint:gosec // ours, and an operator's that was checked
	hash := sha256.New()
	hash.Write([]byte(style))
	if look.templates, err = template.ParseFS(pageFiles, "page/*.html"); err != nil {
		return nil, err
	}
	for _, t := range f.Templates {
		name := filepath.Base(t.Path)
		hash.Write([]byte(name + "\x00" + t.Text + "\x00"))
		// With nothing in it, a template would not take the place of another.
		if _, err := look.templates.New(name).Parse(t.Text + `{{""}}`); err != nil {
			return nil, err
		}
	}
	look.mark = string(hash.Sum(nil))
	return look, nil
}

// policyOf returns the policy of pages: they load pictures and sound of the sources, use this
// one style, with letters that are in it, and nothing else. No script runs, wherever it comes
// from.
func policyOf(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"img-src http: https: data:; media-src http: https:; font-src data:; base-uri 'none'; form-action 'none'"
}

// execute writes a page.
func (l *Look) execute(name string, page any) ([]byte, error) {
	var b limited
	err := l.templates.ExecuteTemplate(&b, name, page)
	return b.Bytes(), err
}

// limited is a buffer that takes no more than a page may be.
type limited struct{ bytes.Buffer }

var errTooLong = errors.New("the page is longer than " + wiredesk.FormatSize(maxPage))

// Write adds to the buffer.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxPage {
		return 0, errTooLong
	}
	return l.Buffer.Write(p)
}
