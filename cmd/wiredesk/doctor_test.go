package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
	"wiredesk/publish"
)

// expectCheck holds that a check of that name is in that state and says that.
func expectCheck(t *testing.T, checks []checkup, name, state, text string) {
	t.Helper()
	if !slices.ContainsFunc(checks, func(c checkup) bool {
		return c.Name == name && c.State == state && strings.Contains(c.Text, text) && (state == checkOK || state == checkSkipped || c.Hint != "")
	}) {
		t.Errorf("no %s is %s and says %q, with what to do, in %+v", name, state, text, checks)
	}
}

// What is larger than readers and disks like is told, and what to do.
func TestDoctorSeesSizes(t *testing.T) {
	t.Parallel()
	all := origin.New()
	defer all.Close()
	n, stop := room(t, all, "[server]\nbase_url = \"https://desk.example\"\n")
	defer stop()
	var d doctor
	d.sizes(n)
	expectCheck(t, d.checks, "sizes", checkOK, "the database has ")
	n.mu.Lock()
	n.cfg.Storage.MaxSize = 32 << 10 // less than the config allows, and than an empty one has
	n.mu.Unlock()
	d = doctor{}
	d.sizes(n)
	expectCheck(t, d.checks, "sizes", checkWarning, " of the 32 KiB of [storage] max_size are in use")
	d = doctor{}
	d.feedSize(&publish.Document{Path: "/go.json", Body: make([]byte, 2<<20)})
	expectCheck(t, d.checks, "sizes", checkWarning, "/go.json has 2.0 MiB, which readers fetch after each change")
}

// A clock is judged by that of a host.
func TestDoctorSeesTheClock(t *testing.T) {
	t.Parallel()
	var d doctor
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for text, theirs := range map[string]time.Time{"it is right": now.Add(-30 * time.Second), "does not say": {}, "it is 24h0m0s off": now.Add(24 * time.Hour), "it is 5m0s off": now.Add(-5 * time.Minute)} {
		d.checks = nil
		d.clock(now, theirs)
		state := checkFailed
		switch text {
		case "it is right":
			state = checkOK
		case "does not say":
			state = checkSkipped
		}
		expectCheck(t, d.checks, "clock", state, text)
	}
}

// A database that root put in place is one that the service cannot open.
func TestDoctorSeesWhoseDatabaseItIs(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := doctor{cfg: &config.Config{Storage: config.Storage{Path: path}}}
	d.permissions()
	expectCheck(t, d.checks, "permissions", checkOK, "")
	if err := os.Chown(filepath.Dir(path), 12345, 12345); err != nil {
		t.Fatal(err)
	}
	d.checks = nil
	d.permissions()
	expectCheck(t, d.checks, "permissions", checkFailed, "the database belongs to root")
}

// The network is at fault if nobody can be reached, and not for one host that fails.
func TestDoctorSeesTheNetwork(t *testing.T) {
	t.Parallel()
	gone := &fetch.RequestError{Reason: "no route to host", Network: true}
	theirs := &fetch.RequestError{Reason: "connection refused"}
	for name, c := range map[string]struct {
		answers     []error // of hosts a, b and so on
		state, text string
	}{
		"nobody to ask":     {nil, checkSkipped, "there is no public source"},
		"the first answers": {[]error{nil, gone}, checkOK, "a.example answers"},
		"the third answers": {[]error{gone, theirs, nil}, checkOK, "c.example answers"},
		"none of three":     {[]error{gone, gone, gone, nil}, checkFailed, "c.example: no route to host"},
		"one host":          {[]error{theirs}, checkWarning, "a.example: connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			d := doctor{cfg: &config.Config{}}
			answers := map[string]error{}
			for i, err := range c.answers {
				url := fmt.Sprintf("https://%c.example/feed", 'a'+i)
				answers[url] = err
				d.cfg.Sources = append(d.cfg.Sources, wiredesk.Source{URL: url})
			}
			d.knock(t.Context(), func(_ context.Context, s *wiredesk.Source) (time.Time, error) { return time.Now(), answers[s.URL] })
			expectCheck(t, d.checks, "network", c.state, c.text)
		})
	}
}
