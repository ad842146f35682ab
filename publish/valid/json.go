package valid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON checks a document in JSON Feed 1.1.
func JSON(body []byte) Report {
	r := &Report{}
	if !utf8.Valid(body) || bytes.HasPrefix(body, []byte("\ufeff")) {
		r.add(NotUTF8, "feed", "")
	}
	v, err := decode(json.NewDecoder(bytes.NewReader(body)))
	feed, ok := v.(*object)
	switch {
	case err != nil:
		r.add(NotWellFormed, "feed", err.Error())
	case !ok:
		r.add(WrongRoot, "feed", "")
	default:
		r.object("feed", feed, jsonFeed)
	}
	return *r
}

// An object keeps its keys, because one that stands there twice is a fault.
type object struct {
	keys   []string
	values map[string]any
	twice  string
}

// decode reads one value and nothing behind it.
func decode(d *json.Decoder) (any, error) {
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the feed")
	}
	return v, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("too deep")
	}
	switch token {
	case json.Delim('{'):
		o := &object{values: map[string]any{}}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			name := key.(string)
			if _, ok := o.values[name]; ok {
				o.twice = name
			}
			o.keys = append(o.keys, name)
			if o.values[name], err = decodeValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

// A shape says what an object of JSON Feed may hold.
type shape struct {
	keys  map[string]jsonValue
	needs []string
	more  func(r *Report, where string, o *object)
}

// A jsonValue looks at one value.
type jsonValue func(r *Report, where string, v any)

// text returns a value that is a string.
func text(check value) jsonValue {
	return func(r *Report, where string, v any) {
		s, ok := v.(string)
		if !ok {
			r.add(InvalidType, where, fmt.Sprint(v))
			return
		}
		r.characters(func() string { return where }, s)
		if rule := check(&node{numbered: true}, s); rule != "" {
			r.add(rule, where, s)
		}
	}
}

// objects returns a value that is a list of objects.
func objects(s *shape) jsonValue {
	return list(func(r *Report, where string, v any) {
		if o, ok := v.(*object); ok {
			r.object(where, o, s)
		} else {
			r.add(InvalidType, where, fmt.Sprint(v))
		}
	})
}

func list(each jsonValue) jsonValue {
	return func(r *Report, where string, v any) {
		values, ok := v.([]any)
		if !ok {
			r.add(InvalidType, where, fmt.Sprint(v))
		}
		for i, one := range values {
			each(r, where+" "+strconv.Itoa(i+1), one)
		}
	}
}

// number is one that is not negative.
func number(r *Report, where string, v any) {
	n, ok := v.(json.Number)
	if f, err := n.Float64(); !ok || err != nil || f < 0 {
		r.add(InvalidInteger, where, fmt.Sprint(v))
	}
}

func boolean(r *Report, where string, v any) {
	if _, ok := v.(bool); !ok {
		r.add(InvalidType, where, fmt.Sprint(v))
	}
}

// object looks at an object and all that is in it.
func (r *Report) object(where string, o *object, s *shape) {
	if o.twice != "" {
		r.add(DuplicateElement, where+"/"+o.twice, "")
	}
	for _, key := range o.keys {
		check, ok := s.keys[key]
		switch {
		case ok:
			check(r, where+"/"+key, o.values[key])
		case strings.HasPrefix(key, "_") && !strings.Contains(key, ".") && len(key) > 1:
			if _, ok := o.values[key].(*object); !ok { // extensions are objects
				r.add(InvalidType, where+"/"+key, "")
			}
		default:
			r.add(UndefinedElement, where+"/"+key, "")
		}
	}
	for _, key := range s.needs {
		if _, ok := o.values[key]; !ok {
			r.add(MissingElement, where+"/"+key, "")
		}
	}
	if s.more != nil {
		s.more(r, where, o)
	}
}

// JSON Feed says of its texts that they are plain, so none can be taken for HTML.
var (
	jsonPlain = text(anything)
	jsonTitle = text(notBlank)
)

var jsonFeed = &shape{
	needs: []string{"version", "title", "items"},
	keys: map[string]jsonValue{
		"version":       text(oneOf("https://jsonfeed.org/version/1.1")),
		"title":         jsonTitle,
		"home_page_url": text(web),
		"feed_url":      text(web),
		"description":   jsonPlain,
		"user_comment":  jsonPlain,
		"next_url":      text(web),
		"icon":          text(web),
		"favicon":       text(web),
		"authors":       objects(jsonAuthor),
		"language":      text(language),
		"expired":       boolean,
		"hubs":          objects(&shape{needs: []string{"type", "url"}, keys: map[string]jsonValue{"type": text(notBlank), "url": text(web)}}),
		"items":         objects(jsonItem),
	},
	more: (*Report).jsonFeed,
}

var jsonAuthor = &shape{
	keys: map[string]jsonValue{"name": jsonTitle, "url": text(web), "avatar": text(web)},
	more: func(r *Report, where string, o *object) {
		if len(o.keys) == 0 {
			r.add(MissingElement, where+"/name", "")
		}
	},
}

var jsonItem = &shape{
	needs: []string{"id"},
	keys: map[string]jsonValue{
		"id":             text(id),
		"url":            text(web),
		"external_url":   text(web),
		"title":          jsonTitle,
		"content_html":   text(all(notBlank, markup)),
		"content_text":   text(notBlank),
		"summary":        jsonTitle,
		"image":          text(web),
		"banner_image":   text(web),
		"date_published": text(rfc3339),
		"date_modified":  text(rfc3339),
		"authors":        objects(jsonAuthor),
		"tags":           list(jsonTitle),
		"language":       text(language),
		"attachments": objects(&shape{needs: []string{"url", "mime_type"}, keys: map[string]jsonValue{
			"url": text(web), "mime_type": text(mimeType), "title": jsonTitle, "size_in_bytes": number, "duration_in_seconds": number,
		}}),
	},
	more: func(r *Report, where string, o *object) {
		if o.values["content_html"] == nil && o.values["content_text"] == nil {
			r.add(MissingContent, where, "")
		}
	},
}

// jsonFeed looks at what no part of a feed can see alone.
func (r *Report) jsonFeed(where string, o *object) {
	if o.values["feed_url"] == nil || o.values["next_url"] == o.values["feed_url"] {
		r.add(MissingSelf, where+"/feed_url", "")
	}
	items, _ := o.values["items"].([]any)
	for i, it := range items {
		if item, ok := it.(*object); ok {
			id, _ := item.values["id"].(string)
			if id != "" && slices.Contains(r.IDs, id) {
				r.add(DuplicateValue, where+"/items "+strconv.Itoa(i+1)+"/id", id)
			}
			r.IDs = append(r.IDs, id)
		}
	}
}
