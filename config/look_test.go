package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wiredesk/config"
)

// A style or a template that cannot be one is told where it is named, or by its own name.
func TestLookFiles(t *testing.T) {
	for name, c := range map[string]struct {
		key   string
		files map[string]string
		want  string
	}{
		"too large":   {`css = "site.css"`, map[string]string{"site.css": strings.Repeat("x", 256<<10+1)}, `2:7: site.css: "site.css" cannot be read: it is larger than 256KiB`},
		"not UTF-8":   {`css = "site.css"`, map[string]string{"site.css": "\xff"}, `2:7: site.css: "site.css" cannot be read: it is not UTF-8`},
		"no file":     {`css = "sites.css"`, nil, `2:7: site.css: "sites.css" cannot be read: there is no such file`},
		"not a dir":   {`templates = "site.css"`, map[string]string{"site.css": ""}, `2:13: site.templates: "site.css" cannot be read: `},
		"empty":       {`templates = "t"`, map[string]string{"t/README": "", "t/.hidden.html": "", "t/entry.html~": ""}, `2:13: site.templates: there is no template in "t"`},
		"bad text":    {`templates = "t"`, map[string]string{"t/entry.html": "\xff", "t/foot.html": ""}, `t/entry.html: cannot be read: it is not UTF-8`},
		"good":        {`templates = "t"`, map[string]string{"t/foot.html": "b", "t/entry.html": "a"}, ""},
		"none is set": {`css = ""`, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range c.files {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				write(t, path, text)
			}
			path := filepath.Join(dir, "wiredesk.toml")
			write(t, path, "[site]\n"+c.key+"\n[[source]]\nurl = \"https://example.org/a\"\n")
			cfg, err := config.Load(path, config.Options{Getenv: func(string) string { return "" }})
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if c.files != nil && (len(cfg.Site.Templates) != 2 || cfg.Site.Templates[0] != config.File{Path: filepath.Join(dir, "t/entry.html"), Text: "a"}) {
					t.Errorf("templates are %v", cfg.Site.Templates)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}
