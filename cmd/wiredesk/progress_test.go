package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Where there is no terminal, progress is a line every five seconds, and none for what is
// done sooner.
func TestProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		progress := newProgress(&out, "polling")
		for i := range 12 {
			progress(i, 12)
			time.Sleep(time.Second)
		}
		progress(12, 12)
		if want := "polling: 5 of 12\npolling: 10 of 12\n"; out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	})
}

func TestRoughly(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for want, at := range map[string]time.Time{
		"never":   {},
		"0s ago":  now,
		"59s ago": now.Add(-59 * time.Second),
		"in 90m":  now.Add(90 * time.Minute),
		"3h ago":  now.Add(-3 * time.Hour),
		"in 12d":  now.Add(12 * 24 * time.Hour),
	} {
		if got := ago(at, now); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}
