package fetch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// officeHours is an origin that has something new each hour from 9 to 17, Monday to Friday.
func officeHours() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"><channel><title>Office</title>`)
		at := time.Now().UTC().Truncate(time.Hour).Add(7 * time.Minute)
		for n := 0; n < 30; at = at.Add(-time.Hour) {
			if d := at.Weekday(); at.After(time.Now()) || d == time.Saturday || d == time.Sunday || at.Hour() < 9 || at.Hour() > 17 {
				continue
			}
			n++
			fmt.Fprintf(&b, "<item><guid>%d</guid><title>Item %d</title><pubDate>%s</pubDate></item>", at.Unix(), at.Unix(), at.Format(time.RFC1123Z))
		}
		b.WriteString("</channel></rss>")
		origin.Feed(b.String()).ServeHTTP(w, r)
	})
}

func TestHabitsAreLearnt(t *testing.T) { // P-35
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", officeHours())
		src := source(url)
		start := time.Now()
		for time.Since(start) < 70*24*time.Hour {
			w.next(src)
		}
		night, weekend, office := 0, 0, 0
		for _, r := range w.web.Requests() {
			at := r.At.UTC()
			if at.Sub(start) < 60*24*time.Hour {
				continue
			}
			switch h := at.Hour(); {
			case at.Weekday() == time.Saturday || at.Weekday() == time.Sunday:
				weekend++
			case h < 7 || h >= 20:
				night++
			default:
				office++
			}
		}
		if night > 3 || weekend > 6 || office < 60 {
			t.Errorf("in 10 days asked %d times at night, %d at weekends, %d in office hours", night, weekend, office)
		}
		if got, want := w.store.items(1), 9*45; got < want {
			t.Errorf("%d items, want %d at least", got, want)
		}
	})
}

func TestHabitsOnlyLengthen(t *testing.T) { // P-35
	office := wiredesk.Habit{Days: [7]uint8{0, 9, 9, 9, 9, 9, 0}}
	for h := 9; h < 18; h++ {
		office.Hours[h] = 9
	}
	few, even := office, wiredesk.Habit{}
	few.Hours[9], few.Days = 0, [7]uint8{}
	for h := range few.Hours {
		few.Hours[h] /= 2
		even.Hours[h] = 8
	}
	day := func(d, hour int) time.Time { return time.Date(2026, 3, d, hour, 0, 0, 0, time.UTC) } // the 4th is a Wednesday
	for name, c := range map[string]struct {
		habit  wiredesk.Habit
		now    time.Time
		least  time.Duration
		reason string
	}{
		"in the evening":       {office, day(4, 20), 12 * time.Hour, "it never has news before Thu 08:00 UTC"},
		"at noon":              {office, day(4, 12), time.Hour, "every 1 hour"},
		"before the weekend":   {office, day(6, 20), 24 * time.Hour, "it never has news before Sat 20:00 UTC"},
		"on Sunday":            {office, day(8, 20), 12 * time.Hour, "it never has news before Mon 08:00 UTC"},
		"too little is known":  {few, day(4, 20), time.Hour, "every 1 hour"},
		"without any habit":    {even, day(4, 20), time.Hour, "every 1 hour"},
		"nothing is known yet": {wiredesk.Habit{}, day(4, 20), time.Hour, "every 1 hour"},
	} {
		st := settled()
		st.Changed, st.Habit = c.now, c.habit
		due, reason := fetch.Next(c.now, source(url), st, fetch.Answer{Outcome: wiredesk.Changed, Status: 200, News: true})
		if wait := due.Sub(c.now); wait < c.least || wait > c.least+c.least/10 || reason != c.reason {
			t.Errorf("%s: waits %s (%s), want %s (%s)", name, wait, reason, c.least, c.reason)
		}
	}
}
