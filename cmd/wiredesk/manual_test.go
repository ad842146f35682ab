package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// printed returns what a command prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), args, surroundings{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}); code != 0 {
		t.Fatalf("%v: exit code %d\n%s", args, code, &errs)
	}
	return out.String()
}

// tool returns the path of a program, or skips the test and says which package has it.
func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian package %s)", name, debian)
	}
	return path
}

// file writes a text to a file of that name.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The man page tells of every command and flag that help tells of.
func TestManualIsComplete(t *testing.T) {
	t.Parallel()
	page := printed(t, "manual")
	for line := range strings.Lines(printed(t, "--help")) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if flag, ok := strings.CutPrefix(word, "--"); ok {
			flag, _, _ = strings.Cut(flag, "=")
			if !strings.Contains(page, `\fB\-\-`+strings.ReplaceAll(flag, "-", `\-`)+`\fR`) {
				t.Errorf("the page has no --%s", flag)
			}
		}
	}
	for _, command := range []string{"run", "once", "doctor", "source", "completion"} {
		if !strings.Contains(page, `.SS "`+command) {
			t.Errorf("the page has no %s", command)
		}
	}
}

// The man page is what formatters take without a word.
func TestManualIsClean(t *testing.T) {
	t.Parallel()
	page := file(t, "wiredesk.1", printed(t, "manual"))
	t.Run("mandoc", func(t *testing.T) {
		out, _ := exec.Command(tool(t, "mandoc", "mandoc"), "-Tlint", "-W", "warning", page).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, "missing date") { // it has none, so that it is the same each time
				t.Error(line)
			}
		}
	})
	t.Run("groff", func(t *testing.T) {
		out, err := exec.Command(tool(t, "groff", "groff-base"), "-man", "-ww", "-z", "-Tutf8", page).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// Completions are sound for the shells they are for.
func TestCompletionsAreSound(t *testing.T) {
	t.Parallel()
	for shell, check := range map[string][]string{"bash": {"-n"}, "zsh": {"-n"}, "fish": {"-n"}} {
		t.Run(shell, func(t *testing.T) {
			path := tool(t, shell, shell)
			script := file(t, "completion", printed(t, "completion", shell))
			if out, err := exec.Command(path, append(check, script)...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// In bash, completions complete.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash := tool(t, "bash", "bash")
	script := file(t, "completion", printed(t, "completion", "bash"))
	for line, want := range map[string]string{
		"wiredesk doc":              "doctor",
		"wiredesk --config x rel":   "reload release",
		"wiredesk once --n":         "--now",
		"wiredesk source go-blog p": "pause poll",
		"wiredesk completion z":     "zsh",
		"wiredesk sources --etiq":   "--etiquette",
	} {
		words := strings.Fields(line)
		program := `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wiredesk; echo "${COMPREPLY[*]}"`
		out, err := exec.Command(bash, append([]string{"-c", program, "bash", script}, words...)...).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: got %q, want %q (%v)", line, got, want, err)
		}
	}
}
