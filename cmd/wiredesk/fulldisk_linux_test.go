package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wiredesk/internal/smalldisk"
	"wiredesk/storage"
)

// a copy that a full disk does not hold says that, of the name that it was to have, and
// leaves nothing.
func TestBackupOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "wiredesk.toml")
	if err := os.WriteFile(config, []byte("[storage]\npath = \"db\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := storage.Open(filepath.Join(dir, "db"), storage.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	small := smalldisk.New(t, 64<<10)
	var out, errs strings.Builder
	copied := filepath.Join(small, "copy.db")
	if code := run(context.Background(), []string{"backup", "--config", config, copied}, surroundings{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}); code != 1 {
		t.Errorf("exit code %d, %s", code, out.String())
	}
	want := fmt.Sprintf("wiredesk: backup: %s: no space left on device\nhint: there is no room for the copy, and nothing is left of it; make room, or name a file on another disk\n", copied)
	if errs.String() != want {
		t.Errorf("it says\n%swant\n%s", errs.String(), want)
	}
	if left, err := os.ReadDir(small); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if err := (backupCommand{File: "x"}).named(syscall.EIO); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
}
