package curate

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// The table of docs/rules.md has every name that an expression may use, and no other.
func TestNamesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| name | is | of kind |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	documented := map[string]bool{}
	for line := range strings.Lines(table) {
		documented[strings.Trim(strings.Split(line, "|")[1], " `")] = true
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[environment]()) {
		name := f.Tag.Get("expr")
		if !documented[name] {
			t.Errorf("docs/rules.md does not have %s", name)
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("docs/rules.md has %s, which no expression knows", name)
	}
}
