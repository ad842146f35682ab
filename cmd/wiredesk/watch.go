package main

import (
	"context"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/publish"
	"wiredesk/status"
	"wiredesk/web"
)

// A watch keeps an eye on how sources are, for their owner to be told. What was told lies in
// the store; here is what may have changed since. The zero value is ready.
type watch struct {
	mu      sync.Mutex
	sources map[wiredesk.SourceID]*source
	told    map[wiredesk.SourceID]wiredesk.Condition // those that are not well; as it is stored
	holds   map[wiredesk.SourceID][]wiredesk.Hold
	look    map[wiredesk.SourceID]bool // sources that may be another way now
	lookAll bool
	wake    chan struct{} // of capacity one: news coalesces
}

// know says which sources there are. All are looked at anew.
func (w *watch) know(sources []source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sources = make(map[wiredesk.SourceID]*source, len(sources))
	for i := range sources {
		w.sources[sources[i].ID] = &sources[i]
	}
	w.lookAll = true
	w.signal()
}

// polled has a source looked at if a poll seems to have changed how it is. What the store
// fills into the state is not known here, so this is only a guess.
func (w *watch) polled(p *wiredesk.Poll) {
	w.mu.Lock()
	defer w.mu.Unlock()
	src := w.sources[p.Source]
	if src == nil || p.Outcome == wiredesk.Pushed {
		return
	}
	before := w.told[p.Source]
	if now, _ := status.Next(statusOf(src, &p.State, w.holds[p.Source]), before); now != before {
		w.mark(p.Source)
	}
}

// held takes in what waits for a person as of a build.
func (w *watch) held(holds map[wiredesk.SourceID][]wiredesk.Hold) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, of := range holds {
		if !slices.Equal(of, w.holds[id]) {
			w.mark(id)
		}
	}
	for id := range w.holds {
		if holds[id] == nil {
			w.mark(id)
		}
	}
	w.holds = holds
}

// mark has a source looked at. The caller holds w.mu.
func (w *watch) mark(id wiredesk.SourceID) {
	if w.look == nil {
		w.look = make(map[wiredesk.SourceID]bool)
	}
	w.look[id] = true
	w.signal()
}

// C is ready when there is something to look at.
func (w *watch) C() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.channel()
}

func (w *watch) channel() chan struct{} {
	if w.wake == nil {
		w.wake = make(chan struct{}, 1)
	}
	return w.wake
}

func (w *watch) signal() {
	select {
	case w.channel() <- struct{}{}:
	default:
	}
}

// take returns the sources to look at since the last call, in ascending order, and whether
// that are all.
func (w *watch) take() (sources []*source, all bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := w.look
	if all = w.lookAll; all {
		ids = make(map[wiredesk.SourceID]bool, len(w.sources))
		for id := range w.sources {
			ids[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if src := w.sources[id]; src != nil {
			sources = append(sources, src)
		}
	}
	w.look, w.lookAll = nil, false
	return sources, all
}

// again has sources looked at once more, because it failed.
func (w *watch) again(sources []*source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, src := range sources {
		w.mark(src.ID)
	}
}

// statusOf returns a source in a state as package status wants it.
func statusOf(s *source, st *wiredesk.SourceState, holds []wiredesk.Hold) *status.Source {
	out := &status.Source{Wish: *s.Source, ID: s.ID, First: s.Registered.Origin, List: s.list, State: *st, Holds: holds}
	if out.MovedTo = fetch.Awaits(s.Source, st); out.MovedTo != "" {
		out.Waits = true
	} else if at := fetch.AskedAt(s.Source, st); at != s.Source.URL {
		out.MovedTo = at
	}
	return out
}

// tellOwner finds out which sources have changed, and tells: events are stored, the status
// feed shows them, and who is to be notified will be.
func (n *newsroom) tellOwner(ctx context.Context) error {
	sources, all := n.watch.take()
	news := false
	if len(sources) > 0 || all {
		var err error
		if news, err = n.lookAt(ctx, sources); err != nil {
			n.watch.again(sources)
			return err
		}
	}
	err := n.showStatus(ctx)
	if news {
		// Only now: who is notified and opens the status feed finds it there.
		for _, c := range n.couriers {
			c.Wake()
		}
	}
	return err
}

// lookAt decides what to tell of sources, stores it, and returns whether there was anything.
func (n *newsroom) lookAt(ctx context.Context, sources []*source) (news bool, err error) {
	told, err := n.store.Conditions(ctx)
	if err != nil {
		return false, err
	}
	ids := make([]wiredesk.SourceID, len(sources))
	for i, src := range sources {
		ids[i] = src.ID
	}
	states, err := n.store.States(ctx, ids)
	if err != nil {
		return false, err
	}
	n.watch.mu.Lock()
	holds := n.watch.holds
	n.watch.mu.Unlock()
	var events []wiredesk.Event
	changed := make(map[wiredesk.SourceID]wiredesk.Condition)
	called := make(map[wiredesk.SourceID]string)
	for i, src := range sources {
		called[src.ID] = src.Handle()
		s := statusOf(src, &states[i], holds[src.ID])
		now, of := status.Next(s, told[src.ID])
		events = append(events, of...)
		if now != told[src.ID] {
			changed[src.ID] = now
		}
	}
	slices.SortStableFunc(events, func(a, b wiredesk.Event) int { return a.At.Compare(b.At) })
	if len(changed) > 0 || len(events) > 0 {
		if err := n.store.Tell(ctx, events, changed); err != nil {
			return false, err
		}
	}
	maps.Copy(told, changed)
	n.watch.mu.Lock()
	n.watch.told = told
	n.watch.mu.Unlock()
	for i := range events {
		n.logEvent(called[events[i].Source], &events[i])
	}
	return len(events) > 0, nil
}

// logEvent writes what happened to the log, as far as the poller does not.
func (n *newsroom) logEvent(source string, e *wiredesk.Event) {
	switch e.Kind {
	case wiredesk.EventBroken:
		n.log.Warn("source is broken", "source", source, "text", e.Text)
	case wiredesk.EventSilent:
		n.log.Warn("source is silent", "source", source, "text", e.Text)
	case wiredesk.EventHeld:
		level := slog.LevelWarn
		if e.Gate == wiredesk.GateApproval { // as the config asks for
			level = slog.LevelInfo
		}
		n.log.Log(context.Background(), level, "items of a source are held", "source", source, "gate", string(e.Gate), "text", e.Text)
	}
}

// showStatus puts the status feed in place, or takes it away.
func (n *newsroom) showStatus(ctx context.Context) error {
	n.mu.Lock()
	settings, token := n.settings(), n.cfg.Status.Token
	n.mu.Unlock()
	if token == "" {
		n.secret.Set("", "", nil)
		return nil
	}
	events, err := n.store.Events(ctx, 0)
	if err != nil {
		return err
	}
	path := web.StatusPath + token + ".atom"
	doc, err := publish.Status(settings, settings.BaseURL+path, events)
	if err != nil {
		return err
	}
	base, err := url.Parse(settings.BaseURL)
	if err != nil {
		return err
	}
	n.secret.Set(base.Path, path, doc)
	return nil
}

// watchLoop tells the owner whenever something has changed, until ctx ends.
func (n *newsroom) watchLoop(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.watch.C():
			if !sleep(ctx, settle) {
				return nil
			}
		case <-timer.C:
		}
		if err := n.tellOwner(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("the owner cannot be told", "error", err, "retry_in", retry.String())
			timer.Reset(retry)
		}
	}
}
