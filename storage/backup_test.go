package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/storage"
)

// many records n articles of a source in one document.
func many(t *testing.T, s *storage.Store, source wiredesk.SourceID, from, n int) {
	t.Helper()
	var items []wiredesk.Item
	for i := range n {
		it := article(from + i)
		it.Content += fmt.Sprintf("<p>%x</p>", randomBytes(from+i, 900))
		items = append(items, it)
	}
	poll(t, s, source, start.Add(time.Duration(from)*time.Second), false, items...)
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// Readers read and writers write while the file is exchanged; nothing of it is lost.
func TestCompactBesideOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s := openAt(t, path)
	ctx := t.Context()
	if _, err := s.Register(ctx, []wiredesk.Source{{URL: "https://a.example/feed"}, {URL: "https://b.example/feed"}}); err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		many(t, s, 1, 1+n*50, 50)
	}
	if _, err := s.Forget(ctx, 1); err != nil {
		t.Fatal(err)
	}
	many(t, s, 2, 1, 10)
	big := sizeOf(t, path)

	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			items, err := s.Items(ctx, 0, 10_000, true)
			if err != nil || len(items) < 10 {
				t.Errorf("%d items, %v", len(items), err)
				return
			}
		}
	})
	written := 0
	others.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			written++
			if err := s.Lease(ctx, map[wiredesk.SourceID]time.Time{wiredesk.SourceID(written): start}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 3 {
		before, after, err := s.Compact(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if before == big && after > before/4 {
			t.Errorf("%d bytes of %d are left", after, before)
		}
	}
	close(stop)
	others.Wait()
	if _, err := storage.Open(path, storage.Options{Wait: time.Millisecond}); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("another process: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	for id := 1; id <= written; id++ {
		if st, err := s.State(ctx, wiredesk.SourceID(id)); err != nil || !st.Due.Equal(start) {
			t.Fatalf("lease %d of %d is lost: %v, %v", id, written, st.Due, err)
		}
	}
	if items, err := s.Items(ctx, 0, 100, true); err != nil || len(items) != 10 {
		t.Errorf("%d items, %v", len(items), err)
	}
	t.Logf("%d writes beside it", written)
}

// A copy that was cut short is in nobody's way.
func TestCompactAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s := openAt(t, path)
	many(t, s, 1, 1, 5)
	left := path + ".compacting"
	if err := os.WriteFile(left, []byte("half a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("half a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if items, err := s.Items(t.Context(), 0, 10, true); err != nil || len(items) != 5 {
		t.Errorf("%d items, %v", len(items), err)
	}
}

func TestRestoreKeepsWhatItReplaces(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "wiredesk.db"), filepath.Join(dir, "copy.db")
	s := openAt(t, path)
	many(t, s, 1, 1, 3)
	f, err := os.Create(copied)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	many(t, s, 1, 4, 3)
	if _, _, err := storage.Restore(t.Context(), copied, path, start); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("under a process: %v", err)
	}
	_ = s.Close()
	replaced, inv, err := storage.Restore(t.Context(), copied, path, start)
	if err != nil || inv.Items != 3 {
		t.Fatalf("%+v, %v", inv, err)
	}
	for file, want := range map[string]int{path: 3, replaced: 6} {
		if inv, err := storage.Verify(t.Context(), file); err != nil || inv.Items != want {
			t.Errorf("%s: %+v, %v", file, inv, err)
		}
	}
	if _, _, err := storage.Restore(t.Context(), copied, path, start); err == nil {
		t.Error("what was kept was written over")
	}
}

// a database of which any part is damaged is found out before it is used, or its
// damage is such that all of it can be read. It is never written over.
func TestDamageIsFound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "wiredesk.db")
	s := openAt(t, path)
	for n := range 4 {
		many(t, s, wiredesk.SourceID(n+1), 1+n*100, 5)
	}
	if _, _, err := s.Compact(t.Context()); err != nil { // no page that nobody needs
		t.Fatal(err)
	}
	_ = s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 16 << 10
	tried, opened := 0, 0
	try := func(name string, damaged []byte) {
		tried++
		file := filepath.Join(dir, "damaged.db")
		_ = os.Remove(file) // the lock of one that bbolt panicked over ends with the process
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := storage.Open(file, storage.Options{Create: true, Check: true})
		if err != nil {
			if !errors.Is(err, storage.ErrNotDatabase) && !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
			if now, _ := os.ReadFile(file); !bytes.Equal(now, damaged) {
				t.Errorf("%s: it was written to", name)
			}
			return
		}
		opened++
		items, err := s.Items(context.Background(), 0, 1000, true)
		if err == nil && len(items) < 19 {
			t.Errorf("%s: opens, and has %d items", name, len(items))
		}
		_ = s.Close()
	}
	for n := 1; n < len(whole)/page; n++ {
		damaged := bytes.Clone(whole)
		clear(damaged[n*page : (n+1)*page])
		try(fmt.Sprintf("page %d is zeros", n), damaged)
		for _, at := range []int{0, 8, 10, 12, 16, 20, 24, 28, 40, 200} { // its head, its first elements, its content
			damaged := bytes.Clone(whole)
			damaged[n*page+at] ^= 0x41
			try(fmt.Sprintf("page %d, byte %d", n, at), damaged)
		}
		try(fmt.Sprintf("cut short after page %d", n), whole[:n*page])
		try(fmt.Sprintf("cut short within page %d", n), whole[:n*page+1234])
	}
	t.Logf("%d tried, %d opened", tried, opened)
}

// a database that is moved away under the daemon is not written to any more: nobody
// would find it. It can still be read, and is well again when it is back.
func TestMovedAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s := openAt(t, path)
	many(t, s, 1, 1, 3)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	lease := map[wiredesk.SourceID]time.Time{1: start}
	if err := s.Lease(t.Context(), lease); !errors.Is(err, storage.ErrReplaced) {
		t.Errorf("written: %v", err)
	}
	if _, _, err := s.Compact(t.Context()); !errors.Is(err, storage.ErrReplaced) {
		t.Errorf("compacted: %v", err)
	}
	if items, err := s.Items(t.Context(), 0, 10, true); err != nil || len(items) != 3 {
		t.Errorf("%d items, %v", len(items), err)
	}
	var b bytes.Buffer
	if n, err := s.Backup(t.Context(), &b); err != nil || n == 0 {
		t.Errorf("backup: %d bytes, %v", n, err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := s.Lease(t.Context(), lease); err != nil {
		t.Error(err)
	}
}

// a database that is cut short under the daemon is an error and not its end.
func TestCutShortWhileOpen(t *testing.T) {
	for _, left := range []int64{0, 100, 40 << 10} {
		path := filepath.Join(t.TempDir(), "wiredesk.db")
		s, err := storage.Open(path, storage.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 4 {
			many(t, s, 1, 1+n*100, 40)
		}
		if err := os.Truncate(path, left); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := s.Items(t.Context(), 0, 1000, true); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("%d bytes are left: read: %v", left, err)
			}
			if err := s.Lease(t.Context(), map[wiredesk.SourceID]time.Time{1: start}); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("%d bytes are left: written: %v", left, err)
			}
		}
		_ = s.Close()
	}
}

// A database that reaches its limit takes nothing in, stays below it, and goes on once there
// is room.
func TestMaxSize(t *testing.T) {
	const most = 8 << 20
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s, err := storage.Open(path, storage.Options{Create: true, Now: start})
	if err == nil {
		err = s.Limit(most, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	if _, err := s.Register(ctx, []wiredesk.Source{{URL: "https://a.example/feed"}}); err != nil {
		t.Fatal(err)
	}
	record := func(n int) error {
		it := article(n)
		it.Content += fmt.Sprintf("<p>%x</p>", randomBytes(n, 20_000))
		_, err := s.Record(ctx, []wiredesk.Poll{{Source: 1, At: start, Document: &wiredesk.Document{Items: []wiredesk.Item{it}}}})
		return err
	}
	n := 0
	for ; n < 1000 && err == nil; n++ {
		err = record(n)
	}
	if !errors.Is(err, storage.ErrFull) {
		t.Fatalf("after %d items: %v", n, err)
	}
	if err := s.Lease(ctx, map[wiredesk.SourceID]time.Time{1: start}); !errors.Is(err, storage.ErrFull) {
		t.Errorf("a source may be asked: %v", err)
	}
	for range 100 { // people go on deciding
		if _, err := s.Decide(ctx, wiredesk.Decision{Item: 1, Verb: wiredesk.Hide, At: start}, nil); err != nil {
			t.Fatal(err)
		}
	}
	file, used, err := s.Size()
	if err != nil || file != sizeOf(t, path) || file > most || used > file || used < most/2 {
		t.Errorf("the file has %d bytes, of which %d are used, %v", file, used, err)
	}
	if err := s.Writable(); err != nil {
		t.Errorf("what is full can be written to: %v", err)
	}
	if inv, err := s.Examine(ctx); err != nil || inv.Items != n-1 || inv.Sources != 1 || inv.Bytes != file {
		t.Errorf("%d items: %+v, %v", n-1, inv, err)
	}
	if _, err := s.Forget(ctx, 1); err != nil {
		t.Fatal(err)
	}
	for more := range 10 {
		if err := record(5000 + more); err != nil {
			t.Errorf("there is room again: %v", err)
		}
	}
	if _, now, err := s.Size(); err != nil || now > used/2 {
		t.Errorf("%d bytes are used, %v, and were %d", now, err, used)
	}
	t.Logf("%d items, %d bytes", n, sizeOf(t, path))
}

// Polls bring only as much as can be published too: a build of many items in many feeds fits into
// what is left, however few bytes the items have. One that does not, as of a feed that is new and
// takes everything, says how much it needs.
func TestMaxSizeLeavesRoomForABuild(t *testing.T) {
	const most, feeds, many = 2 << 20, 20, 50
	s := open(t)
	if err := s.Limit(most, feeds); err != nil {
		t.Fatal(err)
	}
	var all []wiredesk.ItemID
	var err error
	for n := 0; err == nil; n += many {
		var items []wiredesk.Item
		for i := range many {
			items = append(items, wiredesk.Item{GUID: fmt.Sprintf("tag:%d", n+i), Title: fmt.Sprintf("Title %d", n+i), Mark: uint64(n + i + 1)})
		}
		var recorded []wiredesk.Recorded
		if recorded, err = s.Record(t.Context(), []wiredesk.Poll{{Source: 1, At: start, Document: &wiredesk.Document{Items: items}}}); err == nil {
			all = append(all, recorded[0].New...)
		}
	}
	if !errors.Is(err, storage.ErrFull) || len(all) == 0 {
		t.Fatalf("%d items: %v", len(all), err)
	}
	build := func(rows int) (c storage.Commit) {
		for _, id := range all {
			c.Assignments = append(c.Assignments, wiredesk.Assignment{Item: id, Story: id})
			for n := range rows {
				c.Rows = append(c.Rows, wiredesk.Row{Feed: fmt.Sprintf("feed%d", n), Item: id, ID: "urn:uuid:6d9ae959-c7eb-5f1e-8d93-70ab0c48de93", Published: start, Place: start, Announced: start})
			}
		}
		return c
	}
	if err := s.Commit(t.Context(), build(feeds)); err != nil {
		t.Errorf("the build of %d items in %d feeds: %v", len(all), feeds, err)
	}
	if err := s.Commit(t.Context(), build(3*feeds)); !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), "for what this build adds: it needs about ") {
		t.Errorf("one in three times as many feeds: %v", err)
	}
	if err := s.Commit(t.Context(), build(1)); err != nil {
		t.Errorf("what is small: %v", err)
	}
}

// randomBytes do not compress.
func randomBytes(seed, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}
