package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk/config"

	"pgregory.net/rapid"
)

func TestAppend(t *testing.T) {
	const old = "# mine\n[site]   # keep\ntitle='x'\n\n[[source]]\nurl = \"https://example.org/a\" # no line break at the end"
	dir := folder(t, map[string]string{"real.toml": old})
	path := filepath.Join(dir, "wiredesk.toml")
	if err := os.Symlink("real.toml", path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	err := config.Append(path, []config.NewSource{
		{URL: "https://example.org/b"},
		{URL: "https://example.org/c?x=${env:NO}", Name: "c", Title: "The \"C\"\n\\ \x01\x7f", Tags: []string{"a", "b"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "file", old+`

[[source]]
url = "https://example.org/b"

[[source]]
url = "https://example.org/c?x=$${env:NO}"
name = "c"
title = "The \"C\"\n\\ \u0001\u007F"
tags = ["a", "b"]
`, read(t, filepath.Join(dir, "real.toml")))
	if stat, err := os.Lstat(path); err != nil || stat.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if stat, err := os.Stat(path); err != nil || stat.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", stat.Mode(), err)
	}
	c, err := config.Load(path, config.Options{Getenv: nothing})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Sources[2]; got.URL != "https://example.org/c?x=${env:NO}" || got.Title != "The \"C\"\n\\ \x01\x7f" || got.Private {
		t.Errorf("read back as %+v", got)
	}
	alone(t, dir, 2)
}

// alone checks that no temporary file is left.
func alone(t *testing.T, dir string, want int) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != want {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

func TestAppendMakesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.toml")
	if err := config.Append(path, []config.NewSource{{URL: "https://example.org/"}}); err != nil {
		t.Fatal(err)
	}
	same(t, "file", "[[source]]\nurl = \"https://example.org/\"\n", read(t, path))
}

// TestAppendChangesNothing holds that a file that cannot be extended stays as it is.
func TestAppendChangesNothing(t *testing.T) {
	for old, want := range map[string]string{
		"[site\n":              "this is not TOML",
		"source = []\n":        "would break the config",
		"title = 1\ntitle = 2": "title is there twice",
		"[[source]]\nurls = [\"https://example.org/new\"]\n": "is a source there already",
	} {
		dir := folder(t, map[string]string{"wiredesk.toml": old})
		path := filepath.Join(dir, "wiredesk.toml")
		err := config.Append(path, []config.NewSource{{URL: "https://example.org/new"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", old, err, want)
		}
		same(t, "file", old, read(t, path))
		alone(t, dir, 1)
	}
}

func TestAppendKeepsLineEnds(t *testing.T) {
	dir := folder(t, map[string]string{"wiredesk.toml": "\ufeff# x\r\n"})
	path := filepath.Join(dir, "wiredesk.toml")
	if err := config.Append(path, []config.NewSource{{URL: "https://example.org/"}}); err != nil {
		t.Fatal(err)
	}
	same(t, "file", "\ufeff# x\r\n\r\n[[source]]\r\nurl = \"https://example.org/\"\r\n", read(t, path))
	if err := config.Remove(path, "https://example.org/", config.Options{}); err != nil {
		t.Fatal(err)
	}
	same(t, "file", "\ufeff# x\r\n\r\n", read(t, path))
}

const removable = `# top

# about a
[[source]] # with a
# inside
url = "https://example.org/a"
title = """
two
lines"""
tags = [
  "x", # comment
]
[source.meta]
town = "Ghent"

# about b and c
[[source]]
urls = ["https://example.org/b", "https://example.org/c"] # both

[[source]]
urls = [
  "https://example.org/d", # d
  # about e
  "https://example.org/e", # e
  "https://example.org/f"  # f
]
# at the end of d

[site]
title = "x"
# end
`

func TestRemove(t *testing.T) {
	for url, change := range map[string][2]string{
		"https://example.org/a": {removable[strings.Index(removable, "[[source]] # with a"):strings.Index(removable, "\n# about b and c")], ""},
		"https://example.org/b": {`["https://example.org/b", "https://example.org/c"]`, `["https://example.org/c"]`},
		"https://example.org/c": {`["https://example.org/b", "https://example.org/c"]`, `["https://example.org/b"]`},
		"https://example.org/d": {"  \"https://example.org/d\", # d\n", ""},
		"https://example.org/e": {"  \"https://example.org/e\", # e\n", ""},
		"https://example.org/f": {"  \"https://example.org/f\"  # f\n", ""},
	} {
		t.Run(url, func(t *testing.T) {
			dir := folder(t, map[string]string{"wiredesk.toml": removable})
			path := filepath.Join(dir, "wiredesk.toml")
			if err := config.Remove(path, url, config.Options{Getenv: nothing}); err != nil {
				t.Fatal(err)
			}
			same(t, "file", strings.Replace(removable, change[0], change[1], 1), read(t, path))
			alone(t, dir, 1)
		})
	}
}

// TestRemoveAll removes one after the other until only comments and other tables are left.
func TestRemoveAll(t *testing.T) {
	dir := folder(t, map[string]string{"wiredesk.toml": removable})
	path := filepath.Join(dir, "wiredesk.toml")
	for _, name := range []string{"c", "a", "f", "d", "b", "e"} {
		if err := config.Remove(path, "https://example.org/"+name, config.Options{Getenv: nothing}); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "file", "# top\n\n# about a\n\n# about b and c\n\n# at the end of d\n\n[site]\ntitle = \"x\"\n# end\n", read(t, path))
	err := config.Remove(path, "https://example.org/a", config.Options{Getenv: nothing})
	if !errors.Is(err, config.ErrNoSource) {
		t.Errorf("got %v, want ErrNoSource", err)
	}
}

// TestRemoveByWhatItLeadsTo removes sources by their addresses in the config.
func TestRemoveByWhatItLeadsTo(t *testing.T) {
	dir := folder(t, map[string]string{"wiredesk.toml": "[[source]]\nurl = 'x.xml'\n[[source]]\nurl = \"https://${env:USER}:${env:TOKEN}@example.org/\"\n"})
	path := filepath.Join(dir, "wiredesk.toml")
	o := config.Options{Getenv: environment}
	c, err := config.Load(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Sources {
		if err := config.Remove(path, s.URL, o); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "file", "", read(t, path))
}

// TestEditsRoundTrip holds that what was appended can be removed, and that the file is
// then as it was but for its last line break.
func TestEditsRoundTrip(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "wiredesk.toml")
	rapid.Check(t, func(t *rapid.T) {
		old := rapid.SampledFrom([]string{"", "# x\n", removable, "[[rule]]\ndrop = true\n\n"}).Draw(t, "old")
		if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		url := "https://new.example/" + rapid.StringMatching(`[!-~é\x00-\x1f]{0,20}`).Draw(t, "url")
		s := config.NewSource{URL: url, Title: rapid.String().Draw(t, "title"), Tags: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "tags")}
		if err := config.Append(path, []config.NewSource{s}); err != nil {
			t.Fatalf("append %q: %v", url, err)
		}
		if err := config.Remove(path, strings.ReplaceAll(url, "${", "$${"), config.Options{Getenv: nothing}); err != nil {
			t.Fatalf("remove %q: %v", url, err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimRight(string(got), "\n") != strings.TrimRight(old, "\n") {
			t.Fatalf("%q became %q", old, got)
		}
	})
}
