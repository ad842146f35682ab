package hostile

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Active returns what in a page of ours a browser would run, or load in the name of the page,
// or take for the page's own; empty if nothing.
func Active(page string) string {
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		token := z.Token()
		if slices.Contains([]string{"script", "iframe", "object", "embed", "form", "base", "svg", "math", "template", "noscript"}, token.Data) {
			return "<" + token.Data + ">"
		}
		for _, a := range token.Attr {
			icon := token.Data == "link" && strings.HasPrefix(a.Val, "data:image/svg+xml,")
			within := token.Data == "a" && strings.HasPrefix(a.Val, "#") // of the page itself
			refresh := token.Data == "meta" && a.Key == "http-equiv" && strings.EqualFold(a.Val, "refresh")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || a.Key == "ping" || refresh || address(a.Key) && !harmless(a.Val) && !icon && !within {
				return a.Key + "=" + a.Val + " of <" + token.Data + ">"
			}
		}
	}
}

// address reports whether an attribute holds an address.
func address(name string) bool {
	return slices.Contains([]string{"href", "src", "url", "poster", "action", "formaction", "cite", "background", "xlink:href"}, name)
}

// harmless reports whether following an address runs nothing.
func harmless(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "mailto:")
}
