package pending_test

import (
	"os"
	"path/filepath"
	"testing"

	"wiredesk/internal/pending"
)

// Until a file is put in place the old one is there, and nothing is left of one that never is.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	expect := func(text string) {
		t.Helper()
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, put := range []bool{false, true} {
		f, err := pending.New(name, dir, 0o640)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("new"); err != nil {
			t.Fatal(err)
		}
		expect("old")
		if put {
			if err := f.Replace(); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Cleanup(); err != nil {
			t.Error(err)
		}
	}
	expect("new")
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v are left", left, err)
	}
	if _, err := pending.New(name, filepath.Join(dir, "nowhere"), 0o600); err == nil {
		t.Error("a folder that is not there can be written to")
	}
}
