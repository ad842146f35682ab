package publish

import (
	"cmp"
	"html/template"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
	"time"

	"wiredesk"
)

// A mistake is something that a file must not have, and why.
type mistake struct {
	form       *regexp.Regexp
	what, hint string
}

// styleMistakes are what cannot stand in a style. Only the first could do harm: the style
// stands inside the page.
var styleMistakes = []mistake{
	{regexp.MustCompile(`(?i)</style`), "</style> would end the style of the page", "take it out"},
	{regexp.MustCompile(`\x00`), "there is a zero byte", "save it as text"},
	{regexp.MustCompile(`(?i)@import\b`), "@import loads nothing: pages have no style but this one", "copy what is in the other file"},
}

// markupMistakes are what would do nothing on a page, because its policy forbids it.
var markupMistakes = []mistake{
	{regexp.MustCompile(`(?i)<script\b`), "a script does not run: the policy of pages forbids it", "take it out"},
	{regexp.MustCompile(`(?i)<[^<>]*\son[a-z]+\s*=`), "what stands in an attribute such as onclick does not run: the policy of pages forbids it", "take it out"},
	{regexp.MustCompile(`(?i)<[^<>]*\sstyle\s*=`), "the attribute style does nothing: the policy of pages allows one style", "give it a class, and put the style into [site] css"},
	{regexp.MustCompile(`(?i)<link\b[^<>]*\bstylesheet\b`), "no other style is loaded: the policy of pages forbids it", "put it into [site] css"},
	{regexp.MustCompile(`(?i)<style\b`), "only our style and that of [site] css count: the policy of pages forbids others", "put it into [site] css"},
	{regexp.MustCompile(`(?i)<(?:iframe|object|embed|form)\b`), "the policy of pages forbids this element", "a link may lead there"},
}

// ownStyle is the one way to write a style that counts.
var ownStyle = regexp.MustCompile(`<style>\{\{-?\s*\.Style\s*-?\}\}</style>`)

func styleProblems(f LookFile) wiredesk.Problems { return found(f, f.Text, styleMistakes) }

func markupProblems(f LookFile) wiredesk.Problems {
	text := ownStyle.ReplaceAllStringFunc(f.Text, func(s string) string { return strings.Repeat(" ", len(s)) })
	return found(f, text, markupMistakes)
}

// found returns every mistake of a file, where it stands for the first time.
func found(f LookFile, text string, mistakes []mistake) (problems wiredesk.Problems) {
	for _, m := range mistakes {
		if at := m.form.FindStringIndex(text); at != nil {
			problems = append(problems, wiredesk.Problem{Position: position(f.Path, text, at[0]), What: m.what, Hint: m.hint})
		}
	}
	return problems
}

// position returns where an offset in a text is. Columns are characters.
func position(path, text string, offset int) wiredesk.Position {
	before := text[:offset]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return wiredesk.Position{File: path, Line: 1 + strings.Count(before, "\n"), Column: 1 + len([]rune(line))}
}

// unused returns the files that no page asks for.
func (f LookFiles) unused(all *template.Template) (problems wiredesk.Problems) {
	own, _ := pageFiles.ReadDir("page")
	var names []string
	for _, e := range own {
		if filepath.Ext(e.Name()) == ".html" {
			names = append(names, e.Name())
		}
	}
	called := map[string]bool{}
	for _, t := range all.Templates() {
		if t.Tree != nil {
			calls(t.Tree.Root, called)
		}
	}
	for _, t := range f.Templates {
		if name := filepath.Base(t.Path); !called[name] && !slices.Contains(names, name) {
			hint := cmp.Or(wiredesk.DidYouMean(name, names), "ours are "+strings.Join(names, ", "))
			problems = append(problems, wiredesk.Problem{Position: wiredesk.Position{File: t.Path}, What: "no page and no other template asks for this one", Hint: hint})
		}
	}
	return problems
}

// calls notes which templates a part of one calls.
func calls(node parse.Node, called map[string]bool) {
	branch := func(b *parse.BranchNode) {
		calls(b.List, called)
		if b.ElseList != nil {
			calls(b.ElseList, called)
		}
	}
	switch n := node.(type) {
	case *parse.ListNode:
		for _, inner := range n.Nodes {
			calls(inner, called)
		}
	case *parse.TemplateNode:
		called[n.Name] = true
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	}
}

// try renders pages with something of everything, and with nothing.
func (f LookFiles) try(look *Look) (problems wiredesk.Problems) {
	site, err := Render(Input{
		Settings: Settings{BaseURL: "https://feeds.example.org", Title: "Example", TimeZone: time.UTC},
		Editions: []wiredesk.Edition{sample(), {Feed: wiredesk.Feed{Name: "none"}}},
		Sources:  []Blog{{Title: "Example Journal", URL: "https://journal.example.com/feed", Link: "https://journal.example.com/"}},
		Look:     look,
	})
	if err != nil {
		return wiredesk.Problems{f.problem(err)}
	}
	for _, p := range site.Problems() {
		if problem := f.problem(p.Cause); !slices.Contains(problems, problem) {
			problems = append(problems, problem)
		}
	}
	return problems
}

var (
	templateError = regexp.MustCompile(`(?s)^(?:html/)?template: ?([^: "]+)(?::(\d+)(?::(\d+))?)?: (?:executing "[^"]*" at )?(.*)$`)
	missingField  = regexp.MustCompile(`can't evaluate field (\w+) in type \*?publish\.(\w+)`)
)

// problem makes one of an error of a template, with the place in the operator's file.
func (f LookFiles) problem(err error) wiredesk.Problem {
	m := templateError.FindStringSubmatch(err.Error())
	if m == nil {
		return wiredesk.Problem{What: "templates: " + err.Error()}
	}
	p := wiredesk.Problem{What: m[4], Position: wiredesk.Position{File: m[1]}}
	if line, err := strconv.Atoi(m[2]); err == nil {
		column, _ := strconv.Atoi(m[3]) // they count from 0, or do not say
		p.Position.Line, p.Position.Column = line, column+1
	}
	if field := missingField.FindStringSubmatch(m[4]); field != nil {
		p.Hint = cmp.Or(wiredesk.DidYouMean(field[1], fieldsOf(field[2])), "docs/templates.md has every field")
	}
	for _, t := range f.Templates {
		if filepath.Base(t.Path) == m[1] {
			p.Position.File = t.Path
			return p
		}
	}
	p.Hint = "this template is ours: one of yours gives it something else than ours does, or leaves a tag or a quotation mark open"
	return p
}

// fieldsOf returns the fields of one of the types that templates are given.
func fieldsOf(name string) (fields []string) {
	for _, t := range pageTypes {
		if t.Name() == name {
			for _, f := range reflect.VisibleFields(t) {
				if f.IsExported() && !f.Anonymous {
					fields = append(fields, f.Name)
				}
			}
		}
	}
	return fields
}

// pageTypes are the types that templates are given.
var pageTypes = []reflect.Type{
	reflect.TypeFor[pageFrame](), reflect.TypeFor[pageFeed](), reflect.TypeFor[pageIndex](), reflect.TypeFor[pageCard](), reflect.TypeFor[pageEntry](),
	reflect.TypeFor[pageOther](), reflect.TypeFor[pageFile](), reflect.TypeFor[pageFormat](), reflect.TypeFor[pageLink](), reflect.TypeFor[pageMenu](),
	reflect.TypeFor[pageTime](), reflect.TypeFor[words](),
}
