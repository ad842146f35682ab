package fetch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"wiredesk"

	"github.com/cespare/xxhash/v2"
)

// ErrNotFeed is returned when a document is no feed in any format that we know.
var ErrNotFeed = errors.New("not a feed")

// ParseOptions say where a document came from and what is known of it already. The zero
// value parses a document from nowhere.
type ParseOptions struct {
	// URL is the final address of the document: relative addresses are relative to it.
	URL string
	// ContentType is the header of that name as it was received; it may be empty.
	ContentType string
	// Now is when the document was received: items without a believable date get it.
	Now time.Time
	// Source brings the operator's repairs; nil means none.
	Source *wiredesk.Source
	// Known reports whether an entry with this mark is stored already, so that it need
	// not be cleaned again; nil knows none.
	Known func(mark uint64) bool
}

// Parse reads a feed in any format: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0
// and 1.1. What it returns is clean, absolute and in UTC; an item whose mark is known has
// only GUID, Link, Title and Mark. What is broken is mended where its meaning is beyond
// doubt, an entry that cannot be read costs only itself, and both are said. The error
// wraps [ErrNotFeed] if the document is something else; it is a [*PageError] if that is a
// page which announces feeds.
//
// Parse takes time in proportion to the length of the body, keeps nothing and may be
// called concurrently.
func Parse(body []byte, o ParseOptions) (doc *wiredesk.Document, err error) {
	defer func() {
		// The libraries below read what strangers wrote. A panic of theirs is a document
		// that cannot be read, and no reason to stop polling a hundred thousand others.
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("%w: reading it went wrong: %s", ErrNotFeed, short(fmt.Sprint(r), 100))
		}
	}()
	text, repairs := toUTF8(body, o.ContentType)
	tidy, err := tidyUp(text, o)
	if err != nil {
		return nil, err
	}
	tidy.repairs = append(repairs, tidy.repairs...)
	t := &translation{o: o, base: o.URL}
	if o.Source != nil {
		t.repairs = *o.Source
	}
	t.base = either(t.repairs.Base, t.base)
	return t.document(tidy)
}

// tidyUp finds out what a document is and brings it into order.
func tidyUp(text string, o ParseOptions) (*tidied, error) {
	text = readable(text)
	kind, at := sniff(text)
	switch kind {
	case sniffedJSON:
		if t := tidyJSON(text[at:]); t != nil {
			return t, nil
		}
		return nil, fmt.Errorf("%w: it is JSON, but has neither a version of JSON Feed nor a title and items", ErrNotFeed)
	case sniffedXML:
		base := o.URL
		if o.Source != nil {
			base = either(o.Source.Base, base)
		}
		t := tidyXML(text, at, func(inForce, ref string) string { return resolveBase(either(inForce, base), ref) })
		if strings.TrimSpace(strings.TrimPrefix(text[:at], "\uFEFF")) != "" && !harmless(text[:at]) {
			t.repairs = append([]string{"there was something before the document"}, t.repairs...)
		}
		return t, nil
	}
	return nil, notFeed(text, kind, o)
}

// document translates a tidied document.
func (t *translation) document(tidy *tidied) (*wiredesk.Document, error) {
	t.channel.Format = tidy.format
	var err error
	switch tidy.format {
	case "atom":
		err = t.atomChannel(tidy)
	case "json":
		err = t.jsonChannel(tidy)
	default:
		err = t.rssChannel(tidy)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNotFeed, short(err.Error(), 200))
	}
	if len(t.channel.Hubs) == 0 {
		t.channel.Hubs = nil
	}
	doc := &wiredesk.Document{Channel: t.channel}
	seed := t.seed()
	read := make([]reading, len(tidy.entries))
	for i := range tidy.entries {
		e := &tidy.entries[i]
		read[i] = reading{entry: e, mark: mark(seed, e)}
		read[i].known = t.o.Known != nil && t.o.Known(read[i].mark)
	}
	doc.Items, doc.Dropped = t.items(tidy.format, read)
	doc.Dropped += tidy.dropped
	if doc.Dropped > 0 {
		tidy.repair("%s could not be read", plural(doc.Dropped, "entry", "entries"))
	}
	doc.Whole = tidy.whole && doc.Dropped == 0
	doc.Repairs = tidy.repairs
	return doc, nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// A reading is an entry on its way to become an item.
type reading struct {
	*entry
	mark  uint64
	known bool
}

func (r *reading) bytes() []byte {
	if r.known {
		return r.light
	}
	return r.full
}

// items lets gofeed read all entries at once; if it cannot, one by one.
func (t *translation) items(format string, read []reading) (items []wiredesk.Item, dropped int) {
	if len(read) == 0 {
		return nil, 0
	}
	if items, ok := t.some(format, read); ok {
		return items, 0
	}
	for i := range read {
		if item, ok := t.some(format, read[i:i+1]); ok {
			items = append(items, item...)
		} else {
			dropped++
		}
	}
	return items, dropped
}

// some reads some entries. It is false if not all of them could be read.
func (t *translation) some(format string, read []reading) (items []wiredesk.Item, ok bool) {
	defer func() {
		if recover() != nil { // see Parse
			items, ok = nil, false
		}
	}()
	raw := make([][]byte, len(read))
	for i := range read {
		raw[i] = read[i].bytes()
	}
	item, n, err := t.reader(format, raw)
	if err != nil || n != len(read) {
		return nil, false
	}
	items = make([]wiredesk.Item, 0, n)
	for i := range read {
		r := &read[i]
		it := item(i, r)
		it.Mark, it.Known = r.mark, r.known
		items = append(items, it)
	}
	return items, true
}

// reader lets gofeed read entries, and returns how to translate each and how many it found.
func (t *translation) reader(format string, raw [][]byte) (func(int, *reading) wiredesk.Item, int, error) {
	switch format {
	case "atom":
		f, err := readAtom(nil, raw...)
		if err != nil {
			return nil, 0, err
		}
		return func(i int, r *reading) wiredesk.Item {
			if r.known {
				return t.atomLight(f.Entries[i], r.entry)
			}
			return t.finish(t.atomItem(f.Entries[i], r.entry), r.entry)
		}, len(f.Entries), nil
	case "json":
		f, err := readJSON([]byte(`{"version":""}`), raw...)
		if err != nil {
			return nil, 0, err
		}
		return func(i int, r *reading) wiredesk.Item {
			if r.known {
				return t.jsonLight(f.Items[i])
			}
			it := t.jsonItem(f.Items[i])
			it.Origin = t.jsonOrigin(r.full)
			return t.finish(it, r.entry)
		}, len(f.Items), nil
	}
	f, err := readRSS(nil, raw...)
	if err != nil {
		return nil, 0, err
	}
	return func(i int, r *reading) wiredesk.Item {
		if r.known {
			return t.rssLight(f.Items[i], r.entry)
		}
		return t.finish(t.rssItem(f.Items[i], r.entry), r.entry)
	}, len(f.Items), nil
}

// seed is a hash of everything in a document, and in how we read it, that changes what its
// entries become, besides the entries themselves.
func (t *translation) seed() uint64 {
	h := xxhash.New()
	for _, s := range []string{
		cleanerVersion, t.channel.Format, t.base, t.hyper, t.channel.Language, t.channel.License, t.channel.Rights,
		fmt.Sprint(t.repairs.Dates, t.repairs.KeepTrackers), fmt.Sprintf("%q", t.channel.Authors),
	} {
		_, _ = h.WriteString(s)
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// mark is a hash of an entry as it stands in its document.
func mark(seed uint64, e *entry) uint64 {
	h := xxhash.New()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], seed)
	_, _ = h.Write(b[:])
	_, _ = h.Write(e.full)
	for _, s := range []string{e.facts.about, e.facts.base, e.facts.lang} {
		_, _ = h.Write([]byte{0})
		_, _ = h.WriteString(s)
	}
	for _, f := range e.facts.texts {
		_, _ = h.Write([]byte{0, byte(f.kind)})
		_, _ = h.WriteString(f.name + "\x00" + f.base + "\x00" + f.lang)
	}
	return h.Sum64()
}
