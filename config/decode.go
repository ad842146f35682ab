package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"wiredesk"
)

// A decoder fills the structs of file.go from the tree of one file. Field tags say all
// that is to be known about a key:
//
//	toml      its name
//	default   its value where it is not written
//	min, max  its range
//	oneof     the words it may be
//	forever   "true" if a duration may be "forever"
//	was       a former name, accepted with a warning
type decoder struct {
	dir      string // of the file, for what is beside it
	getenv   func(string) string
	readFile func(string) ([]byte, error)
	shapes   *shapes
	problems wiredesk.Problems
	warnings wiredesk.Problems
}

func (d *decoder) problem(at wiredesk.Position, what, hint string) {
	d.problems = append(d.problems, wiredesk.Problem{Position: at, What: what, Hint: hint})
}

// expected reports a value of a wrong type.
func (d *decoder) expected(n *node, k key, want, hint string) {
	d.problem(n.at, fmt.Sprintf("%s: expected %s, found %s", k.path, want, n.describe()), hint)
}

// table fills the struct v from a table. Keys of the table have the path name.key.
func (d *decoder) table(n *node, v reflect.Value, name string) {
	if t, ok := reflect.TypeAssert[interface{ stand(wiredesk.Position) }](v.Addr()); ok {
		t.stand(n.at)
	}
	fields := d.shapes.fields(v.Type())
	for _, e := range n.keys {
		field, ok := fields[e.name]
		if !ok {
			d.unknown(e, fields, name)
			continue
		}
		current := field.Tag.Get("toml")
		if current != e.name {
			d.warnings = append(d.warnings, wiredesk.Problem{
				Position: e.at,
				What:     fmt.Sprintf("%s is called %s now", join(name, e.name), current),
				Hint:     "the old name is accepted until the next major version",
			})
		}
		k := key{path: join(name, current), at: e.at, tag: field.Tag}
		d.value(e.value, v.FieldByIndex(field.Index), k)
	}
}

// value fills one field, whatever it is.
func (d *decoder) value(n *node, v reflect.Value, k key) {
	if l, ok := reflect.TypeAssert[leaf](v.Addr()); ok {
		l.take(d, n, k)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if n.kind != kindTable {
			d.expected(n, k, "a table", fmt.Sprintf("write [%s] on a line of its own", k.path))
			return
		}
		d.table(n, v, k.path)
	case reflect.Slice:
		if n.kind == kindTable {
			d.problem(n.at, fmt.Sprintf("there may be several [[%s]]", k.path), fmt.Sprintf("write [[%s]], with two brackets", k.path))
			n = &node{kind: kindArray, at: n.at, items: []*node{n}}
		}
		d.tables(n, v, k)
	case reflect.Map:
		if n.kind != kindTable {
			d.expected(n, k, "a table", fmt.Sprintf("write [%s] on a line of its own", k.path))
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for _, e := range n.keys {
			one := reflect.New(v.Type().Elem()).Elem()
			d.value(e.value, one, key{path: join(k.path, e.name), at: e.at})
			v.SetMapIndex(reflect.ValueOf(e.name), one)
		}
	default:
		panic("config: no way to read a " + v.Type().String())
	}
}

func (d *decoder) tables(n *node, v reflect.Value, k key) {
	if n.kind != kindArray {
		d.expected(n, k, "tables", fmt.Sprintf("write [[%s]] on a line of its own", k.path))
		return
	}
	for _, item := range n.items {
		if item.kind != kindTable {
			d.expected(item, k, "a table", fmt.Sprintf("write [[%s]] on a line of its own", k.path))
			continue
		}
		one := reflect.New(v.Type().Elem().Elem())
		d.table(item, one.Elem(), k.path)
		v.Set(reflect.Append(v, one))
	}
}

// unknown reports a key that does not exist, with the nearest that does, or with the
// table in which it does.
func (d *decoder) unknown(e *entry, fields map[string]reflect.StructField, table string) {
	names := slices.Sorted(maps.Keys(fields))
	hint := wiredesk.DidYouMean(e.name, names)
	if hint == "" {
		hint = d.belongs(e.name)
	}
	if hint == "" && len(names) > 1 && len(names) <= 16 {
		hint = "there are " + strings.Join(names, ", ")
	}
	where := "at the top"
	if table != "" {
		where = "in " + bracket(table)
	}
	d.problem(e.at, fmt.Sprintf("unknown key %s %s", e.name, where), hint)
}

// belongs says in which table there is a key of that name.
func (d *decoder) belongs(name string) string {
	var tables []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[file]()) {
		t, ok := tableOf(f.Type)
		if !ok {
			continue
		}
		if _, ok := d.shapes.fields(t)[name]; ok {
			tables = append(tables, bracket(f.Tag.Get("toml")))
		}
	}
	if len(tables) == 0 {
		return ""
	}
	return "it belongs in " + strings.Join(tables, " or ")
}

// bracket returns the header of a table.
func bracket(table string) string {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[file]()) {
		if f.Tag.Get("toml") == table && f.Type.Kind() == reflect.Slice {
			return "[[" + table + "]]"
		}
	}
	return "[" + table + "]"
}

func join(table, name string) string {
	if table == "" {
		return name
	}
	return table + "." + name
}
