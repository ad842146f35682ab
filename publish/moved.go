package publish

import (
	"path"
	"strings"

	"wiredesk"
)

// Moved returns the address of the document that stands in for what was at a path, which
// begins with a slash, before the feed had its present name.
func (s *Site) Moved(path string) (address string, ok bool) {
	path = oldPath(s.path, path)
	if m := archiveForm.FindStringSubmatch(path); m != nil {
		path = "/" + m[1] + "." + m[3] // its pages need not be cut as ours are
	}
	to, ok := s.moved[path]
	return s.base + to, ok
}

// Gone reports whether at a path there was a document of a feed that is not published any
// more.
func (s *Site) Gone(path string) bool {
	name, rest := cutName(oldPath(s.path, path))
	return s.gone[name] && (rest == "" || rest[0] == '/' || isFormat(rest))
}

// oldPath returns a path without the path of the base address, which a proxy may have
// stripped or not, and without a slash at its end.
func oldPath(base, path string) string {
	if rest, ok := strings.CutPrefix(path, base); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	return "/" + strings.Trim(path, "/")
}

// cutName splits a path after what may be the name of a feed.
func cutName(path string) (name, rest string) {
	path = strings.TrimPrefix(path, "/")
	if i := strings.IndexAny(path, "./"); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// What is answered where something was: how long that may be kept, and what it says.
const (
	MovedCache = "public, max-age=86400"
	GoneCache  = "public, max-age=3600"
	GoneText   = "this feed is not published any more"
)

// goneEnds are the ends of the paths of a feed that is gone.
var goneEnds = [...]string{"", ".rss", ".atom", ".json"}

func isFormat(extension string) bool {
	return extension == ".rss" || extension == ".atom" || extension == ".json"
}

// movedTo returns where old paths of feeds lead.
func movedTo(base string, editions []wiredesk.Edition) map[string]string {
	moved := map[string]string{}
	for i := range editions {
		f := &editions[i].Feed
		for _, old := range f.Formerly {
			old = oldPath(base, old)
			moved[old] = "/" + f.Name + formatOf(old)
		}
	}
	return moved
}

// formatOf returns the extension of the format that was at a path that we did not choose, by
// the last word of it: /old.atom, /atom.xml and /feed/atom are Atom, /old is a page, and
// anything else is most likely RSS.
func formatOf(old string) string {
	last := strings.ToLower(path.Base(old))
	stem, extension, dotted := strings.Cut(last, ".")
	switch {
	case strings.HasSuffix(last, ".atom") || stem == "atom":
		return ".atom"
	case strings.HasSuffix(last, ".json") || stem == "json":
		return ".json"
	case extension == "html", extension == "htm":
		return ""
	case !dotted && stem != "feed" && stem != "rss" && stem != "rss2" && stem != "rdf" && stem != "xml":
		return ""
	}
	return ".rss"
}

// goneFrom returns the names of feeds that stamps tell of and that are no editions.
func goneFrom(stamps map[string]Stamp, editions []wiredesk.Edition) map[string]bool {
	gone := map[string]bool{}
	for p := range stamps {
		name, rest := cutName(p)
		if feedName.MatchString(name) && !reserved(name) && (rest == "" || isFormat(rest)) {
			gone[name] = true
		}
	}
	for i := range editions {
		delete(gone, editions[i].Feed.Name)
	}
	return gone
}
