package fetch

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"time"

	"wiredesk"
)

// An Answer is what of a poll matters for when to ask again. The zero value is a request
// that failed before anything was answered.
type Answer struct {
	Outcome wiredesk.Outcome
	Status  int         // 0 if there was none
	Header  http.Header // of the answer
	// News says that the document has an item that was not there before.
	News bool
	// Page says that a web page came in place of a feed.
	Page bool
	// Blameless says that the network is down: nothing was learnt about the source.
	Blameless bool
	// Salt tells installations apart.
	Salt string
}

const (
	defaultInterval    = time.Hour
	defaultMinInterval = 15 * time.Minute
	defaultMaxInterval = 24 * time.Hour
	// longest is the longest that failures and Retry-After keep us away, unless
	// max_interval is longer.
	longest = 24 * time.Hour
	// patience is what part of the time since a source last had news we wait at least:
	// one that was quiet for a day is asked every two and a half hours.
	patience = 10
)

// Next returns when to ask a source again and why then, in words. st is the state with the
// poll already in it. It is a pure function: there is no chance in it, sources are spread by
// the hash of their address. The time is zero if the source shall never be asked again.
//
// It is never before now + min_interval, and never after now + max_interval and a tenth
// except where the source's skipHours and skipDays say so.
func Next(now time.Time, src *wiredesk.Source, st *wiredesk.SourceState, a Answer) (due time.Time, reason string) {
	r := rangeOf(src).hurried(now, st)
	if !st.Gone.IsZero() {
		return time.Time{}, "gone: the origin says that it will not come back"
	}
	wait, reason := r.base, "every "+say(r.base)
	switch {
	case a.Blameless:
		reason = "the network seems to be down; " + reason
	case isFile(src.URL):
	case a.Outcome == wiredesk.Failed:
		wait, reason = r.afterFailure(now, st, a)
	default:
		wait, reason = r.afterSuccess(now, st, a)
		if wait == r.base && hurry(now, st) > 0 {
			reason += ", because items were missed"
		}
	}
	wait = min(max(wait, r.min), r.max)
	if a.Outcome != wiredesk.Failed && st.Polls > 1 {
		wait, reason = r.untilNews(now, wait, reason, &st.Habit)
	}

	// The first time, sources that were added together are spread over a whole interval;
	// later a tenth keeps them, and other installations, from falling into step.
	spread := wait / 10
	if st.Polls <= 1 && a.Outcome != wiredesk.Failed {
		wait, spread = r.first(now, st, a, wait)
	}
	due = now.Add(wait + fraction(spread, src.URL, a.Salt, st.Polls))
	if moved, skipped := allowed(due, st.Channel.Hints, src.URL); skipped != "" {
		return moved, skipped
	}
	return due, reason
}

// A span is the range within which the interval of a source adapts.
type span struct{ min, base, max time.Duration }

func rangeOf(src *wiredesk.Source) span {
	r := span{src.MinInterval, src.Interval, src.MaxInterval}
	if r.base <= 0 {
		r.base = defaultInterval
	}
	if r.min <= 0 {
		r.min = min(defaultMinInterval, r.base)
	}
	if r.max <= 0 {
		r.max = max(defaultMaxInterval, r.base)
	}
	r.max = max(r.max, r.min)
	r.base = min(max(r.base, r.min), r.max)
	return r
}

// afterSuccess takes the longest of what the source wishes and what its silence suggests.
func (r span) afterSuccess(now time.Time, st *wiredesk.SourceState, a Answer) (time.Duration, string) {
	wait, reason := r.base, "every "+say(r.base)
	longer := func(d time.Duration, why string) {
		if d > wait {
			wait, reason = d, why
		}
	}
	if quiet := silence(now, st); !a.News && quiet > 0 {
		longer(quiet/patience, "nothing new for "+say(quiet))
	}
	d, by := fresh(a.Header)
	longer(d, "asked to wait by "+by)
	longer(st.Channel.Hints.TTL, "asked to wait by ttl")
	longer(st.Channel.Hints.Update, "asked to wait by sy:updatePeriod")
	if d := untilTold(now, st, a); d > 0 {
		longer(min(d, r.max), "its hub sends what is new")
	}
	if wait > r.max {
		reason += ", but no longer than " + say(r.max)
	}
	return wait, reason
}

// first returns the wait and its spread after the first answer: an interval's width from
// the earliest allowed moment on.
func (r span) first(now time.Time, st *wiredesk.SourceState, a Answer, wait time.Duration) (time.Duration, time.Duration) {
	hinted, _ := span{r.min, r.min, r.max}.afterSuccess(now, st, Answer{Header: a.Header, News: true})
	hinted = min(hinted, r.max)
	return hinted, max(min(hinted+r.base, r.max+r.max/10)-hinted, wait/10)
}

// silence is how long a source has had no news; zero where that is not known.
func silence(now time.Time, st *wiredesk.SourceState) time.Duration {
	since := st.Changed
	if since.IsZero() {
		since = st.First
	}
	if since.IsZero() {
		return 0
	}
	return max(now.Sub(since), 0)
}

// afterFailure slows down, doubling with each failure in a row.
func (r span) afterFailure(now time.Time, st *wiredesk.SourceState, a Answer) (time.Duration, string) {
	most := min(r.max, max(longest, r.base))
	if a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable {
		if d, ok := retryAfter(a.Header, now); ok && d < ages/10 {
			if d > most {
				return most, "asked to wait by Retry-After, but no longer than " + say(most)
			}
			return max(d, r.base), "asked to wait by Retry-After"
		}
	}
	// One such answer may be a site in the middle of an update, a second one is meant.
	settled := a.Page || a.Status == http.StatusNotFound || a.Status == http.StatusForbidden || a.Status == http.StatusUnauthorized
	if settled && st.Failures > 1 {
		return most, "slowed down: " + st.Problem
	}
	wait := r.base
	for range st.Failures - 1 {
		if wait >= most {
			break
		}
		wait *= 2
	}
	return min(wait, most), fmt.Sprintf("failed %s in a row", times(st.Failures))
}

// quiet returns how long the whole host is left alone after a 429 or 503; zero for all
// other answers.
func quiet(now time.Time, src *wiredesk.Source, a Answer) time.Duration {
	if a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable {
		return 0
	}
	r := rangeOf(src)
	if d, ok := retryAfter(a.Header, now); ok && d < ages/10 {
		return min(d, max(longest, r.max))
	}
	return r.base
}

// allowed moves a time out of the hours and days that the source wants to be left alone
// in (GMT). A source that names all of them names none. What was moved is spread within
// the first hour that is open.
func allowed(due time.Time, h wiredesk.Hints, url string) (moved time.Time, reason string) {
	const allHours, allDays = 1<<24 - 1, 1<<7 - 1
	hours, days := h.SkipHours&allHours, h.SkipDays&allDays
	if hours == allHours {
		hours = 0
	}
	if days == allDays {
		days = 0
	}
	moved = due
	for range 7*24 + 1 {
		at := moved.UTC()
		switch {
		case days>>at.Weekday()&1 == 1:
			reason = "the source asks to be left alone on " + at.Weekday().String()
		case hours>>at.Hour()&1 == 1:
			reason = "the source asks to be left alone at this hour"
		case reason == "":
			return due, ""
		default:
			return moved.Add(fraction(time.Hour, url, "", 0)), reason
		}
		moved = moved.Add(at.Truncate(time.Hour).Add(time.Hour).Sub(at))
	}
	return due, ""
}

// fraction returns the part of d, less than the whole, that is a source's own at its n-th
// poll.
func fraction(d time.Duration, url, salt string, n uint64) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(url))
	h.Write([]byte{0})
	h.Write([]byte(salt))
	h.Write([]byte{0})
	h.Write(strconv.AppendUint(nil, n, 10))
	// The high bits of FNV are poor for short input; one multiplication mixes them.
	const parts = 1 << 20
	part := (h.Sum64() * 0x9e3779b97f4a7c15) >> 44
	return time.Duration(float64(d) * float64(part) / parts)
}

// say returns a duration as people say it: "3 days", "90 minutes".
func say(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour && d%time.Hour == 0 || d >= 4*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d == time.Hour:
		return "1 hour"
	case d == time.Minute:
		return "1 minute"
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}

func times(n int) string {
	if n <= 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
