package grader_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"text/tabwriter"

	"wiredesk/internal/golden"
	"wiredesk/internal/grader"
)

// TestGrade puts our poller through every check, P-01 to P-56, and prints the table that
// docs/etiquette.md shows.
func TestGrade(t *testing.T) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 4, 2, ' ', 0)
	for _, c := range grader.Checks() {
		word := "pass"
		t.Run(c.ID, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				e := grader.New(dir)
				c.Hold(e)
				for _, complaint := range e.Close() {
					word = "FAIL"
					t.Errorf("%s: %s", c.Word, complaint)
				}
			})
		})
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.ID, word, c.Word)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())

	const page, begin = "../../docs/etiquette.md", "is written here.\n"
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text, _, found := strings.Cut(string(written), begin)
	if !found {
		t.Fatalf("%s has no place for the table", page)
	}
	golden.Check(t, page, []byte(text+begin+"\n"+indented(table.String())))
}

// indented makes lines a block of code in a page.
func indented(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
}
