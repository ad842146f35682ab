package fetch_test

import (
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

func TestAPanicIsTheSourcesFailure(t *testing.T) { // S-23
	inWorld(t, func(w *world) {
		// gofeed 1.4.2 falls over this one (its issue 355); a parser that does not is fine.
		w.web.Handle("example.org/feed", origin.Reply{Body: `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[null]}`})
		p := w.poll(source(url))
		if p.Outcome == wiredesk.Failed && p.State.Problem == "" {
			t.Errorf("%+v", p)
		}
	})
}

func TestStateTellsTheStory(t *testing.T) { // P-43, P-46
	inWorld(t, func(w *world) {
		start := time.Now()
		w.web.Handle("example.org/feed", origin.Page("log in"))
		w.next(source(url))
		p := w.next(source(url))
		if st := p.State; st.Failures != 2 || !st.Failing.Equal(start) || st.Problem != `not a feed: it is the page "A page", which announces no feed` || st.Status != 200 ||
			!strings.Contains(st.Reason, "slowed down") || !st.Succeeded.IsZero() {
			t.Errorf("failing: %+v", st)
		}
		answer := feed("a")
		answer.ETag, answer.Gzip = `"1"`, true
		w.web.Handle("example.org/feed", answer)
		p = w.next(source(url))
		if st := p.State; st.Failures != 0 || !st.Failing.IsZero() || st.Problem != "" || st.Channel.Title != "Example" || st.Bytes == 0 || st.Answered != url {
			t.Errorf("well: %+v", st)
		}
		p = w.next(source(url))
		if st := p.State; st.Polls != 4 || st.Conditional != 1 || st.NotModified != 1 || !st.Succeeded.Equal(p.At) || !st.Due.After(p.At) {
			t.Errorf("not modified: %+v", st)
		}
	})
}

func TestAPageAmongPollsRemovesNothing(t *testing.T) { // P-46
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", feed("a", "b"))
		w.next(source(url))
		present := len(w.store.state(1).Present)
		w.web.Handle("example.org/feed", origin.Page("pay here for wireless"))
		w.next(source(url))
		w.web.Handle("example.org/feed", feed("a", "b"))
		if p := w.next(source(url)); p.Outcome != wiredesk.Unchanged || present != 2 || len(w.store.state(1).Present) != 2 {
			t.Errorf("%v, %d items present", p.Outcome, len(w.store.state(1).Present))
		}
	})
}
