package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk/internal/origin"
	"wiredesk/internal/smalldisk"
)

// body returns what a daemon answers for a path, with what a cache goes by.
func (d *daemon) body(path string) (status int, answer string) {
	d.t.Helper()
	resp, err := d.get(path, http.Header{})
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, fmt.Sprint(resp.Header.Get("Etag"), resp.Header.Get("Last-Modified"), string(text))
}

// settled waits until the daemon knows whether it can work, and returns why not.
func (d *daemon) settled() (trouble string) {
	d.t.Helper()
	d.until("the daemon has tried to build", func() bool {
		status, text := d.body("/readyz")
		switch {
		case status == http.StatusOK:
			trouble = ""
		case status == http.StatusServiceUnavailable && !strings.Contains(text, "starting"):
			trouble = text
		default:
			return false
		}
		return true
	})
	return trouble
}

// newsstand is a daemon that has published what one source tells.
func newsstand(t *testing.T, stories int) (*daemon, *press) {
	t.Helper()
	w := origin.New()
	t.Cleanup(w.Close)
	address, err := w.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := newPress(w, 1)
	p.window = 10_000
	for i := range stories - 3 {
		p.tell(time.Now().Add(-time.Duration(i) * time.Minute))
	}
	w.Handle("*/1", p)
	d := newDaemon(t)
	d.config("interval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"1s\"", []string{"http://" + address + "/1"})
	d.start()
	d.up()
	d.until("everything is published", func() bool {
		_, text := d.body("/all.rss")
		return strings.Count(text, "<item>") == stories
	})
	return d, p
}

// whatever happens to the bytes of the database, readers get the last good feed. What
// cannot be used is left as it is.
func TestDamagedDatabase(t *testing.T) {
	t.Parallel()
	const stories = 200
	d, _ := newsstand(t, stories)
	db := filepath.Join(d.dir, "db")
	vault := db + ".site"
	_, good := d.body("/all.rss")
	d.stop()
	whole, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(vault)); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for what, damaged := range damages(whole) {
		if err := os.RemoveAll(vault); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(vault, os.DirFS(kept)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(db, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		d.start()
		d.until("the last site is served", func() bool {
			status, answer := d.body("/all.rss")
			if status == http.StatusOK && answer != good && strings.Count(answer, "<item>") < stories-1 {
				t.Errorf("%s: a feed of %d items took the place of one with %d", what, strings.Count(answer, "<item>"), stories)
			}
			return status == http.StatusOK
		})
		trouble := d.settled()
		status, answer := d.body("/all.rss")
		switch {
		case status != http.StatusOK:
			t.Errorf("%s: status %d", what, status)
		case trouble != "":
			refused++
			if answer != good {
				t.Errorf("%s: the last site has changed", what)
			}
		case strings.Count(answer, "<item>") < stories-1: // an item that cannot be read is left out
			t.Errorf("%s: a feed of %d items took the place of one with %d", what, strings.Count(answer, "<item>"), stories)
		}
		d.kill()
		if now, err := os.ReadFile(db); strings.Contains(trouble, "cannot be used") && (err != nil || !bytes.Equal(now, damaged)) {
			t.Errorf("%s: the damaged file was written to: %v", what, err)
		}
	}
	t.Logf("%d kinds of damage were noticed", refused)
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}

// damages returns a database damaged in many ways: cut short, bits flipped in pages of every
// kind, pages lost.
func damages(whole []byte) map[string][]byte {
	random := rand.New(rand.NewPCG(12, 12))
	page := int(binary.NativeEndian.Uint32(whole[16+8:])) // of the first meta page
	out := map[string][]byte{"nothing": {}}
	for _, n := range []int{1, page - 1, page, 2 * page, len(whole) / 2, len(whole) - page, len(whole) - 1} {
		out[fmt.Sprintf("cut to %d", n)] = whole[:n]
	}
	kinds := map[uint16][]int{}
	for id := range len(whole) / page {
		flags := binary.NativeEndian.Uint16(whole[id*page+8:])
		kinds[flags] = append(kinds[flags], id)
	}
	for flags, ids := range kinds {
		for _, id := range []int{ids[0], ids[len(ids)-1], ids[random.IntN(len(ids))]} {
			b := slices.Clone(whole)
			at := id*page + random.IntN(page)
			b[at] ^= 1 << random.IntN(8)
			out[fmt.Sprintf("a bit at %d of page %d of kind %#x", at%page, id, flags)] = b
			b = slices.Clone(whole)
			at = id*page + random.IntN(16)
			b[at] ^= 1 << random.IntN(8)
			out[fmt.Sprintf("a bit in the head, at %d of page %d of kind %#x", at%page, id, flags)] = b
			b = slices.Clone(whole)
			clear(b[id*page : (id+1)*page])
			out[fmt.Sprintf("page %d of kind %#x lost", id, flags)] = b
		}
	}
	b := slices.Clone(whole)
	clear(b[:2*page])
	out["both meta pages lost"] = b
	return out
}

// a start on a full disk, or on one that may not be written to, serves the last
// site; and when there is room again all goes on without another start.
func TestStartOnFullDisk(t *testing.T) {
	for _, fault := range []string{"full", "read-only"} {
		t.Run(fault, func(t *testing.T) {
			disk := smalldisk.New(t, 64<<20)
			t.Setenv("WIREDESK_STORAGE_PATH", filepath.Join(disk, "wiredesk.db"))
			d, p := newsstand(t, 20)
			_, good := d.body("/all.rss")
			d.stop()
			filler := filepath.Join(disk, "filler")
			if fault == "full" {
				fill(t, filler)
			} else {
				smalldisk.ReadOnly(t, disk, true)
			}
			p.tell(time.Now())
			d.start()
			d.until("the last site is served", func() bool { status, _ := d.body("/all.rss"); return status == http.StatusOK })
			trouble := d.settled()
			t.Logf("it says: %s", trouble)
			if fault == "read-only" && !strings.Contains(trouble, "the database cannot be used") {
				t.Errorf("it says %q", trouble)
			}
			for range 20 {
				if status, answer := d.body("/all.rss"); status != http.StatusOK || answer != good {
					t.Fatalf("the last site is not served: %d", status)
				}
				time.Sleep(50 * time.Millisecond) // polls try to write meanwhile
			}
			if fault == "full" {
				if err := os.Remove(filler); err != nil {
					t.Fatal(err)
				}
			} else {
				smalldisk.ReadOnly(t, disk, false)
			}
			d.until("it goes on", func() bool {
				_, answer := d.body("/all.rss")
				return strings.Count(answer, "<item>") == 21
			})
			d.stop()
		})
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for b := make([]byte, 1<<20); len(b) > 0; {
		if _, err := f.Write(b); err != nil {
			b = b[:len(b)/2]
		}
	}
}

// a disk for static files that is full keeps nobody from being served, is told of once,
// and is written to when there is room.
func TestStaticFilesOnFullDisk(t *testing.T) {
	disk := smalldisk.New(t, 8<<20)
	w := origin.New()
	defer w.Close()
	address, err := w.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := newPress(w, 1)
	w.Handle("*/1", p)
	d := newDaemon(t)
	d.config("interval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"1s\"\n[publish]\ndir = \""+disk+"\"", []string{"http://" + address + "/1"})
	d.start()
	d.up()
	file := filepath.Join(disk, "all.rss")
	items := func() int {
		text, err := os.ReadFile(file)
		if err != nil {
			return -1
		}
		if !bytes.HasSuffix(bytes.TrimSpace(text), []byte("</rss>")) {
			t.Errorf("%s is not whole", file)
		}
		return bytes.Count(text, []byte("<item>"))
	}
	d.until("the files are there", func() bool { return items() == 3 })
	filler := filepath.Join(disk, ".filler")
	fill(t, filler)
	for n := 4; n < 7; n++ {
		p.tell(time.Now())
		d.until("it is served", func() bool {
			_, text := d.body("/all.rss")
			return strings.Count(text, "<item>") == n
		})
		if got := items(); got != 3 {
			t.Errorf("the file has %d items", got)
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	p.tell(time.Now())
	d.until("the files are up to date", func() bool { return items() == 7 })
	d.stop()
	log, err := os.ReadFile(d.log.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"cannot be written, the last good one stays", "written again", "make room on the disk"} {
		if n := bytes.Count(log, []byte(text)); n != 1 {
			t.Errorf("the log says %d times %q", n, text)
		}
	}
}
