package publish

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The generated part of docs/templates.md stands between these.
const (
	docFrom = "<!-- made of the comments in publish/pagedata.go and publish/words.go by go test ./publish -update -->\n"
	docTo   = "<!-- end of what is made -->\n"
)

// docs/templates.md has every field that a template is given, with its type and what it is.
// -update writes it.
func TestTemplatesAreDocumented(t *testing.T) {
	const path = "../docs/templates.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), docFrom)
	_, after, ok2 := strings.Cut(rest, docTo)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the fields", path)
	}
	var made bytes.Buffer
	structs := documented(t, "pagedata.go", "words.go")
	for _, typ := range pageTypes {
		made.WriteString(tableOf(t, typ, structs[typ.Name()]))
	}
	want := before + docFrom + made.String() + docTo + after
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s is not what the comments say; go test ./publish -run TestTemplatesAreDocumented -update writes it", path)
	}
	for tag := range catalogue() {
		if !strings.Contains(before+after, "`"+tag+"`") {
			t.Errorf("%s does not name the language %s", path, tag)
		}
	}
	own, err := pageFiles.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range own {
		if !strings.Contains(before+after, "`"+f.Name()+"`") {
			t.Errorf("%s does not name %s", path, f.Name())
		}
	}
}

// documented returns the structs of files as they are written, with their comments.
func documented(t *testing.T, files ...string) map[string]*ast.GenDecl {
	t.Helper()
	found := map[string]*ast.GenDecl{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				found[g.Specs[0].(*ast.TypeSpec).Name.Name] = g
			}
		}
	}
	return found
}

// tableOf returns the section about one type.
func tableOf(t *testing.T, typ reflect.Type, g *ast.GenDecl) string {
	t.Helper()
	if g == nil {
		t.Fatalf("%s is not in the files", typ)
	}
	var b strings.Builder
	about := strings.Join(strings.Fields(g.Doc.Text()), " ")
	_, about, _ = strings.Cut(about, typ.Name()+" ")
	fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| field | type | what it is |\n|---|---|---|\n", title(typ.Name()), capital(about))
	for _, f := range g.Specs[0].(*ast.TypeSpec).Type.(*ast.StructType).Fields.List {
		what := strings.TrimSpace(f.Comment.Text())
		switch {
		case len(f.Names) == 0:
			fmt.Fprintf(&b, "| … | | all of %s |\n", title(f.Type.(*ast.Ident).Name))
		case what == "" && f.Doc == nil:
			t.Errorf("%s.%s has no comment", typ.Name(), f.Names[0].Name)
		default:
			if what == "" {
				what = strings.TrimSuffix(strings.Join(strings.Fields(f.Doc.Text()), " "), ".")
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Names[0].Name, kindOf(f.Type), strings.ReplaceAll(what, "|", "\\|"))
		}
	}
	return b.String()
}

// title returns what the documentation calls a type.
func title(name string) string { return capital(strings.TrimPrefix(name, "page")) }

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// kindOf returns a type in words.
func kindOf(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.ArrayType:
		return "list of " + kindOf(x.Elt)
	case *ast.StarExpr:
		return kindOf(x.X)
	case *ast.Ident:
		switch x.Name {
		case "string":
			return "text"
		case "int":
			return "number"
		case "bool":
			return "true or false"
		case "counted":
			return "text with a number: `.Of 3`"
		}
		return "[" + title(x.Name) + "](#" + strings.ToLower(title(x.Name)) + ")"
	}
	var b bytes.Buffer
	_ = printer.Fprint(&b, token.NewFileSet(), e)
	return "`" + b.String() + "`"
}
