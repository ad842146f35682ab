package fetch

import (
	"errors"
	"net/url"
	"strings"

	"wiredesk"

	"codeberg.org/readeck/go-readability/v2"
)

var errNoArticle = errors.New("no article found")

// leastArticle is how many words an article has at least: less is a notice.
const leastArticle = 40

// extract returns the article of a page, cleaned as a feed's content is, and the page's
// title. It is refused if it does not tell at least what the entry tells.
func extract(resp *Response, it *wiredesk.Item, keepTrackers bool) (html, title string, err error) {
	defer func() {
		if recover() != nil { // a stranger's page must not stop the others
			html, title, err = "", "", errNoArticle
		}
	}()
	at, err := url.Parse(resp.URL)
	if err != nil {
		return "", "", errNoArticle
	}
	text, _ := toUTF8(resp.Body, resp.Header.Get("Content-Type"))
	parser := readability.NewParser()
	parser.MaxElemsToParse = 20_000 // it takes more than linear time
	found, err := parser.Parse(strings.NewReader(text), at)
	if err != nil || found.Node == nil {
		return "", "", errNoArticle
	}
	var b strings.Builder
	if err := found.RenderHTML(&b); err != nil {
		return "", "", errNoArticle
	}
	html = cleanHTML(b.String(), cleaning{base: resp.URL, keepTrackers: keepTrackers})
	title = oneLine(found.Title(), maxTitle)
	return html, title, compare(wiredesk.Text(html), title, it)
}

// compare says why an article is not that of an item: a login, a consent and an error page
// have neither its words nor its title.
func compare(article, title string, it *wiredesk.Item) error {
	own, words := wiredesk.Words(it.Text()), wiredesk.Words(article)
	switch {
	case len(words) < leastArticle:
		return errNoArticle
	case len(words) < len(own):
		return errors.New("shorter than the feed's own text")
	}
	shared := overlap(own, words)
	if len(own) >= 8 && shared >= 0.5 {
		return nil
	}
	// A summary in other words, or none: the page must be called as the entry is.
	name := " " + strings.Join(wiredesk.Words(it.Title), " ") + " "
	if len(strings.Fields(name)) >= 2 && strings.Contains(" "+strings.Join(wiredesk.Words(title+" "+article), " ")+" ", name) {
		return nil
	}
	return errors.New("the page has neither the words nor the title of the entry")
}

// overlap is the share of the runs of three words of a that b has.
func overlap(a, b []string) float64 {
	runs := map[[3]string]bool{}
	for i := 0; i+2 < len(b); i++ {
		runs[[3]string(b[i:i+3])] = true
	}
	n := 0
	for i := 0; i+2 < len(a); i++ {
		if runs[[3]string(a[i:i+3])] {
			n++
		}
	}
	return float64(n) / float64(max(len(a)-2, 1))
}
