package fetch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

// every returns an origin that has something new at noon of every nth day, dated or not, and
// shows the newest ten, until an end.
func every(days int, dated bool, end time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"><channel><title>Regular</title>`)
		now := time.Now()
		if now.After(end) {
			now = end
		}
		day := now.UTC().Unix() / 86400 / int64(days) * int64(days)
		for n := range int64(10) {
			at := time.Unix((day-n*int64(days))*86400+12*3600, 0)
			if at.After(now) {
				continue
			}
			fmt.Fprintf(&b, "<item><guid>%d</guid><title>Item %d</title>", at.Unix(), at.Unix())
			if dated {
				fmt.Fprintf(&b, "<pubDate>%s</pubDate>", at.UTC().Format(time.RFC1123Z))
			}
			b.WriteString("</item>")
		}
		b.WriteString("</channel></rss>")
		origin.Feed(b.String()).ServeHTTP(w, r)
	})
}

// TestRhythm holds that the pauses of a source are learnt from the dates of its items, and
// where these have none from watching it.
func TestRhythm(t *testing.T) {
	inWorld(t, func(w *world) {
		start := time.Now()
		end := start.Add(60 * 24 * time.Hour)
		w.web.Handle("example.org/feed", every(3, true, end))
		src := source(url)
		st := w.next(src).State
		if st.Rhythm.Pauses[7] != 3 || st.Rhythm.Pauses[8] != 0 && st.Rhythm.Pauses[9] != 0 {
			t.Errorf("after one look: %v", st.Rhythm)
		}
		for time.Since(start) < 90*24*time.Hour {
			st = w.next(src).State
		}
		for i, p := range st.Rhythm.Pauses {
			if p != 3 {
				t.Errorf("pause %d is %d days", i, p)
			}
		}
		if st.Rhythm.Last.After(end) || end.Sub(st.Rhythm.Last) > 4*24*time.Hour {
			t.Errorf("its last news is of %s", st.Rhythm.Last)
		}
	})
	inWorld(t, func(w *world) {
		start := time.Now()
		w.web.Handle("example.org/feed", every(2, false, start.Add(30*24*time.Hour)))
		src := source(url)
		r := w.next(src).State.Rhythm
		if r != (wiredesk.Rhythm{}) {
			t.Errorf("after one look: %v", r)
		}
		for time.Since(start) < 40*24*time.Hour {
			r = w.next(src).State.Rhythm
		}
		for i, p := range r.Pauses[:10] {
			if p < 1 || p > 3 {
				t.Errorf("pause %d is %d days", i, p)
			}
		}
	})
}
