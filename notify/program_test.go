//go:build unix

package notify_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/notify"
)

// script writes a shell script.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tell")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProgram holds that a program gets the message on its standard input and its arguments as
// they are, but not what is in our environment.
func TestProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	program := script(t, `{ echo "$1"; echo "$2"; env; cat; } >`+out+"\n")
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": "/somewhere", "SECRET": "hunter2"}
	message := notify.Message(&wiredesk.Event{ID: "urn:x", Headline: "A is broken", Text: "It failed."})
	err := notify.Program(t.Context(), []string{program, "$(id)", "two words"}, func(name string) string { return env[name] }, message)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got := string(b)
	if !strings.HasPrefix(got, "$(id)\ntwo words\n") || !strings.HasSuffix(got, string(message)) {
		t.Errorf("got %q", got)
	}
	if strings.Contains(got, "hunter2") || !strings.Contains(got, "HOME=/somewhere\n") {
		t.Errorf("the environment is %q", got)
	}
}

// TestProgramFails holds what is said of a program that fails, whatever it prints.
func TestProgramFails(t *testing.T) {
	program := script(t, `printf 'no \033[31mway\nat all\000' >&2; yes | head -c 100000 >&2; exit 3`)
	err := notify.Program(t.Context(), []string{program}, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "exit status 3: no [31mway at all") || strings.ContainsAny(err.Error(), "\x1b\n\x00") || len(err.Error()) > 1000 {
		t.Errorf("got %q", err)
	}
	if err := notify.Program(t.Context(), []string{"/nowhere/tell"}, nil, nil); err == nil {
		t.Error("a program that is not there was no error")
	}
}

// TestProgramHangs holds that a program is ended with everything that it started, and that it
// need not read what it gets.
func TestProgramHangs(t *testing.T) {
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("no /proc here, which tells what runs: ", err)
	}
	child := filepath.Join(t.TempDir(), "child")
	program := script(t, "sleep 1000 &\necho $! >"+child+"\nwait\n")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := notify.Program(ctx, []string{program}, nil, []byte(strings.Repeat("x", 1<<20)))
	if err == nil {
		t.Error("it was no error")
	}
	pid, err := os.ReadFile(child)
	if err != nil {
		t.Fatal(err)
	}
	cmdline := "/proc/" + strings.TrimSpace(string(pid)) + "/cmdline"
	for range 100 {
		// One that has ended and was not waited for yet has an empty one.
		if b, err := os.ReadFile(cmdline); err != nil || len(b) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("what it started still runs")
}
