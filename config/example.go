package config

import (
	"html"
	"reflect"

	"wiredesk"
)

// examples is a list of items that a rule is tried on: each its title, or a table of what
// is asked of it.
type examples struct {
	place
	items []wiredesk.Example
}

// exampleTable is an item of which more is said than its title.
type exampleTable struct {
	stands

	Title      text  `toml:"title"`
	Text       text  `toml:"text"`
	Link       text  `toml:"link"`
	Language   text  `toml:"language"`
	Authors    texts `toml:"authors"`
	Categories texts `toml:"categories"`
	Tags       texts `toml:"tags"`
}

func (e *examples) preset(string) {}

func (e *examples) take(d *decoder, n *node, k key) {
	const such = `such as ["A title", { title = "Another", categories = ["ad"] }]`
	if n.kind != kindArray {
		d.expected(n, k, "a list of titles", such)
		return
	}
	e.at, e.items = n.at, nil
	for _, n := range n.items {
		var t exampleTable
		switch n.kind {
		case kindText:
			t.stand(n.at)
			t.Title.take(d, n, key{path: k.path})
		case kindTable:
			d.table(n, reflect.ValueOf(&t).Elem(), k.path)
		default:
			d.expected(n, k, "a title or a table", such)
			continue
		}
		e.items = append(e.items, t.example())
	}
}

func (t *exampleTable) example() wiredesk.Example {
	e := wiredesk.Example{
		Item:     wiredesk.Item{Title: t.Title.s, Content: html.EscapeString(t.Text.s), Link: t.Link.s, Language: t.Language.s},
		Tags:     t.Tags.plain(),
		Position: t.header,
	}
	for _, name := range t.Authors.plain() {
		e.Item.Authors = append(e.Item.Authors, wiredesk.Author{Name: name})
	}
	for _, term := range t.Categories.plain() {
		e.Item.Categories = append(e.Item.Categories, wiredesk.Category{Term: term})
	}
	return e
}

// examples checks that there is something to try.
func (b *builder) examples(t *ruleTable) {
	if t.Drop.on || t.Hold.on || b.troubled(t) {
		return
	}
	for name, e := range map[string]*examples{"keeps": &t.Keeps, "drops": &t.Drops} {
		if len(e.items) > 0 {
			b.problem(e.at, "rule."+name+": this rule neither drops nor holds", "examples say what a rule keeps out of the feeds")
		}
	}
}
