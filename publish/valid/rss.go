package valid

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// RSS checks a document in RSS 2.0, with the modules that its name spaces
// say: content, dc, media, itunes, creativeCommons, atom and RFC 5005.
func RSS(body []byte) Report {
	r := &Report{}
	root := r.parse(body, "")
	switch {
	case root == nil:
	case root.name != "rss":
		r.add(WrongRoot, root.name, "")
	default:
		r.check(root, rssRoot)
	}
	return *r
}

var rssRoot = &kind{
	attrs: map[string]value{"version": oneOf("2.0")}, needsAttrs: []string{"version"},
	kids: map[string]use{"channel": one(rssChannel)}, needs: []string{"channel"},
}

var rssChannel = &kind{
	needs: []string{"title", "link", "description"},
	kids: merge(itunesChannel, map[string]use{
		"title":          one(leaf(all(notBlank, rssText))),
		"link":           one(leaf(web)),
		"description":    one(leaf(rssText)),
		"language":       one(leaf(language)),
		"copyright":      one(leaf(rssText)),
		"managingEditor": one(leaf(all(contact, rssText))),
		"webMaster":      one(leaf(all(contact, rssText))),
		"pubDate":        one(leaf(rfc822)),
		"lastBuildDate":  one(leaf(rfc822)),
		"category":       many(rssCategory),
		"generator":      one(leaf(notBlank)),
		"docs":           one(leaf(web)),
		"ttl":            one(leaf(integer(1))),
		"image":          one(rssImage),
		"item":           many(rssItem),
		"dc:creator":     many(leaf(notBlank)),
		"atom:link":      many(atomLink),
		"fh:archive":     one(&kind{}),
		"fh:complete":    one(&kind{}),

		"creativeCommons:license": many(leaf(uri)),
	}),
	more: (*Report).channel,
}

var rssCategory = &kind{attrs: map[string]value{"domain": notBlank}, text: all(notBlank, rssText)}

var rssImage = &kind{
	needs: []string{"url", "title", "link"},
	kids: map[string]use{
		"url": one(leaf(all(web, imageAddress))), "title": one(leaf(all(notBlank, rssText))), "link": one(leaf(web)),
		"width": one(leaf(integer(1))), "height": one(leaf(integer(1))), "description": one(leaf(rssText)),
	},
}

var rssItem = &kind{
	needs: []string{"guid"},
	kids: merge(itunesItem, map[string]use{
		"title":           one(leaf(all(notBlank, rssText))),
		"link":            one(leaf(web)),
		"description":     one(leaf(markup)),
		"content:encoded": one(leaf(markup)),
		"author":          one(leaf(all(contact, rssText))),
		"category":        many(rssCategory),
		"comments":        one(leaf(web)),
		"enclosure":       one(rssEnclosure),
		"guid":            one(&kind{attrs: map[string]value{"isPermaLink": oneOf("true", "false")}, text: guid}),
		"pubDate":         one(leaf(rfc822)),
		"source":          one(&kind{attrs: map[string]value{"url": web}, needsAttrs: []string{"url"}, text: rssText}),
		"dc:creator":      many(leaf(notBlank)),
		"dc:language":     one(leaf(language)),
		"dc:rights":       one(leaf(rssText)),
		"media:content":   many(mediaContent),
		"media:thumbnail": many(mediaThumbnail),
		"atom:link":       many(atomLink),
		"atom:updated":    one(leaf(rfc3339)),

		"creativeCommons:license": many(leaf(uri)),
	}),
	more: (*Report).item,
}

var rssEnclosure = &kind{
	attrs:      map[string]value{"url": fileAddress, "length": integer(0), "type": mimeType},
	needsAttrs: []string{"url", "length", "type"},
}

var mediaContent = &kind{
	attrs: map[string]value{
		"url": web, "type": mimeType, "fileSize": integer(1), "duration": integer(1),
		"medium": oneOf("image", "audio", "video", "document", "executable"),
	},
	needsAttrs: []string{"url"},
	kids:       map[string]use{"media:title": one(&kind{attrs: map[string]value{"type": oneOf("plain")}, text: plain})},
}

var mediaThumbnail = &kind{attrs: map[string]value{"url": web}, needsAttrs: []string{"url"}}

// guid is the id of an item, which may be an address only if it says that it is one.
func guid(n *node, s string) Rule {
	if s == "" || !trimmed(s) {
		return NotBlank
	}
	if link, ok := n.attr("isPermaLink"); !ok || link == "true" {
		return web(n, s)
	}
	if len(s) < 9 && strings.Trim(s, "0123456789") == "" {
		return NotUnique
	}
	return id(n, s)
}

var extension = regexp.MustCompile(`\.(\w+)$`)

// imageAddress is that of a picture in a format that RSS knows, for all that one can see.
func imageAddress(_ *node, s string) Rule {
	m := extension.FindStringSubmatch(s)
	if m != nil && !slices.Contains([]string{"jpg", "jpeg", "png", "gif"}, strings.ToLower(m[1])) {
		return ImageFormat
	}
	return ""
}

// channel looks at what no part of a channel can see alone.
func (r *Report) channel(n *node) {
	r.ids(n.all("item"), "guid")
	r.links(n)
	r.together(n, "managingEditor", "dc:creator")
	items := false
	for _, k := range n.kids {
		switch {
		case k.name == "item":
			items = true
		case items && !strings.Contains(k.name, ":"):
			r.add(Misplaced, k.path(), "")
		}
	}
	if image := n.first("image"); image != nil {
		for _, name := range []string{"title", "link"} {
			if a, b := image.first(name), n.first(name); a != nil && b != nil && a.text != b.text {
				r.add(ImageDoesntMatch, a.path(), a.text)
			}
		}
	}
	r.podcast(n)
}

// item looks at an item as a whole.
func (r *Report) item(n *node) {
	if !n.has("title") && !n.has("description") {
		r.add(MissingElement, n.path()+"/description", "")
	}
	for _, k := range n.kids {
		if k.name == "description" {
			break
		}
		if k.name == "content:encoded" {
			r.add(DescriptionFirst, k.path(), "")
		}
	}
	r.together(n, "author", "dc:creator")
}

// together finds two elements that say the same.
func (r *Report) together(n *node, a, b string) {
	if n.has(a) && n.has(b) {
		r.add(DuplicateMeaning, n.path()+"/"+b, a)
	}
}

// ids takes the ids of entries, each of which must have its own.
func (r *Report) ids(entries []*node, name string) {
	for _, e := range entries {
		if k := e.first(name); k != nil {
			r.IDs = append(r.IDs, k.text)
		} else {
			r.IDs = append(r.IDs, "")
		}
	}
	r.unique(entries, name, DuplicateValue)
}

// unique finds entries that say the same where each must say something else.
func (r *Report) unique(entries []*node, name string, rule Rule) {
	seen := map[string]bool{}
	for _, e := range entries {
		if k := e.first(name); k != nil {
			if seen[k.text] {
				r.add(rule, k.path(), k.text)
			}
			seen[k.text] = true
		}
	}
}

func merge(tables ...map[string]use) map[string]use {
	made := map[string]use{}
	for _, t := range tables {
		maps.Copy(made, t)
	}
	return made
}
