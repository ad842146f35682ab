package curate

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// Some of what an expression says does not depend on any item, so that a mistake in it would
// fail on every one. It is evaluated when the config is read.

// constantCall complains about a call that fails whatever the item, as date("soon") does.
func (v *visitor) constantCall(n *ast.BuiltinNode) {
	if !constant(n) {
		return
	}
	if _, err := evaluateConstant(n); err != nil {
		v.complain(n, fmt.Sprintf("%s always fails: %s", n, reason(err)), "")
	}
}

// pattern complains about a pattern with a control character, and about a constant one that
// is no pattern. One that is written as it stands is looked into by expr.
func (v *visitor) pattern(n *ast.BinaryNode) {
	pattern, literal := "", false
	if s, ok := n.Right.(*ast.StringNode); ok {
		pattern, literal = s.Value, true
	} else if !constant(n.Right) {
		return
	} else if value, err := evaluateConstant(n.Right); err == nil {
		pattern, _ = value.(string)
	}
	if i := strings.IndexFunc(pattern, unicode.IsControl); i >= 0 {
		r := []rune(pattern[i:])[0]
		v.complain(n, fmt.Sprintf("the pattern holds the control character %q", r), `write \\b for a word boundary, or use has(text, "word")`)
		return
	}
	if _, err := regexp.Compile(pattern); err != nil && !literal {
		v.complain(n, err.Error(), "")
	}
}

// constant reports whether the value of a node depends on nothing.
func constant(n ast.Node) bool {
	f := &dependence{}
	ast.Walk(&n, f)
	return !f.found
}

// A dependence finds what depends on an item, or on an element of a list.
type dependence struct{ found bool }

// Visit implements ast.Visitor.
func (d *dependence) Visit(node *ast.Node) {
	switch (*node).(type) {
	case *ast.IdentifierNode, *ast.PointerNode, *ast.VariableDeclaratorNode, *ast.CallNode:
		d.found = true
	}
}

// evaluateConstant returns the value of a node that depends on nothing.
func evaluateConstant(n ast.Node) (any, error) {
	program, err := expr.Compile(n.String(), expr.DisableBuiltin("now"))
	if err != nil {
		return nil, nil //nolint:nilerr // the check of types tells it, at its place
	}
	return expr.Run(program, nil)
}

// reason returns an error of expr without the place in its source, which is not that of the
// config, and without the picture of it.
func reason(err error) string {
	return placeInSource.ReplaceAllString(oneLine(err).Error(), "")
}

var placeInSource = regexp.MustCompile(` \(\d+:\d+\)$`)
