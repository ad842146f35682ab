package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"wiredesk/publish"
	"wiredesk/storage"
)

// stored looks at the database of a daemon.
func (d *doctor) stored(ctx context.Context, n *newsroom) {
	const name = "database"
	inventory, err := n.store.Examine(ctx)
	if err != nil {
		d.say(name, checkFailed, hintOf(err), "%v", err)
		return
	}
	if err := n.store.Writable(); err != nil {
		d.say(name, checkFailed, hintOf(err), "%v", err)
		return
	}
	d.say(name, checkOK, "", "every value can be read: %s of %s, %s", count(inventory.Items, "item"), count(inventory.Sources, "source"), bytesOf(inventory.Bytes))
}

// build tries whether a site can be made of what is stored, as a daemon does when it starts.
// Nothing is written.
func (d *doctor) build(ctx context.Context, n *newsroom, now time.Time) {
	const name = "build"
	n.mu.Lock()
	defer n.mu.Unlock()
	_, err := n.curate(ctx, now)
	if err == nil {
		_, _, err = n.render(ctx, now)
	}
	if err != nil {
		n.clearDesk()
		d.fail(name, err, "no site can be made before that is mended")
		return
	}
	items, _ := n.desk.Size()
	d.say(name, checkOK, "", "a site can be made of %s", count(items, "item"))
}

// sources tells how many are not well.
func (d *doctor) sources(ctx context.Context, n *newsroom, now time.Time) {
	const name = "sources"
	n.mu.Lock()
	sources := n.sources
	n.mu.Unlock()
	states, err := n.states(ctx, sources)
	if err != nil {
		d.say(name, checkFailed, hintOf(err), "%v", err)
		return
	}
	told, err := n.store.Conditions(ctx)
	if err != nil {
		d.say(name, checkFailed, hintOf(err), "%v", err)
		return
	}
	broken, silent, ahead := 0, 0, false
	for i := range sources {
		c := told[sources[i].ID]
		if !c.Broken.IsZero() || !c.Gone.IsZero() {
			broken++
		}
		if !c.Silent.IsZero() {
			silent++
		}
		ahead = ahead || states[i].Polled.After(now.Add(clockTolerance))
	}
	if ahead {
		d.say("clock", checkFailed, "set the clock, and have it kept: timedatectl set-ntp true", "it has gone back: sources were polled later than now")
	}
	switch {
	case len(sources) > 0 && broken == len(sources):
		d.say(name, checkFailed, "wiredesk sources says why", "all of them are broken or gone")
	case broken+silent > 0:
		d.say(name, checkWarning, "wiredesk sources says why", "of %d, %d are broken or gone and %d silent", len(sources), broken, silent)
	default:
		d.say(name, checkOK, "", "%s, none of them broken or silent", count(len(sources), "source"))
	}
}

// undelivered is for how long a notification may wait.
const undelivered = 10 * time.Minute

// channels tells whether somebody is to be notified and cannot be.
func (d *doctor) channels(ctx context.Context, n *newsroom, now time.Time) {
	cfg := n.running()
	var channels []string
	if cfg.Notify.Webhook != "" {
		channels = append(channels, webhookChannel)
	}
	if len(cfg.Notify.Exec) > 0 {
		channels = append(channels, execChannel)
	}
	for _, channel := range channels {
		has, err := n.store.Delivered(ctx, channel)
		if err != nil {
			d.fail("notify", err, "")
			return
		}
		events, err := n.store.Events(ctx, has)
		if err != nil {
			d.fail("notify", err, "")
			return
		}
		if len(events) > 0 && now.Sub(events[0].At) > undelivered {
			d.say("notify", checkWarning, "the log says why; it is tried again by itself, for three days", "%s could not be delivered by [notify] %s", count(len(events), "event"), channel)
		}
	}
}

// What is large: a feed that every reader fetches again after each change, and a database of
// which most is free.
const (
	largeFeed = 1 << 20
	largeFree = 64 << 20
)

// sizes looks at how large the database and the feeds are.
func (d *doctor) sizes(n *newsroom) {
	const name = "sizes"
	file, used, err := n.store.Size()
	if err != nil {
		d.say(name, checkFailed, hintOf(err), "%v", err)
		return
	}
	before := len(d.checks)
	if most := n.running().Storage.MaxSize; most > 0 && used > most/4*3 {
		d.say(name, checkWarning, hintOf(storage.ErrFull), "%s of the %s of [storage] max_size are in use; at seven eighths nothing more is polled", bytesOf(used), bytesOf(most))
	}
	if free := file - used; free > largeFree && free > used {
		d.say(name, checkWarning, "wiredesk compact makes the file smaller, also while the daemon runs", "%s of the %s of the database are free", bytesOf(free), bytesOf(file))
	}
	largest := largestFeed(n.site.Load())
	if largest != nil {
		d.feedSize(largest)
	}
	switch {
	case len(d.checks) > before:
	case largest == nil:
		d.say(name, checkOK, "", "the database has %s", bytesOf(file))
	default:
		d.say(name, checkOK, "", "the database has %s, and %s, the largest feed, %s", bytesOf(file), largest.Path, bytesOf(int64(len(largest.Body))))
	}
}

// feedSize tells if a feed is so large that its readers notice.
func (d *doctor) feedSize(feed *publish.Document) {
	if size := len(feed.Body); size > largeFeed {
		d.say("sizes", checkWarning, `lower the limit of that feed, or set its content = "summary"`, "%s has %s, which readers fetch after each change", feed.Path, bytesOf(int64(size)))
	}
}

// largestFeed returns the largest document of a site that feed readers fetch; nil if there is
// none.
func largestFeed(site *publish.Site) *publish.Document {
	if site == nil {
		return nil
	}
	feeds := slices.DeleteFunc(site.Documents(), func(doc *publish.Document) bool { return doc.Self == "" })
	if len(feeds) == 0 {
		return nil
	}
	return slices.MaxFunc(feeds, func(a, b *publish.Document) int { return cmp.Compare(len(a.Body), len(b.Body)) })
}
