package publish

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Document is one published document, ready to be sent. It never changes: nobody may
// write to what its fields and forms hold.
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

	hash  string
	parts []part
	packs *[Codings]packed // shared with documents of the same bytes
	forms [Codings]struct {
		once sync.Once
		Form
	}
	tags [Codings][]string

	lineage *lineage // of a feed in XML
	delta   bool     // only what is new; see Since
	secret  bool     // for whoever knows its address; see Status
}

// Hash identifies the bytes of Body, as that of its [Stamp] does.
func (d *Document) Hash() string { return d.hash }

// A Form is a document in one content coding.
type Form struct {
	Body []byte
	// Header has the fields that go with Body. They are made once; callers copy the map and
	// share the values.
	Header http.Header
}

// Form returns the document in a coding, with an ETag of its own (RFC 9110 section 8.8.3.3).
// It is compressed when it is asked for first, and then no more for as long as its bytes stay.
func (d *Document) Form(c Coding) *Form {
	f := &d.forms[c]
	f.once.Do(func() {
		f.Body = d.Body
		if c != Identity {
			p := &d.packs[c]
			p.once.Do(func() { p.body = packers[c].pack(d.Body) })
			f.Body = p.body
		}
		f.Header = d.fields(c, len(f.Body))
	})
	return &f.Form
}

// Small reports whether compressing the document is not worth it.
func (d *Document) Small() bool { return len(d.Body) < worthCoding }

// Tag returns the ETag of the document in a coding, as a header field that callers share.
func (d *Document) Tag(c Coding) []string { return d.tags[c] }

// Coding returns in which coding the document has an entity tag, given with its quotes; false
// if it has another one in all of them.
func (d *Document) Coding(tag string) (Coding, bool) {
	rest, ok := strings.CutPrefix(tag, d.ETag[:len(d.ETag)-1])
	if !ok {
		return 0, false
	}
	for c := range Coding(Codings) {
		if suffix, ok := strings.CutSuffix(rest, `"`); ok && suffix == c.suffix() {
			return c, true
		}
	}
	return 0, false
}

// A draft is a document before it has a time.
type draft struct {
	path, mime, policy string
	self, hub          string
	age                time.Duration // how long it may be kept
	body               []byte
	parts              []part // where its entries stand, if it is a feed
	secret             bool
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

// seal gives a draft its hash and its time. Last is the document that it replaces, nil if
// there is none, and stamp that one's: equal bytes keep their time, other bytes get a later one
// in any case, even if the clock went back or did not move on by a second.
func (d draft) seal(last *Document, stamp Stamp, at time.Time) *Document {
	doc := &Document{
		Path:         d.path,
		Type:         d.mime,
		CacheControl: "public, max-age=" + strconv.Itoa(int(d.age/time.Second)),
		Policy:       d.policy,
		Self:         d.self,
		Hub:          d.hub,
		Body:         d.body,
		parts:        d.parts,
		secret:       d.secret,
	}
	doc.setHash(hash(d.body))
	doc.Modified = stamp.next(doc.hash, at)
	if last != nil && last.hash == doc.hash {
		doc.packs = last.packs
	} else {
		doc.packs = new([Codings]packed)
	}
	doc.lineage = newLineage(doc, last)
	if !doc.Small() {
		doc.Form(Gzip) // which everybody takes; the others when somebody does
	}
	return doc
}

func (d *Document) setHash(hash string) {
	d.hash, d.ETag = hash, `"`+hash+`"`
	for c := range Coding(Codings) {
		d.tags[c] = []string{`"` + hash + c.suffix() + `"`}
	}
}

// complete returns the document with what goes without saying, for one of which only the
// exported fields are known because it comes from another process.
func (d *Document) complete() *Document {
	if d.packs != nil {
		return d
	}
	c := d.twin()
	c.packs = new([Codings]packed)
	c.setHash(hash(d.Body))
	return c
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

// twin returns a document that is the same but for what it was asked for.
func (d *Document) twin() *Document {
	return &Document{
		Path: d.Path, Type: d.Type, CacheControl: d.CacheControl, Policy: d.Policy, Self: d.Self, Hub: d.Hub, Modified: d.Modified,
		Body: d.Body, ETag: d.ETag, hash: d.hash, tags: d.tags, packs: d.packs, lineage: d.lineage,
	}
}

// copyTo returns the document as it stands at another path, with the time that it has there.
func (d *Document) copyTo(path string, last Stamp, at time.Time) *Document {
	c := d.twin()
	c.Path, c.Modified = path, last.next(d.hash, at)
	return c
}

// Links is the Link header of a document that names a hub (WebSub section 4, RFC 8288). Both
// addresses are encoded, so that nothing in them ends it.
func (d *Document) Links() string {
	return "<" + d.Hub + `>; rel="hub", <` + d.Self + `>; rel="self"`
}

// fields returns the header fields of a form of that length.
func (d *Document) fields(c Coding, length int) http.Header {
	h := http.Header{
		"Content-Type":            {d.Type},
		"Content-Length":          {strconv.Itoa(length)},
		"Etag":                    d.tags[c],
		"Last-Modified":           {d.Modified.Format(http.TimeFormat)},
		"Cache-Control":           {d.CacheControl},
		"Vary":                    {"Accept-Encoding"},
		"Content-Security-Policy": {d.Policy},
		"X-Content-Type-Options":  {"nosniff"},
		"Referrer-Policy":         {"no-referrer"},
		// For readers that are a page of another site, and may see only a few fields unasked.
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Expose-Headers": {"ETag, IM, Delta-Base, Content-Range, Accept-Ranges"},
	}
	if d.secret {
		delete(h, "Access-Control-Allow-Origin")
		delete(h, "Access-Control-Expose-Headers")
		h["Cache-Control"] = []string{"private, no-store"}
		h["X-Robots-Tag"] = []string{"noindex, nofollow"}
	}
	if d.Hub != "" {
		h["Link"] = []string{d.Links()}
	}
	if c != Identity {
		h["Content-Encoding"] = []string{c.String()}
	}
	if d.delta {
		h["Im"] = []string{"feed"}
		// A cache that knows RFC 3229 heeds im (its section 10.8.2), any other no-store: to it, this
		// would be the whole.
		h["Cache-Control"] = []string{"no-store, im, " + strings.TrimPrefix(d.CacheControl, "public, ")}
		h["Vary"] = []string{"Accept-Encoding, A-IM, If-None-Match"}
	}
	return h
}

// hashLength is the length of what hash returns.
const hashLength = 22

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
