package main

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk/internal/origin"
	"wiredesk/storage"
)

// days is how long TestSoak lasts, in virtual days. The long run says -days 30.
var days = flag.Int("days", 1, "how many virtual days TestSoak lasts")

// faulty answers one time in ten with what goes wrong in the world.
func faulty(h http.Handler, random *rand.Rand) http.Handler {
	wrong := []http.Handler{
		origin.Status(http.StatusInternalServerError), origin.Status(http.StatusBadGateway), origin.Status(http.StatusForbidden), origin.Status(http.StatusNotFound),
		origin.Status(http.StatusServiceUnavailable).With("Retry-After", "600"),
		origin.Reply{Body: strings.Repeat("<rss><channel>", 100), Cut: 50},
		origin.Reply{Body: "x", Wait: time.Minute},
		origin.Reply{Body: strings.Repeat("x", 200), Drip: time.Second},
		origin.Page("<h1>It works!</h1>"), origin.Feed(""), origin.Feed(`<rss version="2.0"><channel><title>Empty</title></channel></rss>`),
		origin.Reply{Body: "\x1f\x8b\x08\x00rubbish"}.With("Content-Encoding", "gzip"),
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	}
	turn := make(chan struct{}, 1) // random is not for two at once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn <- struct{}{}
		n := random.IntN(10 * len(wrong))
		<-turn
		if n < len(wrong) {
			wrong[n].ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// A use is what the process takes at some moment.
type use struct {
	goroutines, files int
	items, announced  int
	heap, bytes       int64 // bytes of the database that are in use
}

func (d *desk) use() use {
	d.t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := use{goroutines: runtime.NumGoroutine(), heap: int64(m.HeapAlloc), items: len(d.items()), announced: len(d.sub.announced())}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(fds)
	}
	path := filepath.Join(d.t.TempDir(), "copy")
	f, err := os.Create(path)
	if err == nil {
		_, err = d.room.store.Backup(d.t.Context(), f)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	_ = f.Close()
	copied, err := storage.Open(path, storage.Options{})
	if err == nil {
		_, u.bytes, err = copied.Compact(d.t.Context())
	}
	if err != nil {
		d.t.Fatal(err)
	}
	if err := copied.Close(); err != nil {
		d.t.Error(err)
	}
	return u
}

// How much memory an item may take, and what is remembered of one that was announced; and by how much
// one look may differ from the next.
const perItem, perAnnounced, someMore = 8 << 10, 1 << 10, 4 << 20

// days of three hundred sources of which one answer in ten is wrong. Nothing is lost
// and nothing announced twice; goroutines and files stay as they are, and memory and the
// database grow by what is announced and nothing else: it stays, on a page of the archive.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("a day of three hundred sources takes some seconds")
	}
	inDesk(t, func(d *desk) {
		t := d.t
		random := rand.New(rand.NewPCG(3, 3))
		var presses []*press
		sources := 300
		if raced { // it takes ten times as long
			sources = 20
		}
		for n := range sources {
			p := newPress(d.web, n)
			d.web.Handle(p.host+"/feed", faulty(p, rand.New(rand.NewPCG(5, uint64(n)))))
			presses = append(presses, p)
		}
		text := strings.Replace(configOf(presses, ""), "limit = 5000", "limit = 300\nlimit_max = 300", 1)
		d.config(strings.Replace(text, "[storage]", "[storage]\nkeep = \"2d\"\nkeep_published = \"2d\"", 1))
		d.start()
		o := &observer{presses: presses, sub: d.sub, purges: true, backlog: 3}
		var uses []use
		for day := range *days {
			for hour := range 24 {
				for _, p := range presses {
					if random.IntN(16) == 0 {
						p.tell(time.Now())
					}
					if random.IntN(100) == 0 {
						p.change(func() { p.window = 1 + random.IntN(15) })
					}
				}
				if day%7 == 3 && hour == 5 { // as an upgrade does
					d.close()
					d.start()
				}
				d.pass(time.Hour)
			}
			synctest.Wait()
			d.web.Forget() // only what the desk keeps is to be measured
			uses = append(uses, d.use())
			t.Logf("day %d: %+v", day+1, uses[day])
		}
		o.agree(t, d.items())
		if n := *days; n >= 20 { // it has settled by the tenth
			a, b := uses[9], uses[n-1]
			most := a.heap + someMore + int64(max(b.items-a.items, 0))*perItem + int64(b.announced-a.announced)*perAnnounced
			if b.goroutines > a.goroutines+20 || b.files > a.files+5 || b.heap > most {
				t.Errorf("it grows: %+v after ten days, %+v after %d", a, b, n)
			}
			early, late := (uses[9].bytes-uses[4].bytes)/5, (uses[n-1].bytes-uses[n-6].bytes)/5
			if late > early*3/2+100_000 {
				t.Errorf("the database grew by %d bytes a day at first, and by %d in the end", early, late)
			}
		}
	})
}
