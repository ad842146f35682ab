package fetch

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// A FeedLink is a feed that a page announces.
type FeedLink struct {
	URL   string // absolute, http(s)
	Title string // plain text; may be empty
	Type  string // media type; may be empty
}

// A PageError says that a document is a page. It wraps [ErrNotFeed].
type PageError struct {
	Title string     // of the page, plain text; may be empty
	Feeds []FeedLink // the feeds that the page announces, best first
}

// Error returns one line for the operator.
func (e *PageError) Error() string {
	what := "it is a page"
	if e.Title != "" {
		what = fmt.Sprintf("it is the page %q", e.Title)
	}
	switch len(e.Feeds) {
	case 0:
		return ErrNotFeed.Error() + ": " + what + ", which announces no feed"
	case 1:
		return ErrNotFeed.Error() + ": " + what + ", which announces the feed " + short(e.Feeds[0].URL, 200)
	}
	return fmt.Sprintf("%s: %s, which announces the feed %s and %d more", ErrNotFeed, what, short(e.Feeds[0].URL, 200), len(e.Feeds)-1)
}

// Unwrap returns [ErrNotFeed].
func (e *PageError) Unwrap() error { return ErrNotFeed }

// Discover returns the feeds that a page announces, at most a hundred, each address once:
// those of its <link rel="alternate"> in their order, those of comments behind the others;
// then, weaker, those that it only links to with an address that looks like a feed's. The
// address is that of the page.
func Discover(page []byte, contentType, address string) []FeedLink {
	text, _ := toUTF8(page[:min(len(page), 4*maxPage)], contentType)
	return discover(text, address)
}

// feedTypes are the media types of feeds, and what is often said instead.
var feedTypes = map[string]bool{
	"application/rss+xml": true, "application/atom+xml": true, "application/feed+json": true,
	"application/rdf+xml": true, "application/x-rss+xml": true, "text/rss+xml": true, "application/rss": true,
	"application/atom": true, "text/xml": true, "application/xml": true, "application/json": true, "text/rss": true, "text/atom+xml": true,
}

// A finder collects the feeds of a page.
type finder struct {
	base      string
	announced []FeedLink
	comments  []FeedLink
	linked    []FeedLink
	seen      map[string]bool
}

func discover(text, address string) []FeedLink {
	f := &finder{base: address, seen: map[string]bool{}}
	z := html.NewTokenizer(strings.NewReader(cut(text, maxPage)))
	z.SetMaxBuf(1 << 20)
	based, anchor := false, ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return append(append(f.announced, f.comments...), f.linked...)
		case html.TextToken:
			if anchor != "" {
				f.anchor(anchor, string(z.Text()))
				anchor = ""
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch tag := string(name); {
			case !more:
			case tag == "base" && !based:
				if href := tagAttrs(z)["href"]; href != "" {
					f.base, based = resolveBase(address, href), true
				}
			case tag == "link":
				f.link(tagAttrs(z))
			case tag == "a":
				a := tagAttrs(z)
				if anchor = a["href"]; feedTypes[mediaType(a["type"])] && hasWord(a["rel"], "alternate") {
					f.link(a)
					anchor = ""
				}
			}
		}
	}
}

func tagAttrs(z *html.Tokenizer) map[string]string {
	attrs := map[string]string{}
	for range maxAttrs {
		key, value, more := z.TagAttr()
		if _, ok := attrs[string(key)]; !ok {
			attrs[string(key)] = string(value)
		}
		if !more {
			break
		}
	}
	return attrs
}

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(strings.ToLower(list)) {
		if w == word {
			return true
		}
	}
	return false
}

// link takes an element that announces an alternate form of the page.
func (f *finder) link(a map[string]string) {
	kind := mediaType(a["type"])
	if !hasWord(a["rel"], "alternate") && !hasWord(a["rel"], "feed") || hasWord(a["rel"], "stylesheet") {
		return
	}
	address := webAddress(f.base, a["href"])
	switch {
	case address == "" || f.seen[address] || len(f.seen) >= maxMany:
		return
	case !feedTypes[kind] && !hasWord(a["rel"], "feed"):
		return
	case (kind == "text/xml" || kind == "application/xml" || kind == "application/json") && !looksLikeFeed(address) && !strings.Contains(strings.ToLower(a["title"]), "feed"):
		return // WordPress announces its programming interface in the same way
	}
	f.seen[address] = true
	found := FeedLink{URL: address, Title: plainText(a["title"], plain, maxTitle), Type: kind}
	if comments := strings.ToLower(found.Title + " " + address); strings.Contains(comments, "comment") || strings.Contains(comments, "/replies") {
		f.comments = append(f.comments, found)
		return
	}
	f.announced = append(f.announced, found)
}

// anchor takes a link that a person would follow.
func (f *finder) anchor(href, text string) {
	address := webAddress(f.base, href)
	if address == "" || f.seen[address] || len(f.seen) >= maxMany || !looksLikeFeed(address) {
		return
	}
	f.seen[address] = true
	f.linked = append(f.linked, FeedLink{URL: address, Title: oneLine(text, maxTitle)})
}

// looksLikeFeed reports whether an address is as those of feeds are.
func looksLikeFeed(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(strings.ToLower(path), "#")
	path, query, _ := strings.Cut(path, "?")
	last := strings.TrimSuffix(path, "/")
	last = last[strings.LastIndexByte(last, '/')+1:]
	switch last {
	case "feed", "feeds", "rss", "atom", "rdf", "rss2", "feed.json", "rss.php", "feed.php":
		return true
	}
	for _, end := range []string{".rss", ".atom", ".rdf", "rss.xml", "atom.xml", "feed.xml", "index.xml", ".rss.xml", "feeds/posts/default"} {
		if strings.HasSuffix(strings.TrimSuffix(path, "/"), end) {
			return true
		}
	}
	return strings.Contains(query, "feed=rss") || strings.Contains(query, "feed=atom") || strings.Contains(query, "format=rss") || strings.Contains(query, "type=rss")
}

// pageTitle returns the title of a page for a message.
func pageTitle(text string) string {
	z := html.NewTokenizer(strings.NewReader(cut(text, 64<<10)))
	z.SetMaxBuf(1 << 16)
	in := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken:
			name, _ := z.TagName()
			in = string(name) == "title"
		case html.TextToken:
			if in {
				return oneLine(string(z.Text()), 60)
			}
		}
	}
}
