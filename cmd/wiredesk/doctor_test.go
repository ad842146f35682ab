package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk/internal/origin"
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
	var items strings.Builder
	for i := range 40 {
		fmt.Fprintf(&items, "<item><guid>%d</guid><title>Item %d</title><link>https://news.example/%d</link><description>%s</description></item>", i, i, i, strings.Repeat(fmt.Sprintf("word%d ", i), 5000))
	}
	all := origin.New()
	defer all.Close()
	all.Handle("news.example/feed", origin.Feed("<rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link>"+items.String()+"</channel></rss>"))
	n, stop := room(t, all, "[server]\nbase_url = \"https://desk.example\"\n[[source]]\nurl = \"https://news.example/feed\"\n")
	defer stop()
	for deadline := time.Now().Add(patient); largestFeed(n.site.Load()) == nil || len(largestFeed(n.site.Load()).Body) < largeFeed; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no large feed was built")
		}
	}
	var d doctor
	d.sizes(n)
	expectCheck(t, d.checks, "sizes", checkWarning, ", which readers fetch after each change")
	n.mu.Lock()
	n.cfg.Storage.MaxSize = 100_000 // less than the config allows, so that the test is quick
	n.mu.Unlock()
	d = doctor{}
	d.sizes(n)
	expectCheck(t, d.checks, "sizes", checkWarning, "of [storage] max_size are in use")
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
