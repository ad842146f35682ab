package publish

import (
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// quiet returns cleaned HTML as feeds may have it: without what the W3C feed validator warns
// of. That is bdo, and the controls of players. Readers that show players add controls of
// their own; for the others a link to the file follows.
func quiet(s string) string {
	if !strings.Contains(s, " controls") && !strings.Contains(s, "<bdo") {
		return s
	}
	var b strings.Builder
	var file string
	anchors := 0 // open
	for z := html.NewTokenizer(strings.NewReader(s)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return b.String()
		}
		t := z.Token()
		start := kind == html.StartTagToken || kind == html.SelfClosingTagToken
		if t.DataAtom == atom.Bdo {
			t.Data = "span"
		}
		switch {
		case start && t.DataAtom == atom.A:
			anchors++
		case kind == html.EndTagToken && t.DataAtom == atom.A:
			anchors--
		case start && player(t.DataAtom):
			file = attribute(&t, "src")
			t.Attr = without(t.Attr, "controls")
		case start && t.DataAtom == atom.Source && file == "":
			file = attribute(&t, "src")
		}
		b.WriteString(t.String())
		if kind == html.EndTagToken && player(t.DataAtom) && file != "" && anchors == 0 {
			b.WriteString(" " + anchor(file, path.Base(file)))
		}
	}
}

func player(a atom.Atom) bool { return a == atom.Audio || a == atom.Video }

func attribute(t *html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return webLink(a.Val)
		}
	}
	return ""
}

func without(attrs []html.Attribute, key string) []html.Attribute {
	var kept []html.Attribute
	for _, a := range attrs {
		if a.Key != key {
			kept = append(kept, a)
		}
	}
	return kept
}
