package publish

import (
	"bytes"
	"encoding/xml"
	"slices"
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
	NSHistory  string   `xml:"xmlns:fh,attr,omitempty"`
	NSLicense  string   `xml:"xmlns:creativeCommons,attr"`
	RSSChannel *rssChannel
}

// rssChannel shadows what feeds.RssFeed cannot say.
type rssChannel struct {
	feeds.RssFeed
	Links    []rssLink       `xml:"atom:link"`
	Archive  *struct{}       `xml:"fh:archive"`
	Creator  string          `xml:"dc:creator,omitempty"`
	License  string          `xml:"creativeCommons:license,omitempty"`
	Explicit string          `xml:"itunes:explicit,omitempty"`
	ITAuthor string          `xml:"itunes:author,omitempty"`
	ITImage  *itunesImage    `xml:"itunes:image"`
	ITGenre  *itunesCategory `xml:"itunes:category"`
	ITOwner  *itunesOwner    `xml:"itunes:owner"`
}

type rssLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
}

// rssItem is used in place of feeds.RssItem, which has the whole text before the summary,
// one category without its domain, a source without its address, and writes empty titles
// and links, and the author's name in place of an e-mail address.
type rssItem struct {
	XMLName     xml.Name `xml:"item"`
	Title       string   `xml:"title,omitempty"`
	Link        string   `xml:"link,omitempty"`
	Description string   `xml:"description"`
	Content     *feeds.RssContent
	Guid        *feeds.RssGuid
	PubDate     string         `xml:"pubDate,omitempty"`
	Updated     string         `xml:"atom:updated,omitempty"`
	Creators    []string       `xml:"dc:creator"`
	Categories  []*rssCategory `xml:"category"`
	Source      *rssSource     `xml:"source"`
	Comments    string         `xml:"comments,omitempty"`
	Enclosure   *feeds.RssEnclosure
	Media       []mediaContent `xml:"media:content"`
	Thumbnail   *mediaThumb    `xml:"media:thumbnail"`
	Language    string         `xml:"dc:language,omitempty"`
	Rights      string         `xml:"dc:rights,omitempty"`
	License     string         `xml:"creativeCommons:license,omitempty"`

	ITAuthor    string       `xml:"itunes:author,omitempty"`
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

// FeedXml makes a channel a feeds.XmlFeed. Without it that of the embedded struct would be
// promoted, and what we add be dropped without a word.
func (c *rssChannel) FeedXml() any {
	doc := &rssXML{
		Version:    "2.0",
		NSAtom:     "http://www.w3.org/2005/Atom",
		NSContent:  "http://purl.org/rss/1.0/modules/content/",
		NSDublin:   "http://purl.org/dc/elements/1.1/",
		NSMedia:    "http://search.yahoo.com/mrss/",
		NSITunes:   "http://www.itunes.com/dtds/podcast-1.0.dtd",
		NSLicense:  "http://backend.userland.com/creativeCommonsRssModule",
		RSSChannel: c,
	}
	if c.Archive != nil {
		doc.NSHistory = historyNS
	}
	return doc
}

// rssFrame returns a sheet as RSS 2.0 without its items.
func (sh *sheet) rssFrame() (head, tail []byte, err error) {
	c := &rssChannel{
		RssFeed: feeds.RssFeed{
			Title:         apart(sh.title),
			Link:          sh.home,
			Description:   apart(sh.description),
			Language:      sh.language,
			Copyright:     apart(sh.rights),
			LastBuildDate: rfc822(sh.updated),
			Generator:     generator,
			Ttl:           sh.minutes,
		},
		License: sh.license,
	}
	for _, l := range sh.ties(".rss", "application/rss+xml") {
		c.Links = append(c.Links, rssLink{Href: l.Href, Rel: l.Rel, Type: l.Type})
	}
	if sh.current != "" {
		c.Archive = new(struct{})
	}
	if sh.hub != "" {
		c.Links = append(c.Links, rssLink{Href: sh.hub, Rel: "hub"})
	}
	if c.Description == "" {
		c.Description = c.Title
	}
	if sh.image != "" && rssImage(sh.image) {
		c.Image = &feeds.RssImage{Url: sh.image, Title: c.Title, Link: sh.home}
	}
	// managingEditor must be an e-mail address; a mere name goes into dc:creator.
	if sh.email == "" {
		c.Creator = sh.author
	} else {
		c.ManagingEditor = sh.email + " (" + apart(sh.editor()) + ")"
	}
	if sh.genre != "" {
		c.podcast(sh)
	}
	doc, err := marshal(c)
	if err != nil {
		return nil, nil, err
	}
	return split(byNumber(doc), "</channel></rss>\n")
}

// editor returns the name of who publishes, which may be only an e-mail address, and then is
// better the name of the feed.
func (sh *sheet) editor() string {
	if sh.author == sh.email {
		return sh.title
	}
	return sh.author
}

// rssEntry returns a piece as an item of RSS.
func (sh *sheet) rssEntry(p *piece) ([]byte, error) {
	it := &rssItem{
		Guid:     &feeds.RssGuid{Id: p.id, IsPermaLink: "false"},
		PubDate:  rfc822(p.published),
		Comments: p.comments,
		Title:    apart(p.title),
		Link:     p.link,
		Language: p.language,
		Rights:   apart(p.rights),
		License:  p.license,
	}
	if p.updated.After(p.published) {
		it.Updated = rfc3339(p.updated)
	}
	it.Description = p.markup
	if p.whole {
		it.Content = &feeds.RssContent{Content: p.markup}
		if it.Description = p.summary; it.Description == "" {
			it.Description = escapeText(excerpt(p.text, maxExcerpt))
		}
	}
	for _, a := range p.authors {
		it.Creators = append(it.Creators, a.Name)
	}
	for _, c := range p.categories {
		it.Categories = append(it.Categories, &rssCategory{Domain: c.Scheme, Word: apart(c.Word())})
	}
	if p.source.address() != "" {
		it.Source = &rssSource{URL: p.source.address(), Title: apart(p.source.label())}
	}
	if p.image != "" {
		it.Thumbnail = &mediaThumb{URL: p.image}
	}
	podcast := sh.genre != "" && p.podcast != nil && playable(p.enclosures)
	it.enclose(p.enclosures, podcast)
	if podcast {
		it.podcast(p)
	}
	var b bytes.Buffer
	if err := xml.NewEncoder(&b).Encode(it); err != nil {
		return nil, err
	}
	if p.tricky() {
		return byNumber(b.Bytes()), nil
	}
	return b.Bytes(), nil
}

// enclose adds the first file as the enclosure, of which RSS has one, and the rest as
// media:content. So is the first where nothing else says how long it plays.
func (it *rssItem) enclose(files []wiredesk.Enclosure, podcast bool) {
	first := slices.IndexFunc(files, func(e wiredesk.Enclosure) bool { return fileAddress.MatchString(e.URL) })
	for i, e := range files {
		length := int64(e.Duration / time.Second)
		if i == first {
			it.Enclosure = &feeds.RssEnclosure{Url: e.URL, Length: strconv.FormatInt(e.Length, 10), Type: e.Type}
			if podcast || length == 0 {
				continue
			}
		}
		it.Media = append(it.Media, mediaContent{URL: e.URL, Type: e.Type, Size: e.Length, Duration: length})
	}
}

// escapeText makes plain text HTML.
func escapeText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
