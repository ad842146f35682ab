package fetch

import (
	"fmt"
	"slices"
	"strings"

	"wiredesk"
)

// An Outline is a list of feeds in OPML.
type Outline struct {
	Title string // plain text
	// Sources are the feeds in their order, each address once.
	Sources []OutlineSource
	// Others counts outlines that are no feeds and contain none; Repeated those whose
	// address was there already; Dropped those beyond what is read.
	Others, Repeated, Dropped int
	// OtherTitles are the titles or addresses of the first of the Others.
	OtherTitles []string
	Repairs     []string
}

// An OutlineSource is a feed in a list.
type OutlineSource struct {
	URL        string   // of the feed, absolute, http(s)
	Link       string   // of its home page; may be empty
	Title      string   // plain text; may be empty
	Folders    []string // the outlines around it, outermost first
	Categories []string // of the attribute of that name
}

// ParseOPML reads a list of feeds (OPML 1.0, 1.1, 2.0), in any encoding and however broken:
// an outline that can be understood counts. An address that occurs again adds its folders'
// names to the categories of its first occurrence. The error says what the document is
// instead.
func ParseOPML(body []byte, contentType string) (*Outline, error) {
	text, repairs := toUTF8(body, contentType)
	r := outlineReader{scanner: scanner{src: onlyXMLChars(text)}, out: &Outline{Repairs: repairs}, seen: map[string]int{}}
	if !r.read() {
		if strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("not OPML: the document is empty")
		}
		return nil, fmt.Errorf("not OPML: it begins with %q", short(strings.TrimSpace(text), 40))
	}
	return r.out, nil
}

// An outlineReader reads OPML.
type outlineReader struct {
	scanner
	out     *Outline
	seen    map[string]int // index of the source with that canonical address
	folders []string       // titles of the open outlines
	feeds   []int          // how many feeds each of them contained so far
	count   int
}

func (r *outlineReader) read() bool {
	found, depth := false, 0
	for {
		tok := r.next()
		switch tok.kind {
		case endOfText:
			if found && depth > 0 {
				r.out.Repairs = append(r.out.Repairs, "the document is cut short")
			}
			return found
		case startTag:
			switch localName(tok.name) {
			case "opml":
				found = true
				depth++
			case "title":
				if t := r.next(); t.kind == textToken && found {
					r.out.Title = either(r.out.Title, plainText(unescape(t.text), unsaid, maxTitle))
				} else if t.kind == cdataToken && found {
					r.out.Title = either(r.out.Title, plainText(t.text, unsaid, maxTitle))
				}
			case "outline":
				if found {
					r.outline(tok.empty)
				}
			}
		case endTag:
			switch localName(tok.name) {
			case "outline":
				r.close()
			case "opml":
				return found
			}
		}
	}
}

// outline reads one outline.
func (r *outlineReader) outline(empty bool) {
	a := map[string]string{}
	for _, at := range r.attrs {
		if key := strings.ToLower(at.name); a[key] == "" {
			a[key] = unescape(at.value)
		}
	}
	title := plainText(either(a["title"], a["text"]), unsaid, maxTitle)
	feed := false
	if r.count++; r.count > maxOutlines {
		r.out.Dropped++
	} else {
		feed = r.source(a, title)
	}
	if empty {
		if last := len(r.feeds) - 1; feed && last >= 0 {
			r.feeds[last]++
		} else if !feed && r.count <= maxOutlines {
			r.other(either(title, oneLine(a["xmlurl"], maxReason)))
		}
		return
	}
	n := 0
	if feed {
		n = 1
	}
	if len(r.folders) < 1<<16 { // deeper ones are closed by the ends of these
		r.folders = append(r.folders, title)
		r.feeds = append(r.feeds, n)
	}
}

// other counts an outline that is no feed and has none.
func (r *outlineReader) other(title string) {
	r.out.Others++
	if len(r.out.OtherTitles) < 100 {
		r.out.OtherTitles = append(r.out.OtherTitles, title)
	}
}

// close ends the innermost open outline.
func (r *outlineReader) close() {
	last := len(r.folders) - 1
	if last < 0 {
		return
	}
	n := r.feeds[last]
	title := r.folders[last]
	r.folders, r.feeds = r.folders[:last], r.feeds[:last]
	if n == 0 {
		r.other(title)
	} else if last > 0 {
		r.feeds[last-1] += n
	}
}

// source adds the feed of an outline, if it is one.
func (r *outlineReader) source(a map[string]string, title string) bool {
	ref := either(a["xmlurl"], a["feedurl"])
	if rest, ok := strings.CutPrefix(ref, "feed:"); ok {
		if ref = rest; !strings.HasPrefix(rest, "http") {
			ref = "http:" + rest
		}
	}
	if ref == "" && (strings.EqualFold(a["type"], "rss") || strings.EqualFold(a["type"], "atom")) {
		ref = a["url"]
	}
	address := webAddress("", ref)
	if address == "" {
		return false
	}
	var folders, categories []string
	for _, f := range r.folders[:min(len(r.folders), maxFolders)] {
		if f != "" {
			folders = append(folders, f)
		}
	}
	for c := range strings.SplitSeq(a["category"], ",") {
		if c = oneLine(strings.Trim(strings.TrimSpace(c), "/"), maxName); c != "" && len(categories) < maxMany {
			categories = append(categories, c)
		}
	}
	key := wiredesk.CanonicalLink(address)
	if i, ok := r.seen[key]; ok {
		r.out.Repeated++
		s := &r.out.Sources[i]
		for _, c := range append(folders, categories...) {
			if !slices.Contains(s.Categories, c) && !slices.Contains(s.Folders, c) && len(s.Categories) < maxMany {
				s.Categories = append(s.Categories, c)
			}
		}
		return true
	}
	r.seen[key] = len(r.out.Sources)
	r.out.Sources = append(r.out.Sources, OutlineSource{URL: address, Link: webAddress("", a["htmlurl"]), Title: title, Folders: folders, Categories: categories})
	return true
}
