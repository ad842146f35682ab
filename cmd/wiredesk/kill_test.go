package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wiredesk/internal/origin"
)

// lives is how often the daemon is ended. The long run says -lives 500.
var (
	lives = flag.Int("lives", 30, "how often TestKilledAtNamedPoints ends the daemon")
	seed  = flag.Uint64("seed", 11, "what TestKilledAtNamedPoints draws its moments from")
)

// A moment is when the daemon is ended.
type moment struct {
	name string
	// hold is where the origin is in its answer when the daemon dies: at its beginning, after
	// its head, in the middle of its body, or at its end.
	hold string
	// call is the call of the system at whose beginning the daemon dies: one of the first most
	// that a thread makes, of those to the database if store is set.
	call  string
	most  int
	store bool
}

// There are no points in the program at which it kills itself for a test. Death can only be told
// by what outlives a process: what others were sent, and what was written. So it comes where the
// origin has an answer in its hand, and at the calls of the system that write.
var moments = []moment{
	{name: "after dial", hold: "dial"},
	{name: "after the head", hold: "head"},
	{name: "in the middle of a body", hold: "body"},
	{name: "after the body", hold: "end"},
	// Of what was parsed nothing is stored, some pages, all but the last word; the next
	// transaction is the ledger's.
	{name: "before a page is written", call: "pwrite64", most: 12, store: true},
	{name: "before a sync", call: "fdatasync", most: 8, store: true},
	// Static files, the last site beside the database, answers to readers.
	{name: "before anything is written", call: "write", most: 20},
	{name: "before a file is synced", call: "fsync", most: 6},
	{name: "before a file is renamed", call: "renameat", most: 6},
	{name: "before the hub is told", hold: "hub"},
	{name: "anywhere"},
}

// P-11, P-15, P-32: a daemon that is killed again and again, at the named
// points and anywhere, loses nothing and announces nothing twice, and leaves no file half
// written. What comes is drawn from a seed.
func TestKilledAtNamedPoints(t *testing.T) {
	t.Parallel()
	often := *lives
	if testing.Short() {
		often = len(moments)
	}
	stage := newStage(t)
	d, o := stage.daemon, stage.observer
	random := rand.New(rand.NewPCG(*seed, 11))
	began := time.Now()
	tracing := canTrace(t)

	died, met := make(map[string]int), make(map[string]int)
	enough := func() bool {
		for _, m := range moments { // a point that is never met proves nothing
			if died[m.name] == 0 && (m.call == "" || tracing) {
				return false
			}
		}
		return !tracing || len(met) >= stretches
	}
	// It goes on for a while if a point or a stretch was not met: which are is partly chance.
	for life := 0; life < often || !enough() && life < 4*often; life++ {
		m := moments[life%len(moments)]
		if m.call != "" && !tracing {
			continue
		}
		if stage.live(m, random, life > 0) {
			died[m.name]++
		}
		checkFiles(t, d.dir+"/site")
		for stretch := range stage.met() {
			met[stretch]++
		}
	}
	if !enough() {
		t.Errorf("not every point and stretch was met: ended %v, found %v", died, met)
	}

	d.start()
	d.up()
	d.until("everything is published", o.look)
	// a polite end comes at once, in the middle of things.
	o.presses[0].tell(time.Now())
	if took := d.stop(); took > 20*time.Second {
		t.Errorf("SIGTERM took %v", took)
	}
	d.start()
	d.until("everything is published", o.look)
	d.until("the hub has heard of everything", stage.heardAll)
	d.kill()

	// P-15: after a crash in a quiet moment nothing is fetched again.
	before := len(stage.web.Requests())
	d.start()
	d.until("every source was asked again", func() bool {
		asked := make(map[string]bool)
		for _, r := range stage.web.Requests()[before:] {
			asked[r.URI] = true
		}
		return len(asked) >= len(o.presses)
	})
	for _, r := range stage.web.Requests()[before:] {
		if r.URI != "/hub" && r.Header.Get("If-None-Match") == "" {
			t.Errorf("%s was asked without its validator", r.URI)
		}
	}
	o.sub.poll()
	d.stop()
	if len(o.sub.returned) > 0 {
		t.Errorf("what was published vanished for a while: %v", o.sub.returned)
	}
	checkRequests(t, stage.web, time.Since(began))
	checkFiles(t, d.dir+"/site")
	o.agreeWith(t, d.dir+"/db")
	t.Logf("ended %v; found %v; %d requests, %d answers, %d of them 304", died, met, len(stage.web.Requests()), o.sub.asked, o.sub.cached)
}

// live runs the daemon until the moment, or for a while if that does not come, and reports
// whether it came. News comes all the time, and the subscriber looks, if it is to.
func (s *stage) live(m moment, random *rand.Rand, look bool) (came bool) {
	d := s.daemon
	d.t.Helper()
	switch {
	case m.call != "":
		d.startTraced(m.call, fmt.Sprintf("signal=KILL:when=%d", 1+random.IntN(m.most)), m.store)
	default:
		d.start()
	}
	wait := time.Duration(200+random.IntN(1300)) * time.Millisecond
	if m.name != "anywhere" {
		wait = 4 * time.Second
	}
	for end, turn := time.Now().Add(wait), 0; time.Now().Before(end) && !came; turn++ {
		if random.IntN(4) == 0 {
			s.observer.presses[random.IntN(len(s.observer.presses))].tell(time.Now())
		}
		if random.IntN(10) == 0 {
			s.hold.Store(m.hold)
		}
		if look && turn%4 == 0 {
			s.observer.sub.poll()
		}
		select {
		case <-s.held:
			came = m.hold != ""
		case <-d.ended:
			came = m.call != ""
		case <-time.After(30 * time.Millisecond):
		}
	}
	d.kill()
	s.hold.Store("")
	select {
	case <-s.held:
	default:
	}
	return came || m.name == "anywhere"
}

// checkFiles holds that every static file is whole, whenever it is looked at.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, f fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !f.Type().IsRegular() || strings.HasPrefix(f.Name(), ".") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch format := strings.TrimPrefix(filepath.Ext(path), "."); format {
		case "html":
			if !strings.HasSuffix(strings.TrimSpace(string(body)), "</html>") {
				t.Errorf("%s is not whole", path)
			}
		case "rss", "atom", "json":
			if _, err := parseFeed(format, string(body)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// P-32: however often it was killed, no source was asked more often than its interval says.
func checkRequests(t *testing.T, w *origin.Web, period time.Duration) {
	t.Helper()
	asked := make(map[string]int)
	for _, r := range w.Requests() {
		asked[r.URI]++
	}
	for uri, n := range asked {
		if most := int(period/time.Second) + 2; n > most {
			t.Errorf("%s was asked %d times in %v", uri, n, period)
		}
	}
}
