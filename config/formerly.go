package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"wiredesk"
)

// served are the paths of the server's own, below the base address; those that end in a slash
// are all that is below.
var served = []string{"/", "/healthz", "/hub", "/sources.opml", "/websub/", "/.well-known/recommendations.opml"}

// longestPath is longer than any path that was ever subscribed to.
const longestPath = 500

// formerly fills in the paths that redirect to feeds. No two feeds can have one, and none can
// be one at which there is something.
func (b *builder) formerly(c *Config) {
	base := ""
	if u, err := url.Parse(c.Server.BaseURL); err == nil {
		base = u.Path
	}
	taken := map[string]wiredesk.Position{}
	for _, t := range b.file.Feeds {
		i := slices.IndexFunc(c.Feeds, func(f wiredesk.Feed) bool { return f.Name == t.Name.s })
		for j := range t.Formerly.items {
			item := &t.Formerly.items[j]
			path, ok := b.formerPath(item)
			if !ok {
				continue
			}
			// With and without the path of the base address is the same: a proxy may strip it.
			short := below(base, path)
			switch owner, first := ownerOf(short, c.Feeds), taken[short]; {
			case owner != "":
				b.problem(item.at, fmt.Sprintf("feed.formerly: %s is an address of %s now", item.show(), owner), "only what is not there any more can redirect")
			case first.Line > 0:
				b.problem(item.at, fmt.Sprintf("feed.formerly: %s is there twice, first at %s", item.show(), first), "it can redirect to one feed only")
			case i >= 0:
				taken[short] = item.at
				c.Feeds[i].Formerly = append(c.Feeds[i].Formerly, path)
			}
		}
	}
}

// formerPath returns a path as requests have it, without a slash at its end, and whether it is
// one.
func (b *builder) formerPath(item *text) (string, bool) {
	if item.bad {
		return "", false
	}
	path, err := url.PathUnescape(item.s)
	var hint string
	switch {
	case strings.Contains(item.s, "://"):
		hint = "the path alone, such as /feed.xml"
	case !strings.HasPrefix(item.s, "/"):
		hint = "it begins with a slash, such as /" + item.s
	case strings.ContainsAny(item.s, "?#"):
		hint = "without a query and a fragment"
	case err != nil || len(path) > longestPath || strings.Contains(path, "//") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) ||
		slices.ContainsFunc(strings.Split(path, "/"), func(s string) bool { return s == "." || s == ".." }):
		hint = "such as /old.rss or /planet/feed.xml"
	default:
		if path = strings.TrimRight(path, "/"); path == "" {
			path = "/"
		}
		return path, true
	}
	b.problem(item.at, "feed.formerly: "+item.show()+" is no path", hint)
	return "", false
}

// below returns a path without the path of the base address.
func below(base, path string) string {
	if rest, ok := strings.CutPrefix(path, base); ok && (rest == "" || rest[0] == '/') {
		path = "/" + strings.TrimPrefix(rest, "/")
	}
	return path
}

// ownerOf says whose a path is; it returns nothing for one that is nobody's.
func ownerOf(path string, feeds []wiredesk.Feed) string {
	for _, own := range served {
		if path == own || path+"/" == own || len(own) > 1 && strings.HasSuffix(own, "/") && strings.HasPrefix(path, own) {
			return "wiredesk itself"
		}
	}
	for _, f := range feeds {
		switch rest, ok := strings.CutPrefix(path, "/"+f.Name); {
		case !ok:
		case slices.Contains([]string{"", ".rss", ".atom", ".json", ".html"}, rest), strings.HasPrefix(rest, "/archive/"):
			return "feed " + f.Name
		}
	}
	return ""
}
