package main

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"syscall"

	"wiredesk/storage"
)

// A trouble is what keeps the daemon from its work, though it still serves the last good site.
type trouble string

const (
	cannotRecord trouble = "nothing is polled"
	cannotBuild  trouble = "nothing new is published"
)

// troubles are those of the moment. The zero value is none.
type troubles struct {
	mu  sync.Mutex
	now map[trouble]error
}

// begin notes a trouble. It is told when it begins and when its cause is of another kind, not
// each time.
func (t *troubles) begin(log *slog.Logger, what trouble, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == nil {
		t.now = make(map[trouble]error)
	}
	before := t.now[what]
	t.now[what] = err
	if before == nil || hintOf(before) != hintOf(err) {
		log.Error("the last good site stays", "trouble", string(what), "error", err, "hint", hintOf(err))
	}
}

// end notes that a trouble is over, if there was one.
func (t *troubles) end(log *slog.Logger, what trouble) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now[what] != nil {
		delete(t.now, what)
		log.Info("well again", "trouble", string(what))
	}
}

// all returns every trouble in words, and whether it takes a new start to end one.
func (t *troubles) all() (words []string, restart bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for what, err := range t.now {
		text := string(what) + ": " + err.Error()
		if hint := hintOf(err); hint != "" {
			text += "; " + hint
		}
		words = append(words, text)
		restart = restart || errors.Is(err, storage.ErrNotSynced) || errors.Is(err, storage.ErrReplaced) || errors.Is(err, storage.ErrDamaged)
	}
	slices.Sort(words)
	return words, restart
}

// names returns every trouble in a few words that say nothing of its cause.
func (t *troubles) names() (names []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for what := range t.now {
		names = append(names, string(what))
	}
	slices.Sort(names)
	return names
}

// of returns the cause of a trouble; nil if there is none.
func (t *troubles) of(what trouble) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now[what]
}

// hintOf says what to do about an error: its own word, or for a store that fails while it is
// open, ours. It is empty if there is nothing to say.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	switch {
	case errors.As(err, &hinted):
		return hinted.Hint()
	case errors.Is(err, storage.ErrFull):
		return "raise [storage] max_size, or keep less (keep, keep_published); wiredesk compact may win some room"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk; it goes on by itself"
	case errors.Is(err, storage.ErrNotSynced):
		return "look after the disk (dmesg), then start wiredesk again"
	case errors.Is(err, storage.ErrReplaced):
		return "put it back; or save what it holds with wiredesk backup, then start wiredesk again"
	case errors.Is(err, storage.ErrDamaged):
		return "stop wiredesk and restore a backup; keep the damaged file"
	case errors.Is(err, syscall.EROFS):
		return "make the file system writable again; it goes on by itself"
	}
	return ""
}
