package main

import (
	"flag"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

// How much TestStartUp has a desk start with. The long run has 100,000 items of 5,000 sources.
var (
	startItems   = flag.Int("items", 600, "how many items TestStartUp starts with")
	startSources = flag.Int("sources", 50, "of how many sources they are")
)

// What a start may allocate in all, and what may be left of that when it is done: some for a site
// of a hundred entries at most, and some for each item and source.
const (
	startAllocates, itemAllocates, sourceAllocates = 48 << 20, 14 << 10, 32 << 10
	startKeeps, itemKeeps, sourceKeeps             = 6 << 20, 2 << 10, 4 << 10
)

// stock fills the database of a desk with items of its sources, as polls would.
func (d *desk) stock(from, to, sources int) {
	d.t.Helper()
	polls := make([]wiredesk.Poll, 0, 200)
	record := func() {
		if _, err := d.room.store.Record(d.t.Context(), polls); err != nil {
			d.t.Fatal(err)
		}
		polls = polls[:0]
	}
	for n := from; n < to; n++ {
		at := time.Date(2026, 3, 1, 0, 0, n, 0, time.UTC)
		link := fmt.Sprintf("https://s%d.example/articles/%d", n%sources, n)
		polls = append(polls, wiredesk.Poll{Source: d.room.sources[n%sources].ID, At: at, Document: &wiredesk.Document{Items: []wiredesk.Item{{
			GUID: link, Link: link, Title: fmt.Sprintf("Article %d of source %d", n, n%sources), Published: at, Mark: uint64(n + 1),
			Content: fmt.Sprintf("<p>What article number %d says, in more than a handful of words, so that it has some that are its own: %d, %d and %d.</p>", n, n*7, n*11, n*13),
		}}}})
		if len(polls) == cap(polls) {
			record()
		}
	}
	record()
}

// starts opens the desk, has it build its site, and returns what that allocated, and what it keeps.
func (d *desk) starts() (allocated, kept uint64) {
	d.t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d.open()
	if err := d.room.rebuildAll(d.t.Context(), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		d.t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc)
}

// a start has a budget for each item, however many there are: it reads all of them, and makes
// the site. Bytes tell that on any machine; how long it took is logged. It runs alone, or it would
// count what others allocate.
func TestStartUp(t *testing.T) { //nolint:paralleltest // see above
	d := &desk{t: t, web: origin.New(), path: filepath.Join(t.TempDir(), "wiredesk.toml"), log: discard}
	defer d.web.Close()
	config := "[server]\nbase_url = \"https://feeds.example.org\"\n[storage]\npath = \"wiredesk.db\"\n[[feed]]\nname = \"all\"\nlimit = 100\nwhere = 'title endsWith \"9\"'\n"
	for n := range *startSources {
		config += fmt.Sprintf("[[source]]\nurl = \"https://s%d.example/feed\"\n", n)
	}
	d.config(config)
	var few uint64
	for stocked, size := range []int{*startItems / 4, *startItems} {
		d.open()
		d.stock(stocked**startItems/4, size, *startSources)
		if err := d.room.rebuildAll(t.Context(), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		d.close()
		began := time.Now()
		allocated, kept := d.starts()
		took := time.Since(began).Round(time.Millisecond)
		items, _ := d.room.desk.Size()
		d.close()
		t.Logf("%d items of %d sources: %v, %d bytes allocated and %d kept for each", items, *startSources, took, allocated/uint64(size), kept/uint64(size))
		sources := uint64(*startSources)
		most, keeps := startAllocates+uint64(size)*itemAllocates+sources*sourceAllocates, startKeeps+uint64(size)*itemKeeps+sources*sourceKeeps
		if items != size || allocated > most || kept > keeps {
			t.Errorf("%d items of %d: %d bytes allocated, %d kept", items, size, allocated, kept)
		}
		if few > 0 && allocated > 5*few {
			t.Errorf("four times as many items took %d bytes, and the few %d", allocated, few)
		}
		few = allocated
	}
}
