package main

import (
	"maps"
	"os"
	"sync"
	"time"

	"wiredesk"
	"wiredesk/web"
)

// A tally is what the daemon counts for its metrics: what `wiredesk sources --etiquette`
// tells, but since the start and never less than before, as Prometheus wants a counter to
// be, even when a source is taken out. The zero value is ready.
type tally struct {
	mu      sync.Mutex
	sources map[wiredesk.SourceID]*counted
	all     etiquetteRow      // what was added since the start
	names   map[string]uint64 // requests by handle
	polls   map[string]uint64 // by outcome
	built   time.Time
	failed  uint64         // builds
	success time.Time      // of the newest poll that had one
	hits    map[string]int // by rule, as they were when nothing was built last

	items, stories int

	refused, refusals int // documents now, and times
}

// counted is a source as it was seen last.
type counted struct {
	handle string // empty for a source without a name, and for a private one
	paused bool   // by the config
	state  string
	row    etiquetteRow
}

// outcomes are what polls are counted as.
var outcomes = map[wiredesk.Outcome]string{
	wiredesk.Changed: "fetched", wiredesk.Unchanged: "unchanged", wiredesk.NotModified: "not_modified", wiredesk.Failed: "failed",
}

// lostOutcome is that of a poll of which nothing could be stored.
const lostOutcome = "lost"

// know says which sources there are, and in which state. Of one that is known already the
// counts stay: a poll may have been told since the state was read.
func (t *tally) know(sources []source, states []wiredesk.SourceState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, names := t.sources, map[string]uint64{"": t.names[""]}
	t.sources = make(map[wiredesk.SourceID]*counted, len(sources))
	for i := range sources {
		s := &sources[i]
		c := &counted{paused: s.Paused, state: stateOf(s.Paused, &states[i]), row: etiquetteOf(&states[i], states[i].Polled)}
		if old := known[s.ID]; old != nil {
			c.row = old.row
		}
		if !s.Private {
			c.handle = s.Name
		}
		t.succeeded(states[i].Succeeded)
		names[c.handle] = t.names[c.handle]
		t.sources[s.ID] = c
	}
	t.names = names // of names that the config does not have any more, nothing is kept
}

// succeeded notes when a poll had success. The caller holds t.mu.
func (t *tally) succeeded(at time.Time) {
	if at.After(t.success) {
		t.success = at
	}
}

// saw takes in the state of a source that a person changed.
func (t *tally) saw(id wiredesk.SourceID, st *wiredesk.SourceState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.sources[id]; c != nil {
		c.state = stateOf(c.paused, st)
	}
}

// polled counts a poll, once, though it is told a second time if the network was at fault.
func (t *tally) polled(p *wiredesk.Poll) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.sources[p.Source]
	if c == nil { // taken out meanwhile
		return
	}
	row := etiquetteOf(&p.State, p.At)
	more := row.since(&c.row)
	c.row, c.state = row, stateOf(c.paused, &p.State)
	t.all.add(&more)
	t.names[c.handle] += more.Requests
	t.succeeded(p.State.Succeeded)
	if more.Requests > 0 {
		t.count(outcomes[p.Outcome], 1)
	}
}

// since returns what was added after before. Counts that became less began anew, as they do
// when a source was purged.
func (r *etiquetteRow) since(before *etiquetteRow) etiquetteRow {
	grown := func(now, then uint64) uint64 {
		if now < then {
			return now
		}
		return now - then
	}
	return etiquetteRow{
		Requests: grown(r.Requests, before.Requests), Bytes: grown(r.Bytes, before.Bytes),
		conditional: grown(r.conditional, before.conditional), notModified: grown(r.notModified, before.notModified),
		// Items are told apart, by polls and by pushes: the store alone knows which are new.
	}
}

// count adds to an outcome. The caller holds t.mu.
func (t *tally) count(outcome string, n int) {
	if t.polls == nil {
		t.polls = make(map[string]uint64)
	}
	t.polls[outcome] += uint64(n)
}

// lost counts polls of which nothing could be stored.
func (t *tally) lost(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(lostOutcome, n)
}

// brought counts items that are new.
func (t *tally) brought(changes []wiredesk.Recorded) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range changes {
		t.all.Items += uint64(len(changes[i].New))
	}
}

// build counts a build that was done at a time, and what it was made of.
func (t *tally) build(at time.Time, items, stories int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.built, t.items, t.stories = at, items, stories
}

// buildFailed counts a build that failed.
func (t *tally) buildFailed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed++
}

// refuse counts documents that would not have been valid, and entries left out of pages of the
// archive for that.
func (t *tally) refuse(fresh int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refusals += fresh
}

// refusing remembers how many documents of the newest site would not be valid.
func (t *tally) refusing(now int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused = now
}

// figures returns what was counted.
func (t *tally) figures() web.Figures {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := web.Figures{
		Polls: map[string]uint64{lostOutcome: t.polls[lostOutcome]}, RequestsByName: maps.Clone(t.names),
		Requests: t.all.Requests, Conditional: t.all.conditional, NotModified: t.all.notModified, Received: t.all.Bytes, NewItems: t.all.Items,
		Sources: make(map[string]int), Items: t.items, Stories: t.stories, Built: t.built, FailedBuilds: t.failed,
		Refused: t.refused, Refusals: uint64(t.refusals), Succeeded: t.success, RuleHits: t.hits,
	}
	for _, outcome := range outcomes {
		f.Polls[outcome] = t.polls[outcome]
	}
	for _, state := range sourceStates {
		f.Sources[state] = 0
	}
	for _, c := range t.sources {
		f.Sources[c.state]++
	}
	return f
}

// countHits counts what each rule applies to. Rules of the same name count together.
func (t *tally) countHits(rules []wiredesk.Rule, hits []int) {
	byName := make(map[string]int, len(rules))
	for i := range rules {
		byName[rules[i].Name] += hits[i]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hits = byName
}

// figures returns what the daemon counted, and how large its database is.
func (n *newsroom) figures() web.Figures {
	// While something is built, rules are told as they were before: whoever asks need not wait.
	if n.mu.TryLock() {
		if n.desk != nil {
			n.tally.countHits(n.cfg.Rules, n.desk.Hits())
		}
		n.mu.Unlock()
	}
	f := n.tally.figures()
	if info, err := os.Stat(n.store.Path()); err == nil {
		f.StoreSize = info.Size()
	}
	if n.hubs != nil {
		n.hubs.figures(&f)
	}
	return f
}
