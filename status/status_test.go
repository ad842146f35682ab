package status_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/status"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// source returns a source that is well, as of start.
func source() *status.Source {
	return &status.Source{
		ID: 7, First: "https://blog.example/feed",
		Wish: wiredesk.Source{URL: "https://blog.example/feed", Name: "blog", Interval: time.Hour},
		State: wiredesk.SourceState{
			Polled: start, Succeeded: start, First: start, Status: 200,
			Channel: wiredesk.Channel{Title: "A Blog", Link: "https://blog.example/"},
		},
	}
}

// told is what one owner was told, one state after the other.
type told struct {
	condition wiredesk.Condition
	kinds     []wiredesk.EventKind
	last      wiredesk.Event
}

func (o *told) see(s *status.Source) {
	now, events := status.Next(s, o.condition)
	o.condition = now
	for _, e := range events {
		o.kinds, o.last = append(o.kinds, e.Kind), e
	}
}

func (o *told) want(t *testing.T, kinds ...wiredesk.EventKind) {
	t.Helper()
	if !slices.Equal(o.kinds, kinds) {
		t.Fatalf("told %v, want %v", o.kinds, kinds)
	}
}

// fail has a source fail for the nth time in a row, at a time.
func fail(s *status.Source, n, code int, at time.Time) {
	s.State.Polled, s.State.Failures, s.State.Status, s.State.Problem = at, n, code, fmt.Sprintf("answered %d", code)
	if n == 1 {
		s.State.Failing = at
	}
}

func mend(s *status.Source, at time.Time) {
	s.State.Polled, s.State.Succeeded, s.State.Failures, s.State.Failing, s.State.Problem, s.State.Status = at, at, 0, time.Time{}, "", 200
}

// TestBroken holds that a source is broken after several failures over time, not at the first,
// is told of once, and again when it is well.
func TestBroken(t *testing.T) {
	s, o := source(), &told{}
	o.see(s)
	for n, after := range []time.Duration{time.Hour, 2 * time.Hour} {
		fail(s, n+1, 500, start.Add(after))
		o.see(s)
	}
	o.want(t)
	fail(s, 3, 500, start.Add(4*time.Hour))
	o.see(s)
	o.want(t, wiredesk.EventBroken)
	for _, part := range []string{"3 times", "2 March 2026, 09:00 UTC", "answered 500"} {
		if !strings.Contains(o.last.Text, part) {
			t.Errorf("%q does not say %q", o.last.Text, part)
		}
	}
	fail(s, 4, 500, start.Add(8*time.Hour))
	o.see(s)
	o.want(t, wiredesk.EventBroken)
	mend(s, start.Add(16*time.Hour))
	o.see(s)
	o.see(s)
	o.want(t, wiredesk.EventBroken, wiredesk.EventRecovered)
	if o.condition != (wiredesk.Condition{}) {
		t.Errorf("it is well, but %+v", o.condition)
	}
}

// TestBrokenWhen holds the thresholds.
func TestBrokenWhen(t *testing.T) {
	for _, c := range []struct {
		name       string
		n, code    int
		over, step time.Duration
		want       bool
	}{
		{"three by hand within minutes", 3, 500, 2 * time.Minute, time.Hour, false},
		{"twice no such document within an interval", 2, 404, 59 * time.Minute, time.Hour, false},
		{"twice no such document", 2, 404, time.Hour, time.Hour, true},
		{"twice no feed", 2, 200, time.Hour, time.Hour, true},
		{"twice nobody there", 2, 0, 12 * time.Hour, time.Hour, false},
		{"three times nobody there", 3, 0, 2 * time.Hour, time.Hour, true},
		{"a day is enough for one that is asked once a week", 3, 500, 24 * time.Hour, 7 * 24 * time.Hour, true},
		{"one of our own that is asked each second", 3, 500, 3 * time.Second, time.Second, true},
		{"no interval is the default", 3, 500, 119 * time.Minute, 0, false},
	} {
		s := source()
		s.Wish.Interval = c.step
		fail(s, 1, c.code, start)
		fail(s, c.n, c.code, start.Add(c.over))
		now, events := status.Next(s, wiredesk.Condition{})
		if got := !now.Broken.IsZero(); got != c.want || len(events) > 0 != c.want {
			t.Errorf("%s: broken %v, %d events", c.name, got, len(events))
		}
	}
}

// TestGone holds that a source that is gone is told as gone and not as broken, and that
// another try by hand says nothing before it is answered.
func TestGone(t *testing.T) {
	s, o := source(), &told{}
	for n := range 3 {
		fail(s, n+1, 500, start.Add(time.Duration(n)*2*time.Hour))
		o.see(s)
	}
	fail(s, 4, 410, start.Add(9*time.Hour))
	s.State.Gone = s.State.Polled
	o.see(s)
	o.want(t, wiredesk.EventBroken, wiredesk.EventGone)
	s.State.Gone = time.Time{} // wiredesk source blog poll
	o.see(s)
	s.State.Gone = s.State.Polled
	o.see(s)
	o.want(t, wiredesk.EventBroken, wiredesk.EventGone)
	s.State.Gone = time.Time{}
	mend(s, start.Add(20*time.Hour))
	o.see(s)
	o.want(t, wiredesk.EventBroken, wiredesk.EventGone, wiredesk.EventRecovered)
}

// rhythm returns pauses, the newest first.
func rhythm(last time.Time, pauses ...uint16) (r wiredesk.Rhythm) {
	copy(r.Pauses[:], pauses)
	r.Last = last
	return r
}

// TestSilent holds that silence is measured by what a source is used to, at its last answer.
func TestSilent(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name  string
		r     wiredesk.Rhythm
		quiet time.Duration
		want  bool
	}{
		{"daily, over a long weekend", rhythm(start, 1, 1, 1, 3, 1, 1), 4 * day, false},
		{"daily, a week and a half", rhythm(start, 1, 1, 1, 3, 1, 1, 3), 10 * day, true},
		{"daily without any pause", rhythm(start, 1, 1, 1, 1), 5 * day, true},
		{"monthly, two months", rhythm(start, 30, 31, 28, 31), 60 * day, false},
		{"monthly, four months", rhythm(start, 30, 31, 28, 31), 120 * day, true},
		{"one long pause is no habit", rhythm(start, 2, 200, 2, 3, 2), 30 * day, true},
		{"too little is known", rhythm(start, 1, 1, 1), 900 * day, false},
		{"nothing is known", wiredesk.Rhythm{}, 900 * day, false},
	} {
		s := source()
		s.State.Rhythm = c.r
		s.State.Polled, s.State.Succeeded = start.Add(c.quiet), start.Add(c.quiet)
		_, events := status.Next(s, wiredesk.Condition{})
		if got := len(events) == 1 && events[0].Kind == wiredesk.EventSilent; got != c.want {
			t.Errorf("%s: %v", c.name, events)
		}
	}

	// One that cannot be asked is not silent, and news ends it.
	s, o := source(), &told{}
	s.State.Rhythm = rhythm(start, 1, 1, 1, 1)
	fail(s, 1, 0, start.Add(30*day))
	o.see(s)
	o.want(t)
	mend(s, start.Add(31*day))
	o.see(s)
	o.see(s)
	o.want(t, wiredesk.EventSilent)
	fail(s, 1, 0, start.Add(32*day))
	o.see(s)
	o.want(t, wiredesk.EventSilent)
	mend(s, start.Add(33*day))
	s.State.Changed = start.Add(33 * day)
	o.see(s)
	o.want(t, wiredesk.EventSilent, wiredesk.EventRecovered)
}

// TestMoved holds that a move is told once, with the word that is wanted of the owner.
func TestMoved(t *testing.T) {
	s, o := source(), &told{}
	s.MovedTo = "https://blog.example/new"
	o.see(s)
	o.see(s)
	o.want(t, wiredesk.EventMoved)
	if !strings.Contains(fmt.Sprint(o.last.Do), `formerly = ["https://blog.example/feed"]`) {
		t.Errorf("no word on the config: %v", o.last.Do)
	}
	s.MovedTo, s.Waits = "https://bought.example/feed", true
	o.see(s)
	o.want(t, wiredesk.EventMoved, wiredesk.EventMoved)
	if o.last.Do[0].Command != "wiredesk source blog confirm" {
		t.Errorf("got %v", o.last.Do)
	}
}

// TestHeld holds that a flood is told each time, and what waits for approval once.
func TestHeld(t *testing.T) {
	s, o := source(), &told{}
	flood := wiredesk.Hold{Gate: wiredesk.GateFlood, Items: 40, At: start, Cause: "the flood gate (40 items)"}
	waits := wiredesk.Hold{Gate: wiredesk.GateApproval, Items: 1, At: start, Cause: "the feed"}
	s.Holds = []wiredesk.Hold{waits, flood}
	o.see(s)
	o.want(t, wiredesk.EventHeld, wiredesk.EventHeld)
	flood.At, waits.At = start.Add(time.Hour), start.Add(time.Hour)
	s.Holds = []wiredesk.Hold{waits, flood}
	o.see(s)
	o.want(t, wiredesk.EventHeld, wiredesk.EventHeld, wiredesk.EventHeld)
	if o.last.Gate != wiredesk.GateFlood || !strings.Contains(o.last.Headline, "40 items wait") || o.last.Do[1].Command != "wiredesk release blog" {
		t.Errorf("got %+v", o.last)
	}
	s.Holds = nil
	o.see(s)
	s.Holds = []wiredesk.Hold{waits}
	o.see(s)
	o.want(t, wiredesk.EventHeld, wiredesk.EventHeld, wiredesk.EventHeld, wiredesk.EventHeld)
}

// TestPaused holds that nothing is told of a source that its owner has paused, nor of one that
// was purged.
func TestPaused(t *testing.T) {
	before := wiredesk.Condition{Broken: start}
	s := source()
	s.State.Paused = true
	if now, events := status.Next(s, before); now != before || events != nil {
		t.Errorf("got %v, %v", now, events)
	}
	s.State = wiredesk.SourceState{}
	if now, events := status.Next(s, before); now != (wiredesk.Condition{}) || events != nil {
		t.Errorf("got %v, %v", now, events)
	}
}

// TestHostileWords holds that nothing that a source or a reading list says gets out of its
// place: commands are typed into shells, and headlines into logs.
func TestHostileWords(t *testing.T) {
	s := source()
	s.Wish.Name = ""
	s.Wish.URL = "https://blog.example/a;rm -rf ~'$(id)`id`"
	s.State.Channel.Title = "A\u202eB\x1b[31m\nC" + strings.Repeat("x", 900)
	s.List = "https://list.example/"
	fail(s, 1, 500, start)
	fail(s, 3, 500, start.Add(5*time.Hour))
	s.State.Problem = "bad\r\nthing\u2028here \x00"
	_, events := status.Next(s, wiredesk.Condition{})
	e := events[0]
	for _, text := range []string{e.Headline, e.Text, e.Title, e.URL, fmt.Sprint(e.Do)} {
		if strings.ContainsAny(text, "\n\r\x00\x1b\u202e\u2028") || len(text) > 2000 {
			t.Errorf("not clean: %q", text)
		}
	}
	const want = `wiredesk source 'https://blog.example/a;rm -rf ~'\''$(id)` + "`id`' "
	for _, step := range e.Do {
		if strings.HasPrefix(step.Command, "wiredesk source ") && !strings.HasPrefix(step.Command, want) {
			t.Errorf("not one word: %s", step.Command)
		}
	}
}

// TestSecretsStay holds that no event shows the password or the secret address of a source.
func TestSecretsStay(t *testing.T) {
	s := source()
	s.Wish.Name, s.Wish.Private = "", true
	s.Wish.URL = "https://me:hunter2@blog.example/feed?key=s3cret"
	s.State.Channel.Link = "https://blog.example/?key=s3cret"
	s.MovedTo = "https://me:hunter2@new.example/feed?key=s3cret"
	s.State.Gone = start
	_, events := status.Next(s, wiredesk.Condition{})
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	if all := fmt.Sprintf("%+v", events); strings.Contains(all, "hunter2") || strings.Contains(all, "s3cret") {
		t.Errorf("a secret is shown: %s", all)
	}
}

// TestNextIsStable holds for any history of states: what was told is not told again, ids are
// unique, and the same states give the same events.
func TestNextIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, at := source(), start
		var first, second told
		ids := map[string]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "states") {
			at = at.Add(time.Duration(rapid.IntRange(1, 72).Draw(t, "hours")) * time.Hour)
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				fail(s, s.State.Failures+1, rapid.SampledFrom([]int{0, 200, 404, 500}).Draw(t, "status"), at)
			case 2:
				mend(s, at)
			case 3:
				s.Holds = []wiredesk.Hold{{Gate: rapid.SampledFrom([]wiredesk.Gate{wiredesk.GateFlood, wiredesk.GateHijack, wiredesk.GateApproval}).Draw(t, "gate"), Items: 1, At: at}}
			case 4:
				s.Holds = nil
			case 5:
				s.State.Rhythm = rhythm(at, 1, 2, 1, 1)
			}
			now, events := status.Next(s, first.condition)
			for _, e := range events {
				if ids[e.ID] {
					t.Fatalf("the id of %s was used before", e.Headline)
				}
				ids[e.ID] = true
			}
			first.condition = now
			second.see(s)
			if _, again := status.Next(s, now); len(again) > 0 {
				t.Fatalf("told again: %v", again)
			}
		}
		if first.condition != second.condition {
			t.Fatal("the same states differ")
		}
	})
}
