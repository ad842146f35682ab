package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"wiredesk"
	"wiredesk/internal/smalldisk"
	"wiredesk/storage"
)

// the disk is full, 4 KiB later each time: at every write there is. Each says so and
// leaves the database as it was, and goes on when there is room.
func TestDiskFullAtEveryStep(t *testing.T) {
	dir := smalldisk.New(t, 12<<20)
	path := filepath.Join(dir, "wiredesk.db")
	s := openAt(t, path)
	if _, err := s.Register(t.Context(), []wiredesk.Source{{URL: "https://a.example/feed"}, {URL: "https://b.example/feed"}}); err != nil {
		t.Fatal(err)
	}
	many(t, s, 1, 1, 10)
	n, failed := 100, 0
	for step := range 24 {
		left := int64(step) * 4096
		empty := smalldisk.Fill(t, dir, left)
		before, err := s.Items(t.Context(), 0, 10_000, true)
		if err != nil {
			t.Fatal(err)
		}
		var items []wiredesk.Item
		for range 8 {
			n++
			it := article(n)
			it.Content = string(randomText(n, 6000))
			items = append(items, it)
		}
		_, err = s.Record(t.Context(), []wiredesk.Poll{{
			Source: 1, At: start, State: wiredesk.SourceState{ETag: "after", Polled: start}, Document: &wiredesk.Document{Items: items},
		}})
		after, readErr := s.Items(t.Context(), 0, 10_000, true)
		if readErr != nil {
			t.Fatalf("%d bytes left: %v", left, readErr)
		}
		if err != nil {
			failed++
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%d bytes left: %v", left, err)
			}
			if len(after) != len(before) {
				t.Errorf("%d bytes left: a poll that failed brought %d items", left, len(after)-len(before))
			}
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("%d bytes left: %v", left, err)
		}
		empty()
		if err != nil { // there is room again
			many(t, s, 2, 10_000+step, 1)
		}
	}
	if failed == 0 {
		t.Error("it never was full")
	}
	t.Logf("full at %d of 24 steps", failed)
}

// a disk that was full is so for every poll until there is room worth the name: what is
// small is not taken in where the next that is not would be lost, and nobody is told that all is
// well again and again.
func TestDiskIsFullUntilThereIsRoom(t *testing.T) {
	dir := smalldisk.New(t, 12<<20)
	s := openAt(t, filepath.Join(dir, "wiredesk.db"))
	many(t, s, 1, 1, 10)
	record := func(n, size int) error {
		it := article(n)
		it.Content = string(randomText(n, size))
		_, err := s.Record(t.Context(), []wiredesk.Poll{{Source: 1, At: start, Document: &wiredesk.Document{Items: []wiredesk.Item{it}}}})
		return err
	}
	empty := smalldisk.Fill(t, dir, 64<<10)
	if err := record(100, 300_000); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := record(101, 10); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("what is small: %v", err)
	}
	if _, err := s.Record(t.Context(), nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("nothing at all: %v", err)
	}
	if err := s.Commit(t.Context(), storage.Commit{Built: []byte("x")}); err != nil {
		t.Errorf("what must go on: %v", err)
	}
	empty()
	if err := record(102, 10); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("files: %v, %v", left, err)
	}
}

// Neither a copy nor a smaller file comes of a full disk, and the database stays as it was.
func TestCompactOnAFullDisk(t *testing.T) {
	dir := smalldisk.New(t, 6<<20)
	path := filepath.Join(dir, "wiredesk.db")
	s := openAt(t, path)
	for n := range 10 {
		many(t, s, 1, 1+n*50, 50)
	}
	smalldisk.Fill(t, dir, 100<<10)
	if _, _, err := s.Compact(t.Context()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("compact: %v", err)
	}
	if _, err := os.Stat(path + ".compacting"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file is left: %v", err)
	}
	if items, err := s.Items(t.Context(), 0, 10_000, true); err != nil || len(items) != 500 {
		t.Errorf("%d items, %v", len(items), err)
	}
	if _, err := s.Record(t.Context(), nil); err != nil {
		t.Errorf("it is not written to any more: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// randomText is random and made of letters.
func randomText(seed, n int) []byte {
	b := randomBytes(seed, n)
	for i := range b {
		b[i] = 'a' + b[i]%26
	}
	return b
}
