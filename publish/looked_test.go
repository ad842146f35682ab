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

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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
func difficultServer(t *testing.T) (base string) {
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
	base := difficultServer(t)
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

// The box on the page has the address of every format, as a link and as a text to copy, and each
// leads to a feed.
func TestSubscribingFromThePage(t *testing.T) { // O-18
	b := openBrowser(t)
	base := difficultServer(t)
	for _, s := range screens {
		b.show(base+"/news", s)
		links := ask[[][]string](b, `[...document.querySelectorAll("#subscribe dt a")].map((a) => [a.href, a.type, a.closest("dt").nextElementSibling.innerText.trim()])`)
		if len(links) != 3 {
			t.Fatalf("%v: the box has %q", s, links)
		}
		for _, l := range links {
			if l[0] != l[2] {
				t.Errorf("%v: the link %s stands beside the text %s", s, l[0], l[2])
			}
			if got := typeOf(t, l[0]); !strings.HasPrefix(got, l[1]) {
				t.Errorf("%v: %s is %s, not %s", s, l[0], got, l[1])
			}
		}
		found := ask[[]string](b, `[...document.querySelectorAll("link[rel=alternate]")].map((l) => l.href)`)
		for i := range links {
			if len(found) != 3 || found[i] != links[i][0] {
				t.Errorf("%v: readers find %q, people %q", s, found, links)
				break
			}
		}
		if seen := ask[bool](b, `(() => {
			document.documentElement.style.scrollBehavior = "auto"; // at once
			const jump = document.querySelector(".jump a");
			if (jump.offsetParent) jump.click();
			const r = document.getElementById("subscribe").getBoundingClientRect();
			return r.height > 0 && r.top >= -1 && r.top < innerHeight;
		})()`); !seen {
			t.Errorf("%v: nothing leads to the box", s)
		}
	}
}

func typeOf(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r, err := new(http.Transport).RoundTrip(request) // a server of this test, and no redirects
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("%s answers %s", address, r.Status)
	}
	return r.Header.Get("Content-Type")
}

// With the keyboard alone: the first stop is the link past the head, which comes into view, and
// where one is can be seen.
func TestKeyboard(t *testing.T) {
	b := openBrowser(t)
	base := difficultServer(t)
	b.show(base+"/news", screens[0])
	type stop struct {
		Text    string
		Top     float64
		Outline string
	}
	const where = `(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
		return {Text: e.innerText, Top: r.top, Outline: s.outlineStyle + " " + s.outlineWidth}; })()`
	var stops []stop
	for range 6 {
		if err := chromedp.Do(b.tab, chromedp.KeyEvent(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		s := ask[stop](b, where)
		if s.Outline == "none 0px" || strings.HasPrefix(s.Outline, "none") {
			t.Errorf("nobody sees that one is at %q", s.Text)
		}
		stops = append(stops, s)
	}
	if stops[0].Text != "Skip to the entries" || stops[0].Top < 0 {
		t.Errorf("the first stop is %+v", stops[0])
	}
}

// Nothing runs in what we publish, even if a script had got into it: the policy forbids it.
func TestNothingRunsInABrowser(t *testing.T) { // C-10, S-45
	b := openBrowser(t)
	base := difficultServer(t)
	for _, path := range []string{"/news", "/", "/news.rss", "/news.atom", "/news.json"} {
		response := b.open(base + path)
		if response.Status != http.StatusOK {
			t.Errorf("%s answers %d", path, response.Status)
		}
		// The script is put in from outside, as one that a source had smuggled in would be.
		ran := ask[bool](b, `(() => {
			const s = document.createElementNS("http://www.w3.org/1999/xhtml", "script");
			s.textContent = "window.ran = true";
			document.documentElement.append(s);
			return window.ran === true;
		})()`)
		if ran {
			t.Errorf("%s runs a script", path)
		}
		if origin := ask[string](b, "String(self.origin)"); strings.Contains(path, ".") && origin != "null" {
			t.Errorf("%s is not in a sandbox: its origin is %s", path, origin)
		}
	}
}

// On paper there is what is to be read and nothing to be clicked.
func TestPaper(t *testing.T) {
	b := openBrowser(t)
	base := difficultServer(t)
	b.show(base+"/news", screens[3])
	tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	for selector, shown := range map[string]bool{"h1": true, ".entry h2": true, ".note": true, ".excerpt": true, "aside": false, "summary": false, "audio": false, ".skip": false} {
		if got := ask[bool](b, `!!document.querySelector("`+selector+`").getClientRects().length`); got != shown {
			t.Errorf("%s is on paper: %t", selector, got)
		}
	}
	if paper := ask[string](b, "getComputedStyle(document.body).backgroundColor"); paper != "rgb(255, 255, 255)" {
		t.Errorf("the paper is %s", paper)
	}
	b.keep("/paper", screens[3])
}
