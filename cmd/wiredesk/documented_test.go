package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// commandsPage is the page whose examples are held against what commands print.
const commandsPage = "../../docs/commands.md"

// documented compares the JSON that the newest command printed with the example in
// docs/commands.md: the same keys at the same places, with values of the same kinds.
func documented(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: documented 'COMMAND'")
	}
	page, err := os.ReadFile(commandsPage)
	ts.Check(err)
	_, after, found := strings.Cut(string(page), "\n    $ "+args[0]+"\n")
	if !found {
		ts.Fatalf("docs/commands.md has no example of %s", args[0])
	}
	example, _, _ := strings.Cut(after, "\n\n")
	want, err := shape([]byte(example))
	if err != nil {
		ts.Fatalf("the example of %s: %v", args[0], err)
	}
	got, err := shape([]byte(ts.ReadFile("stdout")))
	ts.Check(err)
	if diff := cmp.Diff(want, got); diff != "" {
		ts.Fatalf("%s: the page and the program differ (-page +program):\n%s", args[0], diff)
	}
}

// shape returns every path in a JSON text with the kind of what is there, such as
// "[].title string".
func shape(text []byte) ([]string, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, text)
	}
	paths := map[string]bool{}
	walk("", v, paths)
	return slices.Sorted(maps.Keys(paths)), nil
}

func walk(path string, v any, paths map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			walk(path+"."+key, value, paths)
		}
	case []any:
		paths[path+"[]"] = true
		for _, value := range v {
			walk(path+"[]", value, paths)
		}
	default:
		paths[fmt.Sprintf("%s %T", path, v)] = true
	}
}
