package main

import (
	"context"
	"io"
	"log/slog"
	"sync"

	"github.com/coreos/go-systemd/v22/journal"
)

// newLogger logs in words on a terminal and in JSON elsewhere. Where the journal of systemd
// reads it, each line begins with its priority (sd-daemon(3)), so that journalctl -p err shows
// errors alone.
func newLogger(w io.Writer, verbose, journaled bool) *slog.Logger {
	o := &slog.HandlerOptions{}
	if verbose {
		o.Level = slog.LevelDebug
	}
	switch {
	case isTerminal(w):
		return slog.New(slog.NewTextHandler(w, o))
	case journaled:
		line := &prefixed{w: w}
		return slog.New(&priorities{slog.NewJSONHandler(line, o), line})
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// journaled reports whether what this process writes to stderr goes to the journal.
func journaled() bool {
	ok, err := journal.StderrIsJournalStream()
	return ok && err == nil
}

// priorities are a handler whose lines begin with the priority of their level.
type priorities struct {
	slog.Handler
	line *prefixed
}

// Handle writes one record.
func (p *priorities) Handle(ctx context.Context, r slog.Record) error {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	p.line.prefix = priority(r.Level)
	return p.Handler.Handle(ctx, r)
}

// WithAttrs returns one whose records have these attributes too.
func (p *priorities) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &priorities{p.Handler.WithAttrs(attrs), p.line}
}

// WithGroup returns one whose records have what follows in a group.
func (p *priorities) WithGroup(name string) slog.Handler {
	return &priorities{p.Handler.WithGroup(name), p.line}
}

// priority is what syslog calls a level (RFC 5424 section 6.2.1).
func priority(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "<3>"
	case l >= slog.LevelWarn:
		return "<4>"
	case l >= slog.LevelInfo:
		return "<6>"
	}
	return "<7>"
}

// prefixed writes lines with a prefix. A record is one line, and one call of Write.
type prefixed struct {
	mu     sync.Mutex // held while a record is written
	w      io.Writer
	prefix string
}

// Write writes a line and its prefix at once: another process may write there too.
func (p *prefixed) Write(line []byte) (int, error) {
	if _, err := p.w.Write(append([]byte(p.prefix), line...)); err != nil {
		return 0, err
	}
	return len(line), nil
}
