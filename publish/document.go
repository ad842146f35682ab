package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// A Document is one published document, ready to be sent. It never changes: nobody may
// write to what its fields hold.
type Document struct {
	Path         string // such as "/go.rss"
	Type         string // Content-Type
	CacheControl string
	Policy       string // Content-Security-Policy
	// Self is the address that a feed document calls itself, and Hub that of the WebSub hub that
	// it names; empty in other documents, and Hub where there is none.
	Self, Hub string
	Modified  time.Time
	Body      []byte
	ETag      string // strong, of Body
	// Gzip is Body compressed, with an ETag of its own (RFC 9110 section 8.8.3.3); nil
	// where that is no shorter.
	Gzip     []byte
	GzipETag string

	hash         string
	header, gzip http.Header
}

// Hash identifies the bytes of Body, as that of its [Stamp] does.
func (d *Document) Hash() string { return d.hash }

// Header returns the header fields that go with Body, or with Gzip if compressed is true.
// They are made once; callers copy the map and share the values.
func (d *Document) Header(compressed bool) http.Header {
	if compressed {
		return d.gzip
	}
	return d.header
}

// A draft is a document before it has a time.
type draft struct {
	path, mime, policy string
	self, hub          string
	age                time.Duration // how long it may be kept
	body               []byte
}

// The media types of what we publish.
const (
	typeRSS  = "application/rss+xml; charset=utf-8"
	typeAtom = "application/atom+xml; charset=utf-8"
	typeJSON = "application/feed+json; charset=utf-8"
	typeHTML = "text/html; charset=utf-8"
	typeOPML = "text/x-opml; charset=utf-8"
)

// Formats are the ends of the paths of a feed's documents.
var Formats = []string{"rss", "atom", "json"}

// feedPolicy lets a feed that is opened in a browser run nothing.
const feedPolicy = "default-src 'none'; sandbox"

// seal gives a draft its hash and its time. Last is the stamp of the document that it
// replaces, zero if there is none: equal bytes keep their time, other bytes get a later one
// in any case, even if the clock went back or did not move on by a second.
func (d draft) seal(last Stamp, at time.Time) *Document {
	doc := &Document{
		Path:         d.path,
		Type:         d.mime,
		CacheControl: "public, max-age=" + strconv.Itoa(int(d.age/time.Second)),
		Policy:       d.policy,
		Self:         d.self,
		Hub:          d.hub,
		Body:         d.body,
		hash:         hash(d.body),
	}
	doc.Modified = last.next(doc.hash, at)
	doc.ETag = `"` + doc.hash + `"`
	if doc.Gzip = compress(doc.Body); doc.Gzip != nil {
		doc.GzipETag = `"` + hash(doc.Gzip) + `"`
	}
	doc.setHeaders()
	return doc
}

// next returns when a document with this hash changed that replaces the one of the stamp.
func (s Stamp) next(hash string, at time.Time) time.Time {
	at = at.UTC().Truncate(time.Second)
	switch {
	case s.Hash == hash:
		return s.Changed
	case s.Hash != "" && !at.After(s.Changed):
		return s.Changed.Add(time.Second)
	}
	return at
}

// copyTo returns the document as it stands at another path, with the time that it has there.
func (d *Document) copyTo(path string, last Stamp, at time.Time) *Document {
	c := *d
	c.Path, c.Modified = path, last.next(d.hash, at)
	c.setHeaders()
	return &c
}

func (d *Document) setHeaders() {
	d.header = d.fields(d.ETag, len(d.Body))
	if d.Gzip != nil {
		d.gzip = d.fields(d.GzipETag, len(d.Gzip))
		d.gzip["Content-Encoding"] = []string{"gzip"}
	}
}

func (d *Document) fields(etag string, length int) http.Header {
	h := http.Header{
		"Content-Type":                {d.Type},
		"Content-Length":              {strconv.Itoa(length)},
		"Etag":                        {etag},
		"Last-Modified":               {d.Modified.Format(http.TimeFormat)},
		"Cache-Control":               {d.CacheControl},
		"Vary":                        {"Accept-Encoding"},
		"Content-Security-Policy":     {d.Policy},
		"X-Content-Type-Options":      {"nosniff"},
		"Referrer-Policy":             {"no-referrer"},
		"Access-Control-Allow-Origin": {"*"},
	}
	if d.Hub != "" {
		h["Link"] = []string{d.Links()}
	}
	return h
}

// Links is the Link header of a document that names a hub (WebSub section 4, RFC 8288). Both
// addresses are encoded, so that nothing in them ends it.
func (d *Document) Links() string {
	return "<" + d.Hub + `>; rel="hub", <` + d.Self + `>; rel="self"`
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// zippers keeps writers, each of which has large tables, from one document to the next.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// compress returns nil where compression gains nothing.
func compress(b []byte) []byte {
	w := zippers.Get().(*gzip.Writer)
	defer zippers.Put(w)
	var out bytes.Buffer
	out.Grow(len(b)/4 + 512)
	w.Reset(&out)
	if _, err := w.Write(b); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || out.Len() >= len(b) {
		return nil
	}
	return bytes.Clone(out.Bytes())
}
