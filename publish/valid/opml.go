package valid

// OPML checks a list of feeds in OPML 2.0.
func OPML(body []byte) Report {
	r := &Report{}
	root := r.parse(body, "")
	switch {
	case root == nil:
	case root.name != "opml":
		r.add(WrongRoot, root.name, "")
	default:
		r.check(root, opmlRoot)
	}
	return *r
}

var opmlRoot = &kind{
	attrs: map[string]value{"version": oneOf("2.0")}, needsAttrs: []string{"version"},
	needs: []string{"head", "body"},
	kids: map[string]use{
		"head": one(&kind{kids: map[string]use{
			"title": one(leaf(markup)), "dateCreated": one(leaf(rfc822)), "dateModified": one(leaf(rfc822)),
			"ownerName": one(leaf(markup)), "ownerEmail": one(leaf(email)), "ownerId": one(leaf(web)), "docs": one(leaf(web)),
		}}),
		"body": one(&kind{needs: []string{"outline"}, kids: map[string]use{"outline": many(opmlOutline())}}),
	},
}

// opmlOutline is a feed, or a group of them. Its texts are HTML by the specification, and
// plain text for most who read it: they must be the same as both.
func opmlOutline() *kind {
	k := &kind{
		attrs: map[string]value{
			"text": all(notBlank, markup), "title": all(notBlank, markup), "description": markup, "category": anything,
			"type": oneOf("rss"), "xmlUrl": web, "htmlUrl": web, "language": language, "created": rfc822,
		},
		needsAttrs: []string{"text"},
		more:       (*Report).outline,
	}
	k.kids = map[string]use{"outline": many(k)}
	return k
}

func (r *Report) outline(n *node) {
	_, feed := n.attr("type")
	for _, name := range []string{"title", "xmlUrl"} {
		if _, ok := n.attr(name); feed && !ok {
			r.add(MissingAttribute, n.path()+"@"+name, "")
		}
	}
	if _, ok := n.attr("xmlUrl"); ok && !feed {
		r.add(MissingAttribute, n.path()+"@type", "")
	}
}
