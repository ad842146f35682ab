// Package golden compares what a test got with a file that holds what it should get.
//
// Run the test with -update to write the files anew, then read the difference that
// version control shows.
package golden

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Check fails the test if got is not what the file holds, and says in which line they part.
// With -update it writes the file, and its folder, instead.
func Check(tb testing.TB, file string, got []byte) {
	tb.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o600); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatalf("%v (run the test with -update to write it)", err)
	}
	if !bytes.Equal(got, want) {
		tb.Errorf("%s differs (-want +got):\n%s", file, part(string(want), string(got)))
	}
}

// part shows the first line in which two texts differ, with a line before it.
func part(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	var b strings.Builder
	if i > 0 {
		fmt.Fprintf(&b, "%5d   %s\n", i, around(w[i-1], ""))
	}
	line := func(lines []string, i int) (string, bool) {
		if i < len(lines) {
			return lines[i], true
		}
		return "", false
	}
	wl, inWant := line(w, i)
	gl, inGot := line(g, i)
	if inWant {
		fmt.Fprintf(&b, "%5d - %s\n", i+1, around(wl, gl))
	}
	if inGot {
		fmt.Fprintf(&b, "%5d + %s\n", i+1, around(gl, wl))
	}
	return b.String()
}

// around shortens a line to the neighbourhood of the byte in which it parts from other,
// since documents without line breaks are one line.
func around(line, other string) string {
	const near = 100
	i := 0
	for i < len(line) && i < len(other) && line[i] == other[i] {
		i++
	}
	from, to := max(0, i-near), min(len(line), i+near)
	return fmt.Sprintf("%q", line[from:to])
}
