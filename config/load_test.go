package config_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wiredesk"
	"wiredesk/config"

	"github.com/google/go-cmp/cmp"
)

// show returns a value as JSON, for comparing and for reading.
func show(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// folder writes files into a folder of their own and returns it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, content)
	}
	return dir
}

func TestEnvironmentOverrides(t *testing.T) {
	dir := folder(t, map[string]string{"wiredesk.toml": "[server]\nlisten = \"127.0.0.1:1\"\n"})
	env := map[string]string{
		"WIREDESK_SERVER_LISTEN":   ":9000",
		"WIREDESK_SERVER_BASE_URL": "https://feeds.example.org/x/",
		"WIREDESK_STORAGE_PATH":    "desk.db",
		"STATE_DIRECTORY":          "/var/lib/wiredesk:/var/lib/other",
	}
	getenv := func(name string) string { return env[name] }
	c, err := config.Load(filepath.Join(dir, "wiredesk.toml"), config.Options{Getenv: getenv})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Server.Listen, c.Server.BaseURL, c.Storage.Path, c.Server.Socket}
	want := []string{":9000", "https://feeds.example.org/x", "/var/lib/wiredesk/desk.db", "/var/lib/wiredesk/desk.sock"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	env["WIREDESK_SERVER_LISTEN"] = "nonsense"
	_, err = config.Load(filepath.Join(dir, "wiredesk.toml"), config.Options{Getenv: getenv})
	if err == nil || !strings.HasPrefix(err.Error(), "$WIREDESK_SERVER_LISTEN: ") {
		t.Errorf("got %v, want the variable to be named", err)
	}
}

func TestBaseURLWithoutOne(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080",
		":8080":          "http://localhost:8080",
		"0.0.0.0:80":     "http://localhost:80",
		"[::]:8080":      "http://localhost:8080",
		"[::1]:8080":     "http://[::1]:8080",
		"desk:8080":      "http://desk:8080",
	} {
		dir := folder(t, map[string]string{"wiredesk.toml": "[server]\nlisten = \"" + listen + "\"\n"})
		c, err := config.Load(filepath.Join(dir, "wiredesk.toml"), config.Options{Getenv: nothing})
		if err != nil {
			t.Fatal(err)
		}
		if c.Server.BaseURL != want {
			t.Errorf("listen %s has base %s, want %s", listen, c.Server.BaseURL, want)
		}
	}
}

// TestIncludes holds the order in which files are read and how far defaults reach.
func TestIncludes(t *testing.T) {
	dir := folder(t, map[string]string{
		"wiredesk.toml":    "include = [\"d/*.toml\", \"d/a.toml\", \"none/*.toml\"]\n[defaults]\ntags = [\"main\"]\nproxy = \"http://main.example\"\n[[source]]\nurl = \"https://example.org/main\"\n",
		"d/a.toml":         "include = [\"deep/*.toml\"]\n[defaults]\ntags = [\"a\"]\n[[source]]\nurl = \"https://example.org/a\"\n",
		"d/b.toml":         "[[source]]\nurl = \"https://example.org/b\"\n[site]\ntitle = \"B\"\n",
		"d/.c.toml":        "not TOML",
		"d/deep/deep.toml": "[[source]]\nurl = \"deep.xml\"\ntags = [\"own\"]\n",
	})
	c, err := config.Load(filepath.Join(dir, "wiredesk.toml"), config.Options{Getenv: nothing})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, s := range c.Sources {
		at := c.SourceAt[i]
		at.File, _ = filepath.Rel(dir, at.File)
		got = append(got, strings.Join([]string{strings.Replace(s.URL, dir, "", 1), s.Tags[0], s.Proxy, at.String()}, " "))
	}
	want := []string{
		"https://example.org/main main http://main.example wiredesk.toml:6:7",
		"https://example.org/a a http://main.example d/a.toml:5:7",
		"file:///d/deep/deep.xml own http://main.example d/deep/deep.toml:2:7",
		"https://example.org/b main http://main.example d/b.toml:2:7",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if c.Site.Title != "B" || len(c.Files) != 4 {
		t.Errorf("title %q from files %v", c.Site.Title, c.Files)
	}
}

func TestIncludesHaveALimit(t *testing.T) {
	files := map[string]string{}
	for i := range 12 {
		files[string(rune('a'+i))+".toml"] = "include = [\"" + string(rune('b'+i)) + ".toml\"]"
	}
	dir := folder(t, files)
	_, err := config.Load(filepath.Join(dir, "a.toml"), config.Options{Getenv: nothing})
	if err == nil || !strings.Contains(err.Error(), "more than 8 files include each other") {
		t.Errorf("got %v", err)
	}
}

// TestNoFile holds the one clear line for a file that cannot be read.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none.toml"): "none.toml: cannot be read: there is no such file (start from config.example.toml, or name another file with --config)",
		dir:                             ": cannot be read: it is a folder (name the file in it)",
	} {
		c, err := config.Load(path, config.Options{Getenv: nothing})
		if c != nil || err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, %v, want …%s", c, err, want)
		}
	}
}

// TestConfigBesideMistakes holds that expressions of a config with mistakes can be
// looked into all the same.
func TestConfigBesideMistakes(t *testing.T) {
	dir := folder(t, map[string]string{"wiredesk.toml": "x = 1\n[[rule]]\n  when = 'tags =='\ndrop = true\n[[rule]]\nwhen = '''\n\na'''\ntitle = \"\\tb\"\n"})
	path := filepath.Join(dir, "wiredesk.toml")
	c, err := config.Load(path, config.Options{Getenv: nothing})
	var problems wiredesk.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || c == nil || len(c.Rules) != 2 {
		t.Fatalf("got %+v, %v", c, err)
	}
	want := []wiredesk.Position{{File: path, Line: 3, Column: 11}, {File: path, Line: 7, Column: 1}, {File: path, Line: 9, Column: 10}}
	got := []wiredesk.Position{c.Rules[0].WhenAt, c.Rules[1].WhenAt, c.Rules[1].TitleAt}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if c.Rules[0].Name != "rule 1" || c.Rules[1].When != "\na" {
		t.Errorf("got %+v", c.Rules)
	}
}

// TestCredentialsStayWithTheirAddress holds that what [defaults] and a reading list say
// to the addresses that the operator wrote is not said to others (S-42).
func TestCredentialsStayWithTheirAddress(t *testing.T) {
	c, err := config.Load("testdata/sources.good.toml", config.Options{Getenv: environment})
	if err != nil {
		t.Fatal(err)
	}
	list := c.ReadingLists[0]
	if list.List.Password != "s3cret" || list.List.Headers["X-Desk"] != "s3cret" || !list.List.Private || list.FolderTags {
		t.Errorf("the list is asked for as %+v", list)
	}
	for _, s := range []wiredesk.Source{list.Source("https://other.example/feed"), c.Source("https://other.example/feed")} {
		if s.Password != "" || s.Headers != nil || s.Private || s.URL != "https://other.example/feed" || !s.KeepTrackers {
			t.Errorf("a source of the list is %+v", s)
		}
	}
	if got := list.Source("x").Tags; !slices.Equal(got, []string{"list"}) {
		t.Errorf("tags %v", got)
	}
	for _, s := range c.Sources {
		if strings.Contains(s.URL, "@secret") {
			t.Errorf("an address has its password: %s", s.URL)
		}
	}
}

func TestFind(t *testing.T) {
	dir := folder(t, map[string]string{"home/.config/wiredesk/wiredesk.toml": "", "xdg/wiredesk/wiredesk.toml": "", "here/wiredesk.toml": "", "empty/x": ""})
	env := map[string]string{"WIREDESK_CONFIG": "other.toml"}
	find := func(flag, here string) string {
		t.Chdir(filepath.Join(dir, here))
		path, tried := config.Find(flag, func(name string) string { return env[name] })
		if path != "" && tried[len(tried)-1] != path {
			t.Errorf("found %s, tried %v", path, tried)
		}
		return strings.TrimPrefix(path, dir)
	}
	same(t, "flag", "flag.toml", find("flag.toml", "here"))
	same(t, "environment", "other.toml", find("", "here"))
	clear(env)
	same(t, "here", "wiredesk.toml", find("", "here"))
	env["XDG_CONFIG_HOME"] = filepath.Join(dir, "xdg")
	same(t, "config folder", "/xdg/wiredesk/wiredesk.toml", find("", "empty"))
	env["XDG_CONFIG_HOME"] = filepath.Join(dir, "none")
	if _, err := os.Stat("/etc/wiredesk/wiredesk.toml"); err == nil {
		t.Skip("this machine has a config in /etc/wiredesk")
	}
	same(t, "none", "", find("", "empty"))
}

// FuzzLoad holds that no file makes Load panic, that a mistake has a place in it, and
// that nothing of what is read comes from elsewhere.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.toml", "../config.example.toml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		readFile := func(path string) ([]byte, error) {
			if filepath.Base(path) == "wiredesk.toml" {
				return []byte(source), nil
			}
			return nil, os.ErrNotExist
		}
		c, err := config.Load("wiredesk.toml", config.Options{Getenv: environment, ReadFile: readFile})
		if c == nil {
			t.Fatalf("no config, and %v", err)
		}
		if len(c.Feeds) == 0 && err == nil {
			t.Error("no feed")
		}
		var problems wiredesk.Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("the error is %T", err)
		}
		for _, p := range problems {
			if p.Position.Line < 1 || p.Position.Column < 1 || p.Position.Line > strings.Count(source, "\n")+1 {
				t.Errorf("%v has no place", p)
			}
		}
	})
}

// TestDocs holds that docs/config.md shows what wiredesk really says.
func TestDocs(t *testing.T) {
	page := read(t, "../docs/config.md")
	_, rest, _ := strings.Cut(page, "```toml\n")
	body, rest, _ := strings.Cut(rest, "```")
	_, rest, _ = strings.Cut(rest, "```text\n")
	want, _, _ := strings.Cut(rest, "```")
	t.Chdir(folder(t, map[string]string{"wiredesk.toml": body}))
	_, err := config.Load("wiredesk.toml", config.Options{Getenv: nothing})
	if err == nil {
		t.Fatal("there is no mistake")
	}
	same(t, "messages", want, err.Error()+"\n")
}

// Metrics have a listener of their own, or none.
func TestMetricsAddress(t *testing.T) { // S-44
	for address, want := range map[string]string{
		"":                   "",
		"127.0.0.1:9090":     "",
		"[::1]:9090":         "",
		":0":                 "",
		"127.0.0.1":          `2:11: server.metrics: "127.0.0.1" is not host:port (such as 127.0.0.1:9090)`,
		"9090":               `2:11: server.metrics: "9090" is not host:port (write 127.0.0.1:9090, or :9090 for every address of this machine)`,
		"127.0.0.1:99999":    `2:11: server.metrics: "127.0.0.1:99999" is not host:port (such as 127.0.0.1:9090)`,
		"http://localhost:1": `2:11: server.metrics: "http://localhost:1" is not host:port (such as 127.0.0.1:9090)`,
		"unix:metrics.sock":  `2:11: server.metrics: "unix:metrics.sock" is not host:port (such as 127.0.0.1:9090)`,
		"127.0.0.1:8080":     `2:11: server.metrics: "127.0.0.1:8080" is server.listen too (take another port, such as 127.0.0.1:9090)`,
	} {
		file := filepath.Join(folder(t, map[string]string{"wiredesk.toml": "[server]\nmetrics = \"" + address + "\"\n"}), "wiredesk.toml")
		c, err := config.Load(file, config.Options{Getenv: nothing})
		switch {
		case want != "" && (err == nil || !strings.HasSuffix(err.Error(), want)):
			t.Errorf("metrics at %q: %v, want %s", address, err, want)
		case want == "" && (err != nil || c.Server.Metrics != address):
			t.Errorf("metrics at %q: %q, %v", address, c.Server.Metrics, err)
		}
	}
}
