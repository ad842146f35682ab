package curate

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wiredesk"

	"github.com/expr-lang/expr"
)

// An outcome is what the rules of one group made of one item.
type outcome struct {
	item    *item
	full    *wiredesk.Item
	env     *environment
	private bool // its source is never named in anything published
	dropped bool
	held    bool
	// approved says that a rule approved it, and no later one held it.
	approved bool
	stopped  bool   // no later rule is asked
	by       string // the rule that dropped or held it
	title    string
	steps    []Step
}

// A Step is one rule that applied to an item, or failed on it.
type Step struct {
	Rule     string
	Position wiredesk.Position
	Did      string // in words
	Failed   string // why the rule could not be asked; the item is kept
	rule     int    // its number in the config, from 0
}

// evaluate works out where a story stands in every feed.
func (d *Desk) evaluate(s *story, at time.Time) error {
	fulls, err := d.loadAll(s)
	if err != nil {
		return err
	}
	for g := range d.program.groups {
		outcomes := d.outcomes(s, fulls, g, at)
		for _, f := range d.feeds {
			if f.feed.group == g {
				d.placeUnits(f, s, outcomes, at)
			}
		}
		d.tally.collect(s, outcomes)
	}
	d.tally.note(s)
	d.wake(s, at)
	return nil
}

// loadAll loads the items of a story, in its order.
func (d *Desk) loadAll(s *story) ([]*wiredesk.Item, error) {
	fulls := make([]*wiredesk.Item, len(s.items))
	for i, it := range s.items {
		full, err := d.load(it.id, d.program.body)
		if err != nil {
			return nil, err
		}
		fulls[i] = full
	}
	return fulls, nil
}

// outcomes runs the rules of a group over the items of a story. Items of sources that are
// not in the config have no outcome.
func (d *Desk) outcomes(s *story, fulls []*wiredesk.Item, g int, at time.Time) []*outcome {
	coverage := len(d.sourcesOf[s.event])
	var out []*outcome
	best := 0.0
	scored := false
	for i, it := range s.items {
		src := d.sources[it.source]
		if src == nil {
			continue
		}
		o := &outcome{item: it, full: fulls[i], title: fulls[i].Title, private: src.Private}
		o.env = environmentOf(o.full, src, d.lists, at, d.program)
		o.env.Coverage = coverage
		for _, r := range d.program.groups[g].rules {
			d.program.rules[r].apply(o)
			if o.dropped || o.stopped {
				break
			}
		}
		if !o.dropped && (!scored || o.env.Score > best) {
			best, scored = o.env.Score, true
		}
		out = append(out, o)
	}
	for _, o := range out {
		o.env.Score = best // the highest score is the story's
	}
	return out
}

// apply runs one rule. A rule that fails on an item has no effect on it: to keep what
// should go is bad, to lose what should stay is worse.
func (r *rule) apply(o *outcome) {
	applies, err := r.when.holds(o.env)
	step := Step{Rule: r.called(), Position: r.Position, rule: r.index}
	if err != nil {
		step.Failed = err.Error()
		o.steps = append(o.steps, step)
		return
	}
	if !applies {
		return
	}
	did := func(format string, args ...any) {
		if step.Did != "" {
			step.Did += ", "
		}
		step.Did += fmt.Sprintf(format, args...)
	}
	if r.Score != 0 {
		o.env.Score += r.Score
		did("score %+g", r.Score)
	}
	for _, tag := range r.Tags {
		if !slices.Contains(o.env.Tags, tag) {
			o.env.Tags = append(o.env.Tags, tag)
		}
		did("tag %s", tag)
	}
	if r.title != nil {
		title, err := o.write(r.title)
		if err != nil {
			step.Failed = err.Error()
		} else {
			o.title, o.env.Title = title, title
			did("title %q", title)
		}
	}
	if r.Hold {
		o.held, o.approved, o.by = true, false, r.called()
		did("hold")
	}
	if r.Approve {
		o.held, o.approved = false, true
		did("approve")
	}
	if r.Drop {
		o.dropped, o.by = true, r.called()
		did("drop")
	}
	if r.Stop {
		o.stopped = true
		did("stop")
	}
	o.steps = append(o.steps, step)
}

// called returns the rule's name in a sentence. One without a name of its own is called by
// its number.
func (r *rule) called() string {
	if strings.HasPrefix(r.Name, "rule ") {
		return r.Name
	}
	return "rule " + r.Name
}

// holds evaluates a condition. No condition always holds.
func (e *expression) holds(env *environment) (bool, error) {
	if e == nil {
		return true, nil
	}
	v, err := expr.Run(e.program, env)
	if err != nil {
		return false, oneLine(err)
	}
	yes, _ := v.(bool)
	return yes, nil
}

// evaluate evaluates an expression for a title.
func (e *expression) evaluate(env *environment) (string, error) {
	v, err := expr.Run(e.program, env)
	if err != nil {
		return "", oneLine(err)
	}
	s, _ := v.(string)
	return s, nil
}

// write evaluates an expression whose value is published. A private source is not named
// there, whatever the expression asks for.
func (o *outcome) write(e *expression) (string, error) {
	env := *o.env
	if o.private {
		env.Source = sourceEnvironment{}
	}
	return e.evaluate(&env)
}

// display returns the title under which a feed shows an item.
func (f *feed) display(o *outcome) string {
	if f.title == nil {
		return o.title
	}
	title, err := o.write(f.title)
	if err != nil || strings.TrimSpace(title) == "" {
		return o.title
	}
	return title
}

// oneLine takes the picture of the source off an error of expr.
func oneLine(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(line)
}

// A judgement is what a feed says to a story.
type judgement struct {
	pass    []*outcome // what the feed may show, in the order of the story
	held    []detained // what would pass, were it approved
	waiting []*outcome // what would pass, were it settled
	left    []*outcome // what would pass, had its source been there from the start
	hidden  bool       // by a person
	// hiddenAt is when.
	hiddenAt time.Time
	pinned   bool
	note     string
	noted    time.Time
	// shown and unnoted are when a hiding and a note were last taken back.
	shown, unnoted time.Time
	// approved is the latest decision that let something pass.
	approved time.Time
}

// A detained is an item that waits for a person, and who makes it wait.
type detained struct {
	*outcome
	by string
}

// judge asks a feed's condition about every item that no rule dropped, and its gates about
// those that meet it.
func (d *Desk) judge(f *shownFeed, outcomes []*outcome, at time.Time) judgement {
	var j judgement
	var approved time.Time // of any item: who approves a story means all of it
	var unapproved []*outcome
	for _, o := range outcomes {
		stands := wiredesk.Stand(d.decisions[o.item.id], f.feed.Name)
		j.hidden, j.hiddenAt = j.hidden || stands.Hidden, later(j.hiddenAt, stands.HiddenAt)
		j.shown, j.unnoted = later(j.shown, stands.ShownAt), later(j.unnoted, stands.UnnotedAt)
		j.pinned = j.pinned || stands.Pinned
		if stands.NotedAt.After(j.noted) {
			j.note, j.noted = stands.Noted, stands.NotedAt
		}
		approved = later(approved, stands.Approved)
		if o.dropped || stands.Dropped {
			continue
		}
		// A condition that fails on an item keeps it, as a rule does.
		if passes, err := f.feed.where.holds(o.env); err == nil && !passes {
			continue
		}
		held := o.held || d.flooded(o.item)
		switch {
		case !stands.Approved.IsZero():
			if held || d.wantsApproval(f, o) || d.late(f, o.item) {
				j.approved = later(j.approved, stands.Approved)
			}
			j.pass = append(j.pass, o)
		case o.held:
			j.held = append(j.held, detained{o, o.by})
		case held:
			j.held = append(j.held, detained{o, d.verdicts[rowKey{"", o.item.id}].Cause})
		case d.told(f, o.item) && !d.approvalUndone(f, o.item):
			j.pass = append(j.pass, o)
		case d.settles(f, o.item).After(at):
			j.waiting = append(j.waiting, o)
		case d.late(f, o.item):
			j.left = append(j.left, o)
		case d.wantsApproval(f, o):
			unapproved = append(unapproved, o)
		default:
			j.pass = append(j.pass, o)
		}
	}
	// What joins a story that may be shown does not wait.
	for _, o := range unapproved {
		if len(j.pass) == 0 && approved.IsZero() {
			j.held = append(j.held, detained{o, "the feed"})
			continue
		}
		j.approved = later(j.approved, approved)
		j.pass = append(j.pass, o)
	}
	slices.SortFunc(j.pass, func(a, b *outcome) int { return cmp.Compare(a.item.id, b.item.id) })
	for _, o := range j.pass {
		j.approved = later(j.approved, d.splitAt(o.item))
	}
	return j
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// wake sets the deadline at which time alone may change what was said of a story.
func (d *Desk) wake(s *story, at time.Time) {
	var next time.Time
	sooner := func(t time.Time) {
		if t.After(at) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, it := range s.items {
		for _, threshold := range d.program.ages {
			sooner(it.published.Add(threshold))
		}
		for _, f := range d.feeds {
			sooner(d.settles(f, it))
		}
	}
	// A story that is looked at again and again waits for the same moment once.
	if waits := s.wake.Equal(next); !next.IsZero() && !waits {
		heap.Push(&d.deadlines, deadline{next, s.id})
	}
	s.wake = next
}
