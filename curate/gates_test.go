package curate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"
)

const dayLong = 24 * time.Hour

func TestApprovalOfAFeed(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Approve: `source.title != "Source 2"`}, wiredesk.Feed{Name: "free"})
	a := w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	w.record(start, wiredesk.Item{Source: 2, Title: "B", Link: "https://x.example/2"})
	w.build(t, start)
	w.expect(t, "all", "B")
	w.expect(t, "free", "B", "A")
	x, err := w.desk.Explain(a, start)
	if err != nil || x.Feeds[0].State != curate.HeldBack {
		t.Fatalf("%+v, %v", x, err)
	}
	at := start.Add(dayLong)
	w.decide(wiredesk.Decision{Item: a, Verb: wiredesk.Approve, Feed: "all", At: at})
	w.build(t, at)
	w.expect(t, "all", "A", "B") // as news of now
	// What joins an approved story does not wait.
	w.record(at, wiredesk.Item{Source: 3, Title: "A too", Link: "https://x.example/1"})
	w.build(t, at)
	if e := w.shown["all"].Entries[0]; e.Coverage != 2 || len(e.Also) != 1 {
		t.Errorf("coverage %d, also %+v", e.Coverage, e.Also)
	}
}

func TestApprovalComesLater(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	w.build(t, start)
	w.config.Feeds[0].Approve = "true"
	w.desk = nil
	w.record(start.Add(time.Hour), wiredesk.Item{Source: 1, Title: "B", Link: "https://x.example/2"})
	w.build(t, start.Add(time.Hour))
	w.expect(t, "all", "A") // what was announced stays
}

func TestSettle(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"}, wiredesk.Feed{Name: "slow", Settle: time.Hour})
	w.sources[1].Settle = 20 * time.Minute
	w.build(t, start)
	at := start.Add(dayLong)
	id := w.record(at, wiredesk.Item{Source: 1, Title: "Frist version", Link: "https://x.example/1"})
	b := w.build(t, at)
	w.expect(t, "all")
	if want := at.Add(20 * time.Minute); !b.Deadline.Equal(want) {
		t.Fatalf("deadline %v, want %v", b.Deadline, want)
	}
	w.items[id].Title = "First version"
	w.desk.Add(w.items[id])
	w.build(t, b.Deadline.Add(-time.Millisecond))
	w.expect(t, "all")
	b = w.build(t, b.Deadline)
	w.expect(t, "all", "First version")
	w.expect(t, "slow")
	w.build(t, b.Deadline)
	w.expect(t, "slow", "First version")
	for _, r := range w.memory.Rows {
		if want := map[string]time.Duration{"all": 20 * time.Minute, "slow": time.Hour}[r.Feed]; !r.Place.Equal(at.Add(want)) {
			t.Errorf("place in %s is %v", r.Feed, r.Place)
		}
	}
}

func TestBackfillOfANewSource(t *testing.T) {
	for name, c := range map[string]struct {
		limit wiredesk.Backfill
		want  int
	}{
		"everything":    {wiredesk.Backfill{}, 20},
		"three":         {wiredesk.Backfill{Limited: true, Items: 3}, 3},
		"a week":        {wiredesk.Backfill{Limited: true, Age: 7 * dayLong}, 7},
		"three, a week": {wiredesk.Backfill{Limited: true, Items: 3, Age: 7 * dayLong}, 7},
		"three, a day":  {wiredesk.Backfill{Limited: true, Items: 3, Age: dayLong}, 3},
		"nothing":       {wiredesk.Backfill{Limited: true}, 0},
	} {
		w := newWorld(wiredesk.Feed{Name: "all"})
		w.record(start, wiredesk.Item{Source: 1, Title: "old hand", Link: "https://x.example/1", Published: start.AddDate(0, -1, 0), Backlog: true})
		w.build(t, start)
		w.expect(t, "all", "old hand") // nobody reads it yet
		w.sources[2].Backfill = c.limit
		at := start.Add(dayLong)
		var last wiredesk.ItemID
		for i := range 20 {
			last = w.record(at, wiredesk.Item{Source: 2, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://y.example/%d", i), Published: at.AddDate(0, 0, -i-1), Backlog: true})
		}
		w.build(t, at)
		if n := len(w.shown["all"].Entries) - 1; n != c.want {
			t.Errorf("%s: %d of the new source, want %d", name, n, c.want)
		}
		if c.want == 20 {
			continue
		}
		if x, err := w.desk.Explain(last, at); err != nil || x.Feeds[0].State != curate.LeftOut {
			t.Errorf("%s: %+v, %v", name, x, err)
		}
		w.decide(wiredesk.Decision{Item: last, Verb: wiredesk.Approve, At: at.Add(time.Hour)})
		w.build(t, at.Add(time.Hour))
		if n := len(w.shown["all"].Entries) - 1; n != c.want+1 {
			t.Errorf("%s: %d after one was approved", name, n)
		}
	}
}

// A source that brings one item a day brings many at once: they wait.
func TestFloodGate(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 100})
	w.build(t, start.Add(-time.Hour))
	for i := range 10 {
		at := start.AddDate(0, 0, i)
		w.record(at, wiredesk.Item{Source: 1, Title: fmt.Sprintf("Daily news of number%d", i), Link: fmt.Sprintf("https://x.example/%d", i)})
		w.build(t, at)
	}
	flood := func(at time.Time, n int, title, link string) (ids []wiredesk.ItemID) {
		for i := range n {
			ids = append(ids, w.record(at, wiredesk.Item{Source: 1, Title: fmt.Sprintf(title, i), Link: fmt.Sprintf(link, i)}))
		}
		w.build(t, at)
		return ids
	}
	at := start.AddDate(0, 0, 10)
	ids := flood(at, 30, "Buy pills number%d today", "https://x.example/pills/%d")
	if n := len(w.shown["all"].Entries); n != 10 {
		t.Errorf("%d entries: the flood came through", n)
	}
	if n := len(w.desk.Held("")); n != 30 {
		t.Errorf("%d are held", n)
	}
	x, err := w.desk.Explain(ids[0], at)
	if err != nil || !strings.Contains(x.Feeds[0].Why, "30 items came on one day") {
		t.Errorf("%+v, %v", x.Feeds, err)
	}
	w.desk = nil // a restart remembers
	w.build(t, at.Add(time.Minute))
	if n := len(w.desk.Held("")); n != 30 {
		t.Errorf("%d are held after a restart", n)
	}
	w.decide(wiredesk.Decision{Item: ids[0], Verb: wiredesk.Release, At: at.Add(time.Hour)})
	w.decide(wiredesk.Decision{Item: ids[1], Verb: wiredesk.Drop, At: at.Add(time.Hour)})
	w.build(t, at.Add(time.Hour))
	if got := w.shown["all"].Entries[0].Title; got != "Buy pills number0 today" || len(w.shown["all"].Entries) != 11 || len(w.desk.Held("")) != 28 {
		t.Errorf("first %q of %d, %d held", got, len(w.shown["all"].Entries), len(w.desk.Held("")))
	}
	// A blog that moved: the titles are known, everything else is new.
	flood(start.AddDate(0, 0, 11), 8, "Daily news of number%d", "https://moved.example/%d")
	if n := len(w.desk.Held("")); n != 36 {
		t.Errorf("%d are held after the move", n)
	}
	// Ordinary days go on, also a busy one.
	flood(start.AddDate(0, 0, 12), 4, "An ordinary story, the %dth", "https://x.example/more/%d")
	if n := len(w.desk.Held("")); n != 36 {
		t.Errorf("%d are held after a busy day", n)
	}
}

// After days in which we heard nothing, what piled up is no flood.
func TestSilenceIsMadeUpFor(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 100})
	w.build(t, start.Add(-time.Hour))
	add := func(at time.Time, n int, title string) {
		for i := range n {
			w.record(at, wiredesk.Item{Source: 1, Title: fmt.Sprintf(title, i), Link: fmt.Sprintf("https://x.example/%d/%d", at.Unix(), i)})
		}
		w.build(t, at)
	}
	for i := range 5 {
		add(start.AddDate(0, 0, i), 3, fmt.Sprintf("Day%d story number%%d", i))
	}
	add(start.AddDate(0, 0, 12), 24, "What piled up, number%d")
	if n := len(w.desk.Held("")); n != 0 {
		t.Errorf("%d are held", n)
	}
}
