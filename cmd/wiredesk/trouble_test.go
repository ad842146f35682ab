package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
	"wiredesk/storage"
	"wiredesk/web"
)

// heavy gives the newest story of a press a body that does not compress to less than n bytes.
func (p *press) heavy(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(p.rand.IntN(256))
	}
	p.stories[0].body = hex.EncodeToString(b)
}

// limited returns a config with a limit for the database.
func limited(presses []*press, most string) string {
	text := strings.Replace(configOf(presses, ""), "limit = 5000", "limit = 5000\ncontent = \"none\"", 1)
	return strings.Replace(text, "[storage]", fmt.Sprintf("[storage]\nmax_size = %q", most), 1)
}

// A database that is full stops the polls and nothing else: nobody is asked for what could not
// be stored, the site stays, and it is said why and what to do. With room again all comes, once.
func TestFullDatabase(t *testing.T) {
	t.Parallel()
	inDesk(t, func(d *desk) {
		var logged bytes.Buffer
		d.log = slog.New(slog.NewTextHandler(&logged, nil))
		p := newPress(d.web, 1)
		presses := []*press{p}
		d.config(limited(presses, "16MiB"))
		d.start()
		told := 0
		for ; told < 200 && d.room.troubles.of(cannotRecord) == nil; told++ {
			p.tell(time.Now())
			p.heavy(400_000)
			p.change(func() { p.window = 3 })
			d.pass(6 * time.Hour)
		}
		if told < 15 || told == 200 {
			t.Fatalf("full after %d stories", told)
		}
		if size := storeSize(t, d); size > 16<<20 {
			t.Errorf("the database has %d bytes", size)
		}
		asked := len(d.web.Requests())
		for range 20 { // people go on deciding, and readers reading
			p.tell(time.Now())
			d.pass(6 * time.Hour)
		}
		p.change(func() { p.window = 21 }) // the light ones, and the one that came to nothing
		if n := len(d.web.Requests()) - asked; n > 0 {
			t.Errorf("%d requests for what could not be stored", n)
		}
		health, _ := d.room.health(t.Context(), struct{}{}, nil)
		if r := health.(healthReply); !r.OK || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "max_size") {
			t.Errorf("health: %+v", r)
		}
		sources, err := d.room.sourcesVerb(t.Context(), sourcesArgs{}, nil)
		if err != nil || !strings.Contains(sources.([]sourceReply)[0].Remark, "nothing is polled") {
			t.Errorf("sources: %+v, %v", sources, err)
		}
		if n := strings.Count(logged.String(), "nothing is polled"); n != 1 {
			t.Errorf("it was logged %d times:\n%s", n, logged.String())
		}

		reload(d, limited(presses, "64MiB"))
		d.pass(12 * time.Hour)
		if err := d.room.troubles.of(cannotRecord); err != nil {
			t.Errorf("there is room: %v", err)
		}
		d.sub.content(t)
		audit(d, presses)
	})
}

func storeSize(t *testing.T, d *desk) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(filepath.Dir(d.path), "wiredesk.db"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// What a backup holds is, restored, byte for byte the site of its moment; going on from there
// announces nothing twice to a reader who saw everything since.
func TestRestoredDeskGoesOn(t *testing.T) {
	t.Parallel()
	inDesk(t, func(d *desk) {
		var presses []*press
		for n := range 4 {
			presses = append(presses, newPress(d.web, n))
		}
		d.config(configOf(presses, ""))
		d.start()
		live := func(hours int) {
			for range hours {
				for _, p := range presses {
					if p.rand.IntN(3) == 0 {
						p.tell(time.Now())
					}
				}
				d.pass(time.Hour)
			}
		}
		live(12)
		d.pass(12 * time.Hour) // in a quiet moment: what is stored is shown
		before := make(map[string]string)
		for _, doc := range d.room.site.Load().Documents() {
			before[doc.Path] = string(doc.Body) + doc.Modified.String()
		}
		copied := filepath.Join(t.TempDir(), "copy.db")
		f, err := os.Create(copied)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.room.store.Backup(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()

		live(24)
		d.close()
		path := filepath.Join(filepath.Dir(d.path), "wiredesk.db")
		if _, _, err := storage.Restore(t.Context(), copied, path, time.Now()); err != nil {
			t.Fatal(err)
		}
		d.open()
		if _, err := d.room.rebuild(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		for _, doc := range d.room.site.Load().Documents() {
			if string(doc.Body)+doc.Modified.String() != before[doc.Path] {
				t.Errorf("%s is not what it was at the backup", doc.Path)
			}
		}
		d.run()
		d.pass(time.Hour) // what came since comes again
		d.subscribe()
		live(24)
		d.pass(12 * time.Hour)
		// The documents went back for a moment, which no cache may hold against us; what counts
		// is that nothing was announced under a second id.
		d.sub.content(t)
		audit(d, presses)
	})
}

// Where the first site with anything in it cannot be built, because something is wrong, that is
// no empty desk that is well: /healthz, /readyz and the health command say so. An empty desk is.
func TestNothingPublishedIsUnwell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := origin.New()
		defer all.Close()
		n, stop := room(t, all, "[server]\nbase_url = \"https://desk.example\"\n[[source]]\nurl = \"https://news.example/feed\"\npaused = true\n")
		defer stop()
		synctest.Wait() // its loops have built an empty site, and wait for news
		how := func() (health healthReply, alive, ready int) {
			reply, err := n.health(t.Context(), struct{}{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			ask := func(path string) int {
				w := httptest.NewRecorder()
				n.door(web.NewLimits(web.Proxies{}, nil)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				return w.Code
			}
			return reply.(healthReply), ask("/healthz"), ask("/readyz")
		}
		if health, alive, ready := how(); !health.OK || alive != 200 || ready != 200 {
			t.Errorf("an empty desk: %+v, %d, %d", health, alive, ready)
		}
		n.troubles.begin(n.log, cannotBuild, syscall.ENOSPC)
		if health, alive, ready := how(); health.OK || !strings.Contains(strings.Join(health.Problems, ""), "make room on the disk") || alive != 503 || ready != 503 {
			t.Errorf("nothing could be published: %+v, %d, %d", health, alive, ready)
		}
		n.troubles.end(n.log, cannotBuild)
		it := wiredesk.Item{GUID: "tag:x:1", Link: "https://news.example/1", Title: "News", Content: "<p>What it says.</p>", Mark: 1}
		if _, err := n.store.Record(t.Context(), []wiredesk.Poll{{Source: n.sources[0].ID, At: time.Now(), Document: &wiredesk.Document{Items: []wiredesk.Item{it}}}}); err != nil {
			t.Fatal(err)
		}
		n.clearDesk()
		if _, err := n.rebuild(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		n.troubles.begin(n.log, cannotBuild, syscall.ENOSPC)
		if health, alive, ready := how(); !health.OK || alive != 200 || ready != 503 {
			t.Errorf("the last good site is served: %+v, %d, %d", health, alive, ready)
		}
	})
}
