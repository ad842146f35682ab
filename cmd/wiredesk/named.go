package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"wiredesk"
	"wiredesk/fetch"
)

// means reports whether a person who says name means this source, by what is its own alone.
func means(s *wiredesk.Source, name string) bool {
	return name == s.Name || name == s.Handle() || name == s.URL || name == fetch.Redact(s.URL)
}

// A namedSource is a source that a person means, and its state.
type namedSource struct {
	*source
	state wiredesk.SourceState
}

// title returns what people call the source.
func (s *namedSource) title() string {
	return cmp.Or(s.Title, s.state.Channel.Title, fetch.Redact(s.Source.URL))
}

// withStates returns all of the sources with their states.
func (n *newsroom) withStates(ctx context.Context, sources []source) ([]namedSource, error) {
	states, err := n.states(ctx, sources)
	if err != nil {
		return nil, err
	}
	all := make([]namedSource, len(sources))
	for i := range sources {
		all[i] = namedSource{&sources[i], states[i]}
	}
	return all, nil
}

// named returns those of the sources that a person means who says name; see meant.
func (n *newsroom) named(ctx context.Context, sources []source, name string) ([]namedSource, error) {
	all, err := n.withStates(ctx, sources)
	if err != nil {
		return nil, err
	}
	return meant(all, name)
}

// meant returns those that a person means who says name; all if it is empty. A title counts only
// where nothing else does, and several may have it.
func meant(all []namedSource, name string) ([]namedSource, error) {
	var own, titled []namedSource
	for i := range all {
		switch s := all[i]; {
		case name == "", means(s.Source, name):
			own = append(own, s)
		case name == s.title():
			titled = append(titled, s)
		}
	}
	if len(own) == 0 {
		own = titled
	}
	if len(own) == 0 && name != "" {
		return nil, noSource(name)
	}
	return own, nil
}

// theNamed is named where it must be one.
func (n *newsroom) theNamed(ctx context.Context, sources []source, name string) (*namedSource, error) {
	if name == "" {
		return nil, noSource(name)
	}
	found, err := n.named(ctx, sources, name)
	if err != nil {
		return nil, err
	}
	handles := make([]string, len(found))
	for i := range found {
		handles[i] = found[i].Handle()
	}
	if len(found) > 1 {
		return nil, severalSources(name, handles)
	}
	return &found[0], nil
}

// errNoSource is that no source is what a person says.
var errNoSource = errors.New("no source has the name, title or address")

func noSource(name string) error {
	return withHint(fmt.Errorf("%w %q", errNoSource, name), "wiredesk sources lists them")
}

func severalSources(name string, handles []string) error {
	return withHint(fmt.Errorf("%d sources have the title %q", len(handles), name), "say which one: %s", strings.Join(handles, ", "))
}
