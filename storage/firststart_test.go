package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"wiredesk"
	"wiredesk/storage"

	bolt "go.etcd.io/bbolt"
)

// the power fails while the database is made. Whatever of its first pages came to the disk,
// in whatever order, it either is a database, with nothing in it, or is refused and left as it is;
// and where only its name came, it is made again. Nothing was in it: the first poll comes later.
func TestPowerFailsAtTheFirstStart(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made.db")
	const page = 16 << 10
	db, err := bolt.Open(made, 0o600, &bolt.Options{PageSize: page}) // as it is before the first transaction
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	pages := len(whole) / page
	opened, refused := 0, 0
	for size := 0; size <= pages; size++ { // how far the file had grown
		for came := range 1 << size { // which pages were written
			image := make([]byte, size*page)
			for n := range size {
				if came&(1<<n) != 0 {
					copy(image[n*page:(n+1)*page], whole[n*page:])
				}
			}
			path := filepath.Join(t.TempDir(), "wiredesk.db")
			if err := os.WriteFile(path, image, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := storage.Open(path, storage.Options{Create: true, Check: true, Now: start})
			switch {
			case errors.Is(err, storage.ErrNotDatabase), errors.Is(err, storage.ErrDamaged):
				refused++
				if size == 0 {
					t.Errorf("an empty file is refused: %v", err)
				}
				if left, err := os.ReadFile(path); err != nil || string(left) != string(image) {
					t.Errorf("pages %b of %d: what was refused was written to: %v", came, size, err)
				}
				continue
			case err != nil:
				t.Errorf("pages %b of %d: %v", came, size, err)
				continue
			}
			opened++
			if _, err := s.Register(t.Context(), []wiredesk.Source{{URL: "https://a.example/feed"}}); err != nil {
				t.Errorf("pages %b of %d: %v", came, size, err)
			}
			poll(t, s, 1, start, true, article(1))
			if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
				t.Errorf("pages %b of %d: %v", came, size, err)
			}
		}
	}
	if opened < 2 || refused == 0 {
		t.Errorf("%d were opened, %d refused", opened, refused)
	}
}
