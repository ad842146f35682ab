package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"wiredesk"
)

// growth measures what a new item costs in a store with few and with many items.
func growth(out io.Writer, scale bool, profiled profile) error {
	d, err := open("http://127.0.0.1", 1000)
	if err != nil {
		return err
	}
	defer d.close()
	stored, reference := 0, time.Duration(0)
	for _, size := range []int{10_000, 100_000, 1_000_000} {
		if size > 100_000 && !scale {
			return nil
		}
		for stored < size {
			n := min(size-stored, 5000)
			if err := d.record(stored, n, 1000, true); err != nil {
				return err
			}
			stored += n
		}
		best := measure{}
		for range 5 {
			m, err := profiled.timed(fmt.Sprint("growth", size), func() error {
				for range 20 {
					if err := d.record(stored, 10, 10, false); err != nil {
						return err
					}
					stored += 10
				}
				return nil
			})
			if err != nil {
				return err
			}
			best = best.best(m)
		}
		cost := best.cpu / 200
		if reference == 0 {
			reference = cost
		}
		row(out, fmt.Sprintf("one new item beside %d", size), cost, reference, "1.2")
	}
	return nil
}

// record stores n new items of so many sources at once. Older ones do not count as present,
// so that what is measured is the store and not the length of a document.
func (d *desk) record(first, n, sources int, older bool) error {
	polls := make([]wiredesk.Poll, sources)
	now := time.Now()
	for i := range n {
		p := &polls[i%sources]
		p.Source, p.At, p.Outcome = d.targets[(first+i)%len(d.targets)].ID, now, wiredesk.Changed
		p.Older = older
		if p.Document == nil {
			p.Document = &wiredesk.Document{Whole: false} // the others stay
		}
		at := fmt.Sprintf("https://blog.example.org/%d", first+i)
		p.Document.Items = append(p.Document.Items, wiredesk.Item{
			GUID: at, Link: at, Title: fmt.Sprintf("Article %d", first+i), Summary: "<p>Short.</p>",
			Mark: uint64(first + i + 1), Published: now,
		})
	}
	_, err := d.store.Record(context.Background(), polls[:min(n, sources)])
	return err
}
