package valid

import (
	"slices"
	"strings"
)

var itunesImage = &kind{attrs: map[string]value{"href": fileAddress}, needsAttrs: []string{"href"}}

var itunesText = leaf(all(notBlank, upTo(255), rssText))

var itunesChannel = map[string]use{
	"itunes:author":   one(itunesText),
	"itunes:explicit": one(leaf(oneOf("true", "false"))),
	"itunes:image":    one(itunesImage),
	"itunes:subtitle": one(itunesText),
	"itunes:summary":  one(leaf(all(upTo(4000), rssText))),
	"itunes:type":     one(leaf(oneOf("episodic", "serial"))),
	"itunes:category": many(&kind{attrs: map[string]value{"text": itunesCategory}, needsAttrs: []string{"text"}}),
	"itunes:owner": one(&kind{needs: []string{"itunes:email"}, kids: map[string]use{
		"itunes:name": one(itunesText), "itunes:email": one(leaf(email)),
	}}),
}

var itunesItem = map[string]use{
	"itunes:title":       one(leaf(notBlank)),
	"itunes:author":      one(itunesText),
	"itunes:explicit":    one(leaf(oneOf("true", "false"))),
	"itunes:image":       one(itunesImage),
	"itunes:subtitle":    one(itunesText),
	"itunes:summary":     one(leaf(all(upTo(4000), rssText))),
	"itunes:duration":    one(leaf(duration)),
	"itunes:episode":     one(leaf(integer(1))),
	"itunes:season":      one(leaf(integer(1))),
	"itunes:episodeType": one(leaf(oneOf("full", "trailer", "bonus"))),
}

// podcast looks at a channel that has anything of iTunes: then it needs all that a podcast
// needs, and only such files as podcast apps play.
func (r *Report) podcast(n *node) {
	found := itunes(n)
	for _, item := range n.all("item") {
		if !itunes(item) {
			continue
		}
		found = true
		for _, e := range item.all("enclosure") {
			url, _ := e.attr("url")
			if !slices.Contains([]string{"m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub"}, url[strings.LastIndexByte(url, '.')+1:]) {
				r.add(PodcastFormat, e.path(), url)
			}
		}
	}
	if !found {
		return
	}
	for _, name := range []string{"language", "itunes:category", "itunes:explicit", "itunes:owner"} {
		if !n.has(name) {
			r.add(PodcastIncomplete, n.path()+"/"+name, "")
		}
	}
}

func itunes(n *node) bool {
	return slices.ContainsFunc(n.kids, func(k *node) bool { return strings.HasPrefix(k.name, "itunes:") })
}

// Genre reports whether s is a category of Apple's list, of its first level.
func Genre(s string) bool {
	return slices.Contains([]string{
		"Arts", "Business", "Comedy", "Education", "Fiction", "Government", "History", "Health & Fitness", "Kids & Family", "Leisure",
		"Music", "News", "Religion & Spirituality", "Science", "Society & Culture", "Sports", "Technology", "True Crime", "TV & Film",
	}, s)
}

func itunesCategory(_ *node, s string) Rule {
	if !Genre(s) {
		return InvalidWord
	}
	return ""
}
