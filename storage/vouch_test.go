package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wiredesk/storage"
)

// all of a file is read after a stop that was none, if somebody else had it, and once a
// week; not where its last user came to an end and left it well.
func TestWhenAllIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	checked := func(at time.Time) error {
		s, err := storage.Open(path, storage.Options{Create: true, Check: true, Now: at})
		if err == nil {
			many(t, s, 1, 1, 20)
			err = s.Close()
		}
		return err
	}
	if err := checked(start); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	voucher, err := os.ReadFile(path + ".whole")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + ".whole"); err != nil || info.Mode().Perm() != 0o600 { // S-47
		t.Errorf("%v, %v", info.Mode(), err)
	}
	broken := hurt(t, whole)
	// damaged puts the file back, damaged, as if nobody had touched it.
	damaged := func() {
		err := errors.Join(os.WriteFile(path, broken, 0o600), os.WriteFile(path+".whole", voucher, 0o600), os.Chtimes(path, time.Time{}, info.ModTime()))
		if err != nil {
			t.Fatal(err)
		}
	}
	opens := func(at time.Time) bool {
		s, err := storage.Open(path, storage.Options{Check: true, Now: at})
		if err != nil {
			if !errors.Is(err, storage.ErrDamaged) {
				t.Error(err)
			}
			return false
		}
		_ = s.Close()
		return true
	}
	damaged()
	if !opens(start.Add(6 * 24 * time.Hour)) {
		t.Error("all was read though it was left well")
	}
	damaged()
	if opens(start.Add(8 * 24 * time.Hour)) {
		t.Error("nothing was read for more than a week")
	}
	for name, change := range map[string]func() error{
		"somebody else had it":     func() error { return os.Chtimes(path, time.Time{}, info.ModTime().Add(time.Millisecond)) },
		"there is no voucher":      func() error { return os.Remove(path + ".whole") },
		"the voucher is not whole": func() error { return os.WriteFile(path+".whole", voucher[:20], 0o600) },
	} {
		damaged()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if opens(start) {
			t.Errorf("%s, and not all was read", name)
		}
	}
	// After a kill it has another state than the one that was vouched for.
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "killed.db")
	s, err := storage.Open(path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	many(t, s, 1, 100, 20)
	b, err := os.ReadFile(path)
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.WriteFile(killed, hurt(t, b), 0o600), os.WriteFile(killed+".whole", voucher, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	path = killed
	if opens(start) {
		t.Error("it was killed, and not all was read")
	}
}

// hurt damages a page of a file such that it opens all the same, if not all of it is read.
func hurt(t *testing.T, whole []byte) []byte {
	t.Helper()
	const page = 16 << 10
	path := filepath.Join(t.TempDir(), "hurt.db")
	for at := 2 * page; at < len(whole); at += page {
		b := append([]byte(nil), whole...)
		b[at+8] ^= 0x41 // what kind of page it is
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := storage.Open(path, storage.Options{Check: true, Now: start}); err == nil {
			_ = s.Close() // nobody needs the page
		} else if s, err := storage.Open(path, storage.Options{}); err == nil {
			_ = s.Close()
			return b
		}
	}
	t.Fatal("there is no such page")
	return nil
}
