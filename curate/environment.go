package curate

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"wiredesk"

	"github.com/expr-lang/expr/ast"
)

// An environment is what an expression sees of an item. docs/rules.md has the table.
type environment struct {
	Title      string              `expr:"title"`
	Text       string              `expr:"text"`
	Summary    string              `expr:"summary"`
	Link       string              `expr:"link"`
	Host       string              `expr:"host"`
	Authors    []string            `expr:"authors"`
	Categories []string            `expr:"categories"`
	Tags       []string            `expr:"tags"`
	Source     sourceEnvironment   `expr:"source"`
	Published  time.Time           `expr:"published"`
	Age        int                 `expr:"age"`
	Words      int                 `expr:"words"`
	Language   string              `expr:"language"`
	Score      float64             `expr:"score"`
	Coverage   int                 `expr:"coverage"`
	Enclosures []enclosure         `expr:"enclosures"`
	Duration   int                 `expr:"duration"`
	Image      string              `expr:"image"`
	Lists      map[string][]string `expr:"lists"`
}

type sourceEnvironment struct {
	Name  string            `expr:"name"`
	Title string            `expr:"title"`
	URL   string            `expr:"url"`
	Tags  []string          `expr:"tags"`
	Meta  map[string]string `expr:"meta"`
}

type enclosure struct {
	URL     string `expr:"url"`
	Type    string `expr:"type"`
	Length  int    `expr:"length"`
	Seconds int    `expr:"seconds"`
}

// environmentNames returns every name that an expression may use.
func environmentNames() []string {
	names := []string{"has", "matches", "contains", "in", "and", "or", "not"}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[environment]()) {
		names = append(names, f.Tag.Get("expr"))
	}
	return names
}

// environmentOf returns the environment of an item before any rule. Tags are the
// source's. What costs reading or thinking is only there if an expression of p names it.
func environmentOf(it *wiredesk.Item, src *Source, lists map[string][]string, at time.Time, p *Program) *environment {
	e := &environment{
		Title: it.Title, Link: it.Link,
		Published: it.Published, Age: int(at.Sub(it.Published)), Language: it.Language, Image: it.Image,
		Tags: slices.Clone(src.Tags), Lists: lists, Coverage: 1,
		Source: sourceEnvironment{Name: src.Name, Title: src.Shown(), URL: src.URL, Tags: src.Tags, Meta: src.Meta},
	}
	if p.body {
		e.Text, e.Summary = it.Text(), wiredesk.Text(it.Summary)
		e.Words = len(wiredesk.Words(e.Text))
	}
	if p.language && e.Language == "" {
		e.Language = detectLanguage(e.Title + "\n" + e.Text)
	}
	if u, err := url.Parse(it.Link); err == nil {
		e.Host = strings.ToLower(u.Hostname())
	}
	for _, a := range it.Authors {
		e.Authors = append(e.Authors, a.Name)
	}
	for _, c := range it.Categories {
		e.Categories = append(e.Categories, strings.ToLower(c.Word()))
	}
	for _, c := range it.Enclosures {
		e.Enclosures = append(e.Enclosures, enclosure{URL: c.URL, Type: c.Type, Length: int(c.Length), Seconds: int(c.Duration / time.Second)})
		e.Duration = max(e.Duration, int(c.Duration))
	}
	if it.Podcast != nil {
		e.Duration = max(e.Duration, int(it.Podcast.Duration))
	}
	return e
}

// A visitor looks over an expression before it is checked: it makes numbers of the
// durations that age and duration are compared with, notes what the expression depends on, and finds
// what expr would take without a word.
type visitor struct {
	lists      map[string][]string
	names      map[string]bool
	thresholds []time.Duration   // ages at which a comparison changes
	compared   map[ast.Node]bool // age and duration where they stand in a comparison
	problem    *wiredesk.Problem
	at         int // where, in runes
}

// Visit implements ast.Visitor. Children are visited before their parents, and the whole
// tree more than once.
func (v *visitor) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if v.names == nil {
			v.names = make(map[string]bool)
		}
		v.names[n.Value] = true
		if n.Value == "$env" {
			v.complain(n, "$env is not known here", "name what you mean: title, score, age, …")
		}
		if v.lists[n.Value] != nil {
			if slices.Contains(environmentNames(), n.Value) {
				v.complain(n, n.Value+" is the name of a list, and of what every item has", "give the list another name")
			}
			ast.Patch(node, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "lists"}, Property: &ast.StringNode{Value: n.Value}})
		}
		if example := timeSpans[n.Value]; example != "" {
			// Its comparison, the parent, takes this back.
			v.complain(n, n.Value+" can only be compared with a duration", "write for instance "+example)
		}
	case *ast.BinaryNode:
		v.comparison(n)
		v.vain(n)
		v.languages(n)
		if n.Operator == "matches" {
			v.pattern(n)
		}
	case *ast.BuiltinNode:
		v.constantCall(n)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && callee.Value == "duration" {
			// The function of expr, which has the name of what an item has.
			v.forgive(callee)
			ast.Patch(node, &ast.BuiltinNode{Name: "duration", Arguments: n.Arguments})
			return
		}
		// expr does not look again at a call whose type it knows, and would so forget what it
		// found wrong with the arguments before this visit.
		n.SetType(reflect.TypeFor[any]())
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && callee.Value == "has" {
			if err := checkHas(n.Arguments); err != nil {
				v.complain(n, err.Error(), `write for instance has(title, "word", "other")`)
			}
			v.swapped(n)
		}
	case *ast.MemberNode:
		if of, ok := n.Node.(*ast.IdentifierNode); ok && of.Value == "lists" {
			if name, ok := n.Property.(*ast.StringNode); ok && v.lists[name.Value] == nil {
				names := slices.Sorted(maps.Keys(v.lists))
				v.complain(n, fmt.Sprintf("there is no list %q", name.Value), wiredesk.DidYouMean(name.Value, names))
			}
		}
	}
}

// Reset and ShouldRepeat make expr walk in its last pass, with nothing but the check of
// types after it.
func (v *visitor) Reset() {}

// ShouldRepeat says that one walk is enough.
func (v *visitor) ShouldRepeat() bool { return false }

// complain keeps the first problem.
func (v *visitor) complain(n ast.Node, what, hint string) {
	if v.problem == nil {
		v.problem = &wiredesk.Problem{What: what, Hint: hint}
		v.at = n.Location().From
	}
}

// timeSpans are the names that are compared with durations, each with an example.
var timeSpans = map[string]string{"age": `age < "3d"`, "duration": `duration > "10m"`}

// spanIn returns the node if it names a span of time.
func spanIn(n ast.Node) *ast.IdentifierNode {
	if id, ok := n.(*ast.IdentifierNode); ok && timeSpans[id.Value] != "" {
		return id
	}
	return nil
}

// comparison makes a number of the duration in a comparison of age or duration.
func (v *visitor) comparison(n *ast.BinaryNode) {
	operator := n.Operator
	side := &n.Right
	id := spanIn(n.Left)
	if id == nil {
		if id = spanIn(n.Right); id == nil {
			return
		}
		side = &n.Left
		operator = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator]
	}
	if v.compared[id] { // an earlier visit made a number of it
		v.forgive(id)
		return
	}
	d, ok := constantDuration(*side)
	if !ok {
		return
	}
	threshold := d
	switch operator {
	case "<", ">=":
	case "<=", ">": // these change just after, and ours is a world of milliseconds
		threshold += time.Millisecond
	default:
		return
	}
	if id.Value == "age" { // how long a recording lasts does not change as time goes by
		v.thresholds = append(v.thresholds, threshold)
	}
	if v.compared == nil {
		v.compared = make(map[ast.Node]bool)
	}
	v.compared[id] = true
	ast.Patch(side, &ast.IntegerNode{Value: int(d)})
	v.forgive(id)
}

// forgive takes back the complaint that the identifier made.
func (v *visitor) forgive(id *ast.IdentifierNode) {
	if v.problem != nil && v.at == id.Location().From && strings.HasPrefix(v.problem.What, id.Value+" can only ") {
		v.problem = nil
	}
}

// constantDuration reads "3d", "36h" or duration("36h").
func constantDuration(n ast.Node) (time.Duration, bool) {
	if call, ok := n.(*ast.BuiltinNode); ok && call.Name == "duration" && len(call.Arguments) == 1 {
		n = call.Arguments[0]
	}
	s, ok := n.(*ast.StringNode)
	if !ok {
		return 0, false
	}
	d, err := wiredesk.ParseDuration(s.Value)
	return d, err == nil && d >= 0
}
