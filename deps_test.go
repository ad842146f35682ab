package wiredesk_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The table of docs/design.md: what each package may import besides the standard
// library. A library is known to one package, so that it can be replaced there.
var imports = map[string][]string{
	"wiredesk":         {},
	"wiredesk/config":  {"wiredesk", "github.com/pelletier/go-toml/v2"},
	"wiredesk/storage": {"wiredesk", "go.etcd.io/bbolt", "github.com/fxamacker/cbor/v2", "github.com/klauspost/compress"},
	"wiredesk/curate":  {"wiredesk", "wiredesk/curate/likeness", "github.com/expr-lang/expr", "github.com/abadojack/whatlanggo"},
	// Folding of letters; x/text/unicode/norm is the standard library's in all but name.
	"wiredesk/curate/likeness": {"golang.org/x/text"},
	"wiredesk/publish":         {"wiredesk", "wiredesk/internal/pending", "wiredesk/publish/valid", "github.com/gorilla/feeds", "github.com/klauspost/compress", "github.com/andybalholm/brotli", "golang.org/x/net", "golang.org/x/text"},
	// How a browser reads HTML; x/net/html is the standard library's in all but name.
	"wiredesk/publish/valid": {"golang.org/x/net"},
	"wiredesk/web":           {"wiredesk/publish", "github.com/prometheus/client_golang"},
	"wiredesk/fetch": {
		"wiredesk", "github.com/mmcdole/gofeed", "github.com/microcosm-cc/bluemonday", "code.dny.dev/ssrf", "golang.org/x/net", "golang.org/x/text",
		"github.com/gogs/chardet", "github.com/cespare/xxhash/v2", "codeberg.org/readeck/go-readability/v2",
	},
	"wiredesk/hub":              {"wiredesk"},
	"wiredesk/status":           {"wiredesk"},
	"wiredesk/notify":           {"wiredesk"},
	"wiredesk/internal/origin":  {},
	"wiredesk/internal/golden":  {},
	"wiredesk/internal/pending": {"github.com/google/renameio/v2"},
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := fields[0]
		seen[pkg] = true
		allowed, known := imports[pkg]
		switch {
		case strings.HasPrefix(pkg, "wiredesk/cmd/"), !known && strings.HasPrefix(pkg, "wiredesk/internal/"):
			continue // programs wire everything
		case !known:
			t.Errorf("package %s is not in the table: add it to docs/design.md and here", pkg)
			continue
		}
		for _, imported := range fields[1:] {
			first, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(first, ".") && first != "wiredesk" {
				continue // the standard library
			}
			if !slices.ContainsFunc(allowed, func(a string) bool {
				return imported == a || strings.Contains(a, ".") && strings.HasPrefix(imported, a+"/")
			}) {
				t.Errorf("%s imports %s", pkg, imported)
			}
		}
	}
	for pkg := range imports {
		if !seen[pkg] {
			t.Logf("%s is in the table and not there yet", pkg)
		}
	}
}
