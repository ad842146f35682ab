package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"wiredesk"
)

// etiquetteReply is how politely sources are asked: all of them together, and each.
type etiquetteReply struct {
	All     etiquetteRow   `json:"all"`
	Sources []etiquetteRow `json:"sources"`
}

// etiquetteRow counts from the first request on. Shares are between 0 and 1.
type etiquetteRow struct {
	Name            string  `json:"name,omitempty"`
	Title           string  `json:"title,omitempty"`
	URL             string  `json:"url,omitempty"`
	Requests        uint64  `json:"requests"`                  // without those that redirects lead to
	PerDay          float64 `json:"requests_per_day"`          // since its first document; 0 on the first day
	Conditional     float64 `json:"conditional_share"`         // of requests: with a validator
	NotModified     float64 `json:"not_modified_share"`        // of requests: answered with 304
	Bytes           uint64  `json:"bytes"`                     // bodies, as they were sent
	Items           uint64  `json:"items"`                     // that were new
	BytesPerItem    uint64  `json:"bytes_per_item"`            // 0 without items
	ShortestSeconds float64 `json:"shortest_interval_seconds"` // between two requests, also by hand; 0 before the second

	conditional, notModified uint64
	shortest                 time.Duration
}

func (c sourcesCommand) etiquette(ctx context.Context, p *program) error {
	var reply etiquetteReply
	if err := p.ask(ctx, "etiquette", sourcesArgs{c.Name}, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	t := newTable(p.stdout, "SOURCE", "REQUESTS", "A DAY", "CONDITIONAL", "304", "BYTES PER NEW ITEM", "SHORTEST INTERVAL")
	line := func(name string, r *etiquetteRow) {
		shortest := "-"
		if r.ShortestSeconds > 0 {
			shortest = roughly(time.Duration(r.ShortestSeconds * float64(time.Second)))
		}
		perDay := "-"
		if r.PerDay > 0 {
			perDay = fmt.Sprintf("%.1f", r.PerDay)
		}
		t.row(cell(name, 40), fmt.Sprint(r.Requests), perDay, percent(r.Conditional), percent(r.NotModified), fmt.Sprint(r.BytesPerItem), shortest)
	}
	for i := range reply.Sources {
		line(cmp.Or(reply.Sources[i].Name, reply.Sources[i].Title), &reply.Sources[i])
	}
	line("all", &reply.All)
	return t.flush()
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", share*100) }

func (n *newsroom) etiquetteVerb(ctx context.Context, args sourcesArgs, _ func(int, int)) (any, error) {
	n.mu.Lock()
	sources := n.sources
	n.mu.Unlock()
	reply := etiquetteReply{Sources: []etiquetteRow{}}
	now := time.Now()
	found, err := n.named(ctx, sources, args.Name)
	if err != nil {
		return nil, err
	}
	for i := range found {
		told := describe(&found[i], now)
		row := etiquetteOf(&found[i].state, now)
		row.Name, row.Title, row.URL = told.Name, told.Title, told.URL
		reply.All.add(&row)
		reply.Sources = append(reply.Sources, row)
	}
	reply.All.divide()
	return reply, nil
}

func etiquetteOf(st *wiredesk.SourceState, now time.Time) etiquetteRow {
	r := etiquetteRow{
		Requests: st.Polls, Bytes: st.Bytes, Items: st.Items,
		conditional: st.Conditional, notModified: st.NotModified, shortest: st.Shortest,
	}
	if day := now.Sub(st.First); !st.First.IsZero() && day >= 24*time.Hour {
		r.PerDay = float64(st.Polls) / day.Hours() * 24
	}
	r.divide()
	return r
}

// add sums up, but for the shortest interval, which is that of one source.
func (r *etiquetteRow) add(one *etiquetteRow) {
	r.Requests += one.Requests
	r.PerDay += one.PerDay
	r.Bytes += one.Bytes
	r.Items += one.Items
	r.conditional += one.conditional
	r.notModified += one.notModified
	if one.shortest > 0 && (r.shortest == 0 || one.shortest < r.shortest) {
		r.shortest = one.shortest
	}
}

// divide fills in what follows from the sums.
func (r *etiquetteRow) divide() {
	if r.Requests > 0 {
		r.Conditional = float64(r.conditional) / float64(r.Requests)
		r.NotModified = float64(r.notModified) / float64(r.Requests)
	}
	if r.Items > 0 {
		r.BytesPerItem = r.Bytes / r.Items
	}
	r.ShortestSeconds = r.shortest.Seconds()
}
