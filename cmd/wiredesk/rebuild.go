package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"wiredesk"
	"wiredesk/curate"
	"wiredesk/publish"
	"wiredesk/storage"
)

// news is what polls brought since the last build. The zero value is ready.
type news struct {
	mu       sync.Mutex
	items    map[wiredesk.ItemID]bool
	channels map[wiredesk.SourceID]wiredesk.Channel
	urgent   bool          // some of it was pushed
	wake     chan struct{} // of capacity one: news coalesces
}

// C is ready when there is something to build.
func (n *news) C() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.channel()
}

func (n *news) channel() chan struct{} {
	if n.wake == nil {
		n.wake = make(chan struct{}, 1)
	}
	return n.wake
}

func (n *news) signal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case n.channel() <- struct{}{}:
	default:
	}
}

// take returns what came since the last call, items in ascending order.
func (n *news) take() ([]wiredesk.ItemID, map[wiredesk.SourceID]wiredesk.Channel) {
	n.mu.Lock()
	defer n.mu.Unlock()
	items, channels := slices.Sorted(maps.Keys(n.items)), n.channels
	n.items, n.channels, n.urgent = nil, nil, false
	return items, channels
}

// polled is told of every poll that was recorded.
func (n *newsroom) polled(p wiredesk.Poll) {
	n.rounds.polled(p)
	n.tally.polled(&p)
	n.watch.polled(&p)
	if n.subscriber != nil {
		n.subscriber.Polled(p)
	}
	if p.Document == nil {
		return
	}
	n.news.mu.Lock()
	if n.news.channels == nil {
		n.news.channels = make(map[wiredesk.SourceID]wiredesk.Channel)
	}
	n.news.channels[p.Source] = p.Document.Channel
	n.news.mu.Unlock()
	n.news.signal()
}

// recorded is told what polls changed.
func (n *newsroom) recorded(changes []wiredesk.Recorded) {
	n.rounds.recorded(changes)
	n.troubles.end(n.log, cannotRecord)
	n.brought(changes, false)
}

// brought has what polls or pushes changed built. What was pushed is urgent.
func (n *newsroom) brought(changes []wiredesk.Recorded, urgent bool) {
	n.tally.brought(changes)
	found := false
	n.news.mu.Lock()
	for _, c := range changes {
		for _, id := range slices.Concat(c.New, c.Revised) {
			if n.news.items == nil {
				n.news.items = make(map[wiredesk.ItemID]bool)
			}
			n.news.items[id], found = true, true
		}
	}
	n.news.urgent = n.news.urgent || urgent && found
	n.news.mu.Unlock()
	if found {
		n.news.signal()
	}
}

// rebuild brings the site up to date as of at and returns when it must be done again even
// if nothing comes in; zero is never. What the build adds to the ledger is stored before
// the new site is shown. If it fails, the last good site stays.
func (n *newsroom) rebuild(ctx context.Context, at time.Time) (deadline time.Time, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	started := time.Now()
	deadline, err = n.build(ctx, at)
	if ctx.Err() != nil { // cut short, which says nothing
		return deadline, err
	}
	n.metrics.Built(time.Since(started))
	if err != nil {
		n.tally.buildFailed()
		return deadline, err
	}
	items, stories := n.desk.Size()
	n.tally.build(at, items, stories)
	return deadline, nil
}

// rebuildAll is rebuild until nothing is left for a next build at the same moment: one build
// makes only so many pages of archives.
func (n *newsroom) rebuildAll(ctx context.Context, at time.Time) error {
	for {
		deadline, err := n.rebuild(ctx, at)
		if err != nil || deadline.IsZero() || deadline.After(at) {
			return err
		}
	}
}

// build is rebuild for a caller that holds n.mu.
func (n *newsroom) build(ctx context.Context, at time.Time) (deadline time.Time, err error) {
	defer func() {
		if err != nil { // what was taken is not lost: the next build reads it all
			n.clearDesk()
		}
	}()
	if deadline, err = n.curate(ctx, at); err != nil {
		return time.Time{}, err
	}
	more, err := n.fileArchive(at)
	if err != nil {
		return time.Time{}, err
	}
	if err := n.refuseEmpty(); err != nil {
		return time.Time{}, err
	}
	site, stamps, err := n.render(ctx, at)
	if err != nil {
		return time.Time{}, err
	}
	with, err := n.notYetNoted(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if err := n.commit(ctx, n.desk.Pending(), stamps, with); err != nil {
		return time.Time{}, fmt.Errorf("store the ledger: %w", err)
	}
	n.desk.Committed()
	n.noted = true
	n.site.Store(site)
	n.putOut(site)
	n.watch.held(n.desk.Holds())
	if more {
		return at, nil
	}
	return deadline, nil
}

// refuseEmpty keeps a new database from taking the place of what an old one, which was lost,
// has published. The caller holds n.mu.
func (n *newsroom) refuseEmpty() error {
	items, _ := n.desk.Size()
	if last := n.site.Load(); items > 0 || len(n.sources) == 0 || last == nil || !last.Restored() || last.Empty() {
		return nil
	}
	return errors.New("nothing is stored yet, and there is a last site")
}

// curate brings the editions up to date as of at, and returns when that must be done
// again. The caller holds n.mu.
func (n *newsroom) curate(ctx context.Context, at time.Time) (deadline time.Time, err error) {
	if err := n.needDesk(ctx); err != nil {
		return time.Time{}, err
	}
	items, channels := n.news.take()
	for id, channel := range channels {
		n.desk.SetChannel(id, channel)
	}
	for _, id := range items {
		it, err := n.store.Item(ctx, id, false)
		if errors.Is(err, storage.ErrValue) {
			n.log.Error("an item cannot be read and is left out", "error", err)
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		n.desk.Add(it)
	}
	for feed, since := range n.readers.Take() {
		if entries := n.desk.Reach(feed, since, at); entries > 0 {
			n.log.Info("window grown, a subscriber had missed entries", "feed", feed, "entries", entries, "last_came", since)
		}
	}
	for last := wiredesk.ItemID(0); ; {
		build, err := n.desk.Build(at)
		for _, e := range build.Editions {
			n.editions[e.Feed.Name] = e
		}
		n.pages = append(n.pages, build.Pages...)
		// One item that cannot be read must not stop the publishing of all others.
		if bad, ok := errors.AsType[*unreadableError](err); ok && bad.id != last {
			last = bad.id
			n.log.Error("an item cannot be read and is left out", "error", err)
			n.desk.Remove([]wiredesk.ItemID{bad.id})
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		n.built = at
		tuneCollector()
		return build.Deadline, nil
	}
}

// An unreadableError is what the desk is told when it wants an item whose value is damaged.
type unreadableError struct {
	id wiredesk.ItemID
	error
}

// Unwrap returns the cause.
func (u *unreadableError) Unwrap() error { return u.error }

// render makes the site of the newest editions, and the stamps of what changed in it.
func (n *newsroom) render(ctx context.Context, at time.Time) (*publish.Site, map[string]storage.Stamp, error) {
	known, err := n.store.Stamps(ctx)
	if err != nil {
		return nil, nil, err
	}
	in := publish.Input{Settings: n.settings(), Look: n.look, Archive: n.archive, Previous: n.site.Load(), At: at, Stamps: make(map[string]publish.Stamp, len(known))}
	for path, s := range known {
		in.Stamps[path] = publish.Stamp(s)
	}
	for _, f := range n.cfg.Feeds {
		in.Editions = append(in.Editions, n.editions[f.Name])
	}
	in.Sources = n.blogs()
	site, err := publish.Render(in)
	if err != nil {
		return nil, nil, err
	}
	n.tellProblems(site, in.Previous)
	changed := make(map[string]storage.Stamp)
	for path, s := range site.Stamps() {
		if known[path] != storage.Stamp(s) {
			changed[path] = storage.Stamp(s)
		}
	}
	return site, changed, nil
}

// tellProblems logs and counts what is wrong with the documents of a site that was not wrong
// with those of the site before it.
func (n *newsroom) tellProblems(site, last *publish.Site) {
	known := make(map[string]bool)
	if last != nil {
		for _, p := range last.Problems() {
			known[p.String()] = true
		}
	}
	refused, fresh := 0, 0
	for _, p := range site.Problems() {
		switch {
		case p.Mended && !known[p.String()]:
			n.log.Warn("text published as plain text", "path", p.Path, "error", p.Cause)
		case p.Mended:
		case !known[p.String()]:
			n.log.Error("document not published", "path", p.Path, "error", p.Cause)
			fresh++
			fallthrough
		default:
			refused++
		}
	}
	n.tally.refuse(fresh)
	n.tally.refusing(refused)
}

func (n *newsroom) commit(ctx context.Context, a curate.Additions, stamps map[string]storage.Stamp, built []byte) error {
	return n.store.Commit(ctx, storage.Commit{
		Assignments: a.Assignments, Verdicts: a.Verdicts, Rows: a.Rows, Feeds: a.Feeds, Rules: a.Rules, Faces: a.Faces, Stamps: stamps,
		Built: built,
	})
}

// Pauses of the build loop.
const (
	// settle is how long to wait for more after the first news: polls come in bunches.
	settle = 200 * time.Millisecond
	// settlePush is the same after a push: it comes alone, and is to go out at once. Builds have
	// settle between them all the same.
	settlePush = 10 * time.Millisecond
	// retry is how long to wait after a build that failed.
	retry = 10 * time.Second
	// lateWait is how long to wait for others after a subscriber came who may have missed entries:
	// who asks with dates that were never ours must not keep us building.
	lateWait = 2 * time.Second
	// pruneEvery is how often retention is looked after.
	pruneEvery = 24 * time.Hour
)

// buildLoop builds whenever something came in or a deadline has come, until ctx ends.
func (n *newsroom) buildLoop(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time // when the newest build was done
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.news.C():
			if !n.news.settled(ctx, last) {
				return nil
			}
		case <-timer.C:
		case <-n.pulse.C():
			n.pulse.beat()
			continue
		}
		now := time.Now()
		next := pruneEvery
		deadline, err := n.rebuild(ctx, now)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			n.troubles.begin(n.log, cannotBuild, err)
			next = retry
		default:
			n.troubles.end(n.log, cannotBuild)
			if !deadline.IsZero() {
				next = min(next, max(time.Until(deadline), time.Millisecond))
			}
			if err := n.prune(ctx, now); err != nil {
				n.log.Error("retention failed", "error", err)
			}
		}
		last = time.Now()
		timer.Reset(next)
	}
}

// settled waits until what came is to be built, and reports whether ctx let it.
func (n *news) settled(ctx context.Context, last time.Time) bool {
	began := time.Now()
	for {
		n.mu.Lock()
		end := began.Add(settle)
		if soon := last.Add(settle); n.urgent && soon.Before(end) {
			end = soon
		}
		if soon := began.Add(settlePush); end.Before(soon) {
			end = soon
		}
		n.mu.Unlock()
		timer := time.NewTimer(time.Until(end))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
			return true
		case <-n.C(): // more came, which may be urgent
			timer.Stop()
		}
	}
}

// prune removes items that nobody needs any more, if it is time to: however often the
// program was started since, and also where it only ever runs for one round. It is called
// after a build: only then is it known what is shown.
func (n *newsroom) prune(ctx context.Context, now time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	last, err := n.store.Pruned(ctx)
	if err != nil || n.desk == nil || now.Sub(last).Abs() < pruneEvery {
		return err
	}
	keep := storage.Retention{At: now, Gone: now.Add(-n.cfg.Storage.Keep), Shown: n.desk.ShownItems()}
	if n.cfg.Storage.KeepPublished > 0 {
		keep.Announced = now.Add(-n.cfg.Storage.KeepPublished)
	}
	removed, err := n.store.Prune(ctx, keep)
	if err != nil {
		return err
	}
	n.desk.Remove(removed)
	if len(removed) > 0 {
		n.log.Info("items pruned", "count", len(removed))
	}
	return nil
}

// sleep waits and reports whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
