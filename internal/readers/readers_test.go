package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk/internal/golden"
)

// TestReaders holds what was found when each reader read what we publish: its file has what it
// says that was not meant.
func TestReaders(t *testing.T) { // O-10, S-25
	stand, err := newStand(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stand.close()
	for _, r := range readers {
		t.Run(r.name, func(t *testing.T) {
			if missing := r.missing(); missing != "" {
				t.Skipf("%s is not installed (Debian packages %s)", missing, r.debian)
			}
			said, err := stand.ask(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, filepath.Join("testdata", r.name+".golden"), []byte(said))
		})
	}
}

// TestReadersAreDocumented holds that the table names all readers that are asked.
func TestReadersAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/readers.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readers {
		if !strings.Contains(string(page), "| "+r.name+" |") {
			t.Errorf("docs/readers.md does not have %s", r.name)
		}
	}
}
