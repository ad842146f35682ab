package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wiredesk/config"
)

func nothing(string) string { return "" }

// TestExample loads the example as it is, and as it is with every key that is commented
// out: what it shows as defaults are the defaults.
func TestExample(t *testing.T) {
	asIs, err := config.Load("../config.example.toml", config.Options{Getenv: nothing})
	if err != nil {
		t.Fatal(err)
	}
	if len(asIs.Warnings) > 0 {
		t.Errorf("warnings: %v", asIs.Warnings)
	}
	notices, err := filepath.Abs("../examples/notices.atom")
	if err != nil {
		t.Fatal(err)
	}
	if want := "file://" + filepath.ToSlash(notices); asIs.Sources[0].URL != want {
		t.Errorf("the first source is %s, want %s", asIs.Sources[0].URL, want)
	}
	if _, err := os.Stat(notices); err != nil {
		t.Error(err)
	}

	commented := regexp.MustCompile(`(?m)^# ([a-z_]+ = .*|\[\[?[a-z_]+\]\]?)$`)
	all := commented.ReplaceAllString(read(t, "../config.example.toml"), "$1")
	if n := len(commented.FindAllString(all, -1)); n > 0 {
		t.Errorf("%d keys are still commented out", n)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "wiredesk.toml"), all)
	full, err := config.Load(filepath.Join(dir, "wiredesk.toml"), config.Options{Getenv: nothing})
	if err != nil {
		t.Fatal(err)
	}
	if len(full.ReadingLists) != 1 {
		t.Errorf("%d reading lists, want 1", len(full.ReadingLists))
	}
	same(t, "Server", strings.ReplaceAll(show(t, full.Server), dir, ""), strings.ReplaceAll(show(t, asIs.Server), filepath.Dir(filepath.Dir(notices)), ""))
	same(t, "Site", show(t, full.Site), show(t, asIs.Site))
	same(t, "Fetch", show(t, full.Fetch), show(t, asIs.Fetch))
	same(t, "Stories", show(t, full.Stories), show(t, asIs.Stories))
	same(t, "WebSub", show(t, full.WebSub), show(t, asIs.WebSub))
	same(t, "Status", show(t, full.Status), show(t, asIs.Status))
	same(t, "Notify", show(t, full.Notify), show(t, asIs.Notify))
	same(t, "Storage.Keep", show(t, full.Storage.Keep), show(t, asIs.Storage.Keep))
	same(t, "a source", show(t, full.Source("x")), show(t, asIs.Source("x")))
	for i := range asIs.Feeds {
		a, b := asIs.Feeds[i], full.Feeds[i]
		b.WhereAt, b.TitleAt, b.ApproveAt, b.Position = a.WhereAt, a.TitleAt, a.ApproveAt, a.Position
		same(t, "feed "+a.Name, show(t, b), show(t, a))
	}
}
