package curate

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"wiredesk"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Config is what a program is made of. The zero value publishes nothing.
type Config struct {
	Lists map[string][]string
	Rules []wiredesk.Rule
	Feeds []wiredesk.Feed
	// Merge says whether items of the same news become one story.
	Merge bool
	// Window is how far apart in time items of one story may be.
	Window time.Duration
	// Zone is the site's time zone, in which days begin; nil is UTC.
	Zone *time.Location
}

// A Program is rules and feeds, compiled. It is immutable.
type Program struct {
	rules  []rule
	feeds  []feed
	groups []group
	merge  bool
	window time.Duration
	zone   *time.Location
	body   bool // some expression names what is made from an item's body
	wide   bool // some expression names coverage
	// language says that some expression names the language.
	language bool
	ages     []time.Duration // at which some expression may change its value
}

type rule struct {
	wiredesk.Rule
	index       int    // in the config, from 0
	key         string // in the store
	when, title *expression
}

type feed struct {
	wiredesk.Feed
	where, title *expression
	approve      *expression     // holds for what waits for a person
	group        int             // which rules it goes by
	fingerprint  string          // identifies the rules that decide what is in it
	story        bool            // what is in it depends on the other items of a story
	wide         bool            // and of its event
	ages         []time.Duration // at which an item may become eligible
}

// A group is the rules that some feeds have in common: they are run once for all of them.
type group struct {
	rules []int
}

// An expression is a compiled expression and what it depends on.
type expression struct {
	text       string
	program    *vm.Program
	thresholds []time.Duration // ages at which its value may change
	story      bool            // depends on the other items of the story too
	wide       bool            // names coverage
	body       bool            // names something that is made from summary or content
	language   bool            // names the language
}

// maxExpression bounds the length of an expression: expr has no limit on work, only on
// memory and on the size of the tree.
const maxExpression = 8 << 10

// Compile compiles and type checks every expression. The error is [wiredesk.Problems],
// with the position of every mistake.
func Compile(c Config) (*Program, error) {
	p := &Program{merge: c.Merge, window: c.Window, zone: c.Zone}
	if p.zone == nil {
		p.zone = time.UTC
	}
	var problems wiredesk.Problems
	compile := func(text string, at wiredesk.Position, kind reflect.Kind) *expression {
		e, problem := compileExpression(text, at, kind, c.Lists)
		if problem != nil {
			problems = append(problems, *problem)
			return nil
		}
		if e != nil {
			p.body, p.language = p.body || e.body, p.language || e.language
			p.wide = p.wide || e.wide
			p.ages = append(p.ages, e.thresholds...)
		}
		return e
	}
	keys := keysOf(c.Rules)
	for i, r := range c.Rules {
		p.rules = append(p.rules, rule{
			Rule:  r,
			index: i, key: keys[i],
			when:  compile(r.When, r.WhenAt, reflect.Bool),
			title: compile(r.Title, r.TitleAt, reflect.String),
		})
	}
	if len(problems) == 0 { // a rule that does not compile cannot be tried
		for i := range p.rules {
			problems = append(problems, p.rules[i].try(c.Lists)...)
		}
	}
	for _, f := range c.Feeds {
		compiled := feed{
			Feed:    f,
			where:   compile(f.Where, f.WhereAt, reflect.Bool),
			title:   compile(f.ItemTitle, f.TitleAt, reflect.String),
			approve: compile(f.Approve, f.ApproveAt, reflect.Bool),
		}
		var mine []int
		for i, r := range c.Rules {
			if len(r.Feeds) == 0 || slices.Contains(r.Feeds, f.Name) {
				mine = append(mine, i)
			}
		}
		compiled.group = slices.IndexFunc(p.groups, func(g group) bool { return slices.Equal(g.rules, mine) })
		if compiled.group < 0 {
			compiled.group = len(p.groups)
			p.groups = append(p.groups, group{rules: mine})
		}
		needs := []*expression{compiled.where, compiled.approve}
		for _, i := range mine {
			needs = append(needs, p.rules[i].when)
		}
		for _, e := range needs {
			if e != nil {
				compiled.story = compiled.story || e.story
				compiled.wide = compiled.wide || e.wide
				compiled.ages = append(compiled.ages, e.thresholds...)
			}
		}
		compiled.fingerprint = fingerprint(&c, &f, mine)
		p.feeds = append(p.feeds, compiled)
	}
	slices.Sort(p.ages)
	p.ages = slices.Compact(p.ages)
	return p, problems.Err()
}

// fingerprint identifies everything in the config that decides which items are in a feed.
// Where rules stand in their file does not count.
func fingerprint(c *Config, f *wiredesk.Feed, rules []int) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", f.Where)
	if f.Group != wiredesk.GroupDuplicate {
		fmt.Fprintf(h, "group %d\n", f.Group)
	}
	if f.Approve != "" {
		fmt.Fprintf(h, "%q\n", f.Approve)
	}
	for _, i := range rules {
		r := c.Rules[i]
		fmt.Fprintf(h, "%q %t %t %q %g %q\n", r.When, r.Drop, r.Hold, r.Tags, r.Score, r.Title)
		if r.Approve || r.Stop { // rules without them keep the fingerprint that they always had
			fmt.Fprintf(h, "approve %t stop %t\n", r.Approve, r.Stop)
		}
	}
	var names []string
	for name := range c.Lists {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(h, "%q %q\n", name, c.Lists[name])
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// compileExpression returns nil and no problem for an empty text.
func compileExpression(text string, at wiredesk.Position, kind reflect.Kind, lists map[string][]string) (*expression, *wiredesk.Problem) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if len(text) > maxExpression {
		return nil, &wiredesk.Problem{Position: at, What: fmt.Sprintf("expression is longer than %d bytes", maxExpression), Hint: "move words into a list"}
	}
	v := &visitor{lists: lists}
	options := []expr.Option{
		expr.Env(environment{}),
		expr.Patch(v),
		expr.DisableBuiltin("now"),
		expr.MaxNodes(2000),
		hasFunction(),
	}
	if kind == reflect.Bool {
		options = append(options, expr.AsBool())
	} else {
		options = append(options, expr.AsKind(kind))
	}
	program, err := expr.Compile(text, options...)
	if v.problem != nil {
		return nil, &wiredesk.Problem{Position: within(at, text, v.at), What: v.problem.What, Hint: v.problem.Hint}
	}
	if err != nil {
		return nil, explainError(err, at, lists)
	}
	return &expression{
		text: text, program: program, thresholds: v.thresholds,
		story: v.names["coverage"] || v.names["score"], wide: v.names["coverage"],
		// The language may have to be told from the text.
		body:     v.names["text"] || v.names["summary"] || v.names["words"] || v.names["language"],
		language: v.names["language"],
	}, nil
}

// explainError turns an error of expr into a problem at its place in the file.
func explainError(err error, at wiredesk.Position, lists map[string][]string) *wiredesk.Problem {
	p := &wiredesk.Problem{Position: at, What: "in the expression: " + inOurWords(err.Error())}
	if fe, ok := errors.AsType[*file.Error](err); ok {
		p.What = "in the expression: " + inOurWords(fe.Message)
		p.Position = shift(at, fe.Line, fe.Column)
	}
	if p.What == "in the expression: unexpected =" {
		p.Hint = "write == to compare"
	}
	if name, ok := strings.CutPrefix(p.What, "in the expression: unknown name "); ok {
		p.Hint = wiredesk.DidYouMean(name, append(environmentNames(), slices.Sorted(maps.Keys(lists))...))
		if name == "now" {
			p.Hint = `the time of day is not known to rules; compare age with a duration: age < "3d"`
		}
	}
	return p
}

// goWords are types as expr calls them, goMessages the messages in which it does.
var (
	goWords    = regexp.MustCompile(`(?:type )?curate\.\w+|map\[string\]\[\]string|map\[string\]string|\[\]\w+|time\.Time|\b(float64|int|string|bool)\b`)
	goTokens   = regexp.MustCompile(`^unexpected token \w+\("(.+)"\)$`)
	goMessages = regexp.MustCompile(`^(expected|invalid|cannot|type|operator|non-bool) `)
)

// inOurWords says what expr says so that people who do not know Go understand it.
func inOurWords(message string) string {
	if message == "unexpected token EOF" {
		return "something is missing at the end"
	}
	if m := goTokens.FindStringSubmatch(message); m != nil {
		return "unexpected " + m[1]
	}
	if !goMessages.MatchString(message) {
		return message
	}
	return goWords.ReplaceAllStringFunc(message, func(word string) string {
		if plain, ok := map[string]string{
			"curate.sourceEnvironment": "source", "curate.enclosure": "an enclosure",
			"map[string]string": "table", "float64": "number", "int": "number",
			"string": "text", "bool": "true or false", "time.Time": "date",
		}[strings.TrimPrefix(word, "type ")]; ok {
			return plain
		}
		return "list"
	})
}

// within returns the position of the rune at offset from in an expression that starts at.
func within(at wiredesk.Position, text string, from int) wiredesk.Position {
	line, column := 1, 0
	for i, r := range []rune(text) {
		if i == from {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 0
		}
	}
	return shift(at, line, column)
}

// shift returns the position line lines (from 1) and column runes (from 0) into a text
// that starts at.
func shift(at wiredesk.Position, line, column int) wiredesk.Position {
	if at.Line == 0 {
		return at
	}
	if line > 1 {
		at.Line += line - 1
		at.Column = column + 1
	} else {
		at.Column += column
	}
	return at
}
