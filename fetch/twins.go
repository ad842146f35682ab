package fetch

import "time"

// Two sources turn out to be one when one of them moves to the address of the other, or
// both to the same. Then one of them is asked for both: the one whose own address it is.

// asker returns the source that is asked at e's address: e itself unless there is another.
func (l *loop) asker(e *dueSource) *dueSource {
	other := l.askers[e.at]
	if other == nil || !other.live() || e.src.URL == e.at && other.src.URL != e.at {
		l.askers[e.at] = e
		return e
	}
	return other
}

// live reports whether a source is asked at all: not if it is gone or paused by hand.
func (e *dueSource) live() bool { return e.index >= 0 || e.queued || e.flying }

// settleAt says where a source is asked from now on; nowhere if at is empty.
func (l *loop) settleAt(e *dueSource, at string) {
	if e.at == at {
		return
	}
	if l.askers[e.at] == e {
		delete(l.askers, e.at) // who else is asked there takes over when it is due
	}
	e.at = at
	if at == "" {
		return
	}
	if other := l.asker(e); other != e {
		l.p.log.Info("source has moved to where another one is, which is asked for both", "source", called(e.src), "other", called(other.src))
	}
}

// leaveToOther passes a source over: another one is asked at its address. It is looked at
// again an interval later, when that may have ended.
func (l *loop) leaveToOther(e *dueSource, now time.Time) {
	if l.once {
		delete(l.entries, e.id)
		l.settle(result{skipped: true})
		return
	}
	wait := rangeOf(e.src).base
	l.due.put(e, now.Add(wait+fraction(wait/10, e.src.URL, "", 0)))
}
