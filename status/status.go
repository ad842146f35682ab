package status

import (
	"net/http"
	"slices"
	"time"

	"wiredesk"
)

// A Source is what is known of a source at one moment.
type Source struct {
	Wish  wiredesk.Source // as the config wants it
	ID    wiredesk.SourceID
	First string // its first address, from which the ids of events are made
	List  string // the reading list that names it; empty if the config does
	State wiredesk.SourceState
	// MovedTo is where several polls in a row said that it has moved for good; empty if it
	// has not. Waits says that it is not asked there before a person agrees.
	MovedTo string
	Waits   bool
	// Holds are what waits of it behind the gates, each gate once.
	Holds []wiredesk.Hold
}

// What makes a source broken. One failure is nothing: sites are updated, machines are
// started anew.
const (
	// failures in a row, and less where the answer was clear: there is no such document, or
	// it is no feed.
	failures      = 3
	clearFailures = 2
	// The failures must be spread over as many intervals, but a day is enough.
	spread     = 2
	longSpread = 24 * time.Hour
)

// What makes a source silent.
const (
	// knownPauses is how many pauses between its days with news must be known before it has a
	// rhythm.
	knownPauses = 4
	// timesLonger is how many times its usual pause it must be silent.
	timesLonger = 3
	// leastSilence is for those that write every day: a long weekend is no news.
	leastSilence = 4 * 24 * time.Hour
)

// Next returns how a source is now, and the events that led there from how it was when its
// owner was last told. Of a source that is paused nothing changes.
func Next(s *Source, before wiredesk.Condition) (now wiredesk.Condition, events []wiredesk.Event) {
	st := &s.State
	if s.Wish.Paused || st.Paused {
		return before, nil
	}
	if st.Polled.IsZero() { // never asked, or purged
		return wiredesk.Condition{}, nil
	}
	now = wiredesk.Condition{Broken: broken(s, before.Broken), Gone: st.Gone, Silent: silent(s, before.Silent), Moved: s.MovedTo}
	if !now.Gone.IsZero() {
		now.Broken = time.Time{}
	}
	// A person may have asked for another try of one that is gone: nothing is known yet.
	if now.Gone.IsZero() && !before.Gone.IsZero() && st.Failures > 0 {
		now.Gone = before.Gone
	}
	for _, h := range s.Holds {
		switch h.Gate {
		case wiredesk.GateFlood:
			now.Flood = h.At
		case wiredesk.GateHijack:
			now.Hijack = h.At
		case wiredesk.GateApproval:
			if now.Approval = before.Approval; now.Approval.IsZero() {
				now.Approval = h.At
			}
		}
	}
	return now, s.changes(before, now)
}

// changes returns an event for everything that was not so before.
func (s *Source) changes(before, now wiredesk.Condition) (events []wiredesk.Event) {
	st := &s.State
	tell := func(e wiredesk.Event) { events = append(events, e) }
	failed, fails := !before.Broken.IsZero() || !before.Gone.IsZero(), !now.Broken.IsZero() || !now.Gone.IsZero()
	switch {
	case !now.Gone.IsZero() && before.Gone.IsZero():
		tell(s.gone())
	case !now.Broken.IsZero() && !failed:
		tell(s.broken(now.Broken))
	case failed && !fails:
		tell(s.answers(earliest(before.Broken, before.Gone)))
	}
	if now.Moved != "" && now.Moved != before.Moved {
		tell(s.moved())
	}
	switch {
	case !now.Silent.IsZero() && before.Silent.IsZero():
		tell(s.silent(now.Silent))
	case now.Silent.IsZero() && !before.Silent.IsZero() && st.Failures == 0:
		tell(s.speaks(before.Silent))
	}
	for _, h := range s.Holds {
		switch {
		case h.Gate == wiredesk.GateFlood && now.Flood.After(before.Flood),
			h.Gate == wiredesk.GateHijack && now.Hijack.After(before.Hijack),
			h.Gate == wiredesk.GateApproval && before.Approval.IsZero():
			tell(s.held(h))
		}
	}
	return events
}

// broken returns since when a source is broken; zero if it is not. Once it is, only an answer
// mends it.
func broken(s *Source, before time.Time) time.Time {
	st := &s.State
	switch {
	case st.Failures == 0:
		return time.Time{}
	case !before.IsZero():
		return before
	}
	enough, over := failures, time.Duration(spread)
	if isClear(st) {
		enough, over = clearFailures, spread-1
	}
	interval := s.Wish.Interval
	if interval <= 0 {
		interval = time.Hour
	}
	if st.Failures < enough || st.Polled.Sub(st.Failing) < min(over*interval, longSpread) {
		return time.Time{}
	}
	return st.Failing
}

// isClear reports whether the answer to the last poll leaves little hope for the next one.
func isClear(st *wiredesk.SourceState) bool {
	return slices.Contains([]int{http.StatusOK, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, st.Status)
}

// silent returns the date of the last news of a source that has been silent for longer than
// it ever is; zero if it has not, or has no rhythm. It is judged at its last answer: whoever
// cannot be asked is not silent.
func silent(s *Source, before time.Time) time.Time {
	st := &s.State
	if st.Failures > 0 || !st.Gone.IsZero() {
		return before
	}
	last := st.Rhythm.Last
	if st.Changed.After(st.First) { // its first document is only as new as its dates
		last = latest(last, st.Changed)
	}
	usual, known := usualPause(&st.Rhythm)
	if !known || last.IsZero() || st.Succeeded.Sub(last) <= max(timesLonger*usual, leastSilence) {
		return time.Time{}
	}
	return last
}

// usualPause returns the longest pause that a source makes between two days with news, as far
// as its newest pauses say. One alone makes no habit: it is the second longest.
func usualPause(r *wiredesk.Rhythm) (pause time.Duration, known bool) {
	pauses := slices.Clone(r.Pauses[:])
	slices.Sort(pauses)
	slices.Reverse(pauses)
	return time.Duration(pauses[1]) * 24 * time.Hour, pauses[knownPauses-1] > 0
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earliest returns the earlier of two times that is not zero.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
