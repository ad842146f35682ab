package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wiredesk"

	bolt "go.etcd.io/bbolt"
)

// Record stores what polls taught, all of them in one transaction: new items, revisions
// of known ones, and the state of each source with the validators that came with them.
// It returns what changed, in the order of polls. An item whose entry is the same as
// before is not written. [ErrFull] says that there is no room.
func (s *Store) Record(_ context.Context, polls []wiredesk.Poll) ([]wiredesk.Recorded, error) {
	var out []wiredesk.Recorded
	err := s.update(func(tx *bolt.Tx) error {
		if err := s.limit.room(tx); err != nil {
			return err
		}
		owed := s.limit.owed(tx)
		out = out[:0]
		w := newWriter(s.codec, tx)
		for i := range polls {
			changed, err := w.poll(&polls[i])
			if err != nil {
				return fmt.Errorf("record poll of source %d: %w", polls[i].Source, err)
			}
			out = append(out, changed)
		}
		return s.limit.roomFor(tx, w.brought, owed)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// A writer records polls within one transaction.
type writer struct {
	*codec
	tx       *bolt.Tx
	items    *bolt.Bucket
	bodies   *bolt.Bucket
	identity *bolt.Bucket
	last     wiredesk.ItemID
	brought  int64 // about how many bytes more the file has to hold
	bad      error // why the first value that cannot be read could not be, where it is not told otherwise
}

func newWriter(c *codec, tx *bolt.Tx) *writer {
	w := &writer{codec: c, tx: tx, items: tx.Bucket(bucketItem), bodies: tx.Bucket(bucketBody), identity: tx.Bucket(bucketIdentity)}
	// Items are only ever appended, so pages may be filled.
	w.items.FillPercent, w.bodies.FillPercent = 0.95, 0.95
	if k, _ := w.items.Cursor().Last(); k != nil {
		w.last = itemIn(k)
	}
	return w
}

func (w *writer) poll(p *wiredesk.Poll) (wiredesk.Recorded, error) {
	changed := wiredesk.Recorded{Source: p.Source}
	old, err := readState(w.codec, w.tx, p.Source)
	if err != nil {
		return changed, err
	}
	st := p.State
	// What the operator or an earlier document said is not the poller's to change.
	st.Present, st.Items, st.First, st.Changed, st.Paused, st.Confirmed = old.Present, old.Items, old.First, old.Changed, old.Paused, old.Confirmed
	st.PushedUntil, st.Untold = old.PushedUntil, old.Untold
	if p.Outcome == wiredesk.Pushed {
		st = old // it says nothing about the origin, and a poll may be under way
	}
	if p.Document != nil {
		if err := w.document(p, &st, &changed); err != nil {
			return changed, err
		}
		changed.Missed = missed(p, &old, &st, changed.Known)
	}
	switch {
	case p.Outcome == wiredesk.Pushed:
		st.Untold = 0
	case len(changed.New) > 0 && st.PushedUntil.After(p.At):
		st.Untold++
	}
	return changed, writeState(w.codec, w.tx, p.Source, &st)
}

// document records the items of a document and fills in what st says of them.
func (w *writer) document(p *wiredesk.Poll, st *wiredesk.SourceState, changed *wiredesk.Recorded) error {
	present := make(map[uint64]wiredesk.ItemID, len(st.Present))
	for _, was := range st.Present {
		present[was.Mark] = was.Item
	}
	for i := range p.Document.Items {
		p.Document.Items[i].Source = p.Source
		if p.Document.Items[i].Seen.IsZero() {
			p.Document.Items[i].Seen = p.At
		}
	}
	r := resolver{
		rule: p.Identity,
		known: func(id wiredesk.Identity) wiredesk.ItemID {
			known, _ := w.known(keyIdentity(p.Source, id))
			return known
		},
		had: func(id wiredesk.Identity) bool {
			_, had := w.known(keyIdentity(p.Source, id))
			return had
		},
		load: w.load,
	}
	entries := r.resolve(p.Document.Items, present)
	if w.bad != nil { // what is known could be taken for news
		return w.bad
	}
	var now []wiredesk.Presence
	for i := range entries {
		e := &entries[i]
		if e.again {
			continue
		}
		if e.match != 0 {
			changed.Known++
		}
		if err := w.entry(p, &r, e, st.First.IsZero(), changed); err != nil {
			return err
		}
		if e.match != 0 {
			now = append(now, wiredesk.Presence{Mark: e.item.Mark, Item: e.match})
		}
	}
	if !p.Older { // an archive page says nothing of the newest document
		var err error
		if st.Present, err = w.present(p, st.Present, now); err != nil {
			return err
		}
	}
	st.Items += uint64(len(changed.New))
	if len(changed.New)+len(changed.Revised) > 0 {
		st.Changed = p.At
	}
	if st.First.IsZero() {
		st.First = p.At
	}
	return nil
}

// known returns the item that a key of the bucket identity leads to, 0 if it stands for two, and
// whether it is there.
func (w *writer) known(key []byte) (id wiredesk.ItemID, had bool) {
	number, err := numberAt(w.identity, key, itemSize)
	if err != nil && w.bad == nil {
		w.bad = fmt.Errorf("identity %x: %w", key, err)
	}
	return itemIn(number), number != nil
}

// load returns an item, or what is left of it; nil if neither is there.
func (w *writer) load(id wiredesk.ItemID) *wiredesk.Item {
	it, err := readItem(w.codec, w.tx, id, true)
	if errors.Is(err, ErrNotFound) {
		key := keyItem(id)
		left := w.tx.Bucket(bucketTomb).Get(key)
		if left == nil {
			return nil
		}
		var r itemRecord
		err = w.unpack(key, left, &r)
		it = new(r.item(id))
	}
	if err != nil {
		if w.bad == nil {
			w.bad = err
		}
		return nil
	}
	return it
}

// missed reports whether a poll has nothing in common with the one before, though it
// should: of a source that shows one item at a time that is to be expected, and what
// another address shows is another thing.
func missed(p *wiredesk.Poll, old, st *wiredesk.SourceState, known int) bool {
	return !p.Older && p.Document.Whole && len(p.Document.Items) > 0 && known == 0 && old.Asked == st.Asked &&
		len(old.Present) > 0 && len(old.Present)+len(st.Present) > 2
}

// entry records one entry that is new or changed, and where it can be found again.
func (w *writer) entry(p *wiredesk.Poll, r *resolver, e *entry, backlog bool, changed *wiredesk.Recorded) error {
	if e.item.Known {
		// Its mark was present before, so there is nothing to write.
		return nil
	}
	e.item.Words = wiredesk.Identity{}
	for _, id := range e.ids {
		if id.Kind() == wiredesk.KindWords { // at most one, and costly to make again
			e.item.Words = id
		}
	}
	e.item.Size = max(len(wiredesk.Text(e.item.Summary)), len(wiredesk.Text(e.item.Content)))
	if e.match == 0 {
		w.found(p, r, e, backlog)
		if err := w.writeItem(e.item, bodyFirst); err != nil {
			return err
		}
		changed.New = append(changed.New, e.item.ID)
	} else {
		revised, err := w.revise(p, r.rule, e)
		if err != nil {
			return err
		}
		if revised {
			changed.Revised = append(changed.Revised, e.match)
		}
	}
	return w.remember(p.Source, r, e)
}

// found gives a new item its id, its first identity and its date.
func (w *writer) found(p *wiredesk.Poll, r *resolver, e *entry, backlog bool) {
	it := e.item
	dated := it.Dated()
	w.last = wiredesk.NewItemID(p.At, w.last)
	it.ID, it.Seen, it.Backlog = w.last, w.last.Seen(), backlog
	if !dated {
		it.Published = it.Seen
	}
	it.First = wiredesk.FirstIdentity(it, r.rule)
	if r.shared(e) {
		// What another item has, or had, does not name this one (Q-09, renumbering).
		it.First += fmt.Sprintf("\nlink:%s\ntitle:%s", wiredesk.CanonicalLink(it.Link), it.Title)
		if it.GUID == "" && it.Link == "" {
			it.First += fmt.Sprintf("\nmark:%x", it.Mark)
		}
	}
	e.match = it.ID
	r.taken[it.ID] = true
}

// revise brings a known item up to date and reports whether readers would see a change.
func (w *writer) revise(p *wiredesk.Poll, rule wiredesk.IdentityRule, e *entry) (bool, error) {
	at := p.At
	old, err := readItem(w.codec, w.tx, e.match, true)
	if errors.Is(err, ErrNotFound) { // purged, and still in its source's window
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !old.Gone.IsZero() { // it is back
		if err := w.tx.Bucket(bucketAbsence).Delete(keyAbsence(p.Source, old.ID)); err != nil {
			return false, err
		}
	}
	// Readers were told that it was taken back: only what is newer than that takes it back.
	returned := !old.Withdrawn.IsZero()
	it := e.item
	if err := w.outgrow(p.Source, rule, old, e); err != nil {
		return false, err
	}
	if old.Dated() || !it.Dated() { // the first date that was said stays
		it.Published, it.DateSaid = old.Published, old.DateSaid
	}
	it.ID, it.First, it.Seen, it.Backlog = old.ID, old.First, old.Seen, old.Backlog
	it.Revised, it.Revisions = old.Revised, old.Revisions
	if !visible(it, old) {
		if old.Gone.IsZero() && old.Mark == it.Mark && old.GUID == it.GUID {
			return false, nil
		}
		it.Published, it.DateSaid, it.Updated = old.Published, old.DateSaid, old.Updated
		if returned {
			it.Updated = at
		}
		return returned, w.writeMeta(it) // it is back, or known by another guid
	}
	it.Revised, it.Revisions = at, old.Revisions+1
	if it.Updated.Before(old.Updated) {
		it.Updated = old.Updated
	}
	if returned && it.Updated.Before(at) {
		it.Updated = at
	}
	// An edit that the source does not date is dated by us if it is one that readers want to
	// know of. Sources that touch every item all day long are not followed (S-39).
	if !it.Updated.After(old.Updated) && at.Sub(old.Changed()) >= editPause && edited(it, old) {
		it.Updated = at
	}
	return true, w.writeItem(it, bodyNewest)
}

// outgrow forgets by what an item was known last, if it is known by something else at every
// poll: the store would grow for ever by names that never come again. What it was first
// known by, and what it is known by now, stay.
func (w *writer) outgrow(source wiredesk.SourceID, rule wiredesk.IdentityRule, old *wiredesk.Item, e *entry) error {
	switch {
	case old.GUID != "" && old.GUID == e.item.GUID && old.Revisions > 0:
		// It is known by its guid. What it said between its first and its newest version is not
		// needed, and some change a number at every poll.
	case old.GUID == e.item.GUID, old.First == wiredesk.FirstIdentity(old, rule):
		return nil
	}
	for _, id := range wiredesk.Identities(old, rule) {
		key := keyIdentity(source, id)
		if known, _ := w.known(key); slices.Contains(e.ids, id) || known != old.ID {
			continue
		}
		if err := w.identity.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// editPause is the least time between two changes of an item that we date ourselves.
const editPause = 6 * time.Hour

// edited reports whether the words of an item changed, and not only its markup, a link or a
// number.
func edited(a, b *wiredesk.Item) bool {
	return !sameTitles(a, b) || similarity(a, b) < 0.97
}

// visible reports whether a reader could tell the two versions apart. Dates alone do not
// count: many sources touch them without changing a word.
func visible(a, b *wiredesk.Item) bool {
	return a.Title != b.Title || a.Link != b.Link || a.Summary != b.Summary || a.Content != b.Content ||
		a.Image != b.Image || a.Language != b.Language || a.Rights != b.Rights || a.License != b.License || a.Comments != b.Comments || a.External != b.External ||
		!slices.Equal(a.Authors, b.Authors) || !slices.Equal(a.Categories, b.Categories) ||
		!slices.Equal(a.Enclosures, b.Enclosures) || !samePointed(a.Origin, b.Origin) || !samePointed(a.Podcast, b.Podcast)
}

func samePointed[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// remember writes by what an item can be known again.
func (w *writer) remember(source wiredesk.SourceID, r *resolver, e *entry) error {
	for _, id := range e.ids {
		key := keyIdentity(source, id)
		was, had := w.known(key)
		to := e.match
		switch {
		case had && (was == to || was == 0):
			continue // known, or known to stand for two
		case had && id.Kind() != wiredesk.KindGUID && r.taken[was]:
			to = 0 // two items of one document have it: it identifies neither, ever
		}
		value := seal(key, keyItem(to))
		if err := w.identity.Put(key, value); err != nil {
			return err
		}
		w.brought += costOf(key, value)
	}
	return w.bad
}

// present returns what counts as present after a document with the entries now, and notes
// that the others have gone.
func (w *writer) present(p *wiredesk.Poll, was, now []wiredesk.Presence) ([]wiredesk.Presence, error) {
	gone := absent(was, now)
	over := skipped(was, now)
	if !p.Document.Whole || len(p.Document.Items) == 0 {
		// A document that was cut short, or is empty, which is a fault more often than a wish
		// does not make us forget the rest; but one that never is whole must not make
		// us remember for ever.
		room := min(max(len(now), roomForAbsent), len(gone))
		now, gone = append(now, gone[:room]...), gone[room:]
	}
	return now, w.leave(p, gone, over)
}

// roomForAbsent is how many items that a document does not show are waited for at least.
const roomForAbsent = 1000

// absent returns those of was that are not in now, in their order.
func absent(was, now []wiredesk.Presence) []wiredesk.Presence {
	here := make(map[wiredesk.ItemID]bool, len(now))
	for _, n := range now {
		here[n.Item] = true
	}
	return slices.DeleteFunc(slices.Clone(was), func(p wiredesk.Presence) bool { return here[p.Item] })
}

// leave notes that items are not in their source's document any more, and over which of them
// it passed.
func (w *writer) leave(p *wiredesk.Poll, gone []wiredesk.Presence, over map[wiredesk.ItemID]bool) error {
	for _, old := range gone {
		it, err := readItem(w.codec, w.tx, old.Item, false)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		it.Gone = p.At
		if err := w.writeMeta(it); err != nil {
			return err
		}
		if over[it.ID] {
			if err := w.miss(p.Source, it.ID, p.At); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeItem writes an item and one of its two bodies.
func (w *writer) writeItem(it *wiredesk.Item, which byte) error {
	if it.Summary != "" || it.Content != "" || which == bodyNewest {
		key := keyBody(it.ID, which)
		body, err := w.squeeze(key, bodyRecord{Summary: it.Summary, Content: it.Content})
		if err != nil {
			return err
		}
		if err := w.bodies.Put(key, body); err != nil {
			return err
		}
		w.brought += costOf(key, body)
	}
	return w.writeMeta(it)
}

func (w *writer) writeMeta(it *wiredesk.Item) error {
	key := keyItem(it.ID)
	value, err := w.pack(key, recordOf(it))
	if err != nil {
		return err
	}
	w.brought += costOf(key, value)
	return w.items.Put(key, value)
}
