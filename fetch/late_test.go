package fetch_test

import (
	"sync"
	"testing"
	"time"

	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// A poller that is behind says so: two sources of one host are due at once, and the second
// waits for the gap between them. What is asked for by hand is never late.
func TestLateStartsAreTold(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("a.example/*", origin.Feed(origin.RSS("A", "x")))
		var mu sync.Mutex
		var late []time.Duration
		o := fetch.PollerOptions{Gap: 3 * time.Second, OnStart: func(d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			late = append(late, d)
		}}
		p, stop := w.run(o, w.targets(source("https://a.example/1"), source("https://a.example/2")))
		time.Sleep(time.Minute)
		p.Ask(1)
		time.Sleep(time.Minute)
		stop()
		if n := len(w.web.Requests()); n != 3 {
			t.Errorf("%d requests", n)
		}
		if len(late) != 2 || late[0] != 0 || late[1] != 3*time.Second {
			t.Errorf("late by %v", late)
		}
	})
}
