package fetch

import (
	"encoding/json"
	"reflect"
	"strings"
)

// The words of JSON Feed that we use, in the types that the format wants. What a document
// has in other types is brought into these (version 1.1: "a feed reader must coerce").
type jsonEntry struct {
	ID            string       `json:"id,omitempty"`
	URL           string       `json:"url,omitempty"`
	ExternalURL   string       `json:"external_url,omitempty"`
	Title         string       `json:"title,omitempty"`
	ContentHTML   string       `json:"content_html,omitempty"`
	ContentText   string       `json:"content_text,omitempty"`
	Summary       string       `json:"summary,omitempty"`
	Image         string       `json:"image,omitempty"`
	BannerImage   string       `json:"banner_image,omitempty"`
	DatePublished string       `json:"date_published,omitempty"`
	DateModified  string       `json:"date_modified,omitempty"`
	Language      string       `json:"language,omitempty"`
	Authors       []jsonAuthor `json:"authors,omitempty"`
	Tags          []string     `json:"tags,omitempty"`
	Attachments   []jsonFile   `json:"attachments,omitempty"`
	Wiredesk      *jsonDesk    `json:"_wiredesk,omitempty"`
}

type jsonAuthor struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

type jsonFile struct {
	URL      string      `json:"url"`
	Type     string      `json:"mime_type,omitempty"`
	Title    string      `json:"title,omitempty"`
	Size     json.Number `json:"size_in_bytes,omitempty"`
	Duration json.Number `json:"duration_in_seconds,omitempty"`
}

type jsonHead struct {
	Version     string       `json:"version"`
	Title       string       `json:"title,omitempty"`
	HomePageURL string       `json:"home_page_url,omitempty"`
	FeedURL     string       `json:"feed_url,omitempty"`
	Description string       `json:"description,omitempty"`
	NextURL     string       `json:"next_url,omitempty"`
	Icon        string       `json:"icon,omitempty"`
	Favicon     string       `json:"favicon,omitempty"`
	Language    string       `json:"language,omitempty"`
	Authors     []jsonAuthor `json:"authors,omitempty"`
}

type object map[string]json.RawMessage

// tidyJSON reads a document in JSON. It is nil if the document is no JSON Feed: any
// object can be read as one, so a version or a list of items must be there.
func tidyJSON(text string) *tidied {
	t := &tidied{format: "json", whole: true}
	head, items, found := object{}, "", false
	whole := jsonMembers(text, func(key, value string) {
		if key == "items" {
			items, found = value, strings.HasPrefix(value, "[")
		} else {
			head[key] = json.RawMessage(value)
		}
	})
	if !strings.Contains(head.text("version"), "jsonfeed.org") && (!found || head.text("title") == "" && head.text("home_page_url") == "" && head.text("feed_url") == "") {
		return nil
	}
	if !whole {
		t.whole = false
		t.repair("the document is cut short")
	}
	h := jsonHead{
		Version: head.text("version"), Title: head.text("title"), HomePageURL: head.text("home_page_url"),
		FeedURL: head.text("feed_url"), Description: head.text("description"), NextURL: head.text("next_url"),
		Icon: head.text("icon"), Favicon: head.text("favicon"), Language: head.text("language"), Authors: head.authors(),
	}
	t.head, _ = json.Marshal(h) // strings only: this cannot fail
	for _, raw := range head.list("hubs") {
		if hub := decode(raw); hub != nil && len(t.hubs) < maxMany && !strings.EqualFold(hub.text("type"), "rssCloud") {
			t.hubs = append(t.hubs, hub.text("url"))
		}
	}
	t.jsonEntries(items)
	return t
}

// jsonMembers calls f for each member of the object that the text begins with, and
// reports whether it was read to its end.
func jsonMembers(text string, f func(key, value string)) bool {
	i := strings.IndexByte(text, '{') + 1
	for i > 0 && i < len(text) {
		for i < len(text) && (isSpace(text[i]) || text[i] == ',') {
			i++
		}
		if i >= len(text) {
			return false
		}
		if text[i] == '}' {
			return true
		}
		end, ok := jsonEnd(text, i)
		if !ok || end == i {
			return false
		}
		var key string
		_ = json.Unmarshal([]byte(text[i:end]), &key)
		for i = end; i < len(text) && (isSpace(text[i]) || text[i] == ':'); {
			i++
		}
		end, ok = jsonEnd(text, i)
		f(key, text[i:end])
		if !ok || end == i {
			return false
		}
		i = end
	}
	return false
}

// jsonEnd returns where the value ends that begins there, and whether it does.
func jsonEnd(text string, i int) (int, bool) {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if i >= len(text) {
				return len(text), false
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth--; depth < 0 {
				return i, true
			}
		case ',', ':':
			if depth == 0 {
				return i, true
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1, true
		}
	}
	return len(text), false
}

// jsonEntries reads the items. One that is broken costs itself.
func (t *tidied) jsonEntries(list string) {
	list = strings.TrimPrefix(list, "[")
	for i := 0; i < len(list); {
		if c := list[i]; isSpace(c) || c == ',' {
			i++
			continue
		}
		if list[i] == ']' {
			return
		}
		end, ok := jsonEnd(list, i)
		raw := list[i:end]
		item := decode([]byte(raw))
		switch {
		case item != nil:
			t.jsonEntry(item)
		case strings.TrimSpace(raw) == "null":
			t.repair("an item is null")
		case !ok && !strings.Contains(list[i:], "},"):
			return // cut short within the item
		case list[i] != '{':
			t.dropped++
		default:
			// Its quotation marks are out of step: go on where the next item seems to begin.
			t.dropped++
			end = i + 1
			for {
				j := strings.Index(list[end:], "},")
				if j < 0 {
					end = len(list)
					break
				}
				end += j + 2
				if strings.HasPrefix(strings.TrimSpace(list[end:]), "{") {
					break
				}
			}
		}
		i = max(end, i+1)
	}
}

// jsonEntry adds an item.
func (t *tidied) jsonEntry(o object) {
	if len(t.entries) >= maxItems {
		t.dropped++
		t.repair("entries after the first %d were left out", maxItems)
		return
	}
	e := jsonEntry{
		ID: strings.TrimSpace(o.text("id")), URL: o.text("url"), ExternalURL: o.text("external_url"), Title: o.text("title"),
		ContentHTML: o.text("content_html"), ContentText: o.text("content_text"), Summary: o.text("summary"),
		Image: o.text("image"), BannerImage: o.text("banner_image"),
		DatePublished: o.text("date_published"), DateModified: o.text("date_modified"), Language: o.text("language"),
		Authors: o.authors(), Tags: o.tags(), Attachments: o.files(), Wiredesk: o.desk(),
	}
	var out entry
	if reflect.ValueOf(e).IsZero() {
		return
	}
	out.full, _ = json.Marshal(e) // strings and checked numbers only: this cannot fail
	out.light, _ = json.Marshal(jsonEntry{ID: e.ID, URL: e.URL, ExternalURL: e.ExternalURL, Title: e.Title})
	t.entries = append(t.entries, out)
}

// A jsonDesk is what another wiredesk says of an item, in its extension of the format: where
// it has it from.
type jsonDesk struct {
	Source struct {
		Title string `json:"title,omitempty"`
		URL   string `json:"url,omitempty"`
	} `json:"source"`
}

func (o object) desk() *jsonDesk {
	source := decode(decode(o["_wiredesk"])["source"])
	var d jsonDesk
	if d.Source.Title, d.Source.URL = source.text("title"), source.text("url"); d == (jsonDesk{}) {
		return nil
	}
	return &d
}

// decode returns the object in raw, or nil. Line breaks within strings, which JSON does
// not allow, are taken for blanks.
func decode(raw []byte) object {
	var o object
	if json.Unmarshal(raw, &o) == nil {
		return o
	}
	mended := make([]byte, len(raw))
	for i, c := range raw {
		if mended[i] = c; c < ' ' {
			mended[i] = ' '
		}
	}
	if json.Unmarshal(mended, &o) == nil {
		return o
	}
	return nil
}

// text returns a member as a text: a number as it is written, nothing for other types.
func (o object) text(key string) string {
	raw := o[key]
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return cut(s, maxText)
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// list returns the values of a list; what is no list is a list of one.
func (o object) list(key string) []json.RawMessage {
	raw := o[key]
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		return list[:min(len(list), maxMany)]
	}
	if len(raw) > 0 {
		return []json.RawMessage{raw}
	}
	return nil
}

// authors returns the authors, in the forms of both versions of the format.
func (o object) authors() []jsonAuthor {
	var authors []jsonAuthor
	for _, raw := range append(o.list("authors"), o.list("author")...) {
		author := object{"name": raw}
		if a := decode(raw); a != nil {
			author = a
		}
		a := jsonAuthor{author.text("name"), author.text("url")}
		if a.Name == "" && a.URL == "" {
			continue
		}
		authors = append(authors, a)
	}
	return authors
}

// tags returns the tags; a text is a list of words with commas.
func (o object) tags() []string {
	var tags []string
	for _, raw := range o.list("tags") {
		if tag := (object{"": raw}).text(""); tag != "" {
			tags = append(tags, tag)
		}
	}
	if len(tags) == 1 && strings.HasPrefix(strings.TrimSpace(string(o["tags"])), `"`) {
		tags = strings.Split(tags[0], ",")
	}
	return tags
}

// files returns the attachments.
func (o object) files() []jsonFile {
	var files []jsonFile
	for _, raw := range o.list("attachments") {
		f := decode(raw)
		if f == nil || f.text("url") == "" {
			continue
		}
		files = append(files, jsonFile{
			URL: f.text("url"), Type: f.text("mime_type"), Title: f.text("title"),
			Size: f.number("size_in_bytes"), Duration: f.number("duration_in_seconds"),
		})
	}
	return files
}

// number returns a member as a number that is not negative, or nothing.
func (o object) number(key string) json.Number {
	n := json.Number(strings.TrimSpace(o.text(key)))
	if f, err := n.Float64(); err != nil || !(f >= 0 && f < 1<<53) || !json.Valid([]byte(n)) {
		return ""
	}
	return n
}
