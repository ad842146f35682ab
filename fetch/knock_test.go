package fetch_test

import (
	"net/http"
	"testing"
	"time"

	"wiredesk/fetch"
)

// A host is asked for its time with one HEAD of its front page, and what the guard refuses is
// not asked at all.
func TestKnock(t *testing.T) {
	inWorld(t, func(w *world) {
		theirs := time.Now().Add(5 * time.Minute)
		w.web.Handle("example.org", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Date", theirs.Format(http.TimeFormat))
			rw.WriteHeader(http.StatusNotFound)
		}))
		if date, err := w.client.Knock(w.t.Context(), source(url)); err != nil || !date.Equal(theirs) {
			t.Errorf("%v, %v, want %v", date, err, theirs)
		}
		if all := w.web.Requests(); len(all) != 1 || all[0].Method != http.MethodHead || all[0].URI != "/" || all[0].Host != "example.org" || all[0].Header.Get("User-Agent") == "" {
			t.Errorf("asked %+v", all)
		}
		w.web.Handle("example.org", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("Date", "yesterday") }))
		if date, err := w.client.Knock(w.t.Context(), source(url)); err != nil || !date.IsZero() {
			t.Errorf("%v, %v of a host that says nonsense", date, err)
		}
		for _, address := range []string{"http://10.0.0.1/feed", "ftp://example.org/feed"} {
			if _, err := w.client.Knock(w.t.Context(), source(address)); err == nil {
				t.Errorf("%s was asked", address)
			}
		}
	})
}

// The loop of a poller comes round when its pulse is felt, and not when it has ended.
func TestPulse(t *testing.T) {
	inWorld(t, func(w *world) {
		p, stop := w.run(fetch.PollerOptions{}, nil)
		pass(time.Hour)
		p.Pulse()
		pass(time.Second)
		if last := p.Pulse(); time.Since(last) > time.Second {
			t.Errorf("it came round last %v ago", time.Since(last))
		}
		stop()
		p.Pulse()
		pass(time.Hour)
		if last := p.Pulse(); time.Since(last) < time.Hour {
			t.Errorf("it has ended, and came round %v ago", time.Since(last))
		}
	})
}
