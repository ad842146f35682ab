package fetch

import (
	"strings"

	"golang.org/x/net/html"
)

// pixel reports whether an image is there to count readers: it is too small to be seen,
// or comes from where only such images come from.
func pixel(n *html.Node, attrs []html.Attribute) bool {
	if tiny(n) {
		return true
	}
	for _, a := range attrs {
		if a.Key == "src" {
			_, rest, _ := strings.Cut(a.Val, "://")
			for _, p := range pixelPlaces {
				if strings.HasPrefix(strings.TrimPrefix(rest, "www."), p) {
					return true
				}
			}
		}
	}
	return false
}

var pixelPlaces = []string{
	"feeds.feedburner.com/~r/", "feeds.feedburner.com/~ff/", "feedads.g.doubleclick.net/", "feeds.wordpress.com/1.0/",
	"pixel.wp.com/", "stats.wordpress.com/", "b.scorecardresearch.com/", "pixel.quantserve.com/",
	"google-analytics.com/", "da.feedsportal.com/", "pi.feedsportal.com/", "tracking.feedpress.com/",
	"tracking.feedpress.it/", "ad.doubleclick.net/",
}

// tiny reports whether an element is at most one pixel wide and high.
func tiny(n *html.Node) bool {
	w, h := size(n, "width"), size(n, "height")
	return w <= 1 && h <= 1 || w <= 1 && h == unsized || h <= 1 && w == unsized
}

const unsized = 1 << 20

// size returns a dimension of an element in pixels.
func size(n *html.Node, key string) int {
	s := firstAttr(n, key)
	if s == "" {
		for rule := range strings.SplitSeq(firstAttr(n, "style"), ";") {
			if name, value, ok := strings.Cut(rule, ":"); ok && strings.EqualFold(strings.TrimSpace(name), key) {
				s = value
			}
		}
	}
	s = strings.TrimSuffix(strings.TrimSpace(s), "px")
	if s == "" || len(s) > 4 {
		return unsized
	}
	v := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return unsized
		}
		v = 10*v + int(s[i]-'0')
	}
	return v
}

// hidden reports whether an element says that it is not shown.
func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" {
			return true
		}
		if a.Key == "style" {
			s := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
			if strings.Contains(s, "display:none") || strings.Contains(s, "visibility:hidden") {
				return true
			}
		}
	}
	return false
}
