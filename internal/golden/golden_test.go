package golden_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"wiredesk/internal/golden"
)

// failing is a test that is allowed to fail.
type failing struct {
	testing.TB
	failed string
}

func (f *failing) Helper() {}

func (f *failing) Errorf(string, ...any) { f.failed = "error" }

func (f *failing) Fatalf(string, ...any) { f.failed = "fatal" }

func TestCheck(t *testing.T) {
	if flag.Lookup("update").Value.String() == "true" {
		t.Skip("with -update, Check compares nothing")
	}
	file := filepath.Join(t.TempDir(), "some.golden")
	if err := os.WriteFile(file, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, file, []byte("one\ntwo\n"))
	for _, got := range []string{"one\ntwo", "one\n2\n", ""} {
		f := &failing{TB: t}
		if golden.Check(f, file, []byte(got)); f.failed != "error" {
			t.Errorf("%q passes for another text", got)
		}
	}
}
