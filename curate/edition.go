package curate

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"wiredesk"
)

// edition announces what a feed shows now and returns it, ready to be rendered.
func (d *Desk) edition(f *shownFeed, at time.Time) (wiredesk.Edition, error) {
	e := wiredesk.Edition{Feed: f.feed.Feed}
	if err := d.announce(f, f.window(), at); err != nil {
		return e, err
	}
	if err := d.cut(f, at); err != nil {
		return e, err
	}
	e.Pages = len(f.pages)
	for _, p := range f.shown() {
		if f.buried(p) {
			e.Tombstones = append(e.Tombstones, wiredesk.Tombstone{ID: p.row.ID, Withdrawal: p.withdrawn})
			e.Updated = later(e.Updated, p.withdrawn.At)
			continue
		}
		entry, err := d.entry(f, p)
		if err != nil {
			return e, err
		}
		e.Updated = later(e.Updated, entry.Updated)
		e.Entries = append(e.Entries, entry)
	}
	if len(e.Entries)+len(e.Tombstones) == 0 {
		e.Updated = f.state.Born
	}
	d.advance(f, &e)
	return e, nil
}

// advance keeps what an edition says of its time from going back, as it would when the newest
// entry leaves the feed: readers take what is not newer for what they have.
func (d *Desk) advance(f *shownFeed, e *wiredesk.Edition) {
	e.Updated = later(e.Updated, f.state.Updated)
	if e.Updated.After(f.state.Updated) {
		f.state.Updated = e.Updated
		d.pending.Feeds = append(d.pending.Feeds, f.state)
	}
}

// entry loads what a feed shows of a story.
func (d *Desk) entry(f *shownFeed, p *placed) (wiredesk.Entry, error) {
	if p.digest {
		return d.digestEntry(p)
	}
	lead, err := d.load(p.lead, true)
	if err != nil {
		return wiredesk.Entry{}, fmt.Errorf("item %s: %w", p.lead, err)
	}
	src := d.sources[lead.Source]
	e := wiredesk.Entry{
		ID: p.row.ID, Title: p.title, Published: p.row.Published, Updated: p.row.Published,
		Item: *lead, Source: d.credit(lead), Coverage: coverage(p.items), Tags: p.tags, Note: p.note, Pinned: p.pinned,
	}
	cut(&e.Item, max(src.Content, f.feed.Content))
	if lead.Updated.After(e.Updated) {
		e.Updated = lead.Updated
	}
	e.Updated = later(later(e.Updated, p.changed), p.withdrawn.At)
	e.Withdrawn = p.withdrawn
	for _, id := range p.also {
		it, err := d.load(id, false)
		if err != nil {
			return e, fmt.Errorf("item %s: %w", id, err)
		}
		// A source that repeats itself is one source; what else it told of an event is not.
		repeats := it.Source == lead.Source && d.items[id].story == d.items[p.lead].story
		if by := d.sources[it.Source]; !by.Private && !repeats {
			also := wiredesk.Coverage{Item: id, Title: it.Title, Link: it.Link, Source: d.credit(it), Published: it.Published}
			if wiredesk.CanonicalLink(it.Link) == wiredesk.CanonicalLink(lead.Link) {
				also.Title, also.Link = "", "" // the reader has it; who else carried it is the news
			}
			e.Also = append(e.Also, also)
		}
	}
	return e, nil
}

// credit names a source, unless it is private.
func (d *Desk) credit(it *wiredesk.Item) wiredesk.Credit {
	src := d.sources[it.Source]
	if src.Private {
		return wiredesk.Credit{}
	}
	c := wiredesk.Credit{Title: src.Shown(), Link: src.Channel.Link, Genre: src.Channel.Genre, Updated: it.Changed()}
	if d.suspected(it.Source) { // who may have taken it over does not rename what was published
		c.Title, c.Link = cmp.Or(src.Title, d.faces[it.Source].Title, src.Name, src.URL), ""
	}
	if strings.HasPrefix(src.URL, "http") { // a file on this machine is nobody's business
		c.URL = src.URL
	}
	if wiredesk.IsIRI(src.Channel.ID) {
		c.ID = src.Channel.ID
	}
	return c
}

// cut takes away what may not be shown of an item.
func cut(it *wiredesk.Item, content wiredesk.Content) {
	switch content {
	case wiredesk.ContentSummary:
		if it.Summary == "" {
			it.Summary = excerpt(wiredesk.Text(it.Content))
		} else if text := wiredesk.Text(it.Summary); utf8.RuneCountInString(text) > 2*excerptRunes {
			it.Summary = excerpt(text) // many feeds put the whole text there
		}
		it.Content = ""
	case wiredesk.ContentNone:
		it.Summary, it.Content, it.Image = "", "", ""
	case wiredesk.ContentFull:
	}
}

// excerptRunes is about three lines of text.
const excerptRunes = 300

// excerpt returns the beginning of a plain text as HTML, cut between words.
func excerpt(text string) string {
	if utf8.RuneCountInString(text) > excerptRunes {
		runes := []rune(text)[:excerptRunes]
		text = string(runes)
		if i := strings.LastIndexByte(text, ' '); i > len(text)/2 {
			text = text[:i]
		}
		text = strings.TrimRight(text, " ,;:.-–—") + "…"
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// publishedID returns the id under which an item is announced. An item has one id in all
// feeds, and no two items have the same.
func (d *Desk) publishedID(id wiredesk.ItemID) (string, error) {
	if name, ok := d.ids[id]; ok {
		return name, nil
	}
	it, err := d.load(id, false)
	if err != nil {
		return "", err
	}
	origin := d.sources[it.Source].First
	for _, own := range []bool{true, false} {
		if name := wiredesk.PublishedID(origin, it, own); d.free(name, id) {
			return name, nil
		}
	}
	// Two items of one source with the same first identity: the store sees to it that
	// there are none, but nothing may hang on that.
	it.First += fmt.Sprintf("\nseen:%s", id)
	return wiredesk.PublishedID(origin, it, false), nil
}

func (d *Desk) free(name string, id wiredesk.ItemID) bool {
	owner, taken := d.owner[name]
	return !taken || owner == id
}
