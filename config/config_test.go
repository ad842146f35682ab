package config_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wiredesk"
	"wiredesk/config"
)

var update = flag.Bool("update", false, "write what is, as what is expected")

// environment is what the files of testdata find there.
func environment(name string) string {
	return map[string]string{
		"TOKEN": "s3cret",
		"USER":  "example",
		"HOURS": "12h",
	}[name]
}

// TestGood loads each *.good.toml and compares the whole config, warnings included, with
// the golden file beside it.
func TestGood(t *testing.T) {
	for _, path := range glob(t, "testdata/*.good.toml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, err := config.Load(path, config.Options{Getenv: environment})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(c, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			here, err := filepath.Abs(".")
			if err != nil {
				t.Fatal(err)
			}
			got = append([]byte(strings.ReplaceAll(string(got), filepath.ToSlash(here), "/HERE")), '\n')
			golden := strings.TrimSuffix(path, ".good.toml") + ".golden.json"
			if *update {
				write(t, golden, string(got))
			}
			if diff := cmp.Diff(read(t, golden), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestBad loads each *.bad.toml, whose first lines are the messages that are expected:
// all of them, whatever the file has wrong. No message shows a secret.
func TestBad(t *testing.T) {
	for _, path := range glob(t, "testdata/*.bad.toml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			got := mistakes(t, path)
			for range 3 { // the messages move the lines that they tell of
				if *update {
					_, body := split(read(t, path))
					write(t, path, "# "+strings.ReplaceAll(got, "\n", "\n# ")+"\n\n"+body)
					got = mistakes(t, path)
				}
			}
			want, _ := split(read(t, path))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, secret := range []string{"s3cret", "hunter2"} {
				if strings.Contains(got, secret) {
					t.Errorf("a message shows a secret:\n%s", got)
				}
			}
		})
	}
}

// mistakes returns what is wrong with a file, without the folder of the tests.
func mistakes(t *testing.T, path string) string {
	t.Helper()
	_, err := config.Load(path, config.Options{Getenv: environment})
	var problems wiredesk.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got error %v, want problems", err)
	}
	return strings.NewReplacer(filepath.ToSlash(path)+":", "", "testdata/", "").Replace(filepath.ToSlash(err.Error()))
}

// split returns the messages at the top of a file, and the rest.
func split(s string) (messages, body string) {
	for line := range strings.Lines(s) {
		message, ok := strings.CutPrefix(line, "# ")
		if !ok {
			break
		}
		messages += message
		s = s[len(line):]
	}
	return strings.TrimSuffix(messages, "\n"), strings.TrimPrefix(s, "\n")
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
