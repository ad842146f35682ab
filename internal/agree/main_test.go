package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestAgreement: on real captures, we read what feedparser reads. The differences that
// there are have their reasons in docs/parsing.md.
func TestAgreement(t *testing.T) {
	if err := exec.Command("/usr/bin/python3", "-c", "import feedparser").Run(); err != nil {
		t.Skip("no python3-feedparser here (Debian: apt install python3-feedparser)")
	}
	dir := os.Getenv("WIREDESK_FEEDS")
	if dir == "" {
		dir = "../../../shared/feeds"
	}
	dir = filepath.Join(dir, "real")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no third-party feeds here; set WIREDESK_FEEDS to a folder that has them")
	}
	var out, problems bytes.Buffer
	if code := run(t.Context(), []string{dir}, &out, &problems); code != 0 {
		t.Fatalf("exit code %d: %s", code, problems.String())
	}
	t.Log("\n" + out.String())
	least := map[string]float64{"title": 99, "link": 85, "id": 97, "date": 98, "author": 85, "enclosures": 99}
	for _, m := range regexp.MustCompile(`(?m)^(\w+) .* agree \((.*?) %\)$`).FindAllStringSubmatch(out.String(), -1) {
		if percent, err := strconv.ParseFloat(m[2], 64); err != nil || percent < least[m[1]] {
			t.Errorf("%s: %s %%, want at least %v", m[1], m[2], least[m[1]])
		}
		delete(least, m[1])
	}
	if len(least) > 0 {
		t.Errorf("nothing was said of %v", least)
	}
}

func TestUsage(t *testing.T) {
	var out, problems bytes.Buffer
	if code := run(t.Context(), nil, &out, &problems); code != 2 {
		t.Errorf("exit code %d", code)
	}
	if code := run(t.Context(), []string{t.TempDir()}, &out, &problems); code != 1 {
		t.Errorf("exit code %d", code)
	}
}
