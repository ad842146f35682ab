package publish

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"
	"time"

	"wiredesk"
)

// pageAge is how long a page may be kept. People reload, programs do not.
const pageAge = 5 * time.Minute

// What a page shows of long texts and long lists.
const (
	pageShort   = 1200    // characters of text that are shown without a click
	pageTexts   = 1 << 19 // bytes of texts on one page; after that only their beginnings
	pageSources = 300     // sources named on the index; OPML has them all
)

//go:embed page
var pageFiles embed.FS

var (
	pageTemplates = template.Must(template.New("").ParseFS(pageFiles, "page/*.html"))
	pageStyle     = mustRead("page/style.css")
	// pagePolicy lets a page load pictures and sound of the sources, use its own style
	// and nothing else. No script runs, wherever it comes from.
	pagePolicy = "default-src 'none'; style-src 'sha256-" + sha256Base64(pageStyle) + "'; " +
		"img-src http: https: data:; media-src http: https:; base-uri 'none'; form-action 'none'"
)

func mustRead(file string) string {
	b, err := pageFiles.ReadFile(file)
	if err != nil {
		panic(err) // the file is compiled in
	}
	return string(b)
}

func sha256Base64(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A frame is what every page has.
type frame struct {
	Base, Site, Language, Title, Description, Canonical string
	Policy                                              string
	Style                                               template.CSS
	Formats                                             []format // for autodiscovery (O-18)
	Menu                                                []menuItem
	Words                                               words
}

// A format is one way to subscribe.
type format struct{ Name, Type, Title, URL string }

// formatsOf returns the ways to subscribe to a feed.
func formatsOf(base, name, title string) []format {
	return []format{
		{"RSS", "application/rss+xml", title, base + "/" + name + ".rss"},
		{"Atom", "application/atom+xml", title, base + "/" + name + ".atom"},
		{"JSON Feed", "application/feed+json", title, base + "/" + name + ".json"},
	}
}

func newFrame(s *Settings, w words) frame {
	return frame{
		Base: s.BaseURL, Site: s.Title, Language: s.Language, Title: s.Title, Canonical: s.BaseURL + "/",
		Policy: pagePolicy,
		Style:  template.CSS(pageStyle), //nolint:gosec // ours, compiled in
		Words:  w,
	}
}

// A feedPage is the page of one feed.
type feedPage struct {
	frame
	Name, Author, Rights, Image, Home string
	Items                             []pageItem
}

// A pageItem is an entry on a page.
type pageItem struct {
	Title, Link, Language, Image, Note, Excerpt string
	Source                                      headline
	Authors                                     string
	Published                                   pageTime
	Pinned                                      bool
	Text                                        template.HTML // all there is, or nothing
	Open                                        bool          // show the text without a click
	Also                                        []pageAlso
	Files                                       []pageFile
}

// A pageFile is an enclosure: to be played, or else a link.
type pageFile struct {
	URL, Title   string
	Audio, Video bool
}

type pageAlso struct {
	headline
	Source    string
	Published pageTime
}

// A pageTime is a time for people and for programs.
type pageTime struct{ Shown, Exact string }

func (sh *sheet) time(t time.Time) pageTime {
	if t.IsZero() {
		return pageTime{}
	}
	return pageTime{Shown: sh.when(t), Exact: rfc3339(t)}
}

// html writes a sheet as a page.
func (sh *sheet) html(s *Settings, menu []menuItem) ([]byte, error) {
	page := feedPage{
		frame: newFrame(s, sh.words), Name: sh.name, Author: sh.author, Rights: sh.rights, Image: sh.image,
	}
	page.Language, page.Title, page.Description, page.Canonical = sh.language, sh.title, sh.description, sh.page
	page.Formats, page.Menu = formatsOf(s.BaseURL, sh.name, sh.title), menu
	if sh.home != sh.page {
		page.Home = sh.home
	}
	budget := pageTexts
	for i := range sh.pieces {
		item := sh.pageItem(&sh.pieces[i], budget)
		budget -= len(item.Text)
		page.Items = append(page.Items, item)
	}
	return execute(sh.buffer(), "feed.html", &page)
}

// pageItem makes a piece ready for the page. Budget is how many bytes of text it may add.
func (sh *sheet) pageItem(p *piece, budget int) pageItem {
	item := pageItem{
		Title: p.title, Link: p.link, Note: p.note, Pinned: p.pinned,
		Source:    headline{Title: p.source.label(), Link: p.source.link},
		Published: sh.time(p.published),
		Files:     newPageFiles(p.enclosures),
	}
	if item.Source.Link == "" {
		item.Source.Link = p.source.url
	}
	if p.language != sh.language {
		item.Language = p.language
	}
	var names []string
	for _, a := range p.authors {
		if a.Name != item.Source.Title {
			names = append(names, a.Name)
		}
	}
	item.Authors = cut(strings.Join(names, ", "), maxExcerpt)
	for _, a := range p.also {
		item.Also = append(item.Also, pageAlso{headline{a.title, a.link}, a.source.label(), sh.time(a.published)})
	}
	if item.Title == "" && p.text == "" {
		item.Title = p.shown
	}
	text := excerpt(p.text, pageShort+1)
	item.Open = !strings.HasSuffix(text, "…") || len(p.text) < pageShort
	if !item.Open {
		item.Excerpt, item.Image = excerpt(p.text, maxExcerpt), p.image
	}
	if len(p.text) <= budget {
		// Cleaned on its way in. The unquoted attribute cannot break out of anything,
		// wherever the words may stand.
		item.Text = template.HTML(strings.ReplaceAll(p.text, "<img ", "<img loading=lazy ")) //nolint:gosec // see above
	} else if item.Open {
		item.Excerpt = text
	}
	return item
}

func newPageFiles(files []wiredesk.Enclosure) []pageFile {
	var made []pageFile
	for _, e := range files {
		made = append(made, pageFile{
			URL: e.URL, Title: e.Title,
			Audio: strings.HasPrefix(e.Type, "audio/"), Video: strings.HasPrefix(e.Type, "video/"),
		})
	}
	return made
}

// An indexPage lists the feeds and the sources.
type indexPage struct {
	frame
	Cards   []indexCard
	Blogs   []Blog
	Sources int
}

type indexCard struct {
	card
	Formats []format
	Time    pageTime
}

// indexHTML writes the list of the feeds.
func indexHTML(s *Settings, feeds listing, blogs []Blog) ([]byte, error) {
	w := wordsOf(s.Language)
	page := indexPage{frame: newFrame(s, w), Blogs: blogs[:min(len(blogs), pageSources)], Sources: len(blogs)}
	sh := sheet{zone: s.TimeZone}
	for _, c := range feeds {
		formats := formatsOf(s.BaseURL, c.Name, c.Title)
		page.Formats = append(page.Formats, formats...)
		page.Cards = append(page.Cards, indexCard{card: c, Formats: formats, Time: sh.time(c.Updated)})
	}
	return execute(new(bytes.Buffer), "index.html", &page)
}

func execute(b *bytes.Buffer, name string, page any) ([]byte, error) {
	err := pageTemplates.ExecuteTemplate(b, name, page)
	return b.Bytes(), err
}
