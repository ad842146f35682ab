package grader_test

import (
	"flag"
	"testing"
	"testing/synctest"

	"wiredesk/internal/grader"
)

var soak = flag.Bool("soak", false, "30 days of 200 sources in place of 3 days of 100")

// TestSoak polls origins of every kind for days, with restarts and wrong clocks, and has
// every request judged by the origin: P-20 to P-34.
func TestSoak(t *testing.T) {
	sources, days := 100, 3
	switch {
	case *soak:
		sources, days = 200, 30
	case raced: // the gate has all of them without the race detector
		sources = 30
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		e := grader.New(dir)
		e.Soak(sources, days)
		t.Logf("%d requests in %d days to %d sources", len(e.Web.Requests()), days, sources)
		for _, complaint := range e.Close() {
			t.Error(complaint)
		}
	})
}
