package curate

import (
	"fmt"
	"time"

	"wiredesk"
)

// try runs a rule alone on the examples that it carries and returns what it does otherwise
// than they say.
func (r *rule) try(lists map[string][]string) (problems wiredesk.Problems) {
	if !r.Drop && !r.Hold { // told when the config is read
		return nil
	}
	for _, e := range r.Drops {
		if o := r.tried(&e, lists); !o.dropped && !o.held {
			problems = append(problems, wiredesk.Problem{
				Position: e.Position, What: fmt.Sprintf("rule.drops: %s lets %q through", r.called(), e.Item.Title), Hint: o.did(),
			})
		}
	}
	for _, e := range r.Keeps {
		o := r.tried(&e, lists)
		verb := "drops"
		switch {
		case o.held && !o.dropped:
			verb = "holds"
		case !o.dropped && !o.failed():
			continue
		case o.failed():
			verb = "fails on"
		}
		problems = append(problems, wiredesk.Problem{
			Position: e.Position, What: fmt.Sprintf("rule.keeps: %s %s %q", r.called(), verb, e.Item.Title), Hint: o.did(),
		})
	}
	return problems
}

// tried returns what the rule made of an example, which no source brought and which is of
// this moment.
func (r *rule) tried(e *wiredesk.Example, lists map[string][]string) *outcome {
	o := &outcome{full: &e.Item, title: e.Item.Title}
	o.env = environmentOf(o.full, &Source{Source: new(wiredesk.Source)}, lists, time.Time{}, &Program{body: true, language: true})
	o.env.Tags = e.Tags
	r.apply(o)
	return o
}

// failed reports whether a rule failed on the item.
func (o *outcome) failed() bool {
	for _, s := range o.steps {
		if s.Failed != "" {
			return true
		}
	}
	return false
}

// did says in words what rules did to the item.
func (o *outcome) did() string {
	said := ""
	for _, s := range o.steps {
		switch {
		case s.Failed != "":
			said = "it failed: " + reason(fmt.Errorf("%s", s.Failed))
		default:
			said = "it did: " + s.Did
		}
	}
	if said == "" {
		return "its condition is not met"
	}
	return said
}
