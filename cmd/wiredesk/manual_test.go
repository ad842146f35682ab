package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// The man page tells of every command and flag that help tells of, and so do completions.
func TestManualIsComplete(t *testing.T) {
	t.Parallel()
	page := printed(t, "manual")
	scripts := map[string]string{}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		scripts[shell] = printed(t, "completion", shell)
	}
	_, list, _ := strings.Cut(printed(t, "--help"), "Commands:\n")
	commands := regexp.MustCompile(`(?m)^  ([a-z]+) `).FindAllStringSubmatch(list, -1)
	if len(commands) < 30 {
		t.Errorf("help lists only %d commands", len(commands))
	}
	flag := regexp.MustCompile(`(?m)^ +(?:-\w, +)?--([a-z-]+)`)
	for _, c := range commands {
		help := printed(t, c[1], "--help")
		if !strings.Contains(page, `.SS "`+c[1]) {
			t.Errorf("the page has no %s", c[1])
		}
		for shell, script := range scripts {
			if !strings.Contains(script, c[1]) {
				t.Errorf("%s does not know %s", shell, c[1])
			}
		}
		for _, f := range flag.FindAllStringSubmatch(help, -1) {
			if !strings.Contains(page, `\fB\-\-`+strings.ReplaceAll(f[1], "-", `\-`)+`\fR`) {
				t.Errorf("the page has no --%s of %s", f[1], c[1])
			}
			for shell, word := range map[string]string{"bash": "--" + f[1], "zsh": "--" + f[1], "fish": "-l " + f[1]} {
				if !strings.Contains(scripts[shell], word) {
					t.Errorf("%s does not know --%s of %s", shell, f[1], c[1])
				}
			}
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

// completed is what shells make of the last word of a line.
var completed = map[string]string{
	"wiredesk doc":              "doctor",
	"wiredesk --config x rel":   "release reload",
	"wiredesk once --n":         "--now",
	"wiredesk source go-blog p": "pause poll",
	"wiredesk completion z":     "zsh",
	"wiredesk sources --etiq":   "--etiquette",
}

// sorted returns the words of a text, the first one of each line only if the rest tells what it
// is for.
func sorted(out []byte) string {
	words := strings.Fields(regexp.MustCompile(`(?m)\t.*`).ReplaceAllString(string(out), ""))
	slices.Sort(words)
	return strings.Join(words, " ")
}

// In bash, completions complete.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash := tool(t, "bash", "bash")
	script := file(t, "completion", printed(t, "completion", "bash"))
	for line, want := range completed {
		program := `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wiredesk; echo "${COMPREPLY[*]}"`
		out, err := exec.Command(bash, append([]string{"-c", program, "bash", script}, strings.Fields(line)...)...).CombinedOutput()
		if got := sorted(out); err != nil || got != want {
			t.Errorf("%s: got %q, want %q (%v)", line, got, want, err)
		}
	}
}

// In fish, too.
func TestFishCompletes(t *testing.T) {
	t.Parallel()
	fish := tool(t, "fish", "fish")
	script := file(t, "completion", printed(t, "completion", "fish"))
	for line, want := range completed {
		cmd := exec.Command(fish, "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, script, line)
		cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if got := sorted(out); err != nil || got != want {
			t.Errorf("%s: got %q, want %q (%v)", line, got, want, err)
		}
	}
}
