package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"wiredesk"
	"wiredesk/fetch"
)

// slice is how much of the hour is measured.
const slice = 30 * time.Second

// hour measures how punctual polls are when 100,000 sources are due within an hour, over a
// slice of it. Of those that are due in the slice nine of ten answer 304; the tenth has
// something new.
func hour(out io.Writer, o *origin, scale bool) error {
	if !scale {
		return nil
	}
	const sources = 100_000
	d, err := open(o.base, sources)
	if err != nil {
		return err
	}
	defer d.close()
	if err := o.say("docile"); err != nil {
		return err
	}
	step := time.Hour / sources
	soon := int(slice / step)
	poller := fetch.NewPoller(d.poller())
	poller.SetSources(slices.Clone(d.targets[:soon])) // so that they are known
	if _, err := poller.Once(context.Background(), true, nil); err != nil {
		return err
	}
	if err := o.say("new"); err != nil {
		return err
	}
	var mu sync.Mutex
	var lags []time.Duration
	due := make(map[wiredesk.SourceID]time.Time, sources)
	options := d.poller()
	options.OnPoll = func(p wiredesk.Poll) {
		mu.Lock()
		defer mu.Unlock()
		lags = append(lags, p.At.Sub(due[p.Source]))
	}
	poller = fetch.NewPoller(options)
	start := time.Now().Add(2 * time.Second)
	for i := range d.targets {
		d.targets[i].Due = start.Add(time.Duration(i) * step)
		due[d.targets[i].ID] = d.targets[i].Due
	}
	poller.SetSources(d.targets)
	ctx, cancel := context.WithDeadline(context.Background(), start.Add(slice))
	defer cancel()
	began := time.Now()
	m, err := timed(func() error { return poller.Run(ctx) })
	if err != nil {
		return err
	}
	slices.Sort(lags)
	if len(lags) < soon*9/10 {
		return fmt.Errorf("%d of %d were polled", len(lags), soon)
	}
	share := float64(m.cpu) / float64(time.Since(began)) / float64(runtime.NumCPU())
	fmt.Fprintf(out, "%d sources due within an hour, %v of it: %d polled, p99 lag %v, goal 5 s; %.1f %% of %d cores, goal 30 %%\n",
		sources, slice, len(lags), lags[len(lags)*99/100].Round(time.Millisecond), 100*share, runtime.NumCPU())
	return nil
}
