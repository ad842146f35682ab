package publish_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"wiredesk/publish"
	"wiredesk/web"
)

var shots = flag.String("shots", "", "folder to put a picture of every page of the browser test into")

// screens are those of a phone, a tablet and a desk.
var screens = []screen{
	{360, 740, "light"}, {360, 740, "dark"}, {768, 1024, "light"}, {1280, 900, "light"}, {1280, 900, "dark"},
}

// findings are what is wrong with a page, as the script of audit.js sees it.
type findings struct {
	Wide     int      // pixels by which the page is wider than the screen
	Over     []string // elements that stand out of it
	Pale     []string // texts without enough contrast
	Skipped  []string // headings that are more than one level below the last one
	Unnamed  []string // links and players without a name
	Paper    string   // the background
	Clipped  []string // images of which a box is left though nothing came
	Articles int
}

// difficultServer serves the difficult site, and pictures from another address.
func difficultServer(t *testing.T, change func(*publish.Input)) (base string) {
	t.Helper()
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, ok := map[string]image.Point{"/wide.png": {3000, 200}, "/small.png": {400, 300}}[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		picture := image.NewRGBA(image.Rectangle{Max: size})
		draw.Draw(picture, picture.Bounds(), image.NewUniform(color.RGBA{120, 150, 190, 255}), image.Point{}, draw.Src)
		_ = png.Encode(w, picture)
	}))
	t.Cleanup(files.Close)
	var current atomic.Pointer[publish.Site]
	server := httptest.NewServer(web.Site(&current))
	t.Cleanup(server.Close)
	in := difficult(server.URL, files.URL)
	if change != nil {
		change(&in)
	}
	site := render(t, in)
	for _, p := range site.Problems() {
		t.Error(p)
	}
	current.Store(site)
	return server.URL
}

// The pages as people see them: nothing is wider than the screen, every text can be read, no script is
// needed, nothing is asked of anybody but pictures of the sources.
func TestPagesInABrowser(t *testing.T) {
	b := openBrowser(t)
	base := difficultServer(t, nil)
	audit, err := os.ReadFile("testdata/audit.js")
	if err != nil {
		t.Fatal(err)
	}
	papers := map[string]map[string]bool{"light": {}, "dark": {}}
	for _, path := range []string{"/", "/news", "/long", "/many", "/arabic", "/empty"} {
		for _, s := range screens {
			t.Run(strings.Trim(path, "/")+"-"+s.String(), func(t *testing.T) {
				b.t = t
				b.show(base+path, s)
				found := ask[findings](b, string(audit))
				papers[s.scheme][found.Paper] = true
				b.keep(path, s)
				if found.Wide > 0 {
					t.Errorf("%d pixels wider than the screen: %q", found.Wide, found.Over)
				}
				for what, list := range map[string][]string{"too pale": found.Pale, "heading out of order": found.Skipped, "without a name": found.Unnamed, "an empty box": found.Clipped} {
					if len(list) > 0 {
						t.Errorf("%s: %q", what, list)
					}
				}
				for _, c := range b.complaints() {
					t.Errorf("the console says: %s", c)
				}
				for _, r := range b.elsewhere(base) {
					if !strings.HasPrefix(r, "Image http://127.0.0.1:") {
						t.Errorf("asked elsewhere: %s", r)
					}
				}
			})
		}
	}
	b.t = t
	for paper := range papers["light"] {
		if papers["dark"][paper] || len(papers["light"]) != 1 {
			t.Errorf("light and dark have the backgrounds %v", papers)
		}
	}
}

// keep puts a picture of the page into the folder of -shots.
func (b *browser) keep(path string, s screen) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	picture, err := chromedp.Run(b.tab, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	name := filepath.Join(*shots, strings.ReplaceAll("page"+path, "/", "-")+"-"+s.String()+".png")
	if err := os.WriteFile(name, bytes.Clone(picture), 0o600); err != nil {
		b.t.Fatal(err)
	}
}
