package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A wire is the real program with a config of its own.
type wire struct{ dir string }

// build builds the program and writes it a config with sources at those addresses.
func build(sources int, address func(int) string) (*wire, error) {
	dir, err := os.MkdirTemp("", "wiredesk-bench")
	if err != nil {
		return nil, err
	}
	w := &wire{dir}
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", w.file("wiredesk"), "wiredesk/cmd/wiredesk") //nolint:gosec // it is ours
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	var b bytes.Buffer
	b.WriteString("[fetch]\nconcurrency = 256\nper_host = 64\nallow_networks = [\"127.0.0.0/8\"]\n[defaults]\nallow_private = true\n[[feed]]\nname = \"all\"\n")
	for i := range sources {
		fmt.Fprintf(&b, "[[source]]\nurl = %q\n", address(i))
	}
	return w, os.WriteFile(w.file("wiredesk.toml"), b.Bytes(), 0o600)
}

func (w *wire) file(name string) string { return filepath.Join(w.dir, name) }

func (w *wire) close() { _ = os.RemoveAll(w.dir) }

// A told is what a round says of itself, and what was seen from outside.
type told struct {
	Polled      int     `json:"polled"`
	NotModified int     `json:"not_modified"`
	Failed      int     `json:"failed"`
	Seconds     float64 `json:"seconds"`

	wall time.Duration
	anon int // peak of RssAnon in KiB
}

// once runs a round: wiredesk once --now.
func (w *wire) once() (t told, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.file("wiredesk"), "once", "--now", "--json", "--config", w.file("wiredesk.toml")) //nolint:gosec // it is ours
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return t, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.anon = max(t.anon, anonymous(cmd.Process.Pid))
			continue
		case err = <-done:
		}
		break
	}
	t.wall = time.Since(started)
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &t)
	}
	if err == nil && t.Failed > 0 {
		err = fmt.Errorf("%d sources failed", t.Failed)
	}
	if err != nil {
		return t, fmt.Errorf("%w: %s", err, said.Bytes())
	}
	return t, nil
}

// anonymous returns the anonymous memory of a process in KiB; 0 if it is gone.
func anonymous(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "RssAnon:")
	n, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	kib, _ := strconv.Atoi(n)
	return kib
}

// memory measures the peak of anonymous memory over a cold round and one more.
func memory(out io.Writer, o *origin, scale bool) error {
	if err := o.say("docile"); err != nil {
		return err
	}
	for _, at := range []struct{ sources, goal int }{{1000, 60}, {10_000, 120}, {100_000, 500}} {
		if at.sources > 10_000 && !scale {
			return nil
		}
		w, err := build(at.sources, func(i int) string { return fmt.Sprintf("%s/few/%d", o.base, i) })
		if err != nil {
			return err
		}
		defer w.close()
		cold, err := w.once()
		if err != nil {
			return err
		}
		again, err := w.once()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "peak memory, %6d sources: cold %d MiB in %.0f s, again %d MiB in %.0f s, goal %d MiB\n", at.sources, cold.anon>>10, cold.wall.Seconds(), again.anon>>10, again.wall.Seconds(), at.goal)
	}
	return nil
}

// hosts measures a round over sources that are each on a host of its own, far away.
func hosts(out io.Writer, o *origin) error {
	if err := o.say("docile"); err != nil {
		return err
	}
	if err := o.say("far"); err != nil {
		return err
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(o.base, "http://"), ":")
	w, err := build(farHosts, func(i int) string { return fmt.Sprintf("http://%s:%s/far/%d", farHost(i), port, i) })
	if err != nil {
		return err
	}
	defer w.close()
	if _, err := w.once(); err != nil {
		return err
	}
	best := told{}
	for range 3 {
		t, err := w.once()
		if err != nil {
			return err
		}
		if t.NotModified != farHosts {
			return fmt.Errorf("not all was as it should be: %+v", t)
		}
		if best.wall == 0 || t.wall < best.wall {
			best = t
		}
	}
	fmt.Fprintf(out, "%d hosts behind %v, nothing changed: polled in %.2f s, the command %.2f s, goal 1 s\n", farHosts, latency, best.Seconds, best.wall.Seconds())
	return nil
}
