package valid

import (
	"slices"
	"strings"
)

// Atom checks a document in Atom 1.0 (RFC 4287), with archives (RFC 5005),
// discussions (RFC 4685), licences (RFC 4946) and tombstones (RFC 6721).
func Atom(body []byte) Report {
	r := &Report{}
	root := r.parse(body, "atom")
	switch {
	case root == nil:
	case root.name != "atom:feed":
		r.add(WrongRoot, root.name, "")
	default:
		r.check(root, atomFeed)
	}
	return *r
}

var xmlLang = map[string]value{"xml:lang": language}

var atomFeed = &kind{
	attrs: xmlLang,
	needs: []string{"atom:id", "atom:title", "atom:updated"},
	kids: merge(atomMeta, map[string]use{
		"atom:entry":  many(atomEntry),
		"fh:archive":  one(&kind{}),
		"fh:complete": one(&kind{}),

		"at:deleted-entry": many(&kind{
			attrs: map[string]value{"ref": id, "when": rfc3339}, needsAttrs: []string{"ref", "when"},
			kids: map[string]use{"at:comment": one(&kind{attrs: textType, text: atomText}), "atom:link": many(atomLink)},
		}),
	}),
	more: (*Report).feed,
}

// atomMeta is what a feed and an atom:source may both say.
var atomMeta = map[string]use{
	"atom:id":          one(leaf(id)),
	"atom:title":       one(atomTitle),
	"atom:subtitle":    one(textConstruct),
	"atom:updated":     one(leaf(rfc3339)),
	"atom:author":      many(atomPerson),
	"atom:contributor": many(atomPerson),
	"atom:category":    many(atomCategory),
	"atom:generator":   one(&kind{attrs: map[string]value{"uri": web, "version": notBlank}, text: notBlank}),
	"atom:icon":        one(leaf(web)),
	"atom:logo":        one(leaf(web)),
	"atom:link":        many(atomLink),
	"atom:rights":      one(textConstruct),
}

var atomSource = &kind{attrs: xmlLang, needs: []string{"atom:id", "atom:title", "atom:updated"}, kids: atomMeta, more: (*Report).alternates}

var atomEntry = &kind{
	attrs: xmlLang,
	needs: []string{"atom:id", "atom:title", "atom:updated"},
	kids: map[string]use{
		"atom:id":          one(leaf(id)),
		"atom:title":       one(atomTitle),
		"atom:summary":     one(textConstruct),
		"atom:content":     one(textConstruct),
		"atom:published":   one(leaf(rfc3339)),
		"atom:updated":     one(leaf(rfc3339)),
		"atom:author":      many(atomPerson),
		"atom:contributor": many(atomPerson),
		"atom:category":    many(atomCategory),
		"atom:link":        many(atomLink),
		"atom:rights":      one(textConstruct),
		"atom:source":      one(atomSource),
		"media:thumbnail":  many(mediaThumbnail),
	},
	more: (*Report).entry,
}

var textType = map[string]value{"type": oneOf("text", "html"), "xml:lang": language}

var textConstruct = &kind{attrs: textType, text: atomText}

var atomTitle = &kind{attrs: textType, text: all(notBlank, atomText)}

// atomText is a text of the type that its element says (RFC 4287 section 3.1).
func atomText(n *node, s string) Rule {
	if kind, _ := n.attr("type"); kind == "html" {
		return markup(n, s)
	}
	return plain(n, s)
}

var atomPerson = &kind{
	needs: []string{"atom:name"},
	kids:  map[string]use{"atom:name": one(leaf(name)), "atom:uri": one(leaf(web)), "atom:email": one(leaf(email))},
}

var atomCategory = &kind{attrs: map[string]value{"term": notBlank, "scheme": uri, "label": all(notBlank, plain)}, needsAttrs: []string{"term"}}

var atomLink = &kind{
	attrs: map[string]value{
		"href": web, "rel": relation, "type": mimeType, "hreflang": language, "title": all(notBlank, plain), "length": integer(0),
	},
	needsAttrs: []string{"href"},
	more:       (*Report).link,
}

// relation is a word of the IANA's registry that feeds use.
func relation(_ *node, s string) Rule {
	if !slices.Contains([]string{
		"alternate", "current", "enclosure", "first", "hub", "last", "license", "next", "next-archive", "prev-archive", "previous",
		"related", "replies", "self", "via",
	}, s) {
		return UnregisteredRel
	}
	return ""
}

// rel returns the relation of a link.
func (n *node) rel() string {
	if rel, ok := n.attr("rel"); ok {
		return rel
	}
	return "alternate"
}

func (r *Report) link(n *node) {
	kind, typed := n.attr("type")
	ofFeed := n.up != nil && (n.up.name == "atom:feed" || n.up.name == "channel")
	if n.rel() == "self" && typed && !slices.Contains([]string{"application/atom+xml", "application/rss+xml"}, kind) {
		r.add(SelfNotAtom, n.path(), kind)
	}
	if !ofFeed && slices.Contains([]string{"current", "first", "last", "next", "next-archive", "prev-archive", "previous"}, n.rel()) {
		r.add(Misplaced, n.path(), n.rel())
	}
}

// links looks at the links of a feed together.
func (r *Report) links(n *node) {
	rels := map[string]int{}
	for _, l := range n.all("atom:link") {
		rels[l.rel()]++
	}
	if rels["self"] != 1 {
		r.add(MissingSelf, n.path(), "")
	}
	if n.has("fh:archive") && (rels["prev-archive"]+rels["next-archive"] == 0 && !n.has("fh:complete") || rels["current"] == 0) {
		r.add(ArchiveIncomplete, n.path(), "")
	}
	r.alternates(n)
}

// alternates finds two links to what must be one (RFC 4287 section 4.1.1).
func (r *Report) alternates(n *node) {
	seen := map[string]bool{}
	for _, l := range n.all("atom:link") {
		if l.rel() != "alternate" {
			continue
		}
		kind, _ := l.attr("type")
		lang, _ := l.attr("hreflang")
		if key := kind + " " + lang; seen[key] {
			r.add(DuplicateLink, l.path(), key)
		} else {
			seen[key] = true
		}
	}
}

func (r *Report) feed(n *node) {
	entries := n.all("atom:entry")
	r.ids(entries, "atom:id")
	r.unique(entries, "atom:updated", DuplicateUpdated)
	r.links(n)
	later := false
	for _, k := range n.kids {
		switch {
		case k.name == "atom:entry":
			later = true
		case later && strings.HasPrefix(k.name, "atom:"):
			r.add(Misplaced, k.path(), "")
		}
	}
	if !n.has("atom:author") && len(entries) == 0 {
		r.add(MissingAuthor, n.path(), "")
	}
}

func (r *Report) entry(n *node) {
	r.alternates(n)
	source := n.first("atom:source")
	if !n.has("atom:author") && (n.up == nil || !n.up.has("atom:author")) && (source == nil || !source.has("atom:author")) {
		r.add(MissingAuthor, n.path(), "")
	}
	linked := slices.ContainsFunc(n.all("atom:link"), func(l *node) bool { return l.rel() == "alternate" })
	if !n.has("atom:content") && (!linked || !n.has("atom:summary")) {
		r.add(MissingContent, n.path(), "")
	}
}
