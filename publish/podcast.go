package publish

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

type itunesImage struct {
	Href string `xml:"href,attr"`
}

type itunesCategory struct {
	Text string `xml:"text,attr"`
}

type itunesOwner struct {
	Name  string `xml:"itunes:name"`
	Email string `xml:"itunes:email"`
}

// genreOf returns what the podcasts of a sheet are most about, in the words of Apple's list.
// A feed that has any elements of iTunes needs such a word, and an address of its owner:
// without both it has none of them, and podcast apps play the enclosures nevertheless.
func (sh *sheet) genreOf() string {
	if sh.email == "" {
		return ""
	}
	count := map[string]int{}
	best := ""
	for i := range sh.pieces {
		p := &sh.pieces[i]
		if p.podcast == nil || p.source.genre == "" {
			continue
		}
		g := p.source.genre
		if count[g]++; best == "" || count[g] > count[best] || count[g] == count[best] && g < best {
			best = g
		}
	}
	return best
}

// podcast adds what podcast apps want of a channel.
func (c *rssChannel) podcast(sh *sheet) {
	name := apart(cut(sh.editor(), itunesLimit))
	c.ITGenre, c.ITOwner = &itunesCategory{sh.genre}, &itunesOwner{Name: name, Email: sh.email}
	c.Explicit, c.ITAuthor, c.ITImage = "false", name, newITunesImage(sh.image)
	for i := range sh.pieces {
		if p := sh.pieces[i].podcast; p != nil && p.Explicit == "true" {
			c.Explicit = "true"
		}
	}
}

// podcast adds what podcast apps want of an item.
func (it *rssItem) podcast(p *piece) {
	if d := p.playtime(); d > 0 {
		it.Duration = clock(d)
	}
	it.Episode, it.Season = max(p.podcast.Episode, 0), max(p.podcast.Season, 0)
	switch p.podcast.EpisodeType {
	case "full", "trailer", "bonus":
		it.EpisodeType = p.podcast.EpisodeType
	}
	switch p.podcast.Explicit {
	case "true", "false":
		it.Explicit = p.podcast.Explicit
	}
	if len(p.authors) == 0 { // else many readers would take them for further authors beside those in dc:creator
		var names []string
		for _, a := range p.by() {
			names = append(names, a.Name)
		}
		it.ITAuthor = apart(cut(strings.Join(names, ", "), itunesLimit))
	}
	it.Subtitle = apart(cut(line(p.podcast.Subtitle), itunesLimit))
	it.ITImage = newITunesImage(webLink(p.podcast.Image))
}

// playable reports whether podcast apps know the file by its name: iTunes goes by that and
// not by the media type, and validators do as iTunes does.
func playable(files []wiredesk.Enclosure) bool {
	for _, e := range files {
		if fileAddress.MatchString(e.URL) {
			return slices.Contains([]string{"m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub"}, e.URL[strings.LastIndexByte(e.URL, '.')+1:])
		}
	}
	return true
}

// newITunesImage returns nil for what iTunes does not take as an image.
func newITunesImage(link string) *itunesImage {
	switch extension(link) {
	case ".jpg", ".jpeg", ".png":
		if fileAddress.MatchString(link) {
			return &itunesImage{Href: link}
		}
	}
	return nil
}

// clock returns a duration as [H:]MM:SS, the form of iTunes that every reader takes.
func clock(d time.Duration) string {
	two := func(n int) string { return strconv.Itoa(n/10) + strconv.Itoa(n%10) }
	s := int(d.Round(time.Second) / time.Second)
	out := two(s/60%60) + ":" + two(s%60)
	if s >= 3600 {
		out = two(min(s/3600, 99)) + ":" + out
	}
	return out
}

// playtime returns how long a piece plays: what the podcast says, or its first enclosure.
func (p *piece) playtime() time.Duration {
	if p.podcast != nil && p.podcast.Duration > 0 {
		return p.podcast.Duration
	}
	if len(p.enclosures) > 0 {
		return p.enclosures[0].Duration
	}
	return 0
}
