package publish

import (
	"cmp"
	"hash/fnv"
	"hash/maphash"
	"html"
	"slices"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/publish/valid"
)

// The bounds of what one document may hold. They are far above what honest sources send.
const (
	maxTitle    = 500     // characters
	maxExcerpt  = 300     // characters of a description made from a text
	maxBody     = 256_000 // bytes of one entry; a longer one is shown as its beginning
	maxBodies   = 2 << 20 // bytes of all entries of a feed; the entries after that likewise
	maxNames    = 50      // authors, categories, enclosures, other sources of one entry
	shownTitle  = 80      // characters of a title made from a text
	itunesLimit = 250     // characters of a text of iTunes, which takes 255
)

// A sheet is an edition made ready for every format: strings clean, addresses absolute and
// encoded, dates in their bounds, nothing missing that some format demands. Formats only
// write down what is here, so they agree.
type sheet struct {
	name, title, description, language, image, rights string

	license string // address
	genre   string // of podcasts, see genreOf; empty if this is none

	author, email string // who publishes; the author is never empty
	page          string // address of the feed's page, and its Atom id
	home          string // the operator's home page for the feed, or page
	about         string // address that explains our JSON extension
	hub           string // address of the WebSub hub; may be empty
	updated       time.Time
	minutes       int // how often it is worth asking; see rhythm
	pieces        []piece
	tombstones    []tombstone
	words         *words
	zone          *time.Location

	path, self string // path and address of the document, without extension
	// Addresses without extension: of the page of the archive before this document; and if
	// that is a page itself, of the page after it and of the feed.
	previous, next, current string
}

// A piece is an entry made ready for every format.
type piece struct {
	mark uint64 // of all that follows, and of what of the sheet is in its bytes

	id, title, link string
	shown           string // the title, or one made from the text; never empty
	published       time.Time
	updated         time.Time
	changed         string // updated for Atom, see tellApart
	authors         []wiredesk.Author
	categories      []wiredesk.Category
	enclosures      []wiredesk.Enclosure
	podcast         *wiredesk.Podcast
	source          credit
	origin          credit // where the source says it has the item from
	also            []also
	digest          []also // what an entry lists that is a digest
	coverage        int
	note            string // plain text
	pinned          bool

	image, language, rights, license, comments, external string

	withdrawn *tombstone // nil if it was not taken back

	summary string // HTML; empty if body is all there is
	text    string // HTML of the source: content, or summary; may be empty
	body    string // HTML: text with the curator's note and the other sources; never empty
	markup  string // body as feeds have it; see quiet
	whole   bool   // body holds the whole content, not a summary
}

// also is another telling of an entry's story.
type also struct {
	title, link string
	source      credit
	published   time.Time
}

// newSheet makes an edition ready. The settings are sound.
func newSheet(s *Settings, e *wiredesk.Edition) *sheet {
	f := &e.Feed
	sh := &sheet{
		name:        f.Name,
		title:       cut(line(f.Title), maxTitle),
		description: line(f.Description),
		language:    language(f.Language),
		image:       webLink(f.Image),
		rights:      line(f.Rights),
		license:     licenseIn(f.Rights),
		page:        s.BaseURL + "/" + f.Name,
		about:       s.BaseURL + "/#extension",
		path:        "/" + f.Name,
		self:        s.BaseURL + "/" + f.Name,
		hub:         s.Hub,
		home:        webLink(f.HomePage),
		updated:     moment(e.Updated),
		zone:        s.TimeZone,
	}
	if sh.title == "" {
		sh.title = f.Name
	}
	if sh.language == "" {
		sh.language = s.Language
	}
	if e.Pages > 0 {
		sh.previous = s.BaseURL + archivePath(f.Name, e.Pages)
	}
	sh.author, sh.email = nameAndEmail(f.Author)
	if sh.author == "" {
		sh.author = s.Title
	}
	if sh.home == "" {
		sh.home = sh.page
	}
	sh.words = wordsOf(sh.language)
	spent := 0
	for _, t := range e.Tombstones {
		sh.tombstones = append(sh.tombstones, sh.newTombstone(t))
		if at := moment(t.At); at.After(sh.updated) {
			sh.updated = at
		}
	}
	for i := range e.Entries {
		p := sh.newPiece(&e.Entries[i], sh.updated, maxBodies-spent)
		spent += len(p.body) + len(p.summary)
		sh.pieces = append(sh.pieces, p)
		if p.updated.After(sh.updated) {
			sh.updated = p.updated
		}
	}
	if sh.updated.IsZero() { // Atom demands a date; there is none to be had
		sh.updated = earliest
	}
	for i := range sh.pieces {
		if p := &sh.pieces[i]; p.updated.IsZero() {
			p.published, p.updated = sh.updated, sh.updated
		}
	}
	sh.minutes = rhythm(sh.pieces)
	sh.genre = sh.genreOf()
	sh.tellApart()
	return sh
}

// tellApart gives every entry a date of change of its own, as validators ask of Atom: what
// stands behind the seconds, which sources do not say, is taken from the id. So it stays what
// it is, whatever other entries there are.
func (sh *sheet) tellApart() {
	seen := make(map[string]bool, len(sh.pieces))
	for i := range sh.pieces {
		p := &sh.pieces[i]
		h := fnv.New32a()
		h.Write([]byte(p.id))
		for micro := time.Duration(h.Sum32() % 1_000_000); p.changed == "" || seen[p.changed]; micro = (micro + 1) % 1_000_000 {
			p.changed = form(p.updated.Add(micro*time.Microsecond), "2006-01-02T15:04:05.000000Z07:00")
		}
		seen[p.changed] = true
	}
}

// sign gives every piece its mark.
func (sh *sheet) sign(seed maphash.Seed) {
	of := fingerprint(seed, sh.language, sh.about, sh.genre)
	for i := range sh.pieces {
		p := &sh.pieces[i]
		p.mark = fingerprint(seed, of, p)
	}
}

// mend makes plain text of the texts that are no good HTML, and reports whether there are any.
// The store has none: all were cleaned. But a cleaner may have been wrong.
func (sh *sheet) mend(seed maphash.Seed) bool {
	mended := false
	for i := range sh.pieces {
		p := &sh.pieces[i]
		for _, text := range []*string{&p.markup, &p.summary} {
			if !valid.Markup(*text) {
				*text, mended = "<p>"+escapeText(cmp.Or(line(wiredesk.Text(*text)), p.shown))+"</p>", true
			}
		}
	}
	if mended {
		sh.sign(seed)
	}
	return mended
}

// rhythm returns after how many minutes it is worth asking again, in a few coarse steps, by the
// middle distance between entries; what came within a minute counts as one. It depends on the
// entries alone, so that it changes only when they do (O-17).
func rhythm(pieces []piece) int {
	times := make([]time.Time, len(pieces))
	for i := range pieces {
		times[i] = pieces[i].published
	}
	slices.SortFunc(times, func(a, b time.Time) int { return b.Compare(a) })
	var gaps []time.Duration
	for last := 0; last < len(times); {
		next := last + 1
		for next < len(times) && times[last].Sub(times[next]) < time.Minute {
			next++
		}
		if next < len(times) {
			gaps = append(gaps, times[last].Sub(times[next]))
		}
		last = next
	}
	switch {
	case len(pieces) == 0: // a new feed, most likely, and about to be filled
		return 15
	case len(gaps) == 0:
		return 60
	}
	slices.Sort(gaps)
	middle := gaps[len(gaps)/2]
	for _, step := range []struct {
		gap     time.Duration
		minutes int
	}{{15 * time.Minute, 5}, {time.Hour, 15}, {6 * time.Hour, 30}, {48 * time.Hour, 60}, {7 * 24 * time.Hour, 120}} {
		if middle <= step.gap {
			return step.minutes
		}
	}
	return 180
}

// newPiece makes an entry ready. Budget is how many bytes of text it may still add.
func (sh *sheet) newPiece(e *wiredesk.Entry, fallback time.Time, budget int) piece {
	var digest []also
	if len(e.Digest) > 0 {
		e, digest = sh.digest(e)
	}
	if e.Withdrawn.Is() {
		e = sh.withdrawn(e)
	}
	it := &e.Item
	p := piece{
		id:         e.ID,
		title:      cut(line(e.Title), maxTitle),
		link:       webLink(it.Link),
		published:  moment(e.Published),
		updated:    moment(e.Updated),
		authors:    newAuthors(it.Authors),
		categories: newCategories(it.Categories, e.Tags),
		enclosures: newEnclosures(it.Enclosures),
		podcast:    it.Podcast,
		source:     newCredit(e.Source),
		coverage:   max(e.Coverage, 1),
		note:       line(e.Note),
		pinned:     e.Pinned,
		image:      webLink(it.Image),
		language:   language(it.Language),
		rights:     cut(line(it.Rights), maxTitle),
		license:    webLink(it.License),
		comments:   webLink(it.Comments),
		external:   webLink(it.External),
		digest:     digest,
	}
	if it.Origin != nil {
		p.origin = newCredit(wiredesk.Credit{ID: it.Origin.ID, Title: it.Origin.Title, URL: it.Origin.URL, Link: it.Origin.Link})
	}
	if p.published.IsZero() {
		p.published = p.updated
	}
	if p.updated.Before(p.published) {
		p.updated = p.published
	}
	if p.updated.IsZero() {
		p.updated = fallback
	}
	for _, c := range e.Also[:min(len(e.Also), maxNames)] {
		a := also{title: cut(line(c.Title), maxTitle), link: webLink(c.Link), source: newCredit(c.Source), published: moment(c.Published)}
		if a.title != "" || a.source.label() != "" {
			p.also = append(p.also, a)
		}
	}
	if e.Withdrawn.Is() {
		p.withdrawn = new(sh.newTombstone(wiredesk.Tombstone{ID: e.ID, Withdrawal: e.Withdrawn}))
	}
	p.write(it, sh, budget)
	return p
}

// pictureText is how long a text may be that its picture belongs to, in bytes.
const pictureText = 600

// write fills in the texts of a piece.
func (p *piece) write(it *wiredesk.Item, sh *sheet, budget int) {
	content, summary := strings.TrimSpace(clean(it.Content)), strings.TrimSpace(clean(it.Summary))
	p.text, p.whole = content, content != ""
	if p.whole {
		p.summary = summary
	} else {
		p.text = summary
	}
	if len(p.text)+len(p.summary) > min(maxBody, budget) {
		p.text, p.summary, p.whole = sh.beginning(p), "", false
	}
	// A post that is a picture and a few words would be none without it, and few readers show
	// a picture that only stands beside the text. An episode's picture is only its cover.
	if len(p.text) < pictureText && p.image != "" && p.podcast == nil && !strings.Contains(p.text, "<img") {
		p.text += `<p><img src="` + html.EscapeString(p.image) + `" alt=""></p>`
	}
	if p.shown = p.title; p.shown == "" {
		p.shown = cmp.Or(excerpt(p.text, shownTitle), host(p.link), p.source.label(), sh.title)
	}
	p.body = sh.body(p)
	p.markup, p.summary = quiet(p.body), quiet(p.summary)
}
