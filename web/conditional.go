package web

import (
	"iter"
	"net/http"
	"strings"
	"time"

	"wiredesk/publish"
)

// unchanged reports whether the client has the document already, and the ETag of what it
// has (RFC 9110 section 13.2.2). If-None-Match wins over If-Modified-Since. Every form of the
// document counts: its bytes are equal once decoded, and a cache that lost its
// Accept-Encoding need not load them again.
func unchanged(in http.Header, doc *publish.Document, chosen publish.Coding) (etag []string, fresh bool) {
	if lists := in["If-None-Match"]; len(lists) > 0 {
		known := publish.Coding(-1)
		for tag := range tags(lists) {
			if tag == "*" {
				return doc.Tag(chosen), true
			}
			if c, ok := doc.Coding(tag); ok && known != chosen {
				known = c
			}
		}
		if known < 0 {
			return nil, false
		}
		return doc.Tag(known), true
	}
	since := in.Get("If-Modified-Since")
	if since == "" {
		return nil, false
	}
	if since == doc.Form(publish.Identity).Header["Last-Modified"][0] {
		return doc.Tag(chosen), true
	}
	t, err := http.ParseTime(since)
	return doc.Tag(chosen), err == nil && !doc.Modified.Truncate(time.Second).After(t)
}

// tags returns the entity tags of lists, with their quotes but without a sign of weakness, up
// to what cannot be read: tags are compared weakly (RFC 9110 section 8.8.3.2). A tag may
// hold a comma. The star that any document matches is returned as it is.
func tags(lists []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range lists {
			for {
				list = strings.TrimLeft(list, " \t,")
				if strings.HasPrefix(list, "*") {
					yield("*")
					return
				}
				list = strings.TrimPrefix(list, "W/")
				if list == "" || list[0] != '"' {
					break
				}
				end := strings.IndexByte(list[1:], '"')
				if end < 0 {
					break
				}
				if !yield(list[:end+2]) {
					return
				}
				list = list[end+2:]
			}
		}
	}
}
