package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"wiredesk/storage"
)

// A database that somebody emptied is damaged, and nothing is written over it; an empty file that
// never was one is made one.
func TestEmptied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := storage.Open(path, storage.Options{Create: true, Check: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open(path, storage.Options{Create: true, Check: true}); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("an emptied database: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("it was written to: %v, %v", info, err)
	}
}
