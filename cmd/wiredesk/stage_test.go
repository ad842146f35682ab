package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"wiredesk"
	"wiredesk/internal/origin"
	"wiredesk/storage"
)

// A stage is a daemon in a process of its own, with presses that it polls, a hub that it tells,
// static files, and an observer.
type stage struct {
	web      *origin.Web
	daemon   *daemon
	observer *observer
	hold     atomic.Value    // where an answer is held: a string
	held     chan struct{}   // of capacity one: one is
	mu       sync.Mutex      // guards what follows
	heard    map[string]bool // stories in the folder whenever the hub was told, and answered
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return newStageOf(t, newDaemon(t))
}

// newStageOf returns a stage of that daemon.
func newStageOf(t *testing.T, d *daemon) *stage {
	t.Helper()
	s := &stage{web: origin.New(), held: make(chan struct{}, 1), heard: make(map[string]bool)}
	s.hold.Store("")
	t.Cleanup(s.web.Close)
	address, err := s.web.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var presses []*press
	var sources []string
	for n := range 5 {
		p := newPress(s.web, n)
		p.window = 100_000 // nothing falls out while the daemon is down
		s.web.Handle(fmt.Sprintf("*/%d", n), s.holding(p))
		presses, sources = append(presses, p), append(sources, fmt.Sprintf("http://%s/%d", address, n))
	}
	s.web.Handle("*/hub", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.hold.Load() == "hub" {
			s.wait(r)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		maps.Copy(s.heard, s.folder())
		w.WriteHeader(http.StatusNoContent)
	}))
	s.daemon = d
	s.daemon.config(fmt.Sprintf("interval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"2s\"\n"+
		"[publish]\ndir = \"site\"\n[websub]\nhub = \"http://%s/hub\"", address), sources)
	sub := subscribeTo(s.daemon.get, "all")
	sub.story, sub.live = storyOf, true
	s.observer = &observer{presses: presses, sub: sub}
	return s
}

// holding answers for a press, or holds the answer as the stage is told to.
func (s *stage) holding(p *press) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hold := s.hold.Load()
		switch hold {
		case "dial":
			s.wait(r)
			return
		case "head", "body":
			w.Header().Set("Content-Type", "application/rss+xml")
			w.WriteHeader(http.StatusOK)
			if hold == "body" {
				_, _ = io.WriteString(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Half</title><item><title>Never whole`)
			}
			_ = http.NewResponseController(w).Flush()
			s.wait(r)
			return
		}
		p.ServeHTTP(w, r)
		if hold == "end" {
			s.isHeld()
		}
	})
}

// wait says that an answer is held, until whoever asked is dead.
func (s *stage) wait(r *http.Request) {
	s.isHeld()
	<-r.Context().Done()
}

func (s *stage) isHeld() {
	select {
	case s.held <- struct{}{}:
	default:
	}
}

// heardAll reports whether the hub has heard of everything that is in the folder.
func (s *stage) heardAll() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for story := range s.folder() {
		if !s.heard[story] {
			return false
		}
	}
	return true
}

// folder returns the stories in the static files: those that are there in every format.
func (s *stage) folder() map[string]bool {
	var all map[string]bool
	for _, format := range []string{"rss", "atom", "json"} {
		stories := make(map[string]bool)
		body, err := os.ReadFile(filepath.Join(s.daemon.dir, "site", "all."+format))
		if err != nil {
			return stories
		}
		entries, err := parseFeed(format, string(body))
		if err != nil {
			s.daemon.t.Errorf("all.%s in the folder: %v", format, err)
		}
		for _, e := range entries {
			if story := storyOf(e.link); all == nil || all[story] {
				stories[story] = true
			}
		}
		all = stories
	}
	return all
}

// The stretches of a story's way. Between two of them something is done that outlives a process,
// so they are all that the moment of its death can be told by.
const (
	notStored  = "served and not stored"
	notLedger  = "stored and not in the ledger"
	notFolder  = "in the ledger and not in the folder"
	notHeardOf = "in the folder and unheard of by the hub"

	stretches = 4
)

// met returns on which stretches of their way stories are. The daemon must be dead.
func (s *stage) met() map[string]bool {
	t := s.daemon.t
	t.Helper()
	served, stored, ledger := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, p := range s.observer.presses {
		p.mu.Lock()
		maps.Copy(served, p.served)
		p.mu.Unlock()
	}
	s.store(func(store *storage.Store) error {
		items, err := store.Items(t.Context(), 0, 1_000_000, false)
		if err != nil {
			return err
		}
		stories := make(map[wiredesk.ItemID]string)
		for i := range items {
			story := storyOf(items[i].Link)
			stories[items[i].ID], stored[story] = story, true
		}
		rows, err := store.Rows(t.Context())
		for _, row := range rows {
			ledger[stories[row.Item]] = true
		}
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make(map[string]bool)
	way, names := []map[string]bool{served, stored, ledger, s.folder(), s.heard}, []string{notStored, notLedger, notFolder, notHeardOf}
	for n, name := range names {
		for story := range way[n] {
			if !way[n+1][story] {
				found[name] = true
			}
		}
	}
	return found
}

// store looks into a copy of the database: looking at a file may mend it.
func (s *stage) store(look func(*storage.Store) error) {
	t := s.daemon.t
	t.Helper()
	body, err := os.ReadFile(s.daemon.dir + "/db")
	if err != nil { // it died before there was one
		return
	}
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(path, storage.Options{})
	if errors.Is(err, storage.ErrNoDatabase) || errors.Is(err, storage.ErrNotDatabase) && len(body) == 0 {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(look(store), store.Close()); err != nil {
		t.Fatal(err)
	}
}
