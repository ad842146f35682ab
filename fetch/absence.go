package fetch

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"wiredesk"
)

// Sources with CheckWithdrawn: where an entry left the document while older ones stayed, its
// link is asked whether there is still something, twice at most. It stands in its host's line
// like any page.

const (
	// absenceWait is how long after an entry was missed its link is asked: who edits an entry
	// often takes it away for a moment.
	absenceWait = time.Hour
	// absenceAgain is how long after that it is asked again: a page that is away for a moment is
	// not withdrawn.
	absenceAgain  = 24 * time.Hour
	absenceTries  = 2
	absenceWindow = 7 * 24 * time.Hour // older absences are not asked about
	absencesAtOne = 10                 // asked about at once, of one source: more is no withdrawal
)

// Absences keeps which entries are absent and what came of asking.
type Absences interface {
	// Absent returns the absences of a source's items that began since a moment and are not
	// settled.
	Absent(ctx context.Context, source wiredesk.SourceID, since time.Time) ([]wiredesk.Absence, error)
	RecordAbsence(ctx context.Context, a wiredesk.Absence) error
}

// wantAbsences puts the links of entries that a source's document passed over in line. They
// are found in the store each time, so a restart forgets none.
func (l *loop) wantAbsences(now time.Time, e *dueSource) {
	if !e.src.CheckWithdrawn || l.p.o.Absences == nil || l.p.o.FullTexts == nil {
		return
	}
	absent, err := l.p.o.Absences.Absent(context.Background(), e.id, now.Add(-absenceWindow))
	if err != nil {
		l.p.log.Error("cannot read which entries are absent", "source", called(e.src), "error", err)
		return
	}
	if len(absent) > absencesAtOne {
		absent = absent[:absencesAtOne]
	}
	for i := range absent {
		p := &page{Linked: wiredesk.Linked{Item: absent[i].Item}, absence: &absent[i]}
		due, ok := p.due(now)
		if !ok || l.once && due.After(now) || l.pages[p.Item.ID] != nil {
			continue
		}
		l.addPage(now, e, p, due)
	}
}

// absentDue returns when to ask about an absence; false if never.
func absentDue(a *wiredesk.Absence, now time.Time) (time.Time, bool) {
	switch {
	case a.Tries == 0:
		return later(now, a.Since.Add(absenceWait)), true
	case a.Next.IsZero():
		return now, false
	}
	return later(now, a.Next), true
}

// askAbsence asks whether there is something at the link of an absent entry, and records what
// came of it.
func (l *loop) askAbsence(ctx context.Context, j job) result {
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
	a := j.page.absence
	before := *a
	a.Tries++
	a.Next = now.Add(absenceAgain)
	// Written down before it is made, as with any page.
	if err := l.p.o.Absences.RecordAbsence(ctx, *a); err != nil {
		*a = before
		return l.lostPage(ctx, r, now, fmt.Errorf("write down that a link is asked: %w", err))
	}
	p := l.p.o.Client.readAbsence(ctx, j, &st, now)
	if ctx.Err() != nil {
		r.skipped = true
		return r
	}
	if l.outage.page(j.host, a.Status != 0, p.unreached) {
		// Nobody was troubled, and it says nothing about the link.
		*a = before
		a.Next = now.Add(pageWait)
	} else {
		conclude(a, before.Status, now)
	}
	l.heed(ctx, &r, p, now)
	if err := l.p.o.Absences.RecordAbsence(context.WithoutCancel(ctx), *a); err != nil {
		return l.lostPage(ctx, r, now, fmt.Errorf("record what is at a link: %w", err))
	}
	if !a.Withdrawn.IsZero() && l.p.o.OnWithdrawn != nil {
		l.p.o.OnWithdrawn(a.Item.ID)
	}
	return r
}

// conclude says what the answers so far mean: 410 is a word, 404 twice is one too, and where
// there is something nothing was withdrawn. Before is the status of the try before.
func conclude(a *wiredesk.Absence, before int, now time.Time) {
	switch {
	case a.Status == http.StatusGone, a.Status == http.StatusNotFound && before == http.StatusNotFound:
		a.Withdrawn, a.Next = now, time.Time{}
	case a.Tries >= absenceTries, a.Status >= 200 && a.Status < 400:
		a.Next = time.Time{}
	}
}

// readAbsence asks for a page and reads no more of it than its status.
func (c *Client) readAbsence(ctx context.Context, j job, st *wiredesk.SourceState, now time.Time) (p visit) {
	q := request(j.src, st, now)
	q.URL, q.Page, q.MaxBody = j.page.Item.Link, true, 1
	q.ETag, q.LastModified, q.From = "", "", ""
	q.AllowPrivate = q.AllowPrivate && HostOf(q.URL) == HostOf(j.src.URL)
	resp, err := c.Fetch(ctx, q)
	a := j.page.absence
	a.Status = 0
	if resp != nil {
		a.Status, p.host = resp.Status, HostOf(resp.URL)
		p.busy = quiet(now, j.src, Answer{Status: resp.Status, Header: resp.Header})
	}
	p.unreached = unreachable(err)
	return p
}
