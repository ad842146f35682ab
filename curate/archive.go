package curate

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"wiredesk"
)

// A feed's archive is everything that it holds and does not fit its window, cut into pages of
// as many entries as its limit. Which entries are on a page is decided once, when there are
// enough for a full one that no page has yet: the last ones in the feed's order go. So fewer
// than a page are ever left, and what is new among them is in the window: whatever was
// announced is in the window or on a page, however much came at once. What is old and lies
// below the window, as after a change of rules, is no news; it is announced by the page that
// takes it.

const (
	maxPage = 100 // entries
	// cutAtOnce bounds how many pages one build cuts, for a feed that has a long past when
	// its archive begins.
	cutAtOnce = 50
)

// pageSize returns how many entries the next page takes.
func (f *shownFeed) pageSize() int { return min(max(f.feed.Limit, 1), maxPage) }

// cut fills pages with what is on none, as far as it fills them.
func (d *Desk) cut(f *shownFeed, at time.Time) error {
	size := f.pageSize()
	for n := 0; n < cutAtOnce && len(f.loose) >= size; n++ {
		taken := slices.Clone(f.loose[:size])
		if err := d.announce(f, taken, at); err != nil {
			return err
		}
		var rows []wiredesk.Row
		for _, p := range taken {
			p.row.Page = len(f.pages) + 1
			rows = append(rows, *p.row)
		}
		d.pending.Rows = append(d.pending.Rows, rows...)
		f.bind(rows)
		f.stale[len(f.pages)] = true
		f.loose = slices.Delete(f.loose, 0, size)
	}
	return nil
}

// uncut reports whether there is more to cut than one build does.
func (f *shownFeed) uncut() bool { return len(f.loose) >= f.pageSize() }

// loosen notes that a unit which stands in the feed's order is on no page.
func (f *shownFeed) loosen(p *placed) {
	if !p.pinned && p.row.Page == 0 {
		f.loose = slices.Insert(f.loose, f.search(f.loose, p), p)
	}
}

// fasten takes a unit that leaves the feed's order out of those that are on no page.
func (f *shownFeed) fasten(p *placed) {
	for i := f.search(f.loose, p); i < len(f.loose) && f.compare(f.loose[i], p) == 0; i++ {
		if f.loose[i] == p {
			f.loose = slices.Delete(f.loose, i, i+1)
			return
		}
	}
}

// bind takes in which rows are on which page.
func (f *shownFeed) bind(rows []wiredesk.Row) {
	for _, r := range rows {
		for len(f.pages) < r.Page {
			f.pages = append(f.pages, nil)
		}
	}
	// Newest first, as everywhere, by nothing that may change.
	slices.SortFunc(rows, func(a, b wiredesk.Row) int {
		return cmp.Or(b.Place.Compare(a.Place), b.Published.Compare(a.Published), cmp.Compare(a.Item, b.Item))
	})
	for _, r := range rows {
		f.pages[r.Page-1] = append(f.pages[r.Page-1], r.Item)
	}
}

// Page returns a page of a feed's archive, ready to be rendered, as it is now. What left the
// feed since the page was cut is not on it.
func (d *Desk) Page(feed string, number int) (wiredesk.Page, error) {
	f := d.feed(feed)
	if f == nil || number < 1 || number > len(f.pages) {
		return wiredesk.Page{}, nil
	}
	page := wiredesk.Page{Feed: f.feed.Feed, Number: number, Mark: d.PageMark(feed, number)}
	for _, id := range f.pages[number-1] {
		p := d.archived(f, id)
		if p == nil {
			if w, ok := f.taken[id]; ok && f.feed.Withdrawn != wiredesk.WithdrawnKeep {
				page.Tombstones = append(page.Tombstones, wiredesk.Tombstone{ID: d.publishedAs(rowKey{feed, id}), Withdrawal: w})
			}
			continue
		}
		if f.buried(p) {
			page.Tombstones = append(page.Tombstones, wiredesk.Tombstone{ID: p.row.ID, Withdrawal: p.withdrawn})
			continue
		}
		e, err := d.entry(f, p)
		if err != nil {
			return page, err
		}
		page.Entries = append(page.Entries, e)
	}
	return page, nil
}

// archived returns what an archived row stands for now; nil if that left the feed, or is
// shown under another row.
func (d *Desk) archived(f *shownFeed, id wiredesk.ItemID) *placed {
	unit := id
	if it := d.items[id]; it != nil {
		unit = d.unit(f, it)
	}
	p := f.placed[unit]
	if p == nil {
		for _, digest := range f.budget.digests {
			if digest.row.Item == id {
				return digest
			}
		}
	}
	if p == nil || p.row.Item != id {
		return nil
	}
	return p
}

// discretion returns how much less than everything may be said of an archived row: its source is
// private, or its text is not to be shown. It is empty for most, and part of a page's mark: what
// the operator wants to be discreet about must not stay on a page.
func (d *Desk) discretion(f *shownFeed, id wiredesk.ItemID) string {
	p := d.archived(f, id)
	if p == nil {
		return ""
	}
	private, content := false, f.feed.Content
	for _, it := range p.items {
		if src := d.sources[it.source]; src != nil {
			private, content = private || src.Private, max(content, src.Content)
		}
	}
	if !private && content == wiredesk.ContentFull {
		return ""
	}
	return fmt.Sprintf(" private %t content %d", private, content)
}

// publishedAs returns the id of a row of the ledger.
func (d *Desk) publishedAs(key rowKey) string {
	if row := d.rows[key]; row != nil {
		return row.ID
	}
	return ""
}

// Pages returns how many pages the archive of a feed has.
func (d *Desk) Pages(feed string) int {
	if f := d.feed(feed); f != nil {
		return len(f.pages)
	}
	return 0
}

// PageMark returns the mark of a page ([wiredesk.Page]). A document that was made of a page
// with the same mark need not be made again.
func (d *Desk) PageMark(feed string, number int) string {
	f := d.feed(feed)
	if f == nil || number < 1 || number > len(f.pages) {
		return ""
	}
	h := fnv.New128a()
	for _, id := range f.pages[number-1] {
		h.Write([]byte(d.publishedAs(rowKey{feed, id}) + " " + f.mark(id) + d.discretion(f, id) + "\n"))
	}
	return strconv.Itoa(number) + "-" + hex.EncodeToString(h.Sum(nil))
}

func (d *Desk) feed(name string) *shownFeed {
	for _, f := range d.feeds {
		if f.feed.Name == name {
			return f
		}
	}
	return nil
}
