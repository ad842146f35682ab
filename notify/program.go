package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The limits of a program.
const (
	programTime = 30 * time.Second
	programWait = 2 * time.Second // for what it left behind to let go of its output
	programSays = 300             // characters of its complaint that are told
)

// passedOn are the variables of the environment that a program gets. Others may be secrets of
// the config.
var passedOn = []string{"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP"}

// Program starts a program with a message on its standard input, and waits for it. No shell
// reads its arguments, and nothing of the message is among them. It is ended after 30 seconds,
// with all that it started where the system can do that. An exit code other than 0 is an
// error.
func Program(ctx context.Context, argv []string, getenv func(string) string, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	complaint := &limited{most: 4 * programSays}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the operator's own word
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environ(getenv), bytes.NewReader(message), io.Discard, complaint
	cmd.WaitDelay = programWait
	together(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return fmt.Errorf("%s: it took longer than %s", argv[0], programTime)
	case errors.Is(err, exec.ErrWaitDelay): // it is done, what it left behind is not
		return nil
	case err != nil:
		if words := complaint.String(); words != "" {
			return fmt.Errorf("%s: %w: %s", argv[0], err, words)
		}
		return fmt.Errorf("%s: %w", argv[0], err)
	}
	return nil
}

func environ(getenv func(string) string) []string {
	if getenv == nil {
		getenv = os.Getenv
	}
	var env []string
	for _, name := range slices.Sorted(slices.Values(passedOn)) {
		if v := getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// limited keeps the beginning of what is written to it.
type limited struct {
	most int
	b    []byte
}

// Write takes everything and keeps what there is room for.
func (l *limited) Write(p []byte) (int, error) {
	l.b = append(l.b, p[:min(len(p), l.most-len(l.b))]...)
	return len(p), nil
}

// String returns what was kept, in one line without anything that is not to be seen.
func (l *limited) String() string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(l.b), ""))
	r := []rune(strings.Join(strings.Fields(s), " "))
	return string(r[:min(len(r), programSays)])
}
