package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"wiredesk"
)

// Sources with FullText: the page that an item links to is asked for its article. A page
// stands in its host's line like a source, so that all limits of polling hold for it.

const (
	// fullTextWindow is how long after its first sight or revision an item's page is asked.
	fullTextWindow = 3 * 24 * time.Hour
	// fullTextBacklog is how many pages are asked of what was there before we looked: before
	// the source was first read, or before its articles were wanted.
	fullTextBacklog = 5
	pageTries       = 4
	pageWait        = 15 * time.Minute // after the first failure; four times as long after each
	maxPageBody     = 2 << 20
	acceptPage      = "text/html, application/xhtml+xml"
)

// FullTexts keeps what came of asking pages.
type FullTexts interface {
	// WantFullTexts says of which sources articles are wanted from now on, and of which not.
	WantFullTexts(ctx context.Context, now time.Time, wanted map[wiredesk.SourceID]bool) error
	// Linked returns the items of a source's newest document that are new or revised since,
	// and how many pages were ever asked of items that were there before articles were
	// wanted.
	Linked(ctx context.Context, source wiredesk.SourceID, since time.Time) (linked []wiredesk.Linked, before int, err error)
	// RecordFullText stores what came of asking a page.
	RecordFullText(ctx context.Context, ft wiredesk.FullText) error
	// Pauses returns until when hosts asked to be left alone, as [FullTexts.RecordPause]
	// was told.
	Pauses(ctx context.Context, now time.Time) (map[string]time.Time, error)
	RecordPause(ctx context.Context, host string, now, until time.Time) error
}

// A page is one that is to be asked, and its item.
type page struct {
	wiredesk.Linked
	// absence says that nothing but whether there is still something is asked; nil if the
	// article is wanted.
	absence *wiredesk.Absence
}

// wantFullTexts has it written down since when articles are wanted of sources: what they had
// before is no news.
func (l *loop) wantFullTexts(now time.Time, targets []Target) {
	if l.p.o.FullTexts == nil {
		return
	}
	wanted := make(map[wiredesk.SourceID]bool, len(targets))
	for _, t := range targets {
		wanted[t.ID] = t.Source.FullText
	}
	if err := l.p.o.FullTexts.WantFullTexts(context.Background(), now, wanted); err != nil {
		l.p.log.Error("cannot write down of which sources articles are wanted", "error", err)
	}
}

// wantPages puts the pages of a source's items in line. They are found in the store each
// time, so a restart forgets none.
func (l *loop) wantPages(now time.Time, e *dueSource) {
	if !e.src.FullText || l.p.o.FullTexts == nil {
		return
	}
	l.sweep(now) // the hosts of earlier pages
	linked, before, err := l.p.o.FullTexts.Linked(context.Background(), e.id, now.Add(-fullTextWindow))
	if err != nil {
		l.p.log.Error("cannot read which pages to ask", "source", called(e.src), "error", err)
		return
	}
	// The newest come first: of what was there before we looked only these are asked.
	slices.SortStableFunc(linked, func(a, b wiredesk.Linked) int { return b.Item.Published.Compare(a.Item.Published) })
	for i := range linked {
		if p := &linked[i]; p.Before && p.FullText.At.IsZero() && l.pages[p.Item.ID] != nil {
			before++ // in line
		}
	}
	for i := range linked {
		p := &page{Linked: linked[i]}
		due, ok := p.due(now)
		if !ok || l.once && due.After(now) {
			continue
		}
		x := l.pages[p.Item.ID]
		if x == nil && p.Before && p.FullText.At.IsZero() {
			if before >= fullTextBacklog {
				continue
			}
			before++
		}
		if x != nil {
			if x.page.Item.Link == p.Item.Link && x.page.Item.Revised.Equal(p.Item.Revised) {
				continue
			}
			if x.flying { // an older version of the item is asked just now
				x.outdated = true
				continue
			}
			l.takeOut(x)
			l.leave(x)
			if l.once {
				l.total--
				l.left--
			}
		}
		l.addPage(now, e, p, due)
	}
}

// due returns when a page is to be asked; false if never.
func (p *page) due(now time.Time) (time.Time, bool) {
	if !strings.HasPrefix(p.Item.Link, "http://") && !strings.HasPrefix(p.Item.Link, "https://") {
		return now, false
	}
	if p.absence != nil {
		return absentDue(p.absence, now)
	}
	ft := &p.FullText
	switch {
	case ft.At.IsZero(), !ft.For.Equal(p.Item.Revised), ft.Link != p.Item.Link:
		ft.Tries, ft.Next = 0, time.Time{}
		return now, true
	case ft.Next.IsZero(), ft.Tries >= pageTries:
		return now, false
	}
	return later(now, ft.Next), true
}

// AboutPage says in words what came of asking an item's page, or why it was not asked. Asked
// is how many pages of items were asked that were there before their articles were wanted,
// pauses until when hosts asked to be left alone.
func AboutPage(l *wiredesk.Linked, asked int, pauses map[string]time.Time, now time.Time) string {
	p := page{Linked: *l}
	due, wanted := p.due(now)
	again := ""
	if wanted {
		again = "asked again " + due.UTC().Format(time.RFC3339)
	}
	if until := pauses[HostOf(l.Item.Link)]; wanted && until.After(due) {
		again = "the host asked to be left alone until " + until.UTC().Format(time.RFC3339)
	}
	switch ft := &l.FullText; {
	case ft.HTML != "":
		return "taken from the link"
	case ft.Problem != "" && again != "":
		return ft.Problem + "; " + again
	case ft.Problem != "":
		return ft.Problem
	case !ft.At.IsZero():
		return "being asked"
	case !wanted:
		return "not asked: the item has no link to a page"
	case later(l.Item.Seen, l.Item.Revised).Before(now.Add(-fullTextWindow)):
		return "not asked: the item is older than three days"
	case l.Before && asked >= fullTextBacklog:
		return fmt.Sprintf("not asked: the item was there before articles were wanted, and of these the newest %d are asked", fullTextBacklog)
	case due.After(now) || pauses[HostOf(l.Item.Link)].After(now):
		return "not asked yet: " + again
	}
	return "not asked yet"
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// pausesOf reads which hosts asked, for a page, to be left alone: a restart forgets none.
func pausesOf(p *Poller, now time.Time) map[string]time.Time {
	all := map[string]time.Time{}
	if p.o.FullTexts == nil {
		return all
	}
	read, err := p.o.FullTexts.Pauses(context.Background(), now)
	if err != nil {
		p.log.Error("cannot read which hosts asked for quiet", "error", err)
		return all
	}
	return read
}

// observe leaves a host alone that asked for that before it was in line, or before a restart.
func (l *loop) observe(now time.Time, h *host, src *wiredesk.Source) {
	until, ok := l.pauses[h.name]
	switch {
	case !ok:
	case !until.After(now):
		delete(l.pauses, h.name)
	case until.After(h.quiet) && credible(now, until, src):
		h.quiet = now.Add(until.Sub(now)) // on the clock that never jumps
		l.ready.sort(h, l.p.o.PerHost)
	}
}

func (l *loop) addPage(now time.Time, e *dueSource, p *page, due time.Time) {
	h := l.hostOf(p.Item.Link)
	l.observe(now, h, e.src)
	x := &dueSource{id: e.id, src: e.src, host: h, at: p.Item.Link, index: -1, leased: true, page: p}
	h.entries[x] = struct{}{}
	l.pages[p.Item.ID] = x
	l.due.put(x, due)
	if l.once {
		l.total++
		l.left++
	}
}

// dropPages forgets the pages of a source that is polled no more.
func (l *loop) dropPages(id wiredesk.SourceID) {
	for item, x := range l.pages {
		if x.id != id {
			continue
		}
		delete(l.pages, item)
		l.takeOut(x)
		l.leave(x)
	}
}

// finishPage takes in what came of a page. What is to be asked again is in line again.
func (l *loop) finishPage(ctx context.Context, now time.Time, r result) {
	e := r.job.e
	if r.quiet.After(now) {
		l.hush(ctx, now, r.host, r.quiet)
	}
	if l.once {
		l.left--
	}
	defer l.leave(e)
	if e.removed {
		return
	}
	delete(l.pages, e.page.Item.ID)
	if r.err != nil {
		l.lost(r.err)
	}
	if src := l.entries[e.id]; e.outdated && src != nil {
		l.wantPages(now, src)
		return
	}
	if due, ok := e.page.due(now); ok && !r.skipped && !l.once {
		l.addPage(now, e, e.page, later(due, r.due))
	}
}

// askPage asks one page and records what came of it.
func (l *loop) askPage(ctx context.Context, j job) result {
	r := result{job: j, host: j.host}
	now := time.Now()
	st, err := l.p.o.Store.State(ctx, j.id)
	if err != nil {
		return l.lostPage(ctx, r, now, fmt.Errorf("read the state of %s: %w", called(j.src), err))
	}
	if !st.Gone.IsZero() || st.Paused {
		r.skipped = true
		return r
	}
	ft := &j.page.FullText
	before := *ft
	ft.Item, ft.Link, ft.For, ft.At = j.page.Item.ID, j.page.Item.Link, j.page.Item.Revised, now
	ft.Tries++
	ft.Next = now.Add(pageWait << (2 * (ft.Tries - 1)))
	// The try is written down before it is made: a program that crashes again and again
	// asks nobody twice.
	if err := l.p.o.FullTexts.RecordFullText(ctx, *ft); err != nil {
		*ft = before
		return l.lostPage(ctx, r, now, fmt.Errorf("write down that a page is asked: %w", err))
	}
	tried := *ft
	p := l.p.o.Client.readPage(ctx, j, &st, now)
	if ctx.Err() != nil {
		r.skipped = true // the store has it as to be asked later
		return r
	}
	if l.outage.page(j.host, ft.Status != 0, p.unreached) {
		// Nobody was troubled, and it says nothing about the page.
		*ft = before
		ft.Item, ft.Link, ft.For, ft.At, ft.Problem = tried.Item, tried.Link, tried.For, tried.At, "the network is down"
		ft.Next = now.Add(pageWait)
	}
	l.heed(ctx, &r, p, now)
	if err := l.p.o.FullTexts.RecordFullText(context.WithoutCancel(ctx), *ft); err != nil {
		*ft = tried // as the store has it
		return l.lostPage(ctx, r, now, fmt.Errorf("record an article: %w", err))
	}
	if ft.HTML != before.HTML && l.p.o.OnFullText != nil {
		l.p.o.OnFullText(ft.Item)
	}
	return r
}

// heed has a host left alone that asked for it when it was visited.
func (l *loop) heed(ctx context.Context, r *result, p visit, now time.Time) {
	if p.busy == 0 {
		return
	}
	r.host, r.quiet = p.host, now.Add(p.busy)
	if err := l.p.o.FullTexts.RecordPause(context.WithoutCancel(ctx), r.host, now, r.quiet); err != nil {
		l.p.log.Error("cannot write down that a host asked for quiet", "host", r.host, "error", err)
	}
}

// lostPage is for what the store failed to do. The page is asked again later, but for the end
// of the run.
func (l *loop) lostPage(ctx context.Context, r result, now time.Time, err error) result {
	if ctx.Err() != nil {
		r.skipped = true
		return r
	}
	r.err, r.due = err, now.Add(pageWait)
	return r
}

// A visit is what asking a page taught beside the page itself.
type visit struct {
	host      string        // that answered
	busy      time.Duration // how long it asks to be left alone
	unreached bool          // nobody was reached: the network may be at fault
}

// readPage asks for a page and takes in the article, or why there is none.
func (c *Client) readPage(ctx context.Context, j job, st *wiredesk.SourceState, now time.Time) (p visit) {
	ft := &j.page.FullText
	q := request(j.src, st, now)
	q.URL, q.Page, q.MaxBody = ft.Link, true, min(cmp.Or(q.MaxBody, maxPageBody), maxPageBody)
	q.ETag, q.LastModified, q.From = ft.ETag, ft.LastModified, ft.Answered
	// What a feed links to must not reach into a private network that only its source may.
	q.AllowPrivate = q.AllowPrivate && HostOf(ft.Link) == HostOf(j.src.URL)
	resp, err := c.Fetch(ctx, q)
	ft.Status = 0
	if resp != nil {
		ft.Status, p.host = resp.Status, HostOf(resp.URL)
		p.busy = quiet(now, j.src, Answer{Status: resp.Status, Header: resp.Header})
	}
	p.unreached = unreachable(err)
	transient := err != nil && !errors.Is(err, ErrRefused) && !errors.Is(err, ErrTooLarge) || ft.Status >= 500 || ft.Status == 429
	if ft.Tries >= pageTries || !transient {
		ft.Next = time.Time{}
	} else {
		ft.Next = later(ft.Next, now.Add(p.busy)) // it may be another host than that of the link
	}
	if err == nil && resp.Status == http.StatusNotModified && resp.Conditional {
		ft.Problem = ""
		err = compare(wiredesk.Text(ft.HTML), ft.Title, &j.page.Item)
		if err == nil {
			return p
		}
		// The entry has changed and its page, says the server, has not. If it is wrong, it
		// says so to whoever does not ask whether it has; until then the entry stands for
		// itself.
		ft.HTML, ft.Title, ft.ETag, ft.LastModified, ft.Answered = "", "", "", "", ""
		ft.Problem = oneLine(err.Error(), maxReason)
		if ft.Tries < pageTries {
			ft.Next = now.Add(pageWait)
		}
		return p
	}
	html, title := "", ""
	if err == nil {
		html, title, err = c.article(resp, j)
	}
	switch {
	case err == nil:
		ft.HTML, ft.Title, ft.Problem, ft.Answered = html, title, "", resp.URL
		ft.ETag, ft.LastModified = validators(resp.Header)
	case ft.Next.IsZero():
		ft.HTML, ft.Title, ft.ETag, ft.LastModified, ft.Answered = "", "", "", "", ""
		fallthrough
	default:
		ft.Problem = oneLine(err.Error(), maxReason)
	}
	return p
}

// unreachable reports whether a request failed because nobody was reached.
func unreachable(err error) bool {
	e, ok := errors.AsType[*RequestError](err)
	return ok && e.Network
}

// article returns the article of an answer and the page's title, or why it has none.
func (c *Client) article(resp *Response, j job) (html, title string, err error) {
	switch {
	case resp.Status != http.StatusOK:
		return "", "", fmt.Errorf("%d at the link", resp.Status)
	case !isHTML(resp.Header):
		return "", "", errors.New("not HTML")
	case wiredesk.FrontPage(resp.URL) && !wiredesk.FrontPage(j.page.Item.Link):
		return "", "", errors.New("the link leads to the front page")
	}
	return extract(resp, &j.page.Item, j.src.KeepTrackers)
}

func isHTML(h http.Header) bool {
	kind, _, _ := strings.Cut(strings.ToLower(h.Get("Content-Type")), ";")
	kind = strings.TrimSpace(kind)
	return kind == "text/html" || kind == "application/xhtml+xml"
}
