package fetch

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"wiredesk"
)

// A job is one source to ask, as the loop sees it at that moment.
type job struct {
	ctx    context.Context //nolint:containedctx // of this job alone; it ends with it
	done   context.CancelFunc
	e      *dueSource // belongs to the loop: only handed back
	id     wiredesk.SourceID
	src    *wiredesk.Source
	host   string
	due    time.Time
	byHand bool
	search *search
	page   *page
}

// A result is what became of a job.
type result struct {
	job      job
	due      time.Time // when to ask again; zero for never
	quiet    time.Time // until when host asked to be left alone
	host     string
	search   *search // an older page is to be asked next
	skipped  bool    // not asked: gone, paused, or to be left alone
	err      error   // of the store: nothing came of it
	polled   bool
	poll     wiredesk.Poll
	recorded wiredesk.Recorded
}

// worker does jobs until there are no more. There are as many workers as there were ever
// jobs at once: a new one for each would grow its stack anew.
func (l *loop) worker() {
	for j := range l.jobs {
		var r result
		switch {
		case j.page == nil:
			r = l.ask(j.ctx, j)
		case j.page.absence != nil:
			r = l.askAbsence(j.ctx, j)
		default:
			r = l.askPage(j.ctx, j)
		}
		j.done()
		l.recorder.flying.Add(-1)
		l.done <- r
	}
}

// ask does a job: state, request, record. It runs in its own goroutine and returns only
// after what came was recorded, so that the next poll of the source sees it, and so that
// no more documents wait in memory than requests may be under way.
func (l *loop) ask(ctx context.Context, j job) result {
	if j.search != nil {
		return l.askOlder(ctx, j)
	}
	r := result{job: j, host: j.host}
	now := time.Now()
	later := now.Add(rangeOf(j.src).base)
	st, err := l.p.o.Store.State(ctx, j.id)
	if err != nil {
		if ctx.Err() == nil {
			r.err = fmt.Errorf("read the state of %s: %w", called(j.src), err)
		}
		r.due = later
		return r
	}
	switch known := learntAt(j.src, st); {
	case !known.Gone.IsZero(), st.Paused:
		r.skipped = true
		return r
	case known.Quiet.After(now) && credible(now, known.Quiet, j.src):
		r.skipped, r.due, r.quiet = true, known.Quiet, known.Quiet
		return r
	}
	// The clock or a host that asked for quiet may have moved it into such an hour.
	if open, asks := allowed(now, st.Channel.Hints, j.src.URL); asks != "" && !j.byHand {
		r.skipped, r.due = true, open
		return r
	}
	l.outage.forget(j.id)
	if l.p.o.OnStart != nil && !j.byHand {
		l.p.o.OnStart(max(now.Sub(j.due), 0))
	}
	f := l.p.o.Client.poll(ctx, j.id, j.src, st, now)
	if ctx.Err() != nil {
		// It was cut short by us and says nothing about the source.
		r.due = later
		return r
	}
	polls := l.outage.judge(j.host, f)
	l.tell(j.src, st, polls[0])
	recorded, err := l.recorder.record(polls)
	if err != nil {
		r.err = fmt.Errorf("record a poll of %s: %w", called(j.src), err)
		r.due = later
		return r
	}
	r.polled, r.poll = true, polls[0]
	for _, rec := range recorded {
		if rec.Source == j.id {
			r.recorded = rec
		}
	}
	if r.recorded.Missed {
		l.noteGap(&r, now, f)
	}
	r.due, r.quiet = r.poll.State.Due, r.poll.State.Quiet
	if f.host != "" {
		r.host = f.host
	}
	return r
}

// tell logs what an operator may act on: changes of a source's state, not every poll.
func (l *loop) tell(src *wiredesk.Source, before wiredesk.SourceState, p wiredesk.Poll) {
	log, name, after := l.p.log, sourceName{src}, p.State
	if log.Enabled(context.Background(), slog.LevelDebug) {
		log.Debug("polled", "source", name, "outcome", p.Outcome.String(), "status", after.Status, "took", p.Took, "due", after.Due, "reason", after.Reason)
	}
	switch {
	case !after.Gone.IsZero() && before.Gone.IsZero():
		log.Warn("source is gone for good and will not be asked again", "source", name)
	case after.Failures == 1 && before.Failures == 0:
		log.Warn("source fails", "source", name, "problem", after.Problem)
	case after.Failures == 0 && before.Failures > 0:
		log.Info("source is well again", "source", name, "failures", before.Failures)
	}
	if after.Moved == seenMoved && before.Moved < seenMoved {
		log.Info("source has moved", "source", name, "to", whereTo(src, after.Location), "followed", Awaits(src, &after) == "")
	}
}

// A sourceName is what a log calls a source. It is made only if that is written.
type sourceName struct{ src *wiredesk.Source }

// LogValue returns what the source is called.
func (n sourceName) LogValue() slog.Value { return slog.StringValue(called(n.src)) }

// add counts a poll.
func (s *Summary) add(p wiredesk.Poll, r wiredesk.Recorded) {
	s.Polled++
	switch p.Outcome {
	case wiredesk.Failed:
		s.Failed++
	case wiredesk.NotModified:
		s.NotModified++
	case wiredesk.Unchanged:
		s.Unchanged++
	case wiredesk.Changed:
		s.Changed++
	}
	s.New += len(r.New)
	s.Revised += len(r.Revised)
}
