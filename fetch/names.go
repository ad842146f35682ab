package fetch

import (
	"slices"
	"strings"
)

// Namespaces have one short name here, whatever prefix a document gives them and in
// whichever case it writes their address. An element outside of them is not read.
const (
	nsCore   = "" // the format's own words
	nsNone   = "-"
	nsAtom   = "atom"
	nsDC     = "dc"
	nsTerms  = "dcterms"
	nsText   = "content"
	nsMedia  = "media"
	nsITunes = "itunes"
	nsSy     = "sy"
	nsHTML   = "xhtml"
	nsRDF    = "rdf"
	nsBurner = "feedburner"
	nsCC     = "cc"
)

// namespaces are keyed by address without scheme and final "/" or "#", in lower case.
var namespaces = map[string]string{
	"www.w3.org/2005/atom":                          nsAtom,
	"purl.org/atom/ns":                              nsAtom,
	"purl.org/dc/elements/1.0":                      nsDC,
	"purl.org/dc/elements/1.1":                      nsDC,
	"purl.org/dc/terms":                             nsTerms,
	"purl.org/rss/1.0/modules/content":              nsText,
	"search.yahoo.com/mrss":                         nsMedia,
	"search.yahoo.com/rss":                          nsMedia,
	"video.search.yahoo.com/mrss":                   nsMedia,
	"www.itunes.com/dtds/podcast-1.0.dtd":           nsITunes,
	"example.com/dtds/podcast-1.0.dtd":              nsITunes,
	"itunes.apple.com/dtds/podcast-1.0.dtd":         nsITunes,
	"purl.org/rss/1.0/modules/syndication":          nsSy,
	"www.w3.org/1999/xhtml":                         nsHTML,
	"www.w3.org/1999/02/22-rdf-syntax-ns":           nsRDF,
	"rssnamespace.org/feedburner/ext/1.0":           nsBurner,
	"backend.userland.com/creativecommonsrssmodule": nsCC,
	"web.resource.org/cc":                           nsCC,
	"creativecommons.org/ns":                        nsCC,
	"purl.org/rss/1.0":                              nsCore,
	"channel.netscape.com/rdf/simple/0.9":           nsCore,
	"my.netscape.com/rdf/simple/0.9":                nsCore,
	"my.netscape.com/publish/formats/rss-0.91.dtd":  nsCore,
	"backend.userland.com/rss":                      nsCore,
	"backend.userland.com/rss2":                     nsCore,
	"backend.userland.com/rss091":                   nsCore,
	"backend.userland.com/rss092":                   nsCore,
	"blogs.law.harvard.edu/tech/rss":                nsCore,
	"cyber.law.harvard.edu/rss/rss.html":            nsCore,
	"www.w3.org/xml/1998/namespace":                 "xml",
	"purl.org/rss/1.0/modules/rss091":               nsCore,
	"www.rssboard.org/rss-specification":            nsCore,
	"podlove.org/simple-chapters":                   nsNone,
	"www.w3.org/2000/svg":                           nsNone,
	"www.w3.org/1998/math/mathml":                   nsNone,
	"purl.org/syndication/thread/1.0":               nsNone,
	"www.georss.org/georss":                         nsNone,
	"www.opengis.net/gml":                           nsNone,
	"www.w3.org/2003/01/geo/wgs84_pos":              nsNone,
	"schemas.google.com/g/2005":                     nsNone,
	"a9.com/-/spec/opensearch/1.1":                  nsNone,
	"a9.com/-/spec/opensearchrss/1.0":               nsNone,
	"www.livejournal.org/rss/lj/1.0":                nsNone,
	"wellformedweb.org/commentapi":                  nsNone,
	"podcastindex.org/namespace/1.0":                nsNone,
	"www.google.com/schemas/play-podcasts/1.0":      nsNone,
	"www.google.com/schemas/play-podcasts/1.0.xsd":  nsNone,
	"purl.org/rss/1.0/modules/slash":                nsNone,
	"madskills.com/public/xml/rss/module/trackback": nsNone,
}

// prefixes are what prefixes mean that a document did not bind, or bound to an address
// that we do not know.
var prefixes = map[string]string{
	"atom": nsAtom, "atom10": nsAtom, "atom03": nsAtom, "a10": nsAtom,
	"dc": nsDC, "dcterms": nsTerms, "content": nsText, "media": nsMedia,
	"itunes": nsITunes, "sy": nsSy, "xhtml": nsHTML, "rdf": nsRDF, "feedburner": nsBurner, "creativecommons": nsCC, "cc": nsCC,
	"rss": nsCore, "rss1": nsCore,
}

// namespaceOf returns our name for a namespace and whether it is known.
func namespaceOf(address string) (string, bool) {
	a := strings.ToLower(strings.TrimSpace(address))
	if _, rest, ok := strings.Cut(a, "://"); ok {
		a = rest
	}
	name, ok := namespaces[strings.TrimRight(a, "/#")]
	return name, ok
}

// A binding is a namespace prefix that is in force.
type binding struct {
	prefix string
	ns     string
	known  bool
}

// A scope is what an element inherits from those around it.
type scope struct {
	bindings []binding // innermost last
	base     string    // xml:base in force, as absolute as it can be; empty for none
	lang     string    // xml:lang in force
	core     string    // prefix of the root: its elements are the format's own
}

// enter returns the scope within a start tag with these attributes. A default namespace
// that is put on the frame of a document is only a claim about the whole and is left out:
// "<rss xmlns=…Atom>" does not make an Atom link of <link>.
func (sc *scope) enter(attrs []attr, frame bool, resolve func(base, ref string) string) scope {
	in := *sc
	in.bindings = slices.Clip(in.bindings)
	for _, a := range attrs {
		if len(a.name) < 5 || a.name[0]|0x20 != 'x' {
			continue
		}
		name := strings.ToLower(a.name)
		switch {
		case name == "xml:lang":
			in.lang = language(unescape(a.value))
		case name == "xml:base":
			in.base = resolve(in.base, unescape(a.value))
		case name == "xmlns" && frame:
		case name == "xmlns" || strings.HasPrefix(name, "xmlns:"):
			if len(in.bindings) < maxBindings {
				ns, known := namespaceOf(unescape(a.value))
				in.bindings = append(in.bindings, binding{strings.TrimPrefix(strings.TrimPrefix(a.name, a.name[:5]), ":"), ns, known})
			}
		}
	}
	return in
}

// name returns namespace and local name of an element, both in our form.
func (sc *scope) name(raw string) (ns, local string) {
	prefix, local, ok := strings.Cut(raw, ":")
	if !ok {
		prefix, local = "", raw
	}
	local = strings.ToLower(local)
	if prefix == sc.core {
		// The frame's own namespace, unless the element or one around it says otherwise.
		if b := sc.find(prefix); b == nil || !b.known || prefix != "" {
			return nsCore, local
		}
	}
	if b := sc.find(prefix); b != nil && b.known {
		return b.ns, local
	}
	if prefix == "" {
		return nsCore, local
	}
	if ns, ok := prefixes[strings.ToLower(prefix)]; ok {
		return ns, local
	}
	return nsNone, local
}

// find returns the innermost binding of a prefix, or nil.
func (sc *scope) find(prefix string) *binding {
	for i := len(sc.bindings) - 1; i >= 0; i-- {
		if sc.bindings[i].prefix == prefix {
			return &sc.bindings[i]
		}
	}
	return nil
}

// language returns a language tag in the form of BCP 47, or nothing.
func language(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	if len(s) < 2 || len(s) > 35 {
		return ""
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && c != '-' && (c < '0' || c > '9') {
			return ""
		}
	}
	if s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, "--") || !isLetter(s[0]) {
		return ""
	}
	return s
}
