package curate

import (
	"cmp"
	"slices"
	"strings"

	"wiredesk"
)

// Holds returns what waits for a person, by source: of each gate once, by its name. An item
// that waits in several feeds is counted once. It is as of the newest build.
func (d *Desk) Holds() map[wiredesk.SourceID][]wiredesk.Hold {
	type behind struct {
		source wiredesk.SourceID
		gate   wiredesk.Gate
	}
	found := make(map[behind]wiredesk.Hold)
	seen := make(map[wiredesk.ItemID]bool)
	for _, f := range d.feeds {
		for _, held := range f.held {
			for _, id := range held {
				it := d.items[id]
				if it == nil || seen[id] {
					continue
				}
				seen[id] = true
				v := d.verdicts[rowKey{f.feed.Name, id}]
				if whole, ok := d.verdicts[rowKey{"", id}]; ok && whole.Kind == wiredesk.Held {
					v = whole
				}
				key := behind{it.source, gateOf(v.Cause)}
				h := found[key]
				h.Items++
				// Of those of one moment any would do, but it must always be the same.
				if h.At.IsZero() || cmp.Or(v.At.Compare(h.At), strings.Compare(v.Cause, h.Cause)) > 0 {
					h.Gate, h.At, h.Cause = key.gate, v.At, v.Cause
				}
				found[key] = h
			}
		}
	}
	holds := make(map[wiredesk.SourceID][]wiredesk.Hold)
	for key, h := range found {
		holds[key.source] = append(holds[key.source], h)
	}
	for _, of := range holds {
		slices.SortFunc(of, func(a, b wiredesk.Hold) int { return strings.Compare(string(a.Gate), string(b.Gate)) })
	}
	return holds
}

// gateOf returns the gate that gave a verdict that cause.
func gateOf(cause string) wiredesk.Gate {
	switch {
	case strings.HasPrefix(cause, floodGate):
		return wiredesk.GateFlood
	case strings.HasPrefix(cause, hijackGate):
		return wiredesk.GateHijack
	}
	return wiredesk.GateApproval
}
