package curate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/abadojack/whatlanggo"
	"github.com/expr-lang/expr/ast"
)

// languages lets "en" be equal to the language "en-GB" too: nobody who writes it means only
// what names no country. It also complains about what is the name of no language.
func (v *visitor) languages(n *ast.BinaryNode) {
	var literals []ast.Node
	side := &n.Left
	switch list, ok := n.Right.(*ast.ArrayNode); {
	case n.Operator == "in" && ok:
		literals = list.Nodes
	case n.Operator != "==" && n.Operator != "!=":
		return
	case isNamed(n.Left, "language"):
		literals = []ast.Node{n.Right}
	default:
		literals, side = []ast.Node{n.Left}, &n.Right
	}
	if !isNamed(*side, "language") {
		return
	}
	primary := true
	for _, one := range literals {
		literal, ok := one.(*ast.StringNode)
		if ok {
			v.language(literal)
		}
		primary = primary && ok && !strings.Contains(literal.Value, "-")
	}
	if primary {
		ast.Patch(side, &ast.MemberNode{
			Node:     &ast.BuiltinNode{Name: "split", Arguments: []ast.Node{*side, &ast.StringNode{Value: "-"}}},
			Property: &ast.IntegerNode{},
		})
	}
}

// vain complains about a comparison that is sound for expr and never, or always, true: what
// is meant is something else.
func (v *visitor) vain(n *ast.BinaryNode) {
	switch n.Operator {
	case "==", "!=":
		for _, side := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
			name, of := side[0], side[1]
			if _, ok := of.(*ast.NilNode); ok && always(name) {
				v.complain(n, fmt.Sprintf("%s is never nil", name), "what a source does not say is empty: "+empty(name))
			}
		}
	case "in":
		if literal, ok := n.Left.(*ast.StringNode); ok && isNamed(n.Right, "categories") && literal.Value != strings.ToLower(literal.Value) {
			v.complain(literal, fmt.Sprintf("categories are in lower case, %q is not", literal.Value), fmt.Sprintf("write %q in categories", strings.ToLower(literal.Value)))
		}
	}
}

// language complains about what no language is called in an item: a code of three letters
// where there is one of two, or a name.
func (v *visitor) language(literal *ast.StringNode) {
	said := literal.Value
	if said == "" {
		return
	}
	for code, name := range whatlanggo.Langs {
		short := code.Iso6391()
		if short != "" && (strings.EqualFold(said, code.Iso6393()) || strings.EqualFold(said, name)) {
			v.complain(literal, fmt.Sprintf("no language is called %q here", said), fmt.Sprintf("write %q", short))
			return
		}
	}
	primary, _, _ := strings.Cut(said, "-")
	if len(primary) < 2 || len(primary) > 3 || primary != strings.ToLower(primary) {
		v.complain(literal, fmt.Sprintf("no language is called %q here", said), `languages are called "en" or "pt-BR" (BCP 47)`)
	}
}

// swapped complains about has("word", title).
func (v *visitor) swapped(n *ast.CallNode) {
	if len(n.Arguments) < 2 {
		return
	}
	if _, ok := n.Arguments[0].(*ast.StringNode); !ok {
		return
	}
	if slices.ContainsFunc(n.Arguments[1:], func(a ast.Node) bool { return !constant(a) }) {
		v.complain(n, "has looks for its second argument in its first", fmt.Sprintf("write has(%s, %s)", n.Arguments[1], n.Arguments[0]))
	}
}

// isNamed reports whether a node is something that every item has.
func isNamed(n ast.Node, name string) bool {
	id, ok := n.(*ast.IdentifierNode)
	return ok && id.Value == name
}

// always reports whether a node is something that every item or source has, empty or not.
func always(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return slices.Contains(environmentNames(), n.Value)
	case *ast.MemberNode:
		return always(n.Node)
	}
	return false
}

// empty shows how to ask whether there is nothing.
func empty(n ast.Node) string {
	switch n.Type().Kind() {
	case reflect.String:
		return fmt.Sprintf(`%s == ""`, n)
	case reflect.Slice, reflect.Map:
		return fmt.Sprintf("len(%s) == 0", n)
	}
	return fmt.Sprintf("%s == 0", n)
}
