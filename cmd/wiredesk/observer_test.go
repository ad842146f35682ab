package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/storage"
)

// An observer stands outside and keeps three ledgers: what the presses served, what a strict
// subscriber saw announced, and what the store holds. After any fault they agree, or something
// was lost or announced twice.
type observer struct {
	presses []*press
	sub     *subscriber
	// purges says that the store may have let go of what was announced long ago.
	purges bool
	// backlog is how many stories of each press were there before anybody looked, and may have
	// been too old to be announced.
	backlog int
}

// look has the subscriber look, and reports whether it has seen every story that was told.
func (o *observer) look() bool {
	o.sub.poll()
	links := o.sub.links()
	for _, p := range o.presses {
		p.mu.Lock()
		stories := p.stories
		p.mu.Unlock()
		for _, s := range stories {
			if links[s.path] == 0 {
				return false
			}
		}
	}
	return true
}

// agree fails the test where the ledgers do not agree: each story that was served is stored
// once for each source that told it, and was announced once; nothing else was announced; and
// the subscriber has nothing to hold against the publisher.
func (o *observer) agree(t *testing.T, stored []wiredesk.Item) {
	t.Helper()
	held := make(map[string]map[wiredesk.SourceID]int)
	for _, it := range stored {
		story := storyOf(it.Link)
		if held[story] == nil {
			held[story] = make(map[wiredesk.SourceID]int)
		}
		held[story][it.Source]++
	}
	links := o.sub.links()
	served := 0
	for _, p := range o.presses {
		p.mu.Lock()
		for story := range p.served {
			served++
			if len(held[story]) == 0 && !o.purges {
				t.Errorf("press %d: %s was served and is not stored", p.n, story)
			}
			for _, n := range held[story] {
				if n != 1 {
					t.Errorf("press %d: %s is stored %d times", p.n, story, n)
				}
			}
			if n := links[story]; n != 1 && (n > 1 || !p.old(story, o.backlog)) {
				t.Errorf("press %d: %s was announced %d times", p.n, story, links[story])
			}
		}
		p.mu.Unlock()
	}
	if len(links) > served || len(links) < served && o.backlog == 0 {
		t.Errorf("%d stories were served, %d announced", served, len(links))
	}
	o.sub.content(t)
	t.Logf("%d stories served and announced", served)
}

// old reports whether a story is one of the first n that the press told.
func (p *press) old(story string, n int) bool {
	for i := range n {
		if story == fmt.Sprintf("/%d/%d", p.n, i) {
			return true
		}
	}
	return false
}

// agreeWith is agree about the database at path, which no process has open.
func (o *observer) agreeWith(t *testing.T, path string) {
	t.Helper()
	if _, err := storage.Verify(t.Context(), path); err != nil {
		t.Errorf("the database: %v", err)
	}
	s, err := storage.Open(path, storage.Options{Wait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	items, err := s.Items(t.Context(), 0, 1_000_000, false)
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	o.agree(t, items)
}
