package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every example of a config in the documentation is sound.
func TestExamplesAreSound(t *testing.T) {
	t.Parallel()
	found := 0
	for _, path := range []string{"../../README.md", "../../docs/rules.md", "../../docs/running.md"} {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "brands.txt"), []byte("AT&T\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(page), "```toml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			file := filepath.Join(dir, "wiredesk.toml")
			if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := loadConfig(file, func(string) string { return "" }); err != nil {
				t.Errorf("%s: example %d: %v", path, i+1, err)
			}
			found++
		}
	}
	if _, _, err := loadConfig("../../examples/look/wiredesk.toml", func(string) string { return "" }); err != nil {
		t.Error(err)
	}
	if found < 8 {
		t.Errorf("only %d examples were found", found)
	}
}
