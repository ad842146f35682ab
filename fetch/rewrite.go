package fetch

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// rewrite reads HTML as a browser does and writes what of it is kept. It is false if the
// text is nested so deeply that it is not read at all.
func rewrite(s string, c cleaning) (string, bool) {
	if strings.Contains(s, "<iframe") || strings.Contains(s, "<IFRAME") {
		s = closeFrames(s)
	}
	if tooTangled(s) {
		return "", false
	}
	nodes, err := html.ParseFragmentWithOptions(strings.NewReader(s),
		&html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body},
		html.ParseOptionEnableScripting(false))
	if err != nil {
		return "", false
	}
	w := writer{cleaning: c}
	w.b.Grow(len(s))
	for _, n := range nodes {
		w.node(n, c.base)
	}
	return strings.TrimSpace(w.b.String()), true
}

var frameTag = regexp.MustCompile(`(?i)<iframe\b[^<>]*>`)

// closeFrames gives frames the end tags that they have in XML and lack in HTML, where
// everything behind such a frame would be a part of it.
func closeFrames(s string) string {
	closed := strings.Contains(s, "</iframe") || strings.Contains(s, "</IFRAME")
	return frameTag.ReplaceAllStringFunc(s, func(tag string) string {
		if closed && !strings.HasSuffix(tag, "/>") {
			return tag
		}
		return tag + "</iframe>"
	})
}

// tooTangled reports whether reading a text would take more than time in proportion to its
// length: the rules by which browsers mend formatting that was not closed rebuild every
// open element again and again.
func tooTangled(s string) bool {
	open, work := 0, 0
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 >= len(s) {
			return false
		}
		s = s[i+1:]
		if s[0] == '/' {
			open = max(0, open-1)
		} else if isLetter(s[0]) {
			if name := strings.ToLower(nameAt(s, 0)); !void[name] && name != "p" && name != "li" && name != "td" && name != "tr" && name != "dd" && name != "dt" {
				open++
			}
		}
		if work += open; open > 500 || work > 2_000_000 {
			return true
		}
	}
}

// A writer writes the part of a tree that is kept. Elements that are not kept leave their
// content behind.
type writer struct {
	cleaning
	b     strings.Builder
	depth int
	link  bool   // within an <a>
	image string // address of the image that was written last
}

// dropElement are the elements that go with everything in them.
var dropElement = map[string]bool{
	"script": true, "style": true, "template": true, "head": true, "title": true, "meta": true, "link": true,
	"base": true, "frame": true, "frameset": true, "noframes": true, "noembed": true, "embed": true,
	"param": true, "applet": true, "input": true, "button": true, "select": true, "option": true, "optgroup": true,
	"datalist": true, "textarea": true, "svg": true, "canvas": true, "dialog": true, "slot": true, "portal": true,
	"keygen": true, "xml": true,
}

// renameElement are elements that live on under another name.
var renameElement = map[string]string{
	"strike": "s", "tt": "code", "acronym": "abbr", "center": "div", "dir": "ul", "menu": "ul",
	"listing": "pre", "xmp": "pre", "plaintext": "pre", "image": "img",
}

func (w *writer) node(n *html.Node, base string) {
	switch n.Type {
	case html.TextNode:
		w.b.WriteString(escapeText(n.Data))
	case html.ElementNode:
		if n.Namespace == "" {
			w.element(n, base)
		} else if n.Data == "math" {
			w.formula(n)
		}
	}
}

func (w *writer) element(n *html.Node, base string) {
	for _, a := range n.Attr {
		if a.Key == "xml:base" { // from XHTML in Atom
			base = resolveBase(base, a.Val)
		}
	}
	name := n.Data
	if other, ok := renameElement[name]; ok {
		name = other
	}
	switch {
	case dropElement[name] || hidden(n):
		return
	case name == "iframe":
		w.embedded(n, base)
		return
	case w.depth >= maxDepth:
		w.words(n)
		return
	case name == "a" && w.link, !keepElement[name]:
		w.content(n, base)
		return
	}
	attrs := w.attributes(n, name, base)
	switch name {
	case "img":
		if !has(attrs, "src") || pixel(n, attrs) || w.twin(n, attrs) {
			return
		}
	case "source", "track":
		if !has(attrs, "src") && !has(attrs, "srcset") {
			return
		}
	case "a":
		if !has(attrs, "href") {
			w.content(n, base)
			return
		}
		w.link = true
		defer func() { w.link = false }()
	case "audio", "video":
		if !has(attrs, "src") && !hasSource(n, base) {
			w.content(n, base)
			return
		}
		if !has(attrs, "controls") {
			attrs = append(attrs, html.Attribute{Key: "controls"})
		}
	}
	w.tag(n, name, attrs, base)
}

// twin reports whether an image is the one that was written last, once more for those who
// have no scripts: pages that load their images late write each of them twice.
func (w *writer) twin(n *html.Node, attrs []html.Attribute) bool {
	for _, a := range attrs {
		if a.Key == "src" {
			last := w.image
			w.image = a.Val
			return last == a.Val && n.Parent != nil && n.Parent.Data == "noscript"
		}
	}
	return false
}

// tag writes an element with its content.
func (w *writer) tag(n *html.Node, name string, attrs []html.Attribute, base string) {
	w.b.WriteString("<" + name)
	for _, a := range attrs {
		w.b.WriteString(" " + a.Key + `="` + escapeText(a.Val) + `"`)
	}
	if void[name] {
		w.b.WriteString("/>")
		return
	}
	w.b.WriteByte('>')
	if c := n.FirstChild; name == "pre" && c != nil && c.Type == html.TextNode && strings.HasPrefix(c.Data, "\n") {
		w.b.WriteByte('\n') // the parser drops the first one
	}
	w.depth++
	w.content(n, base)
	w.depth--
	w.b.WriteString("</" + name + ">")
}

func (w *writer) content(n *html.Node, base string) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, base)
	}
}

// words writes the text of what is nested too deeply.
func (w *writer) words(n *html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.TextNode && !dropElement[d.Parent.Data] {
			w.b.WriteString(escapeText(d.Data))
		}
	}
}

// embedded writes a link to the page that a frame would have shown.
func (w *writer) embedded(n *html.Node, base string) {
	src := webAddress(base, firstAttr(n, "src", "data-src"))
	if src == "" || hidden(n) || tiny(n) {
		return
	}
	src = w.strip(src)
	if w.link {
		w.b.WriteString(escapeText(src))
		return
	}
	w.b.WriteString(`<a href="` + escapeText(src) + `">` + escapeText(src) + `</a>`)
}

// formula writes the text that stands for a formula.
func (w *writer) formula(n *html.Node) {
	if alt := firstAttr(n, "alttext"); alt != "" {
		w.b.WriteString("<code>" + escapeText(oneLine(alt, maxProse)) + "</code>")
		return
	}
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Namespace == "math" && !strings.HasPrefix(d.Parent.Data, "annotation") {
			w.b.WriteString(escapeText(strings.TrimSpace(d.Data)))
		}
	}
}

// attributes returns what an element keeps, each once.
func (w *writer) attributes(n *html.Node, name, base string) []html.Attribute {
	var kept []html.Attribute
	for _, a := range n.Attr {
		if a.Namespace != "" || has(kept, a.Key) {
			continue
		}
		kind := keepAttr[name][a.Key]
		if kind == 0 {
			kind = keepAttr["*"][a.Key]
		}
		if value, ok := w.value(kind, a.Val, base, name); ok {
			kept = append(kept, html.Attribute{Key: a.Key, Val: value})
		}
	}
	if name == "img" && !has(kept, "src") {
		if src := webAddress(base, firstAttr(n, "data-src", "data-lazy-src", "data-original", "data-orig-file")); src != "" {
			kept = append(kept, html.Attribute{Key: "src", Val: src})
		}
	}
	return kept
}

// value returns the value of an attribute in the form in which it may stay.
func (w *writer) value(kind attrKind, s, base, element string) (string, bool) {
	switch kind {
	case anyText:
		s = oneLine(strings.Map(func(r rune) rune {
			if r == '<' || r == '>' {
				return ' '
			}
			return r
		}, s), maxProse)
		return s, s != "" || element == "img"
	case webOnly, webOrTo:
		if kind == webOrTo && len(s) > 7 && strings.EqualFold(strings.TrimSpace(s)[:min(len(strings.TrimSpace(s)), 7)], "mailto:") {
			return mailto(s)
		}
		if kind == webOrTo && strings.HasPrefix(strings.TrimSpace(s), "#") && w.self != "" {
			base = w.self
		}
		s = webAddress(base, s)
		if s != "" && element == "a" {
			s = w.strip(s)
		}
		return s, s != ""
	case imageSet:
		s = cleanSet(s, base)
		return s, s != ""
	case digits:
		s = strings.TrimSuffix(strings.TrimSpace(s), "px")
		return s, formDigits.MatchString(s)
	case word:
		s = strings.TrimSpace(s)
		return s, formWord.MatchString(s)
	case flag:
		return "", true
	case codeClass:
		for class := range strings.FieldsSeq(s) {
			if formClass.MatchString(class) {
				return class, true
			}
		}
	}
	return "", false
}

func (w *writer) strip(address string) string {
	if w.keepTrackers {
		return address
	}
	if s := webAddress("", stripTrackers(address)); s != "" {
		return s
	}
	return address
}

// mailto returns an address for letters that holds nothing else.
func mailto(s string) (string, bool) {
	to, _, _ := strings.Cut(strings.TrimSpace(s)[len("mailto:"):], "?")
	if u, err := url.PathUnescape(to); err == nil {
		to = u
	}
	to = strings.TrimSpace(to)
	return "mailto:" + to, isEmail(to)
}

// cleanSet returns a srcset with absolute addresses.
func cleanSet(s, base string) string {
	var set []string
	for len(set) < maxMany {
		s = strings.TrimLeft(s, " \t\r\n\f,")
		if s == "" {
			break
		}
		i := strings.IndexAny(s, " \t\r\n\f")
		if i < 0 {
			i = len(s)
		}
		ref, size := s[:i], ""
		s = s[i:]
		if !strings.HasSuffix(ref, ",") {
			size, s, _ = strings.Cut(s, ",")
		}
		address := strings.TrimRight(webAddress(base, strings.TrimRight(ref, ",")), ",")
		size = strings.TrimSpace(size)
		if address == "" || strings.Contains(address, ", ") {
			continue
		}
		if size != "" {
			address += " " + size
		}
		if formSet.MatchString(address) {
			set = append(set, address)
		}
	}
	return strings.Join(set, ", ")
}

func has(attrs []html.Attribute, key string) bool {
	return slices.ContainsFunc(attrs, func(a html.Attribute) bool { return a.Key == key })
}

// firstAttr returns the first attribute of these names that is not empty.
func firstAttr(n *html.Node, keys ...string) string {
	for _, key := range keys {
		for _, a := range n.Attr {
			if a.Key == key && strings.TrimSpace(a.Val) != "" {
				return a.Val
			}
		}
	}
	return ""
}

// hasSource reports whether a player has something to play.
func hasSource(n *html.Node, base string) bool {
	for d := range n.Descendants() {
		if d.Data == "source" && d.Type == html.ElementNode && webAddress(base, firstAttr(d, "src")) != "" {
			return true
		}
	}
	return false
}

// escapeText escapes characters as the parser's own renderer does, so that what was
// written once is read and written the same again.
func escapeText(s string) string {
	return html.EscapeString(strings.ReplaceAll(onlyXMLChars(s), "\r", "\n"))
}
