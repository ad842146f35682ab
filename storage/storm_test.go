package storage_test

import (
	"fmt"
	"testing"
	"time"
)

// S-39: a source that changes its items at every poll does not have them dated anew each time,
// nor taken for news; what they say last is what is shown.
func TestEditStorm(t *testing.T) {
	s := open(t)
	id := poll(t, s, 1, start, true, article(1)).New[0]
	dated := make(map[time.Time]bool)
	const polls = 96
	for n := range polls {
		it := article(1)
		it.Title = fmt.Sprintf("Title of the hour %d", n)
		it.Content += fmt.Sprintf("<p>It is now %d, and much of it is quite different words %d.</p>", n, n*n)
		at := start.Add(time.Duration(n+1) * 15 * time.Minute)
		it.Published = at // as those do that want to be on top
		changed := poll(t, s, 1, at, true, it)
		if len(changed.New) > 0 || len(changed.Revised) != 1 {
			t.Fatalf("poll %d: %+v", n, changed)
		}
		kept, err := s.Item(t.Context(), id, false)
		if err != nil || kept.Title != it.Title || !kept.Published.Equal(article(1).Published) {
			t.Fatalf("poll %d: %+v, %v", n, kept, err)
		}
		dated[kept.Updated] = true
	}
	if most := polls/4/6 + 2; len(dated) > most { // once in six hours
		t.Errorf("%d polls, dated anew %d times", polls, len(dated))
	}
}
