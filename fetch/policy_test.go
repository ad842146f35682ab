package fetch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) // a Wednesday

// settled is the state of a source that was polled often and had news just now.
func settled() *wiredesk.SourceState {
	return &wiredesk.SourceState{Polls: 100, Changed: noon, First: noon.Add(-time.Hour)}
}

func headers(lines ...string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

func TestHeadersThatAskToWait(t *testing.T) {
	const date = "Date: Wed, 04 Mar 2026 12:00:00 GMT"
	for _, c := range []struct {
		header []string
		want   time.Duration // at least, and a tenth more at most
		reason string
	}{
		{nil, time.Hour, "every 1 hour"},
		// P-21
		{[]string{"Cache-Control: max-age=7200"}, 2 * time.Hour, "asked to wait by max-age=7200"},
		{[]string{"Cache-Control: public, MAX-AGE=7200, immutable"}, 2 * time.Hour, "max-age"},
		{[]string{"Cache-Control: public", "Cache-Control: max-age=7200"}, 2 * time.Hour, "max-age"},
		{[]string{"Cache-Control: s-maxage=7200"}, time.Hour, "every"},
		{[]string{"Cache-Control: no-cache"}, time.Hour, "every"},
		{[]string{"Cache-Control: no-store, max-age=7200"}, time.Hour, "every"},
		{[]string{"Cache-Control: max-age=0"}, time.Hour, "every"},
		// P-22
		{[]string{"Cache-Control: max-age=504576000"}, 24 * time.Hour, "but no longer than 24 hours"},
		{[]string{"Cache-Control: max-age=1000000000000"}, 24 * time.Hour, "max-age"},
		{[]string{"Cache-Control: max-age=99999999999999999999999"}, 24 * time.Hour, "max-age"},
		{[]string{"Cache-Control: max-age=-1"}, time.Hour, "every"},
		{[]string{`Cache-Control: max-age="7200"`}, 2 * time.Hour, "max-age"},
		{[]string{"Cache-Control: max-age=7200, max-age=10800"}, 2 * time.Hour, "max-age"},
		{[]string{"Cache-Control: max-age=7200.5"}, 2 * time.Hour, "max-age"},
		{[]string{"Cache-Control: max-age=soon"}, time.Hour, "every"},
		// P-23
		{[]string{date, "Expires: Wed, 04 Mar 2026 15:00:00 GMT"}, 3 * time.Hour, "asked to wait by Expires"},
		{[]string{"Date: Sat, 04 Mar 2006 12:00:00 GMT", "Expires: Sat, 04 Mar 2006 15:00:00 GMT"}, 3 * time.Hour, "Expires"},
		{[]string{date, "Expires: Wed, 04 Mar 2026 15:00:00 GMT", "Cache-Control: max-age=7200"}, 2 * time.Hour, "max-age"},
		{[]string{date, "Expires: Mon, 01 Jan 9999 00:00:00 GMT"}, 24 * time.Hour, "Expires"},
		{[]string{date, "Expires: 0"}, time.Hour, "every"},
		{[]string{date, "Expires: -1"}, time.Hour, "every"},
		{[]string{date, "Expires: Wed, 04 Mar 2026 09:00:00 GMT"}, time.Hour, "every"},
		{[]string{"Expires: Wed, 04 Mar 2026 15:00:00 GMT"}, time.Hour, "every"},
		// P-24
		{[]string{"Cache-Control: max-age=7200", "Age: 1800"}, 90 * time.Minute, "max-age"},
		{[]string{"Cache-Control: max-age=3600", "Age: 3000"}, time.Hour, "every"},
		{[]string{"Cache-Control: max-age=3600", "Age: 99999"}, time.Hour, "every"},
	} {
		for _, outcome := range []wiredesk.Outcome{wiredesk.Changed, wiredesk.Unchanged, wiredesk.NotModified} {
			due, reason := fetch.Next(noon, source(url), settled(), fetch.Answer{Outcome: outcome, Status: 200, Header: headers(c.header...)})
			if wait := due.Sub(noon); wait < c.want || wait > c.want+c.want/10 || !strings.Contains(reason, c.reason) {
				t.Errorf("%q, %v: waits %s (%s), want %s (%s)", c.header, outcome, wait, reason, c.want, c.reason)
			}
		}
	}
}

func TestHintsOfTheDocument(t *testing.T) {
	for _, c := range []struct {
		hints wiredesk.Hints
		want  time.Duration
		word  string
	}{
		{wiredesk.Hints{TTL: 3 * time.Hour}, 3 * time.Hour, "ttl"},                                 // P-25
		{wiredesk.Hints{TTL: 1000 * time.Hour}, 24 * time.Hour, "ttl"},                             // P-25
		{wiredesk.Hints{TTL: -time.Hour}, time.Hour, "every"},                                      // P-25
		{wiredesk.Hints{Update: 12 * time.Hour}, 12 * time.Hour, "sy:updatePeriod"},                // P-28
		{wiredesk.Hints{TTL: 3 * time.Hour, Update: 2 * time.Hour}, 3 * time.Hour, "ttl"},          // P-29
		{wiredesk.Hints{TTL: time.Minute, Update: 5 * time.Hour}, 5 * time.Hour, "updatePeriod"},   // P-29
		{wiredesk.Hints{SkipHours: 1<<24 - 1, SkipDays: 1<<7 - 1}, time.Hour, "every"},             // P-26, P-27: all of them is none
		{wiredesk.Hints{SkipHours: 1<<13 | 1<<14}, 3 * time.Hour, "left alone at this hour"},       // P-26
		{wiredesk.Hints{SkipDays: 1 << time.Wednesday}, 12 * time.Hour, "left alone on Wednesday"}, // P-27
	} {
		st := settled()
		st.Channel.Hints = c.hints
		due, reason := fetch.Next(noon, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Status: 200})
		most := c.want + max(c.want/10, 0)
		if strings.Contains(c.word, "left alone") {
			most = c.want + time.Hour
		}
		if wait := due.Sub(noon); wait < c.want-time.Hour/2 || wait > most || !strings.Contains(reason, c.word) {
			t.Errorf("%+v: waits %s (%s), want %s (%s)", c.hints, wait, reason, c.want, c.word)
		}
	}
}

func TestSkippedHoursAndDaysAreLeftAlone(t *testing.T) { // P-26, P-27
	rapid.Check(t, func(t *rapid.T) {
		h := wiredesk.Hints{SkipHours: rapid.Uint32().Draw(t, "hours"), SkipDays: rapid.Uint8().Draw(t, "days")}
		now := noon.Add(time.Duration(rapid.Int64Range(0, int64(14*24*time.Hour)).Draw(t, "now")))
		st := settled()
		st.Channel.Hints = h
		due, reason := fetch.Next(now, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Status: 200})
		at := due.UTC()
		hours, days := h.SkipHours&(1<<24-1), h.SkipDays&(1<<7-1)
		if hours != 1<<24-1 && hours>>at.Hour()&1 == 1 {
			t.Fatalf("due at %s (%s)", at, reason)
		}
		if days != 1<<7-1 && days>>at.Weekday()&1 == 1 {
			t.Fatalf("due at %s (%s)", at, reason)
		}
	})
}

func TestFailuresSlowDown(t *testing.T) { // P-41, P-42, P-43
	for name, c := range map[string]struct {
		a    fetch.Answer
		want []time.Duration // by failures in a row
	}{
		"server error":   {fetch.Answer{Status: 500}, []time.Duration{1, 2, 4, 8, 16, 24, 24}},
		"no answer":      {fetch.Answer{}, []time.Duration{1, 2, 4, 8, 16, 24, 24}},
		"no Retry-After": {fetch.Answer{Status: 503}, []time.Duration{1, 2, 4, 8}},
		"not found":      {fetch.Answer{Status: 404}, []time.Duration{1, 24, 24}},
		"forbidden":      {fetch.Answer{Status: 403}, []time.Duration{1, 24}},
		"unauthorized":   {fetch.Answer{Status: 401}, []time.Duration{1, 24}},
		"a page":         {fetch.Answer{Status: 200, Page: true}, []time.Duration{1, 24}},
	} {
		for i, want := range c.want {
			st := settled()
			st.Failures, st.Problem = i+1, "it is broken"
			due, reason := fetch.Next(noon, source(url), st, c.a)
			want *= time.Hour
			if wait := due.Sub(noon); wait < want || wait > want+want/10 {
				t.Errorf("%s, failure %d: waits %s (%s), want %s", name, i+1, wait, reason, want)
			}
		}
	}
	st := settled()
	st.Failures = 1 << 40
	if due, _ := fetch.Next(noon, source(url), st, fetch.Answer{}); due.Sub(noon) > 27*time.Hour {
		t.Errorf("after very many failures: %s", due)
	}
}

func TestRetryAfter(t *testing.T) { // P-40, P-41
	for said, want := range map[string]time.Duration{
		"7200":                          2 * time.Hour,
		"5":                             time.Hour, // not sooner than usual
		"Wed, 04 Mar 2026 15:00:00 GMT": 3 * time.Hour,
		"Wed, 04 Mar 2026 09:00:00 GMT": time.Hour, // has passed
		"soon":                          time.Hour,
		"-7200":                         time.Hour,
		"0":                             time.Hour,
		"315360000":                     time.Hour, // ten years: nobody means that
		"604800":                        24 * time.Hour,
		"99999999999999999999999999":    time.Hour,
	} {
		for _, status := range []int{429, 503} {
			st := settled()
			st.Failures = 1
			due, reason := fetch.Next(noon, source(url), st, fetch.Answer{Status: status, Header: headers("Retry-After: " + said)})
			if wait := due.Sub(noon); wait < want || wait > want+want/10 {
				t.Errorf("%d, %s: waits %s (%s), want %s", status, said, wait, reason, want)
			}
		}
	}
}

func TestGoneIsForEver(t *testing.T) { // P-44
	st := settled()
	st.Gone = noon
	if due, reason := fetch.Next(noon, source(url), st, fetch.Answer{Status: 410}); !due.IsZero() || reason == "" {
		t.Errorf("due %s (%s)", due, reason)
	}
}

func TestQuietSourcesAreAskedLess(t *testing.T) { // P-35
	for quiet, want := range map[time.Duration]time.Duration{
		0: time.Hour, 5 * time.Hour: time.Hour, 24 * time.Hour: 144 * time.Minute, 30 * 24 * time.Hour: 24 * time.Hour,
	} {
		st := settled()
		st.Changed = noon.Add(-quiet)
		due, reason := fetch.Next(noon, source(url), st, fetch.Answer{Outcome: wiredesk.NotModified, Status: 304})
		if wait := due.Sub(noon); wait < want || wait > want+want/10 {
			t.Errorf("quiet for %s: waits %s (%s), want %s", quiet, wait, reason, want)
		}
		due, reason = fetch.Next(noon, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Status: 200, News: true})
		if wait := due.Sub(noon); wait > 66*time.Minute {
			t.Errorf("quiet for %s, then news: waits %s (%s)", quiet, wait, reason)
		}
	}
}

func TestSourcesAreSpread(t *testing.T) { // P-30
	for name, src := range map[string]*wiredesk.Source{
		"the defaults": {},
		"an interval":  source(""),
	} {
		buckets := map[int]int{}
		first, last := time.Duration(1<<62), time.Duration(0)
		for i := range 500 {
			s := *src
			s.URL = fmt.Sprintf("https://example.org/%d.xml", i)
			due, _ := fetch.Next(noon, &s, &wiredesk.SourceState{Polls: 1}, fetch.Answer{Outcome: wiredesk.Changed, Status: 200, News: true})
			wait := due.Sub(noon)
			first, last = min(first, wait), max(last, wait)
			buckets[int(wait/time.Minute)]++
		}
		for minute, n := range buckets {
			if n > 25 {
				t.Errorf("%s: %d of 500 in minute %d", name, n, minute)
			}
		}
		if first < 15*time.Minute || last-first < 50*time.Minute {
			t.Errorf("%s: from %s to %s", name, first, last)
		}
	}
	same := 0
	for i := range uint64(100) {
		st := settled()
		st.Polls = 100 + i
		a, _ := fetch.Next(noon, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Salt: "a"})
		b, _ := fetch.Next(noon, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Salt: "b"})
		if d := a.Sub(b).Abs(); d < time.Second {
			same++
		}
	}
	if same > 10 {
		t.Errorf("two installations stay in phase: %d of 100 polls within a second", same)
	}
}

func TestNextKeepsItsBounds(t *testing.T) { // P-20, P-22, P-29
	rapid.Check(t, func(t *rapid.T) {
		minute := func(name string, most int64) time.Duration {
			return time.Duration(rapid.Int64Range(0, most).Draw(t, name)) * time.Minute
		}
		src := &wiredesk.Source{URL: rapid.StringMatching(`https://[a-z]{1,5}\.example/`).Draw(t, "url")}
		src.MinInterval = minute("min", 60)
		src.Interval = src.MinInterval + minute("interval", 600)
		src.MaxInterval = src.Interval + minute("max", 6000)
		st := &wiredesk.SourceState{
			Polls: rapid.Uint64().Draw(t, "polls"), Failures: rapid.IntRange(0, 1<<30).Draw(t, "failures"),
			Changed: noon.Add(-minute("changed", 1<<20)),
		}
		copy(st.Habit.Hours[:], rapid.SliceOfN(rapid.Uint8(), 24, 24).Draw(t, "hours"))
		copy(st.Habit.Days[:], rapid.SliceOfN(rapid.Uint8(), 7, 7).Draw(t, "days"))
		st.Channel.Hints = wiredesk.Hints{TTL: minute("ttl", 1<<30) - time.Hour, Update: minute("update", 1<<30)}
		a := fetch.Answer{
			Outcome: wiredesk.Outcome(rapid.IntRange(0, 3).Draw(t, "outcome")),
			Status:  rapid.SampledFrom([]int{0, 200, 304, 403, 404, 429, 500, 503}).Draw(t, "status"),
			Header: headers("Cache-Control: max-age="+rapid.StringMatching(`[0-9]{0,30}`).Draw(t, "age"),
				"Retry-After: "+rapid.StringMatching(`-?[0-9]{0,30}`).Draw(t, "retry")),
			News: rapid.Bool().Draw(t, "news"), Page: rapid.Bool().Draw(t, "page"), Blameless: rapid.Bool().Draw(t, "blameless"),
		}
		due, reason := fetch.Next(noon, src, st, a)
		least, most := src.MinInterval, src.MaxInterval
		if src.Interval == 0 {
			most = max(most, 24*time.Hour)
		}
		if most == 0 {
			most = 24 * time.Hour
		}
		if wait := due.Sub(noon); wait < least || wait > most+most/10 {
			t.Fatalf("waits %s (%s), not within %s and %s", wait, reason, least, most)
		}
		if reason == "" {
			t.Fatal("no reason")
		}
		if again, _ := fetch.Next(noon, src, st, a); !again.Equal(due) {
			t.Fatal("the same arguments give another answer")
		}
	})
}
