package publish

import (
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"wiredesk"

	"github.com/gorilla/feeds"
)

// rssXML is the document: RSS 2.0 with the modules we use.
type rssXML struct {
	XMLName    xml.Name `xml:"rss"`
	Version    string   `xml:"version,attr"`
	NSAtom     string   `xml:"xmlns:atom,attr"`
	NSContent  string   `xml:"xmlns:content,attr"`
	NSDublin   string   `xml:"xmlns:dc,attr"`
	NSMedia    string   `xml:"xmlns:media,attr"`
	NSITunes   string   `xml:"xmlns:itunes,attr"`
	RSSChannel *rssChannel
}

// rssChannel shadows what feeds.RssFeed cannot say.
type rssChannel struct {
	feeds.RssFeed
	Links    []rssLink      `xml:"atom:link"`
	Creator  string         `xml:"dc:creator,omitempty"`
	Explicit string         `xml:"itunes:explicit,omitempty"`
	ITAuthor string         `xml:"itunes:author,omitempty"`
	ITImage  *itunesImage   `xml:"itunes:image"`
	Items    []*rssItem     `xml:"item"`
	Category []*rssCategory `xml:"category"`
}

type rssLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
}

// rssItem shadows what feeds.RssItem writes wrongly: empty titles and links, the author's
// name in place of an e-mail address, one category without its domain, a source without
// its address.
type rssItem struct {
	feeds.RssItem
	Title       string         `xml:"title,omitempty"`
	Link        string         `xml:"link,omitempty"`
	Description string         `xml:"description,omitempty"`
	Creators    []string       `xml:"dc:creator"`
	Categories  []*rssCategory `xml:"category"`
	Source      *rssSource     `xml:"source"`
	Media       []mediaContent `xml:"media:content"`
	Thumbnail   *mediaThumb    `xml:"media:thumbnail"`
	Language    string         `xml:"dc:language,omitempty"`
	Rights      string         `xml:"dc:rights,omitempty"`

	Duration    string       `xml:"itunes:duration,omitempty"`
	Episode     int          `xml:"itunes:episode,omitempty"`
	Season      int          `xml:"itunes:season,omitempty"`
	EpisodeType string       `xml:"itunes:episodeType,omitempty"`
	Explicit    string       `xml:"itunes:explicit,omitempty"`
	Subtitle    string       `xml:"itunes:subtitle,omitempty"`
	ITImage     *itunesImage `xml:"itunes:image"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr,omitempty"`
	Word   string `xml:",chardata"`
}

type rssSource struct {
	URL   string `xml:"url,attr"`
	Title string `xml:",chardata"`
}

type mediaContent struct {
	URL      string `xml:"url,attr"`
	Type     string `xml:"type,attr,omitempty"`
	Size     int64  `xml:"fileSize,attr,omitempty"`
	Duration int64  `xml:"duration,attr,omitempty"`
}

type mediaThumb struct {
	URL string `xml:"url,attr"`
}

type itunesImage struct {
	Href string `xml:"href,attr"`
}

// FeedXml makes a channel a feeds.XmlFeed. Without it that of the embedded struct would be
// promoted, and what we add be dropped without a word.
func (c *rssChannel) FeedXml() any {
	return &rssXML{
		Version:    "2.0",
		NSAtom:     "http://www.w3.org/2005/Atom",
		NSContent:  "http://purl.org/rss/1.0/modules/content/",
		NSDublin:   "http://purl.org/dc/elements/1.1/",
		NSMedia:    "http://search.yahoo.com/mrss/",
		NSITunes:   "http://www.itunes.com/dtds/podcast-1.0.dtd",
		RSSChannel: c,
	}
}

// rss writes a sheet as RSS 2.0.
func (sh *sheet) rss() ([]byte, error) {
	c := &rssChannel{
		RssFeed: feeds.RssFeed{
			Title:         sh.title,
			Link:          sh.home,
			Description:   sh.description,
			Language:      sh.language,
			Copyright:     sh.rights,
			LastBuildDate: rfc822(sh.updated),
			Generator:     generator,
			Ttl:           sh.minutes,
		},
		Links: []rssLink{{Href: sh.page + ".rss", Rel: "self", Type: "application/rss+xml"}},
	}
	if sh.hub != "" {
		c.Links = append(c.Links, rssLink{Href: sh.hub, Rel: "hub"})
	}
	if c.Description == "" {
		c.Description = sh.title
	}
	if sh.image != "" {
		c.Image = &feeds.RssImage{Url: sh.image, Title: sh.title, Link: sh.home}
	}
	// managingEditor must be an e-mail address; a mere name goes into dc:creator.
	switch sh.email {
	case "":
		c.Creator = sh.author
	case sh.author:
		c.ManagingEditor = sh.email
	default:
		c.ManagingEditor = sh.email + " (" + sh.author + ")"
	}
	podcast := false
	for i := range sh.pieces {
		p := &sh.pieces[i]
		c.Items = append(c.Items, p.rss())
		podcast = podcast || p.podcast != nil
	}
	if podcast {
		c.podcast(sh)
	}
	return sh.marshal(c)
}

// podcast adds what podcast apps want of a channel.
func (c *rssChannel) podcast(sh *sheet) {
	c.Explicit, c.ITAuthor, c.ITImage = "false", sh.author, newITunesImage(sh.image)
	for _, it := range c.Items {
		if it.Explicit == "true" {
			c.Explicit = "true"
		}
	}
}

func (p *piece) rss() *rssItem {
	it := &rssItem{
		RssItem: feeds.RssItem{
			Guid:     &feeds.RssGuid{Id: p.id, IsPermaLink: "false"},
			PubDate:  rfc822(p.published),
			Comments: p.comments,
		},
		Title:    p.title,
		Link:     p.link,
		Language: p.language,
		Rights:   p.rights,
	}
	it.Description = p.body
	if p.whole {
		it.Content = &feeds.RssContent{Content: p.body}
		if it.Description = p.summary; it.Description == "" {
			it.Description = escapeText(excerpt(p.text, maxExcerpt))
		}
	}
	for _, a := range p.authors {
		it.Creators = append(it.Creators, a.Name)
	}
	for _, c := range p.categories {
		it.Categories = append(it.Categories, &rssCategory{Domain: c.Scheme, Word: c.Word()})
	}
	if p.source.address() != "" {
		it.Source = &rssSource{URL: p.source.address(), Title: p.source.label()}
	}
	if p.image != "" {
		it.Thumbnail = &mediaThumb{URL: p.image}
	}
	it.enclose(p.enclosures)
	if p.podcast != nil {
		it.podcast(p)
	}
	return it
}

// enclose adds the first file as the enclosure, of which RSS has one, the rest as media:content.
func (it *rssItem) enclose(files []wiredesk.Enclosure) {
	for i, e := range files {
		if i == 0 {
			it.Enclosure = &feeds.RssEnclosure{Url: e.URL, Length: strconv.FormatInt(e.Length, 10), Type: e.Type}
			continue
		}
		it.Media = append(it.Media, mediaContent{URL: e.URL, Type: e.Type, Size: e.Length, Duration: int64(e.Duration / time.Second)})
	}
}

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
	it.Subtitle = cut(line(p.podcast.Subtitle), itunesLimit)
	it.ITImage = newITunesImage(webLink(p.podcast.Image))
}

// newITunesImage returns nil for what iTunes does not take as an image.
func newITunesImage(link string) *itunesImage {
	switch extension(link) {
	case ".jpg", ".jpeg", ".png":
		return &itunesImage{Href: link}
	}
	return nil
}

// escapeText makes plain text HTML.
func escapeText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
