package fetch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

func TestFileSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a feed.xml")
	write := func(names ...string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(origin.RSS("Local", names...)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := fetch.NewClient(fetch.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	src := source("file://" + strings.ReplaceAll(filepath.ToSlash(path), " ", "%20"))
	var st wiredesk.SourceState
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	poll := func(want wiredesk.Outcome) {
		t.Helper()
		p := c.Poll(t.Context(), 1, src, st, now)
		if p.Outcome != want {
			t.Errorf("%v (%s), want %v", p.Outcome, p.State.Problem, want)
		}
		if wait := p.State.Due.Sub(now); wait < 15*time.Minute || wait > 2*time.Hour {
			t.Errorf("a file is asked again after %s", wait)
		}
		st, now = p.State, p.State.Due
	}
	poll(wiredesk.Failed)
	if st.Problem != "no such file" {
		t.Error(st.Problem)
	}
	write("a")
	poll(wiredesk.Changed)
	poll(wiredesk.Unchanged)
	write("a", "b")
	poll(wiredesk.Changed)
	if st.Status != 0 || st.Conditional != 0 {
		t.Errorf("state %+v", st)
	}
}
