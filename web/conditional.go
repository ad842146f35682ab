package web

import (
	"net/http"
	"strings"
	"time"

	"wiredesk/publish"
)

// unchanged reports whether the client has the document already, and the ETag of what it
// has (RFC 9110 section 13.2.2). If-None-Match wins over If-Modified-Since. Either form of
// the document counts: its bytes are equal once decoded, and a cache that lost its
// Accept-Encoding need not load them again.
func unchanged(in http.Header, doc *publish.Document, compressed bool) (etag []string, fresh bool) {
	plain := doc.Header(false)["Etag"]
	var zipped []string
	if doc.Gzip != nil {
		zipped = doc.Header(true)["Etag"]
	}
	chosen := plain
	if compressed {
		chosen = zipped
	}
	if lists := in["If-None-Match"]; len(lists) > 0 {
		for _, list := range lists {
			switch {
			case matches(list, chosen[0]):
				return chosen, true
			case matches(list, doc.ETag):
				return plain, true
			case doc.Gzip != nil && matches(list, doc.GzipETag):
				return zipped, true
			}
		}
		return nil, false
	}
	since := in.Get("If-Modified-Since")
	if since == "" {
		return nil, false
	}
	if since == doc.Header(false)["Last-Modified"][0] {
		return chosen, true
	}
	t, err := http.ParseTime(since)
	return chosen, err == nil && !doc.Modified.Truncate(time.Second).After(t)
}

// matches reports whether a list of entity tags holds one, by weak comparison (RFC 9110
// section 8.8.3.2), or is the star that any document matches. A tag may hold a comma.
func matches(list, etag string) bool {
	for {
		list = strings.TrimLeft(list, " \t,")
		if list == "" {
			return false
		}
		if list[0] == '*' {
			return true
		}
		list = strings.TrimPrefix(list, "W/")
		if list == "" || list[0] != '"' {
			return false
		}
		end := strings.IndexByte(list[1:], '"')
		if end < 0 {
			return false
		}
		if list[:end+2] == etag {
			return true
		}
		list = list[end+2:]
	}
}

// acceptsGzip reports whether an Accept-Encoding field allows gzip (RFC 9110 section
// 12.5.3): by its name, else by the star, if its weight is not zero.
func acceptsGzip(field string) bool {
	star := false
	for field != "" {
		var one string
		one, field, _ = strings.Cut(field, ",")
		coding, parameters, _ := strings.Cut(one, ";")
		coding = strings.TrimSpace(coding)
		switch {
		case strings.EqualFold(coding, "gzip") || strings.EqualFold(coding, "x-gzip"):
			return weighs(parameters)
		case coding == "*":
			star = weighs(parameters)
		}
	}
	return star
}

// weighs reports whether the weight in a parameter list is more than zero.
func weighs(parameters string) bool {
	name, value, ok := strings.Cut(strings.TrimSpace(parameters), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return true
	}
	return strings.ContainsAny(value, "123456789")
}
