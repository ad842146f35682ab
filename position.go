package wiredesk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Position is a place in a config file. Line and Column count from 1; the zero value is
// no place.
type Position struct {
	File   string
	Line   int
	Column int
}

// String returns file:line:column, or as much of it as is known.
func (p Position) String() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// A Problem is one mistake in a config. Hint says what to do and may be empty.
type Problem struct {
	Position Position
	What     string
	Hint     string
}

// String returns the problem in one line, its hint in parentheses.
func (p Problem) String() string {
	s := p.What
	if at := p.Position.String(); at != "" {
		s = at + ": " + s
	}
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Problems are all mistakes of a config. They are an error with a line for each.
type Problems []Problem //nolint:errname // what is meant is the list

// Error returns the problems in the order of their positions, a line each.
func (ps Problems) Error() string {
	sorted := slices.SortedStableFunc(slices.Values(ps), func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column))
	})
	lines := make([]string, len(sorted))
	for i, p := range sorted {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems as an error, or nil if there is none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
