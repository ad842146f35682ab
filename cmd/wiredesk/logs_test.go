package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// Lines for the journal begin with their priority, whatever logger made them and however many
// write at once, and are JSON after it.
func TestJournalPriorities(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := newLogger(&b, true, true)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { log.Debug("a") })
		all.Go(func() { log.With("key", "value").Info("b\n<0>forged") })
		all.Go(func() { log.WithGroup("group").Warn("c", "x", 1) })
		all.Go(func() { log.Error("d") })
	}
	all.Wait()
	want := map[string]string{"DEBUG": "<7>", "INFO": "<6>", "WARN": "<4>", "ERROR": "<3>"}
	n := 0
	for line := range strings.Lines(b.String()) {
		var r struct{ Level string }
		if err := json.Unmarshal([]byte(line[3:]), &r); err != nil || line[:3] != want[r.Level] {
			t.Fatalf("%q: %v", line, err)
		}
		n++
	}
	if n != 200 {
		t.Errorf("%d lines, want 200", n)
	}
}

// Elsewhere lines are JSON, and nothing else.
func TestLogIsJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	newLogger(&b, false, false).LogAttrs(t.Context(), slog.LevelInfo, "hello", slog.String("name", "x"))
	var r struct{ Msg, Name string }
	if err := json.Unmarshal(b.Bytes(), &r); err != nil || r.Msg != "hello" || r.Name != "x" {
		t.Errorf("%s: %v", b.Bytes(), err)
	}
}
