package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wiredesk"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A kind is what a value of a TOML file is.
type kind uint8

const (
	kindTable kind = iota
	kindArray
	kindText
	kindBool
	kindInteger
	kindFloat
	kindDate
)

// A node is a value of a TOML file and where it stands. go-toml's own decoder stops at
// the first value of a wrong type; a tree lets us report them all.
type node struct {
	kind kind
	// text is the content of a string, else the value as it is written.
	text string
	at   wiredesk.Position
	// inner is where the text of a string begins, inside its quotes.
	inner wiredesk.Position
	items []*node  // of an array
	keys  []*entry // of a table, in the order of the file
	index map[string]*entry
	// header says that the table has a [header] of its own.
	header bool
}

// An entry is a key of a table and its value.
type entry struct {
	name  string
	at    wiredesk.Position
	value *node
}

func (n *node) get(name string) *entry { return n.index[name] }

func (n *node) add(e *entry) {
	if n.index == nil {
		n.index = map[string]*entry{}
	}
	n.index[e.name] = e
	n.keys = append(n.keys, e)
}

// describe returns what the value is, in words. It shows no more of a text than fits.
func (n *node) describe() string {
	switch n.kind {
	case kindTable:
		return "a table"
	case kindArray:
		return "a list"
	case kindText:
		return "the text " + quoteShort(n.text)
	case kindDate:
		return "a date"
	case kindInteger, kindFloat:
		return "the number " + n.text
	case kindBool:
	}
	return n.text
}

// quoteShort quotes a text for a message, without passwords and not at full length.
func quoteShort(s string) string {
	const most = 60
	s = redact(s)
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// A grower makes the tree of one file.
type grower struct {
	file     string
	source   []byte
	lines    []int // offsets at which lines begin
	parser   unstable.Parser
	root     *node
	problems wiredesk.Problems
}

// grow returns the tree of a TOML file and everything that is wrong with it as TOML. The
// tree is never nil. It is not complete if a part of the file could not be read; that part
// is left out.
func grow(file string, source []byte) (root *node, problems wiredesk.Problems, complete bool) {
	const most = 20 // after so many mistakes in the grammar the rest is no help
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	g := &grower{file: file, source: source, lines: lineStarts(source)}
	var syntax wiredesk.Problems
	for {
		broken, ok := g.statements()
		if !ok {
			break
		}
		syntax = append(syntax, g.syntax())
		if len(syntax) == most {
			break
		}
		g.source = blank(g.source, broken)
	}
	return g.root, append(syntax, g.problems...), len(syntax) == 0
}

// statements grows the tree. If a statement is not TOML it returns what to leave out so
// that what follows can be read.
func (g *grower) statements() (broken stretch, ok bool) {
	g.root, g.problems = &node{at: wiredesk.Position{File: g.file}}, nil
	g.parser.Reset(g.source)
	table, end := g.root, 0
	for g.parser.NextExpression() {
		switch e := g.parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = g.table(e)
			keys := keysOf(e)
			last := keys[len(keys)-1].Raw
			end = int(last.Offset + last.Length)
			for end < len(g.source) && strings.IndexByte(" \t]", g.source[end]) >= 0 {
				end++
			}
		case unstable.KeyValue:
			g.keyValue(table, e)
			end = int(e.Raw.Offset + e.Raw.Length)
		default:
		}
	}
	if g.parser.Error() == nil {
		return stretch{}, false
	}
	return between(g.source, end, g.wrongAt()), true
}

// table returns the table that a [header] or [[header]] opens.
func (g *grower) table(e *unstable.Node) *node {
	keys := keysOf(e)
	at := g.header(keys[0])
	parent := g.descend(g.root, keys[:len(keys)-1], at)
	last := keys[len(keys)-1]
	name := string(last.Data)
	known := parent.get(name)
	if e.Kind == unstable.ArrayTable {
		item := &node{at: at, header: true}
		switch {
		case known == nil:
			parent.add(&entry{name: name, at: at, value: &node{kind: kindArray, at: at, items: []*node{item}}})
		case known.value.kind == kindArray:
			known.value.items = append(known.value.items, item)
		default:
			g.twice(at, "[["+name+"]]", known.at)
		}
		return item
	}
	if known == nil {
		known = &entry{name: name, at: at, value: &node{at: at, header: true}}
		parent.add(known)
		return known.value
	}
	if known.value.kind != kindTable || known.value.header {
		g.twice(at, "["+name+"]", known.at)
		return &node{at: at}
	}
	known.value.header = true
	return known.value
}

// descend walks down from n along keys and makes the tables that are not there.
func (g *grower) descend(n *node, keys []*unstable.Node, at wiredesk.Position) *node {
	for _, key := range keys {
		name := string(key.Data)
		e := n.get(name)
		if e == nil {
			e = &entry{name: name, at: at, value: &node{at: at}}
			n.add(e)
		}
		switch n = e.value; {
		case n.kind == kindArray && len(n.items) > 0 && n.items[len(n.items)-1].kind == kindTable:
			n = n.items[len(n.items)-1]
		case n.kind != kindTable:
			g.twice(at, name, e.at)
			n = &node{at: at}
		}
	}
	return n
}

func (g *grower) keyValue(table *node, e *unstable.Node) {
	keys := keysOf(e)
	last := keys[len(keys)-1]
	at := g.position(int(last.Raw.Offset))
	parent := g.descend(table, keys[:len(keys)-1], at)
	name := string(last.Data)
	if known := parent.get(name); known != nil {
		g.twice(at, name, known.at)
		return
	}
	// Arrays do not say where they begin, but it is after the key and its "=".
	begin := int(last.Raw.Offset + last.Raw.Length)
	for begin < len(g.source) && strings.IndexByte(" \t=", g.source[begin]) >= 0 {
		begin++
	}
	parent.add(&entry{name: name, at: at, value: g.value(e.Value(), begin)})
}

// value returns the node of a value that begins at offset, unless it knows better.
func (g *grower) value(e *unstable.Node, offset int) *node {
	if e.Raw.Length > 0 {
		offset = int(e.Raw.Offset)
	}
	n := &node{text: string(e.Data), at: g.position(offset)}
	switch e.Kind {
	case unstable.InlineTable:
		n.kind, n.text, n.header = kindTable, "", true
		for it := e.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				g.keyValue(n, it.Node())
			}
		}
	case unstable.Array:
		n.kind = kindArray
		for it := e.Children(); it.Next(); {
			if it.Node().Kind != unstable.Comment {
				n.items = append(n.items, g.value(it.Node(), offset))
			}
		}
	case unstable.String:
		n.kind = kindText
		n.inner = g.position(offset + quotes(g.parser.Raw(e.Raw)))
	case unstable.Bool:
		n.kind = kindBool
	case unstable.Integer:
		n.kind = kindInteger
	case unstable.Float:
		n.kind = kindFloat
	default:
		n.kind = kindDate
	}
	return n
}

// quotes returns how many bytes stand before the text of a string as it is written. A
// line break right after three quotes does not belong to the text.
func quotes(raw []byte) int {
	for _, open := range []string{"\"\"\"\r\n", "'''\r\n", "\"\"\"\n", "'''\n", `"""`, "'''"} {
		if bytes.HasPrefix(raw, []byte(open)) && len(raw) >= len(open)+3 {
			return len(open)
		}
	}
	return min(1, len(raw))
}

func keysOf(e *unstable.Node) []*unstable.Node {
	var keys []*unstable.Node
	for it := e.Key(); it.Next(); {
		keys = append(keys, it.Node())
	}
	return keys
}

// header returns where the line of a header begins.
func (g *grower) header(key *unstable.Node) wiredesk.Position {
	offset := int(key.Raw.Offset)
	for offset > 0 && strings.IndexByte(" \t[", g.source[offset-1]) >= 0 {
		offset--
	}
	for g.source[offset] != '[' {
		offset++
	}
	return g.position(offset)
}

func (g *grower) twice(at wiredesk.Position, name string, first wiredesk.Position) {
	g.problems = append(g.problems, wiredesk.Problem{
		Position: at,
		What:     fmt.Sprintf("%s is there twice, first at %s", name, first),
		Hint:     "take one of them out",
	})
}

// position returns the place of an offset. Columns count characters, as editors do.
func (g *grower) position(offset int) wiredesk.Position {
	line, found := slices.BinarySearch(g.lines, offset)
	if !found {
		line--
	}
	column := utf8.RuneCount(g.source[g.lines[line]:offset]) + 1
	return wiredesk.Position{File: g.file, Line: line + 1, Column: column}
}

func lineStarts(source []byte) []int {
	starts := []int{0}
	for i, c := range source {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
