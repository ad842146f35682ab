package publish

import (
	"encoding/json"
	"time"

	"wiredesk"

	"github.com/gorilla/feeds"
)

// jsonFeed shadows the items of feeds.JSONFeed, which must be there even if there is none.
type jsonFeed struct {
	feeds.JSONFeed
	Items []*jsonItem `json:"items"`
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

// jsonExtension is what we add to the standard; see the word Extension of the catalogue.
type jsonExtension struct {
	About    string      `json:"about"`
	Source   *jsonSource `json:"source,omitempty"`
	Also     []jsonAlso  `json:"also,omitempty"`
	Coverage int         `json:"coverage"`
	Note     string      `json:"note,omitempty"`
}

type jsonSource struct {
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
}

type jsonAlso struct {
	Title     string `json:"title"`
	URL       string `json:"url,omitempty"` // of the source's feed
	Link      string `json:"link,omitempty"`
	Published string `json:"published,omitempty"`
}

// json writes a sheet as JSON Feed 1.1.
func (sh *sheet) json() ([]byte, error) {
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
	if sh.hub != "" {
		f.Hubs = []*feeds.JSONHub{{Type: "WebSub", Url: sh.hub}}
	}
	for i := range sh.pieces {
		f.Items = append(f.Items, sh.pieces[i].json(sh))
	}
	b := sh.buffer()
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err := e.Encode(f)
	return b.Bytes(), err
}

func (p *piece) json(sh *sheet) *jsonItem {
	it := &jsonItem{
		JSONItem: feeds.JSONItem{
			Id:          p.id,
			Url:         p.link,
			Title:       p.title,
			ContentHTML: p.body,
			Image:       p.image,
			Summary:     excerpt(p.summary, maxExcerpt),
		},
		PublishedDate: rfc3339(p.published),
		Wiredesk:      jsonExtension{About: sh.about, Coverage: p.coverage, Note: p.note},
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
	it.Attachments = newAttachments(p.enclosures)
	if label := p.source.label(); label != "" {
		it.Wiredesk.Source = &jsonSource{Title: label, URL: p.source.address()}
	}
	for _, a := range p.also {
		title := a.title
		if title == "" {
			title = a.source.label()
		}
		it.Wiredesk.Also = append(it.Wiredesk.Also, jsonAlso{Title: title, URL: a.source.address(), Link: a.link, Published: rfc3339(a.published)})
	}
	return it
}

func newAttachments(files []wiredesk.Enclosure) []jsonAttachment {
	var made []jsonAttachment
	for _, e := range files {
		made = append(made, jsonAttachment{URL: e.URL, Type: e.Type, Title: e.Title, Size: e.Length, Duration: e.Duration.Truncate(time.Second).Seconds()})
	}
	return made
}
