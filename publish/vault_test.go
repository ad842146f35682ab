package publish_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/smalldisk"
	"wiredesk/publish"

	"github.com/google/go-cmp/cmp"
)

// openVault opens a vault as a process that was just started does.
func openVault(t *testing.T, dir string) (*publish.Vault, *publish.Site) {
	t.Helper()
	v, site, err := publish.OpenVault(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v, site
}

// answers are what a site answers: everything that is sent, by path and coding.
func answers(site *publish.Site) map[string]string {
	all := map[string]string{}
	if site == nil {
		return all
	}
	for _, d := range site.Documents() {
		for c := range publish.Coding(publish.Codings) {
			f := d.Form(c)
			all[fmt.Sprint(d.Path, " ", c)] = fmt.Sprint(f.Header, string(f.Body))
		}
	}
	return all
}

// C-01: ETag, Last-Modified and every byte are the same over a restart.
func TestVault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wiredesk.site")
	v, none := openVault(t, dir)
	if none != nil {
		t.Fatal("there is a site where there is none")
	}
	in := input()
	site := render(t, in)
	if err := v.Keep(site); err != nil {
		t.Fatal(err)
	}
	v, restored := openVault(t, dir)
	if diff := cmp.Diff(answers(site), answers(restored)); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	if !restored.Restored() || site.Restored() || restored.BaseURL() != site.BaseURL() || restored.BasePath() != site.BasePath() {
		t.Errorf("the site at %s, restored: %v", restored.BaseURL(), restored.Restored())
	}
	// The first build after it finds what it needs to go on, without what the store remembers.
	in.Previous, in.At, in.Stamps = restored, in.At.Add(time.Hour), nil
	again := render(t, in)
	if diff := cmp.Diff(answers(site), answers(again)); diff != "" || again.Restored() {
		t.Errorf("built after a restart (-want +got):\n%s", diff)
	}
	before := stats(t, dir)
	if err := v.Keep(again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, stats(t, dir)); diff != "" {
		t.Errorf("what did not change was written again:\n%s", diff)
	}
	// A change is written beside what did not change, and what is not needed goes.
	in.Previous = again
	in.Editions[0].Entries[1].Item.Content = "<p>Edited.</p>"
	put(t, filepath.Join(dir, ".index123"), "half of")
	put(t, filepath.Join(dir, "mine.txt"), "mine")
	edited := render(t, in)
	if err := v.Keep(edited); err != nil {
		t.Fatal(err)
	}
	kept, after := 0, stats(t, dir)
	for name, file := range after {
		if before[name] == file {
			kept++
		}
	}
	// Documents of the same bytes have one file.
	all, same := make(map[string]bool), make(map[string]bool)
	for _, d := range edited.Documents() {
		all[d.ETag] = true
		if old, ok := again.Lookup(d.Path); ok && old.ETag == d.ETag {
			same[d.ETag] = true
		}
	}
	want := len(same)
	if want == 0 || kept != want || len(after) != len(all)+2 {
		t.Errorf("%d files are as they were, want %d, of %d", kept, want, len(after))
	}
	if after["mine.txt"] == "" {
		t.Error("a file of others was removed")
	}
	if _, restored = openVault(t, dir); cmp.Diff(answers(edited), answers(restored)) != "" {
		t.Error("the change did not last")
	}
}

// a document that was damaged is not in the site, all others are, and the next build
// brings it back.
func TestVaultDamaged(t *testing.T) {
	site := render(t, input())
	random := rand.New(rand.NewPCG(1, 2))
	good := answers(site)
	fresh := t.TempDir()
	v, _ := openVault(t, fresh)
	if err := v.Keep(site); err != nil {
		t.Fatal(err)
	}
	names := list(t, fresh)
	tries := 60
	if raced {
		tries = 8
	}
	for i := range tries {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(fresh)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, names[i%len(names)])
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("mine")) {
			t.Fatal("the test looks at the wrong file")
		}
		if i%3 == 0 {
			b = b[:random.IntN(len(b))]
		} else {
			b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		}
		put(t, file, string(b))
		v, got, err := publish.OpenVault(dir, nil)
		for key, answer := range answers(got) {
			if answer != good[key] {
				t.Errorf("%s: %s is not what it was", file, key)
			}
		}
		if lost := len(good) - len(answers(got)); (lost > 0) != (err != nil) {
			t.Errorf("%s: %d lost, %v", file, lost, err)
		}
		if filepath.Base(file) != "index" && len(good)-len(answers(got)) > publish.Codings*2 { // the page at / may be a feed's
			t.Errorf("%s: more was lost than what was damaged", file)
		}
		if err := v.Keep(site); err != nil {
			t.Fatal(err)
		}
		if _, got := openVault(t, dir); !maps.Equal(answers(got), good) {
			t.Errorf("%s: it was not mended", file)
		}
	}
}

// on a full disk the site that was there stays whole, and the next one gets there when
// there is room.
func TestVaultOnFullDisk(t *testing.T) {
	in := input()
	first := render(t, in)
	in.Previous, in.At = first, in.At.Add(time.Hour)
	for i := range in.Editions[0].Entries {
		in.Editions[0].Entries[i].Item.Content = "<p>" + incompressible(3000*(i+1)) + "</p>"
	}
	second := render(t, in)
	refused, step := 0, 8<<10
	if raced {
		step = 32 << 10
	}
	for room := 0; room < 160<<10; room += step {
		disk := smalldisk.New(t, 4<<20)
		dir := filepath.Join(disk, "site")
		v, _ := openVault(t, dir)
		if err := v.Keep(first); err != nil {
			t.Fatal(err)
		}
		var fs syscall.Statfs_t
		if err := syscall.Statfs(disk, &fs); err != nil {
			t.Fatal(err)
		}
		smalldisk.Resize(t, disk, int(fs.Blocks-fs.Bfree)*int(fs.Bsize)+room)
		err := v.Keep(second)
		want := second
		if err != nil {
			refused++
			want = first
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("with %d: %v", room, err)
			}
		}
		if _, got := openVault(t, dir); !maps.Equal(answers(got), answers(want)) {
			t.Errorf("with room for %d: the site is not whole", room)
		}
		smalldisk.Resize(t, disk, 4<<20)
		if err := v.Keep(second); err != nil {
			t.Errorf("with %d and then room again: %v", room, err)
		}
		if _, got := openVault(t, dir); !maps.Equal(answers(got), answers(second)) {
			t.Errorf("with %d and then room again: the site is not whole", room)
		}
	}
	if refused == 0 {
		t.Error("there was room each time")
	}
}

// A folder that was lost is made again, with everything that belongs into it.
func TestVaultLost(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	in := input()
	v, _ := openVault(t, dir)
	site := render(t, in)
	if err := v.Keep(site); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	in.Previous = site
	in.Editions = append(in.Editions, wiredesk.Edition{Feed: wiredesk.Feed{Name: "new", Title: strings.Repeat("New ", 3)}})
	site = render(t, in)
	if err := v.Keep(site); err != nil {
		t.Fatal(err)
	}
	if _, got := openVault(t, dir); !maps.Equal(answers(got), answers(site)) {
		t.Error("the site is not whole")
	}
}

// R-05, C-01: a process that was killed may have shown what is newer than its last site on disk.
// What is built after it is dated by what the store remembers of that: Last-Modified neither
// stands still while bytes change, nor moves while they stay.
func TestOlderLastSite(t *testing.T) {
	in := input()
	older := render(t, in)
	in.Previous, in.At = older, in.At.Add(time.Hour)
	in.Editions[0].Entries[1].Item.Content = "<p>Edited.</p>"
	shown := render(t, in)
	dir := filepath.Join(t.TempDir(), "wiredesk.site")
	v, _ := openVault(t, dir)
	if err := v.Keep(older); err != nil {
		t.Fatal(err)
	}
	_, in.Previous = openVault(t, dir)
	in.Stamps = shown.Stamps()
	later := in.At.Add(10 * time.Second)
	in.At = later
	if diff := cmp.Diff(answers(shown), answers(render(t, in))); diff != "" {
		t.Errorf("the same was built again (-want +got):\n%s", diff)
	}
	in.Editions[0].Entries[1].Item.Content = "<p>Edited twice.</p>"
	changed := 0
	for _, d := range render(t, in).Documents() {
		last := in.Stamps[d.Path]
		if d.ETag == `"`+last.Hash+`"` {
			continue
		}
		changed++
		in.Stamps[d.Path] = publish.Stamp{Hash: last.Hash, Changed: later.UTC().Truncate(time.Second)}
	}
	for _, d := range render(t, in).Documents() { // within the second
		if last := in.Stamps[d.Path]; d.ETag != `"`+last.Hash+`"` && !d.Modified.After(last.Changed) {
			t.Errorf("%s: other bytes have the same time", d.Path)
		}
	}
	if changed == 0 {
		t.Error("nothing changed")
	}
}
