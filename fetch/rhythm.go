package fetch

import (
	"math"
	"slices"
	"time"

	"wiredesk"
)

// learnRhythm counts the days between the dates of items that are new. Watched says that the
// source was read before: then what is new and has no believable date is of now. The store
// knows an item again that lost its mark, so that a source that rewrites its items has its
// days counted once all the same.
func learnRhythm(r *wiredesk.Rhythm, items []wiredesk.Item, now time.Time, watched bool) {
	var dates []time.Time
	for i := range items {
		it := &items[i]
		switch {
		case it.Known:
		case it.Dated() && !it.Published.After(now):
			dates = append(dates, it.Published.UTC())
		case !it.Dated() && watched:
			dates = append(dates, now.UTC())
		}
	}
	slices.SortFunc(dates, time.Time.Compare)
	for _, at := range dates {
		if !at.After(r.Last) {
			continue
		}
		if pause := dayOf(at) - dayOf(r.Last); !r.Last.IsZero() && pause > 0 {
			copy(r.Pauses[1:], r.Pauses[:])
			r.Pauses[0] = uint16(min(pause, math.MaxUint16))
		}
		r.Last = at
	}
}

// dayOf returns the number of a day, UTC.
func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }
