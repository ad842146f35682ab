package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/storage"
)

// costs are the best measures so far.
type costs struct{ parse, conditional, cold, again, unchanged, changed measure }

// polls measures what a poll costs: cold, with nothing changed, with something new.
func polls(out io.Writer, o *origin, sources, rounds int, profiled profile) error {
	var c costs
	for range rounds {
		if err := o.say("old"); err != nil {
			return err
		}
		p, err := bareParse(o.base, sources)
		if err != nil {
			return err
		}
		c.parse = c.parse.best(p)
		if err := c.round(o, sources, profiled); err != nil {
			return err
		}
	}
	n := time.Duration(sources)
	raw := sources * len(document(0, 0))
	fmt.Fprintf(out, "%d sources of %d items, %d KB each; CPU per feed, best of %d\n", sources, itemsPerFeed, len(document(0, 0))>>10, rounds)
	row(out, "bare client and gofeed.Parse", c.parse.cpu/n, c.parse.cpu/n, "-")
	row(out, "cold poll: fetch, parse, clean, store", c.cold.cpu/n, c.parse.cpu/n, "3.0")
	row(out, "bare conditional client, 70 % answer 304", c.conditional.cpu/n, c.conditional.cpu/n, "-")
	row(out, "poll again, all answer 304", c.again.cpu/n, c.conditional.cpu/n, "-")
	row(out, "nothing changed, 70 % answer 304", c.unchanged.cpu/n, c.conditional.cpu/n, "1.5")
	row(out, "10 % of the sources have one new item", c.changed.cpu/n, c.conditional.cpu/n, "2.5")
	fmt.Fprintf(out, "database %d KB, %.2f of the raw documents, goal 0.85\n", c.cold.size>>10, float64(c.cold.size)/float64(raw))
	return nil
}

// A desk is a store, a client and how many sources are polled with them.
type desk struct {
	store   *storage.Store
	client  *fetch.Client
	targets []fetch.Target
	path    string
	stop    func()
}

// open makes a desk in a new database. The sources are at base/0 and so on.
func open(base string, sources int) (*desk, error) {
	dir, err := os.MkdirTemp("", "wiredesk-bench")
	if err != nil {
		return nil, err
	}
	d := &desk{path: filepath.Join(dir, "wiredesk.db"), stop: func() { _ = os.RemoveAll(dir) }}
	if d.store, err = storage.Open(d.path, storage.Options{Create: true}); err != nil {
		return nil, err
	}
	if d.client, err = fetch.NewClient(fetch.ClientOptions{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PerHost: concurrency}); err != nil {
		return nil, err
	}
	wanted := make([]wiredesk.Source, sources)
	for i := range wanted {
		wanted[i] = wiredesk.Source{
			URL: fmt.Sprintf("%s/%d", base, i), Interval: time.Hour, MinInterval: time.Hour, MaxInterval: 24 * time.Hour,
			Timeout: time.Minute, MaxBody: 10 << 20,
		}
	}
	registered, err := d.store.Register(context.Background(), wanted)
	if err != nil {
		return nil, err
	}
	d.targets = make([]fetch.Target, sources)
	for i := range wanted {
		d.targets[i] = fetch.TargetOf(registered[i].ID, &wanted[i], &wiredesk.SourceState{})
	}
	return d, nil
}

func (d *desk) close() {
	d.client.Close()
	_ = d.store.Close()
	d.stop()
}

func (d *desk) poller() fetch.PollerOptions {
	return fetch.PollerOptions{Client: d.client, Store: d.store, Concurrency: concurrency, PerHost: concurrency, Gap: -1}
}

// laps is how often what is no cold poll is measured in a round: it is short, and the
// machine is not ours alone.
const laps = 5

// round polls all sources into a new database, and then again and again: everything answers
// 304; three of ten send the same once more; one in ten has something new.
func (c *costs) round(o *origin, sources int, profiled profile) error {
	d, err := open(o.base, sources)
	if err != nil {
		return err
	}
	defer d.close()
	poller := fetch.NewPoller(d.poller())
	poller.SetSources(d.targets)
	lap := func(name, say string, to *measure, want func(fetch.Summary) bool) error {
		if err := o.say(say); err != nil {
			return err
		}
		m, err := profiled.timed(name, func() error {
			sum, err := poller.Once(context.Background(), true, nil)
			if err == nil && !want(sum) {
				err = fmt.Errorf("not all was as it should be: %+v", sum)
			}
			return err
		})
		if info, err := os.Stat(d.path); err == nil {
			m.size = info.Size()
		}
		*to = to.best(m)
		return err
	}
	if err := lap("cold", "docile", &c.cold, func(s fetch.Summary) bool { return s.New == sources*itemsPerFeed }); err != nil {
		return err
	}
	for range laps {
		if err := lap("again", "docile", &c.again, func(s fetch.Summary) bool { return s.NotModified == sources }); err != nil {
			return err
		}
		if err := lap("unchanged", "stubborn", &c.unchanged, func(s fetch.Summary) bool { return s.NotModified+s.Unchanged == sources && s.Unchanged > 0 }); err != nil {
			return err
		}
		m, err := bareConditional(o.base, sources)
		if err != nil {
			return err
		}
		c.conditional = c.conditional.best(m)
	}
	for range laps {
		if err := lap("changed", "new", &c.changed, func(s fetch.Summary) bool { return s.New == (sources+9)/10 }); err != nil {
			return err
		}
	}
	return nil
}
