package fetch

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"wiredesk"

	"codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var (
	errNoArticle = errors.New("no article found")
	errTangled   = errors.New("the page is too tangled to look for an article in it")
)

// What looking for the article of a page may cost. It reads the text below an element anew
// for each of the elements, so that the time goes with what stands in a page times how deep.
const (
	maxPageElements = 20_000
	maxPageWeight   = 16 << 20 // bytes of text, attributes and tags, each times its depth
	maxPageAttr     = maxLink  // bytes of an attribute; longer ones go
)

// leastArticle is how many words an article has at least: less is a notice.
const leastArticle = 40

// extract returns the article of a page, cleaned as a feed's content is, and the page's
// title. It is refused if it does not tell at least what the entry tells.
func extract(resp *Response, it *wiredesk.Item, keepTrackers bool) (article, title string, err error) {
	defer func() {
		if recover() != nil { // a stranger's page must not stop the others
			article, title, err = "", "", errNoArticle
		}
	}()
	at, err := url.Parse(resp.URL)
	if err != nil {
		return "", "", errNoArticle
	}
	text, _ := toUTF8(resp.Body, resp.Header.Get("Content-Type"))
	tree, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return "", "", errNoArticle
	}
	if !affordable(tree) {
		return "", "", errTangled
	}
	parser := readability.NewParser()
	found, err := parser.ParseAndMutate(tree, at)
	if err != nil || found.Node == nil {
		return "", "", errNoArticle
	}
	var b strings.Builder
	if err := found.RenderHTML(&b); err != nil {
		return "", "", errNoArticle
	}
	article = cleanHTML(b.String(), cleaning{base: resp.URL, keepTrackers: keepTrackers})
	title = oneLine(found.Title(), maxTitle)
	return article, title, compare(wiredesk.Text(article), title, it)
}

// affordable takes what is too large off the elements of a page, and reports whether it is
// small and flat enough to be read.
func affordable(tree *html.Node) bool {
	elements, weight, depth := 0, 0, 1
	for n := tree; n != nil; {
		weight += len(n.Data) * depth
		if n.Type == html.ElementNode {
			elements++
			n.Attr = slices.DeleteFunc(n.Attr[:min(len(n.Attr), maxAttrs)], func(a html.Attribute) bool { return len(a.Val) > maxPageAttr })
			for _, a := range n.Attr {
				weight += (len(a.Key) + len(a.Val)) * depth
			}
		}
		if elements > maxPageElements || weight > maxPageWeight {
			return false
		}
		// Scripts and styles, often most of a page, go before anything is read.
		if n.FirstChild != nil && n.DataAtom != atom.Script && n.DataAtom != atom.Style {
			n = n.FirstChild
			depth++
			continue
		}
		for n != nil && n.NextSibling == nil {
			n = n.Parent
			depth--
		}
		if n != nil {
			n = n.NextSibling
		}
	}
	return true
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
	// A summary in other words, or none: the page must be called as the entry is. Walls, consent
	// pages and front pages often are; where the entry says enough for itself, some of that must
	// be on the page as well.
	name := " " + strings.Join(wiredesk.Words(it.Title), " ") + " "
	switch {
	case len(strings.Fields(name)) < 2 || !strings.Contains(" "+strings.Join(wiredesk.Words(title+" "+article), " ")+" ", name):
		return errors.New("the page has neither the words nor the title of the entry")
	case len(own) >= enoughWords && shared < someShared:
		return errors.New("the page has the title of the entry, and none of its words")
	}
	return nil
}

const (
	enoughWords = 12  // of the entry's own text
	someShared  = 0.2 // of its runs of three words
)

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
