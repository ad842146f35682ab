package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// Every test that docs/security.md names is there, and some test bears each check that it names.
func TestSecurityPageIsTrue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := exec.Command("grep", "-rhE", `^func (Test|Fuzz)|[RS]-[0-9]{2}`, "--include=*_test.go", "--include=*.txtar", "../..").Output()
	if err != nil {
		t.Fatal(err)
	}
	tests := string(all)
	for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(page), -1) {
		if !strings.Contains(tests, "func "+name+"(") {
			t.Errorf("there is no %s", name)
		}
	}
	for _, file := range regexp.MustCompile(`[\w/]+(_test\.go|\.txtar)`).FindAllString(string(page), -1) {
		if _, err := os.Stat("../../" + file); err != nil {
			t.Error(err)
		}
	}
	elsewhere := map[string]bool{"S-50": true, "S-52": true} // .ci/run
	checks := regexp.MustCompile(`\b[RS]-[0-9]{2}\b`).FindAllString(string(page), -1)
	for _, check := range checks {
		if !elsewhere[check] && !strings.Contains(tests, check) {
			t.Errorf("no test bears %s", check)
		}
	}
	if len(checks) < 60 {
		t.Errorf("only %d checks were found", len(checks))
	}
}
