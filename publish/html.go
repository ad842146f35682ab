package publish

import (
	"cmp"
	"path"
	"slices"
	"strconv"
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
	pageSources = 300     // sources named on a page; OPML has them all
)

// formatsOf returns the ways to subscribe to a feed.
func formatsOf(base, name, title string) []pageFormat {
	return []pageFormat{
		{"RSS", "application/rss+xml", title, base + "/" + name + ".rss"},
		{"Atom", "application/atom+xml", title, base + "/" + name + ".atom"},
		{"JSON Feed", "application/feed+json", title, base + "/" + name + ".json"},
	}
}

func newFrame(s *Settings, look *Look, w *words) pageFrame {
	return pageFrame{
		Site: pageLink{Title: s.Title, URL: s.BaseURL + "/"}, Title: s.Title, URL: s.BaseURL + "/",
		Language: s.Language, Direction: direction(s.Language), Zone: s.TimeZone.String(),
		Policy: look.policy, Style: look.style, OPML: s.opml, Words: w,
	}
}

// html writes a sheet as a page.
func (sh *sheet) html(s *Settings, look *Look, menu []menuItem) ([]byte, error) {
	page := pageFeed{
		pageFrame: newFrame(s, look, sh.words), Name: sh.name, Author: sh.author, Rights: sh.rights, Image: sh.image,
		Updated: sh.time(sh.updated),
	}
	page.Language, page.Direction = sh.language, direction(sh.language)
	page.Title, page.Description, page.URL = sh.title, sh.description, sh.page
	page.Formats = formatsOf(s.BaseURL, sh.name, sh.title)
	for _, m := range menu {
		page.Feeds = append(page.Feeds, pageMenu{Title: m.Title, URL: s.BaseURL + "/" + m.Name, Current: m.Name == sh.name})
	}
	if sh.home != sh.page {
		page.Home = &pageLink{Title: host(sh.home), URL: sh.home}
	}
	budget := pageTexts
	for i := range sh.pieces {
		e := sh.pageEntry(&sh.pieces[i], budget)
		budget -= len(e.Text)
		page.Entries = append(page.Entries, e)
	}
	page.Sources = sourcesOf(page.Entries)
	return look.execute("feed.html", &page)
}

// pageEntry makes a piece ready for the page. Budget is how many bytes of text it may add.
func (sh *sheet) pageEntry(p *piece, budget int) pageEntry {
	e := pageEntry{
		Title: p.title, URL: p.link, Note: p.note, Pinned: p.pinned, Coverage: p.coverage, Image: p.image, Discussion: p.comments,
		Source:    pageLink{Title: p.source.label(), URL: cmp.Or(p.source.link, p.source.url)},
		Published: sh.time(p.published),
		Files:     newPageFiles(p.enclosures),
		Also:      sh.others(p.also), Digest: sh.others(p.digest),
		Words: sh.words,
	}
	if p.withdrawn != nil {
		e.Withdrawn = p.withdrawn.comment
	}
	if p.updated.After(p.published) {
		e.Updated = sh.time(p.updated)
	}
	if p.language != sh.language {
		e.Language = p.language
	}
	for _, a := range p.authors {
		if a.Name != e.Source.Title {
			e.Authors = append(e.Authors, cut(a.Name, shownTitle))
		}
	}
	for _, c := range p.categories {
		e.Topics = append(e.Topics, c.Word())
	}
	if e.Title == "" && p.text == "" {
		e.Title = p.shown
	}
	if len(p.digest) == 0 {
		e.show(p.text, budget)
	}
	return e
}

// show puts a text into an entry, or its beginning if it is longer than budget.
func (e *pageEntry) show(text string, budget int) {
	beginning := excerpt(text, pageShort+1)
	if strings.HasSuffix(beginning, "…") && len(text) >= pageShort {
		e.Excerpt = excerpt(text, maxExcerpt)
	}
	if len(text) <= budget {
		e.Text = pageText(text)
	} else if e.Excerpt == "" {
		e.Excerpt = beginning
	}
}

// others makes a list of other entries ready.
func (sh *sheet) others(list []also) []pageOther {
	var made []pageOther
	for _, a := range list {
		made = append(made, pageOther{Title: a.title, URL: a.link, Source: a.source.label(), Published: sh.time(a.published)})
	}
	return made
}

// time returns a time as pages have it.
func (sh *sheet) time(t time.Time) pageTime {
	if t.Unix() <= 0 {
		return pageTime{}
	}
	t = t.In(sh.zone)
	return pageTime{Shown: sh.words.at(t), Day: sh.words.on(t), Exact: rfc3339(t), Time: t}
}

// sourcesOf returns the sources of entries, each once, by title.
func sourcesOf(entries []pageEntry) []pageLink {
	var made []pageLink
	seen := map[pageLink]bool{}
	for i := range entries {
		if s := entries[i].Source; s.Title != "" && !seen[s] {
			seen[s] = true
			made = append(made, s)
		}
	}
	slices.SortFunc(made, func(a, b pageLink) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), cmp.Compare(a.URL, b.URL))
	})
	return made[:min(len(made), pageSources)]
}

func newPageFiles(files []wiredesk.Enclosure) []pageFile {
	var made []pageFile
	for _, e := range files {
		f := pageFile{URL: e.URL, Title: cmp.Or(e.Title, lastPart(e.URL)), Type: e.Type, Kind: "file", Size: fileSize(e.Length)}
		for _, kind := range []string{"audio", "video", "image"} {
			if strings.HasPrefix(e.Type, kind+"/") {
				f.Kind = kind
			}
		}
		if e.Duration > 0 {
			f.Duration = clock(e.Duration)
		}
		made = append(made, f)
	}
	return made
}

// lastPart returns what a file is called in its address, or the host if it has no name.
func lastPart(address string) string {
	name, _, _ := strings.Cut(address, "?")
	if name = path.Base(name); strings.Contains(name, ".") && !strings.HasSuffix(address, "//"+name) {
		return cut(name, shownTitle)
	}
	return host(address)
}

// fileSize returns a size as people write it, or nothing if it is not known.
func fileSize(bytes int64) string {
	switch {
	case bytes <= 0:
		return ""
	case bytes < 1e6:
		return strconv.FormatInt((bytes+999)/1e3, 10) + " kB"
	case bytes < 10e9:
		return strconv.FormatInt((bytes+5e5)/1e6, 10) + " MB"
	}
	return strconv.FormatInt((bytes+5e8)/1e9, 10) + " GB"
}

// indexHTML writes the list of the feeds.
func indexHTML(s *Settings, look *Look, feeds listing, blogs []Blog) ([]byte, error) {
	w := wordsOf(s.Language)
	page := pageIndex{pageFrame: newFrame(s, look, w), SourcesCount: len(blogs)}
	for _, b := range blogs[:min(len(blogs), pageSources)] {
		page.Sources = append(page.Sources, pageLink{Title: b.Title, URL: cmp.Or(b.Link, b.URL)})
	}
	sh := sheet{zone: s.TimeZone, words: w}
	for _, c := range feeds {
		made := pageCard{
			Name: c.Name, URL: s.BaseURL + "/" + c.Name, Title: c.Title, Description: c.Description, Count: c.Entries,
			Updated: sh.time(c.Updated), Formats: formatsOf(s.BaseURL, c.Name, c.Title), Words: w,
		}
		if c.Language != s.Language {
			made.Language = c.Language
		}
		for _, h := range c.Newest {
			made.Newest = append(made.Newest, pageOther{Title: h.Title, URL: h.Link, Source: h.Source, Published: sh.time(h.Published)})
		}
		page.Formats = append(page.Formats, made.Formats...)
		page.Feeds = append(page.Feeds, pageMenu{Title: c.Title, URL: made.URL})
		page.Cards = append(page.Cards, made)
	}
	return look.execute("index.html", &page)
}
