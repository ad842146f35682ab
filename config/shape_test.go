package config

import (
	"encoding/json"
	stdflag "flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wiredesk"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
)

//go:generate go test -run TestSchema -update .

// eachKey calls f for every key that a file may have, with its full name.
func eachKey(t reflect.Type, table string, f func(name string, field reflect.StructField)) {
	for _, field := range reflect.VisibleFields(t) {
		name, ok := field.Tag.Lookup("toml")
		if !ok {
			continue
		}
		f(join(table, name), field)
		if inner, ok := tableOf(field.Type); ok {
			eachKey(inner, join(table, name), f)
		}
	}
}

// TestDefaultTags holds that every default can be read as its key is read, so that none
// is silently zero.
func TestDefaultTags(t *testing.T) {
	eachKey(reflect.TypeFor[file](), "", func(name string, field reflect.StructField) {
		s, ok := field.Tag.Lookup("default")
		if !ok || !isLeaf(field.Type) {
			return
		}
		preset, taken := reflect.New(field.Type), reflect.New(field.Type)
		preset.Interface().(leaf).preset(s)
		n := &node{kind: kindText, text: s, at: wiredesk.Position{Line: 1}}
		switch field.Type {
		case reflect.TypeFor[text](), reflect.TypeFor[span](), reflect.TypeFor[size](), reflect.TypeFor[mode](), reflect.TypeFor[backfill]():
		case reflect.TypeFor[flag]():
			n.kind = kindBool
		default:
			n.kind = kindInteger
		}
		d := &decoder{getenv: func(string) string { return "" }}
		taken.Interface().(leaf).take(d, n, key{path: name, tag: field.Tag})
		if err := d.problems.Err(); err != nil {
			t.Errorf("the default of %s: %v", name, err)
		}
		same := cmp.Equal(preset.Elem().Interface(), taken.Elem().Interface(), cmp.AllowUnexported(text{}, flag{}, count{}, span{}, size{}, mode{}, backfill{}),
			cmp.Comparer(func(a, b place) bool { return true }))
		if !same {
			t.Errorf("the default %q of %s is set as %+v and read as %+v", s, name, preset.Elem(), taken.Elem())
		}
	})
}

// TestRenamedKey holds that a key with an old name is read, with a warning.
func TestRenamedKey(t *testing.T) {
	type table struct {
		Depth count `toml:"depth" was:"level"`
	}
	root, problems, _ := grow("x.toml", []byte("\n level = 3\n"))
	var got table
	d := &decoder{problems: problems, shapes: newShapes()}
	d.table(root, reflect.ValueOf(&got).Elem(), "")
	want := "x.toml:2:2: level is called depth now (the old name is accepted until the next major version)"
	if got.Depth.n != 3 || len(d.problems) > 0 || d.warnings.Error() != want {
		t.Errorf("got %d, problems %v, warnings %v", got.Depth.n, d.problems, d.warnings)
	}
}

// TestExampleMentionsEveryKey holds the example complete.
func TestExampleMentionsEveryKey(t *testing.T) {
	data, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	example := string(data)
	eachKey(reflect.TypeFor[file](), "", func(name string, field reflect.StructField) {
		key := regexp.QuoteMeta(field.Tag.Get("toml"))
		there := regexp.MustCompile(`(?m)^(# )?(` + key + ` = |\[+` + key + `\]+$)`).MatchString(example)
		if !there {
			t.Errorf("the example does not mention %s", name)
		}
	})
}

// TestSchema holds config/schema.json up to date; go generate writes it.
func TestSchema(t *testing.T) {
	r := &jsonschema.Reflector{
		Anonymous:                  true,
		RequiredFromJSONSchemaTags: true,
		FieldNameTag:               "toml",
		CommentMap:                 comments(t, "file.go"),
		Mapper:                     schemaOf,
	}
	schema := r.ReflectFromType(reflect.TypeFor[file]())
	schema.Title = "wiredesk.toml"
	for _, table := range tables(reflect.TypeFor[file]()) {
		properties := schema.Definitions[table.Name()].Properties
		for name, field := range newShapes().fields(table) {
			property, ok := properties.Get(name)
			if !ok {
				t.Errorf("the schema has no %s in %s", name, table.Name())
				continue
			}
			tell(property, field.Tag)
		}
	}
	data, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	if stdflag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile("schema.json", data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), string(data)); diff != "" {
		t.Errorf("schema.json is stale, run go generate ./config (-have +want)\n%s", diff)
	}
}

// tables returns the struct t and those of all tables in it.
func tables(t reflect.Type) []reflect.Type {
	all := []reflect.Type{t}
	eachKey(t, "", func(_ string, field reflect.StructField) {
		if inner, ok := tableOf(field.Type); ok && !slices.Contains(all, inner) {
			all = append(all, inner)
		}
	})
	return all
}

const (
	durationPattern = `^$|^forever$|^0$|^([0-9]+(w|d|h|ms|m|s|us|ns))+$|\$\{`
	sizePattern     = `^$|^[0-9]+ *([KMGT]i)?B?$|\$\{`
)

// schemaOf returns the schema of a leaf, nil of anything else.
func schemaOf(t reflect.Type) *jsonschema.Schema {
	words := &jsonschema.Schema{Type: "string"}
	switch reflect.New(t).Interface().(type) {
	case *wordList, *command:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{words, {Type: "array", Items: words}}}
	case *examples:
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{words, {Type: "object"}}}}
	case *texts:
		return &jsonschema.Schema{Type: "array", Items: words}
	case *pairs:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: words}
	case *flag:
		return &jsonschema.Schema{Type: "boolean"}
	case *count:
		return &jsonschema.Schema{Type: "integer"}
	case *score:
		return &jsonschema.Schema{Type: "number"}
	case *span:
		return &jsonschema.Schema{Type: "string", Pattern: durationPattern}
	case *size:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "integer"}, {Type: "string", Pattern: sizePattern}}}
	case *mode:
		return &jsonschema.Schema{Type: "string", Pattern: "^0?[0-7]{3}$"}
	case *condition:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "boolean"}, words}}
	case *backfill:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "integer"}, {Type: "string", Pattern: `^all$|` + durationPattern}}}
	case *text:
		return words
	}
	return nil
}

// tell puts what the tags of a field say into its schema.
func tell(s *jsonschema.Schema, tag reflect.StructTag) {
	for word := range strings.FieldsSeq(tag.Get("oneof")) {
		s.Enum = append(s.Enum, word)
	}
	value, ok := tag.Lookup("default")
	switch {
	case !ok:
	case s.Type == "integer" || s.Type == "boolean":
		s.Default = json.RawMessage(value)
	default:
		s.Default = value
	}
	if s.Type == "integer" {
		s.Minimum, s.Maximum = json.Number(tag.Get("min")), json.Number(tag.Get("max"))
	}
}

// comments returns the comments of the structs and fields of a file, as the library wants
// them; it would read those of exported types itself.
func comments(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.TYPE {
			continue
		}
		spec := d.Specs[0].(*ast.TypeSpec)
		name := "wiredesk/config." + spec.Name.Name
		all[name] = strings.TrimSpace(d.Doc.Text())
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			for _, n := range field.Names {
				all[name+"."+n.Name] = strings.TrimSpace(field.Doc.Text())
			}
		}
	}
	all["wiredesk/config.file"] = "The config of wiredesk, a feed aggregator and publisher."
	return all
}
