//go:build unix

package fetch_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wiredesk/fetch"
)

func TestFileLimits(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := fetch.NewClient(fetch.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for u, want := range map[string]string{
		"file://" + pipe:        "not a regular file",
		"file://" + dir:         "not a regular file",
		"file:///dev/zero":      "not a regular file",
		"file://" + large:       "larger than 1000 bytes",
		"file:relative":         "must be absolute",
		"file://other.host/x":   "on this machine",
		"file://localhost/none": "no such file",
	} {
		if _, err := c.Fetch(t.Context(), fetch.Request{URL: u, MaxBody: 1000}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", u, err, want)
		}
	}
}
