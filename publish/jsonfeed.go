package publish

import (
	"bytes"
	"encoding/json"
	"time"

	"wiredesk"

	"github.com/gorilla/feeds"
)

// jsonFeed shadows the items of feeds.JSONFeed, which must be there even if there is none.
type jsonFeed struct {
	feeds.JSONFeed
	Wiredesk *jsonFeedExtension `json:"_wiredesk,omitempty"`
	Items    []*jsonItem        `json:"items"`
}

// jsonItem shadows what feeds.JSONItem gets wrong: the names banner_ and size, and dates
// that may be too far away to be written.
type jsonItem struct {
	feeds.JSONItem
	Language      string           `json:"language,omitempty"`
	PublishedDate string           `json:"date_published,omitempty"`
	ModifiedDate  string           `json:"date_modified,omitempty"`
	Attachments   []jsonAttachment `json:"attachments,omitempty"`
	Wiredesk      jsonExtension    `json:"_wiredesk"`
}

type jsonAttachment struct {
	URL      string  `json:"url"`
	Type     string  `json:"mime_type"`
	Title    string  `json:"title,omitempty"`
	Size     int64   `json:"size_in_bytes,omitempty"`
	Duration float64 `json:"duration_in_seconds,omitempty"`
}

// jsonExtension is what we add to the standard; see docs/formats.md.
type jsonExtension struct {
	About      string         `json:"about"`
	Source     *jsonSource    `json:"source,omitempty"`
	Origin     *jsonSource    `json:"origin,omitempty"`
	Also       []jsonAlso     `json:"also,omitempty"`
	Coverage   int            `json:"coverage"`
	Note       string         `json:"note,omitempty"`
	Categories []jsonCategory `json:"categories,omitempty"`
	Rights     string         `json:"rights,omitempty"`
	License    string         `json:"license,omitempty"`
	Comments   string         `json:"comments,omitempty"`
	Podcast    *jsonPodcast   `json:"podcast,omitempty"`
	// Withdrawn says that the item was taken back.
	Withdrawn *jsonTombstone `json:"withdrawn,omitempty"`
}

// jsonFeedExtension is what we add to the feed itself: the items that were taken back and are
// not there any more.
type jsonFeedExtension struct {
	About     string          `json:"about"`
	Withdrawn []jsonTombstone `json:"withdrawn"`
}

type jsonTombstone struct {
	ID   string `json:"id,omitempty"`
	When string `json:"when"`
	By   string `json:"by"`
}

type jsonSource struct {
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
	Link  string `json:"link,omitempty"`
	ID    string `json:"id,omitempty"`
}

type jsonCategory struct {
	Term   string `json:"term"`
	Scheme string `json:"scheme,omitempty"`
	Label  string `json:"label,omitempty"`
}

type jsonPodcast struct {
	Episode     int    `json:"episode,omitempty"`
	Season      int    `json:"season,omitempty"`
	EpisodeType string `json:"episode_type,omitempty"`
	Explicit    string `json:"explicit,omitempty"`
	Image       string `json:"image,omitempty"`
	Subtitle    string `json:"subtitle,omitempty"`
}

type jsonAlso struct {
	Title     string `json:"title"`
	URL       string `json:"url,omitempty"` // of the source's feed
	Link      string `json:"link,omitempty"`
	Published string `json:"published,omitempty"`
}

// jsonFrame returns a sheet as JSON Feed 1.1 without its items.
func (sh *sheet) jsonFrame() (head, tail []byte, err error) {
	f := &jsonFeed{
		JSONFeed: feeds.JSONFeed{
			Version:     "https://jsonfeed.org/version/1.1",
			Title:       sh.title,
			Language:    sh.language,
			HomePageUrl: sh.home,
			FeedUrl:     sh.page + ".json",
			Description: sh.description,
			Icon:        sh.image,
			Authors:     []*feeds.JSONAuthor{{Name: sh.author}},
		},
		Items: []*jsonItem{},
	}
	if sh.previous != "" {
		f.NextUrl = sh.previous + ".json"
	}
	if sh.hub != "" {
		f.Hubs = []*feeds.JSONHub{{Type: "WebSub", Url: sh.hub}}
	}
	for _, t := range sh.tombstones {
		if f.Wiredesk == nil {
			f.Wiredesk = &jsonFeedExtension{About: sh.about}
		}
		f.Wiredesk.Withdrawn = append(f.Wiredesk.Withdrawn, jsonTombstone{ID: t.id, When: rfc3339(t.when), By: t.by})
	}
	doc, err := toJSON(f)
	if err != nil {
		return nil, nil, err
	}
	return split(append(doc, '\n'), "]}\n")
}

// jsonEntry returns a piece as an item of JSON Feed.
func (sh *sheet) jsonEntry(p *piece) ([]byte, error) { return toJSON(p.json(sh)) }

// toJSON returns v in JSON, with the characters of HTML as they are.
func toJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (p *piece) json(sh *sheet) *jsonItem {
	it := &jsonItem{
		JSONItem: feeds.JSONItem{
			Id:          p.id,
			Url:         p.link,
			Title:       p.title,
			ContentHTML: p.markup,
			Image:       p.image,
			Summary:     excerpt(p.summary, maxExcerpt),
		},
		PublishedDate: rfc3339(p.published),
		Wiredesk: jsonExtension{
			About: sh.about, Coverage: p.coverage, Note: p.note, Rights: p.rights, License: p.license, Comments: p.comments,
			Source: newJSONSource(p.source), Origin: newJSONSource(p.origin), Categories: newJSONCategories(p.categories), Podcast: newJSONPodcast(p.podcast),
		},
	}
	if p.external != p.link {
		it.ExternalUrl = p.external
	}
	if p.language != sh.language {
		it.Language = p.language
	}
	if p.updated.After(p.published) {
		it.ModifiedDate = rfc3339(p.updated)
	}
	for _, a := range p.by() {
		it.Authors = append(it.Authors, &feeds.JSONAuthor{Name: a.Name, Url: a.URL})
	}
	for _, c := range p.categories {
		it.Tags = append(it.Tags, c.Word())
	}
	if t := p.withdrawn; t != nil {
		it.Wiredesk.Withdrawn = &jsonTombstone{When: rfc3339(t.when), By: t.by}
	}
	it.Attachments = newAttachments(p.enclosures)
	for _, a := range p.also {
		title := a.title
		if title == "" {
			title = a.source.label()
		}
		it.Wiredesk.Also = append(it.Wiredesk.Also, jsonAlso{Title: title, URL: a.source.address(), Link: a.link, Published: rfc3339(a.published)})
	}
	return it
}

// newJSONSource returns nil for a source that is not named.
func newJSONSource(c credit) *jsonSource {
	if c.label() == "" {
		return nil
	}
	s := &jsonSource{Title: c.label(), URL: c.address()}
	if c.id != s.URL {
		s.ID = c.id
	}
	if c.link != s.URL {
		s.Link = c.link
	}
	return s
}

// newJSONCategories returns the categories of which a tag cannot say everything.
func newJSONCategories(categories []wiredesk.Category) []jsonCategory {
	var made []jsonCategory
	for _, c := range categories {
		if c.Scheme != "" || c.Label != "" {
			made = append(made, jsonCategory(c))
		}
	}
	return made
}

// newJSONPodcast returns nil where there is nothing to say.
func newJSONPodcast(p *wiredesk.Podcast) *jsonPodcast {
	if p == nil {
		return nil
	}
	made := jsonPodcast{Episode: max(p.Episode, 0), Season: max(p.Season, 0), EpisodeType: line(p.EpisodeType), Explicit: line(p.Explicit), Image: webLink(p.Image), Subtitle: line(p.Subtitle)}
	if made == (jsonPodcast{}) {
		return nil
	}
	return &made
}

func newAttachments(files []wiredesk.Enclosure) []jsonAttachment {
	var made []jsonAttachment
	for _, e := range files {
		made = append(made, jsonAttachment{URL: e.URL, Type: e.Type, Title: e.Title, Size: e.Length, Duration: e.Duration.Truncate(time.Second).Seconds()})
	}
	return made
}
