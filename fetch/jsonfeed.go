package fetch

import (
	"bytes"
	stdjson "encoding/json"
	"time"

	"wiredesk"

	"github.com/mmcdole/gofeed/json"
)

// readJSON lets gofeed read a document in JSON Feed.
func readJSON(head []byte, entries ...[]byte) (*json.Feed, error) {
	var b bytes.Buffer
	b.Write(bytes.TrimSuffix(head, []byte("}")))
	b.WriteString(`,"items":[`)
	b.Write(bytes.Join(entries, []byte(",")))
	b.WriteString("]}")
	return (&json.Parser{}).Parse(&b)
}

// jsonChannel translates what a document in JSON Feed says of itself.
func (t *translation) jsonChannel(doc *tidied) error {
	f, err := readJSON(doc.head)
	if err != nil {
		return err
	}
	c := &t.channel
	c.Title = plainText(f.Title, plain, maxTitle)
	c.Description = plainText(f.Description, plain, maxProse)
	c.Link = t.link("", f.HomePageURL)
	c.Self = t.file("", f.FeedURL)
	c.Next = t.file("", f.NextURL)
	c.Language = language(f.Language)
	c.Image = either(t.file("", f.Icon), t.file("", f.Favicon))
	for _, hub := range doc.hubs {
		if address := t.file("", hub); address != "" {
			c.Hubs = append(c.Hubs, address)
		}
	}
	c.Authors = t.jsonPeople(f.Authors)
	if c.Link != "" && t.repairs.Base == "" {
		t.base = c.Link
	}
	t.hyper = t.base
	return nil
}

func (t *translation) jsonPeople(people []*json.Author) []wiredesk.Author {
	var list []wiredesk.Author
	for _, p := range people {
		if p == nil {
			continue
		}
		a := person(p.Name, plain)
		if a.URL == "" {
			if isEmail(trimMailto(p.URL)) {
				a.Email = either(a.Email, trimMailto(p.URL))
			} else {
				a.URL = t.link("", p.URL)
			}
		}
		list = addAuthor(list, a)
	}
	return list
}

func trimMailto(s string) string {
	if len(s) > 7 && s[:7] == "mailto:" {
		return s[7:]
	}
	return ""
}

// jsonLight translates id, url and title only.
func (t *translation) jsonLight(j *json.Item) wiredesk.Item {
	it := wiredesk.Item{GUID: guid(j.ID), Link: t.link("", j.URL), Title: plainText(j.Title, plain, maxTitle)}
	if it.Link == "" && isWebAddress(it.GUID) {
		it.Link = t.link("", it.GUID)
	}
	it.Link = either(it.Link, t.link("", j.ExternalURL))
	return it
}

// jsonItem translates an item.
func (t *translation) jsonItem(j *json.Item) wiredesk.Item {
	it := t.jsonLight(j)
	t.self = it.Link
	if s := t.link("", j.ExternalURL); s != it.Link {
		it.External = s
	}
	if it.Content = t.body(j.ContentHTML, textFact{kind: hyper}); it.Content == "" {
		it.Content = t.body(j.ContentText, textFact{kind: plain})
	}
	it.Summary = t.body(j.Summary, textFact{kind: plain})
	it.Image = either(t.file("", j.Image), t.file("", j.BannerImage))
	if it.Authors = t.jsonPeople(j.Authors); len(it.Authors) == 0 {
		it.Authors = t.channel.Authors
	}
	for _, tag := range j.Tags {
		it.Categories = addCategory(it.Categories, wiredesk.Category{Term: tag}, plain)
	}
	if j.Attachments != nil {
		for _, a := range *j.Attachments {
			addEnclosure(&it, wiredesk.Enclosure{
				URL: t.file("", a.URL), Type: a.MimeType, Length: max(0, a.SizeInBytes), Title: oneLine(a.Title, maxTitle),
				Duration: time.Duration(max(0, min(a.DurationInSeconds, 1e7))) * time.Second,
			})
		}
	}
	it.Language = language(j.Language)
	t.dates(&it, j.DatePublished, j.DateModified)
	return it
}

// jsonOrigin returns where another wiredesk says that it has an item from; nil if it does not.
// Nobody else has a word for it, so gofeed does not know it.
func (t *translation) jsonOrigin(entry []byte) *wiredesk.Origin {
	if !bytes.Contains(entry, []byte(`"_wiredesk"`)) {
		return nil
	}
	var said struct {
		Desk jsonDesk `json:"_wiredesk"`
	}
	if stdjson.Unmarshal(entry, &said) != nil {
		return nil
	}
	o := wiredesk.Origin{Title: plainText(said.Desk.Source.Title, plain, maxTitle), URL: t.file("", said.Desk.Source.URL)}
	if o == (wiredesk.Origin{}) {
		return nil
	}
	return &o
}
