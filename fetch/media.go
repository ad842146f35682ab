package fetch

import (
	"strconv"
	"strings"
	"time"

	"wiredesk"

	ext "github.com/mmcdole/gofeed/extensions"
)

// values returns the texts of all elements of that name.
func values(x ext.Extensions, ns, name string) []string {
	var list []string
	for _, e := range x[ns][name] {
		if e.Value != "" {
			list = append(list, e.Value)
		}
	}
	return list
}

// value returns the first text of an element of one of these names.
func value(x ext.Extensions, ns string, names ...string) string {
	for _, name := range names {
		for _, e := range x[ns][name] {
			if e.Value != "" {
				return e.Value
			}
		}
	}
	return ""
}

// addEnclosure adds a file to an item unless it is there already.
func addEnclosure(it *wiredesk.Item, e wiredesk.Enclosure) {
	if e.URL == "" || len(it.Enclosures) >= maxMany {
		return
	}
	e.Type = mediaType(e.Type)
	for i := range it.Enclosures {
		if o := &it.Enclosures[i]; o.URL == e.URL {
			o.Type, o.Title = either(o.Type, e.Type), either(o.Title, e.Title)
			o.Length, o.Duration = max(o.Length, e.Length), max(o.Duration, e.Duration)
			return
		}
	}
	it.Enclosures = append(it.Enclosures, e)
}

// mediaType returns a media type without parameters, or nothing.
func mediaType(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(s), ";")
	s = strings.TrimSpace(s)
	kind, sub, ok := strings.Cut(s, "/")
	if !ok || kind == "" || sub == "" || len(s) > 127 {
		return ""
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("/.+-_!#$&^", rune(c)) || c == '/' && i != len(kind) {
			return ""
		}
	}
	return s
}

// byteCount reads a length; what is none is 0.
func byteCount(s string) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(s), ",", ""), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// media takes files and pictures from the elements of Media RSS.
func (t *translation) media(it *wiredesk.Item, x ext.Extensions, base string) {
	m := x[nsMedia]
	if m == nil {
		return
	}
	t.mediaFiles(it, m["content"], base)
	for _, group := range m["group"] {
		t.mediaFiles(it, group.Children["content"], base)
		it.Image = either(it.Image, t.thumbnail(group.Children["thumbnail"], base))
		it.Summary = either(it.Summary, t.mediaText(group.Children["description"]))
	}
	it.Image = either(it.Image, t.thumbnail(m["thumbnail"], base))
	for _, c := range m["category"] {
		it.Categories = addCategory(it.Categories, wiredesk.Category{Term: c.Value, Scheme: c.Attrs["scheme"], Label: c.Attrs["label"]}, unsaid)
	}
	it.Summary = either(it.Summary, t.mediaText(m["description"]))
	for _, c := range m["content"] {
		it.Summary = either(it.Summary, t.mediaText(c.Children["description"]))
	}
}

// mediaFiles adds files. Of pictures only one is taken, the widest: a group has the same
// one in many sizes.
func (t *translation) mediaFiles(it *wiredesk.Item, files []ext.Extension, base string) {
	picture, width := "", -1
	for _, f := range files {
		a := f.Attrs
		address, kind := t.file(base, a["url"]), mediaType(a["type"])
		switch {
		case address == "" || kind == "text/html" || kind == "application/x-shockwave-flash":
		case a["medium"] == "image" || strings.HasPrefix(kind, "image/") || a["medium"] == "" && kind == "" && imageName(address):
			if w, _ := strconv.Atoi(a["width"]); w > width {
				picture, width = address, w
			}
		default:
			title := ""
			if len(f.Children["title"]) > 0 {
				title = plainText(f.Children["title"][0].Value, unsaid, maxTitle)
			}
			addEnclosure(it, wiredesk.Enclosure{URL: address, Type: kind, Length: byteCount(a["filesize"]), Duration: duration(a["duration"]), Title: title})
		}
		it.Image = either(it.Image, t.thumbnail(f.Children["thumbnail"], base))
	}
	if picture != "" {
		it.Image = picture
	}
}

func imageName(address string) bool {
	address, _, _ = strings.Cut(address, "?")
	switch strings.ToLower(address[strings.LastIndexByte(address, '.')+1:]) {
	case "jpg", "jpeg", "png", "gif", "webp", "avif":
		return true
	}
	return false
}

func (t *translation) thumbnail(list []ext.Extension, base string) string {
	for _, e := range list {
		if address := t.file(base, either(e.Attrs["url"], e.Value)); address != "" {
			return address
		}
	}
	return ""
}

// mediaText returns a description in Media RSS as HTML.
func (t *translation) mediaText(list []ext.Extension) string {
	for _, e := range list {
		if s := strings.TrimSpace(e.Value); s != "" {
			if looksLikeHTML(s) {
				return t.clean(s, textFact{})
			}
			return textToHTML(onlyXMLChars(s))
		}
	}
	return ""
}

// podcast takes what the iTunes namespace says.
func (t *translation) podcast(it *wiredesk.Item, x ext.Extensions, base string) {
	if x[nsITunes] == nil {
		return
	}
	get := func(names ...string) string { return oneLine(value(x, nsITunes, names...), maxTitle) }
	p := wiredesk.Podcast{
		Duration: duration(get("duration")),
		Episode:  count(get("episode")),
		Season:   count(get("season")),
		Image:    t.thumbnailHref(x[nsITunes]["image"], base),
		Subtitle: plainText(value(x, nsITunes, "subtitle"), unsaid, maxTitle),
	}
	switch kind := strings.ToLower(get("episodetype")); kind {
	case "full", "trailer", "bonus":
		p.EpisodeType = kind
	}
	switch strings.ToLower(get("explicit")) {
	case "yes", "true", "explicit":
		p.Explicit = "true"
	case "no", "false", "clean":
		p.Explicit = "false"
	}
	if p != (wiredesk.Podcast{}) {
		it.Podcast = &p
	}
	it.Image = either(it.Image, p.Image)
	if it.Summary == "" && it.Content == "" {
		if s := value(x, nsITunes, "summary", "subtitle"); looksLikeHTML(s) {
			it.Summary = t.clean(s, textFact{})
		} else {
			it.Summary = textToHTML(onlyXMLChars(s))
		}
	}
	for _, list := range values(x, nsITunes, "keywords") {
		for keyword := range strings.SplitSeq(list, ",") {
			it.Categories = addCategory(it.Categories, wiredesk.Category{Term: keyword}, unsaid)
		}
	}
	if len(it.Enclosures) > 0 && it.Enclosures[0].Duration == 0 && it.Enclosures[0].Type != "" && !strings.HasPrefix(it.Enclosures[0].Type, "image/") {
		it.Enclosures[0].Duration = p.Duration
	}
}

func (t *translation) thumbnailHref(list []ext.Extension, base string) string {
	for _, e := range list {
		if address := t.file(base, either(e.Attrs["href"], e.Attrs["url"], e.Value)); address != "" {
			return address
		}
	}
	return ""
}

// genre returns what the channel of a podcast is about.
func genre(x ext.Extensions) string {
	for _, e := range x[nsITunes]["category"] {
		if word := oneLine(e.Attrs["text"], maxName); word != "" {
			return word
		}
	}
	return ""
}

// license returns the address of the licence that an element, or a link in RSS, names.
func (t *translation) license(x ext.Extensions, base string) string {
	for _, list := range [][]ext.Extension{x[nsCC]["license"], x[nsTerms]["license"]} {
		for _, e := range list {
			if address := t.file(base, either(e.Attrs["resource"], e.Value)); address != "" {
				return address
			}
		}
	}
	for _, l := range x[nsAtom]["link"] {
		if strings.EqualFold(l.Attrs["rel"], "license") {
			return t.file(base, l.Attrs["href"])
		}
	}
	return ""
}

func count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}

// duration reads seconds, MM:SS or HH:MM:SS.
func duration(s string) time.Duration {
	var d float64
	parts := strings.Split(strings.TrimSpace(s), ":")
	if len(parts) > 3 {
		return 0
	}
	for _, p := range parts {
		n, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || !(n >= 0 && n < 1e7) {
			return 0
		}
		d = d*60 + n
	}
	if d > 1e7 {
		return 0
	}
	return time.Duration(d * float64(time.Second)).Round(time.Millisecond)
}
