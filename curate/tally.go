package curate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"wiredesk"
)

// A RuleTally says how a rule has fared with what is stored.
type RuleTally struct {
	Name     string
	Position wiredesk.Position
	// Hits counts the stored items that the rule applies to, in any feed, and LastHit is the
	// first sight of the newest that it ever applied to; zero if there was none.
	Hits    int
	LastHit time.Time
	// Failures counts the stored items that the rule fails on, and LastFailure says why it
	// fails on the newest.
	Failures    int
	LastFailure string
	// Since is when the rule was first in force.
	Since time.Time
}

// Quiet reports whether the rule has matched nothing that came in for as long as that.
func (r *RuleTally) Quiet(at time.Time, long time.Duration) bool {
	last := r.Since
	if r.LastHit.After(last) {
		last = r.LastHit
	}
	return !last.IsZero() && at.Sub(last) > long
}

// keysOf returns what identifies rules in the store. That is what a rule asks and where, and
// if several ask the same, their order: another condition is another rule, but what is done
// about it may change.
func keysOf(rules []wiredesk.Rule) []string {
	keys := make([]string, len(rules))
	seen := make(map[string]int)
	for i, r := range rules {
		asks := fmt.Sprintf("%q %q", r.When, r.Feeds)
		h := sha256.Sum256(fmt.Appendf(nil, "%s %d", asks, seen[asks]))
		seen[asks]++
		keys[i] = fmt.Sprintf("%x", h[:8])
	}
	return keys
}

// A mark is what one rule made of one item.
type mark uint8

const (
	hit mark = 1 << iota
	failed
)

// A tally knows what every rule made of every item. Of each item there is a number only:
// many items have the same marks, and these are kept once.
type tally struct {
	kinds   []string          // by number: marks as number writes them; the first has none
	numbers map[string]uint32 // of kinds
	marks   []mark            // of the story that is being looked at: for each item, by rule
	states  []wiredesk.RuleState
	changed []bool // by rule: its state is not stored yet
}

func newTally(p *Program) tally {
	return tally{
		kinds: []string{""}, numbers: map[string]uint32{"": 0},
		states: make([]wiredesk.RuleState, len(p.rules)), changed: make([]bool, len(p.rules)),
	}
}

// collect takes down what the rules of one group made of the items of a story.
func (t *tally) collect(s *story, outcomes []*outcome) {
	n := len(t.states)
	if len(t.marks) < n*len(s.items) {
		t.marks = make([]mark, n*len(s.items))
	}
	for _, o := range outcomes {
		row := t.marks[n*slices.Index(s.items, o.item):]
		for _, step := range o.steps {
			if step.Did != "" {
				row[step.rule] |= hit
			}
			if step.Failed != "" {
				row[step.rule] |= failed
			}
		}
	}
}

// note gives the items of a story their marks, once every group was collected.
func (t *tally) note(s *story) {
	n := len(t.states)
	if n == 0 || len(t.marks) == 0 {
		return
	}
	for i, it := range s.items {
		row := t.marks[n*i : n*(i+1)]
		it.marks = t.number(row)
		for rule, m := range row {
			if seen := it.id.Seen(); m&hit != 0 && seen.After(t.states[rule].Hit) {
				t.states[rule].Hit, t.changed[rule] = seen, true
			}
		}
		clear(row)
	}
}

// number returns the number of a row of marks.
func (t *tally) number(row []mark) uint32 {
	var kind []byte
	for rule, m := range row {
		if m != 0 {
			kind = binary.AppendUvarint(append(kind, byte(m)), uint64(rule))
		}
	}
	number, known := t.numbers[string(kind)]
	if !known {
		number = uint32(len(t.kinds))
		t.kinds = append(t.kinds, string(kind))
		t.numbers[string(kind)] = number
	}
	return number
}

// marked calls f for every rule that made something of an item.
func (t *tally) marked(it *item, f func(rule int, m mark)) {
	for kind := []byte(t.kinds[it.marks]); len(kind) > 0; {
		rule, n := binary.Uvarint(kind[1:])
		f(int(rule), mark(kind[0]))
		kind = kind[1+n:]
	}
}

// beginTally dates the rules that are new.
func (d *Desk) beginTally(at time.Time) {
	for i := range d.program.rules {
		if s := &d.tally.states[i]; s.First.IsZero() {
			s.Key, s.First, d.tally.changed[i] = d.program.rules[i].key, at, true
		}
	}
}

// endTally has what a build learned of rules stored.
func (d *Desk) endTally() {
	for i, s := range d.tally.states {
		if !d.tally.changed[i] {
			continue
		}
		d.tally.changed[i] = false
		// It takes the place of what an earlier build learned that was not stored.
		d.pending.Rules = slices.DeleteFunc(d.pending.Rules, func(p wiredesk.RuleState) bool { return p.Key == s.Key })
		d.pending.Rules = append(d.pending.Rules, s)
	}
}

// rememberRules brings in what is stored of rules.
func (d *Desk) rememberRules(states map[string]wiredesk.RuleState) {
	for i := range d.program.rules {
		d.tally.states[i] = states[d.program.rules[i].key]
	}
}

// Rules returns how every rule has fared, in the order of the config, as of the newest build.
// The error is of loading an item that a rule fails on.
func (d *Desk) Rules(at time.Time) ([]RuleTally, error) {
	tallies := make([]RuleTally, len(d.program.rules))
	newest := make([]*item, len(tallies)) // that the rule fails on
	for i := range tallies {
		r, s := &d.program.rules[i], d.tally.states[i]
		tallies[i] = RuleTally{Name: r.Name, Position: r.Position, LastHit: s.Hit, Since: s.First}
	}
	for _, it := range d.items {
		d.tally.marked(it, func(rule int, m mark) {
			if m&hit != 0 {
				tallies[rule].Hits++
			}
			if m&failed != 0 {
				tallies[rule].Failures++
				if newest[rule] == nil || it.id > newest[rule].id {
					newest[rule] = it
				}
			}
		})
	}
	for i, it := range newest {
		if it == nil {
			continue
		}
		why, err := d.failure(i, it, at)
		if err != nil {
			return nil, err
		}
		tallies[i].LastFailure = why
	}
	return tallies, nil
}

// Hits returns to how many stored items each rule applies, in any feed, in the order of the
// config, as of the newest build.
func (d *Desk) Hits() []int {
	hits := make([]int, len(d.program.rules))
	for _, it := range d.items {
		d.tally.marked(it, func(rule int, m mark) {
			if m&hit != 0 {
				hits[rule]++
			}
		})
	}
	return hits
}

// failure says why a rule fails on an item.
func (d *Desk) failure(rule int, it *item, at time.Time) (string, error) {
	s := d.stories[it.story]
	fulls, err := d.loadAll(s)
	if err != nil {
		return "", err
	}
	for g, group := range d.program.groups {
		if !slices.Contains(group.rules, rule) {
			continue
		}
		for _, o := range d.outcomes(s, fulls, g, at) {
			for _, step := range o.steps {
				if o.item == it && step.Failed != "" && step.rule == rule {
					return step.Failed, nil
				}
			}
		}
	}
	return "", nil
}
