package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// A subscriber is the strictest feed reader there is: it asks conditionally, never forgets
// an id, and holds against the publisher whatever a real reader would show twice.
type subscriber struct {
	get   func(path string, header http.Header) (*http.Response, error)
	feeds []string // names of feeds
	// story says what an entry with that link tells: two links of one story may differ in
	// scheme, host and trackers. Nil takes the link itself.
	story func(link string) string
	// live says that the site may change between two requests.
	live bool

	documents map[string]document        // by path
	entries   map[string]map[string]told // by feed and id, all that were ever seen
	current   map[string][]string        // ids by feed, as they stand now
	asked     int
	cached    int // answers that were 304
	problems  []string
	returned  []string // ids that left and came back
}

// A document is the newest version of a document.
type document struct {
	etag, modified string
	body           string
}

// told is what an entry said when it was first seen, and what must never change.
type told struct {
	link, published string
	here            bool
}

// subscribe returns a subscriber of the feeds that a handler serves.
func subscribe(h http.Handler, feeds ...string) *subscriber {
	return subscribeTo(func(path string, header http.Header) (*http.Response, error) {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.Header = header
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}, feeds...)
}

// subscribeTo returns a subscriber of the feeds of a server.
func subscribeTo(get func(string, http.Header) (*http.Response, error), feeds ...string) *subscriber {
	return &subscriber{
		get: get, feeds: feeds, documents: make(map[string]document),
		entries: make(map[string]map[string]told), current: make(map[string][]string),
	}
}

// poll asks for every feed in every format once. It gives up if the server does not answer.
func (s *subscriber) poll() {
	for _, feed := range s.feeds {
		var ids [][]string
		for _, format := range []string{"rss", "atom", "json"} {
			body, ok := s.fetch("/" + feed + "." + format)
			if !ok {
				return
			}
			entries, err := parseFeed(format, body)
			if err != nil {
				s.complain("/%s.%s does not parse: %v", feed, format, err)
				continue
			}
			ids = append(ids, s.read(feed, format, entries))
		}
		for _, other := range ids {
			if !s.live && !slices.Equal(other, ids[0]) {
				s.complain("the formats of %s differ: %v and %v", feed, ids[0], other)
			}
		}
		if len(ids) > 0 {
			s.current[feed] = ids[0]
		}
	}
}

func (s *subscriber) complain(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// fetch asks for a document conditionally and then for all of it, and compares.
func (s *subscriber) fetch(path string) (body string, ok bool) {
	known, again := s.documents[path]
	header := http.Header{}
	if again {
		header.Set("If-None-Match", known.etag)
		header.Set("If-Modified-Since", known.modified)
	}
	resp, err := s.get(path, header)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", false
	}
	s.asked++
	switch {
	case resp.StatusCode == http.StatusNotModified && again:
		s.cached++
		return known.body, true
	case s.live && resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		return "", false // it has begun just now, on a machine that is busy
	case resp.StatusCode != http.StatusOK:
		s.complain("%s answered %d", path, resp.StatusCode)
		return known.body, again
	}
	now := document{etag: resp.Header.Get("ETag"), modified: resp.Header.Get("Last-Modified"), body: string(all)}
	if again {
		s.compare(path, known, now)
	}
	s.documents[path] = now
	return now.body, true
}

func (s *subscriber) compare(path string, known, now document) {
	switch {
	case known.body == now.body:
		s.complain("%s: the same bytes were sent again, ETag %s and then %s", path, known.etag, now.etag)
	case known.etag == now.etag:
		s.complain("%s: the bytes changed under the ETag %s", path, now.etag)
	}
	before, err1 := http.ParseTime(known.modified)
	after, err2 := http.ParseTime(now.modified)
	if err1 != nil || err2 != nil || !after.After(before) {
		s.complain("%s: changed, but Last-Modified went from %q to %q", path, known.modified, now.modified)
	}
}

// read takes in what a document says and returns its ids.
func (s *subscriber) read(feed, format string, entries []feedEntry) []string {
	seen := s.entries[feed]
	if seen == nil {
		seen = make(map[string]told)
		s.entries[feed] = seen
	}
	byLink := make(map[string]string)
	for id, e := range seen {
		byLink[e.link] = id
	}
	here := make(map[string]bool)
	var ids []string
	for _, e := range entries {
		if s.story != nil {
			e.link = s.story(e.link)
		}
		if here[e.id] {
			s.complain("%s.%s has the id %s twice", feed, format, e.id)
		}
		here[e.id] = true
		ids = append(ids, e.id)
		was, known := seen[e.id]
		if other := byLink[e.link]; e.link != "" && other != "" && other != e.id {
			s.complain("%s: announced twice: %s as %s and as %s", feed, e.link, other, e.id)
		}
		if known && !was.here {
			s.returned = append(s.returned, e.id)
		}
		if known && was.published != e.published {
			s.complain("%s: %s was published %s and then %s", feed, e.id, was.published, e.published)
		}
		seen[e.id] = told{link: e.link, published: e.published, here: true}
		byLink[e.link] = e.id
	}
	for id, e := range seen {
		if !here[id] {
			e.here = false
			seen[id] = e
		}
	}
	return ids
}

// announced returns every id that the subscriber ever saw in the feed of everything.
func (s *subscriber) announced() []string {
	return slices.Sorted(maps.Keys(s.entries["all"]))
}

// links returns how often each link was announced there.
func (s *subscriber) links() map[string]int {
	n := make(map[string]int)
	for _, e := range s.entries["all"] {
		n[e.link]++
	}
	return n
}

// content fails the test if the subscriber found anything to hold against the publisher.
func (s *subscriber) content(t *testing.T) {
	t.Helper()
	for i, p := range s.problems {
		if i == 20 {
			t.Errorf("and %d more", len(s.problems)-i)
			break
		}
		t.Error("subscriber: " + p)
	}
	s.problems = nil
}

// A feedEntry is an entry as a reader sees it.
type feedEntry struct{ id, link, published string }

// parseFeed reads one of our documents with nothing but the standard library.
func parseFeed(format, body string) ([]feedEntry, error) {
	var out []feedEntry
	switch format {
	case "rss":
		var doc struct {
			XMLName xml.Name `xml:"rss"`
			Items   []struct {
				GUID string `xml:"guid"`
				Link string `xml:"link"`
				Date string `xml:"pubDate"`
			} `xml:"channel>item"`
		}
		if err := strictly(body, &doc); err != nil {
			return nil, err
		}
		for _, it := range doc.Items {
			at, err := time.Parse(time.RFC1123Z, it.Date)
			if err != nil {
				return nil, err
			}
			out = append(out, feedEntry{it.GUID, it.Link, at.UTC().Format(time.RFC3339)})
		}
	case "atom":
		var doc struct {
			XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
			Entries []struct {
				ID    string `xml:"id"`
				Links []struct {
					Rel  string `xml:"rel,attr"`
					Href string `xml:"href,attr"`
				} `xml:"link"`
				Published string `xml:"published"`
			} `xml:"entry"`
		}
		if err := strictly(body, &doc); err != nil {
			return nil, err
		}
		for _, e := range doc.Entries {
			entry := feedEntry{id: e.ID, published: toSecond(e.Published)}
			for _, l := range e.Links {
				if l.Rel == "" || l.Rel == "alternate" {
					entry.link = l.Href
				}
			}
			out = append(out, entry)
		}
	case "json":
		var doc struct {
			Version string `json:"version"`
			Items   []struct {
				ID        string `json:"id"`
				URL       string `json:"url"`
				Published string `json:"date_published"`
			} `json:"items"`
		}
		if err := json.Unmarshal([]byte(body), &doc); err != nil {
			return nil, err
		}
		for _, it := range doc.Items {
			out = append(out, feedEntry{it.ID, it.URL, toSecond(it.Published)})
		}
	}
	for _, e := range out {
		if e.id == "" {
			return nil, fmt.Errorf("an entry without id: %+v", e)
		}
	}
	return out, nil
}

func strictly(body string, into any) error {
	d := xml.NewDecoder(strings.NewReader(body))
	d.Strict = true
	return d.Decode(into)
}

// toSecond cuts a date to what RSS can say.
func toSecond(date string) string {
	at, err := time.Parse(time.RFC3339Nano, date)
	if err != nil {
		return "not a date: " + date
	}
	return at.UTC().Truncate(time.Second).Format(time.RFC3339)
}
