package curate_test

import (
	"fmt"
	"testing"
	"time"

	"wiredesk"
)

// A rule that changes lets nothing of the queue through, and what a digest listed is not
// announced again.
func TestBudgetOutlivesAChangedRule(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 100, MaxPerDay: 2})
	w.record(start.AddDate(0, 0, -2), wiredesk.Item{Source: 1, Title: "before", Link: "https://x.example/0"})
	w.build(t, start.AddDate(0, 0, -1))
	for i := range 9 {
		w.record(start, wiredesk.Item{Source: 1, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://x.example/n/%d", i)})
	}
	w.build(t, start)
	change := func(at time.Time) {
		w.config.Rules = append(w.config.Rules, wiredesk.Rule{Name: at.String(), When: `has(title, "never")`, Drop: true})
		w.desk = nil
		w.build(t, at)
	}
	change(start.Add(time.Minute))
	if n := len(w.shown["all"].Entries); n != 3 {
		t.Errorf("%d entries after a rule changed: %q", n, titles(w.shown["all"]))
	}
	w.build(t, start.AddDate(0, 0, 1))
	rows := len(w.memory.Rows)
	if n := len(w.shown["all"].Entries[0].Digest); n != 7 {
		t.Errorf("%d in the digest", n)
	}
	change(start.AddDate(0, 0, 1).Add(time.Minute))
	if n := len(w.shown["all"].Entries); n != 4 || len(w.memory.Rows) != rows {
		t.Errorf("%d entries and %d new rows after a rule changed", n, len(w.memory.Rows)-rows)
	}
}

// A flood that was held is no norm, and one that comes in portions is one all the same.
func TestFloodInPortions(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 500})
	for i := range 8 { // the past that the first document tells of
		w.record(start, wiredesk.Item{Source: 1, Title: fmt.Sprintf("Old story of day%d", i), Link: fmt.Sprintf("https://x.example/old/%d", i), Published: start.AddDate(0, 0, -i-1), Backlog: true})
	}
	w.build(t, start)
	flood := func(at time.Time, n int) {
		for i := range n {
			w.record(at, wiredesk.Item{Source: 1, Title: fmt.Sprintf("Buy at%d number%d", at.Unix(), i), Link: fmt.Sprintf("https://x.example/%d/%d", at.Unix(), i)})
		}
		w.build(t, at)
	}
	flood(start.Add(time.Hour), 60)
	flood(start.Add(2*time.Hour), 40)
	flood(start.AddDate(0, 0, 1), 100)
	if n := len(w.desk.Held("")); n != 200 {
		t.Errorf("%d of 200 are held", n)
	}
	for i := range 20 {
		flood(start.AddDate(0, 0, 3).Add(time.Duration(i)*time.Hour), 9)
	}
	if n := len(w.desk.Held("")) - 200; n < 150 {
		t.Errorf("%d of 180 that came in portions are held", n)
	}
}

// A source that was only read once has a face, and each takeover needs a word of its own.
func TestHijackTwice(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 100})
	english := "<p>This week we look at how generators can be used to read large files without filling the memory of a small machine, and why that matters to us.</p>"
	german := "<p>Die besten Spielautomaten und Freispiele ohne Einzahlung findest du nur bei uns, mit einem Bonus für alle neuen Spieler, die sich heute noch anmelden.</p>"
	be := func(title, home string) {
		c := wiredesk.Channel{Title: title, Link: home}
		if w.desk != nil {
			w.desk.SetChannel(1, c)
		} else {
			w.sources[1].Channel = c
		}
	}
	write := func(at time.Time, title, link, text string, backlog bool) wiredesk.ItemID {
		id := w.record(at, wiredesk.Item{Source: 1, Title: title, Link: link, Content: text, Backlog: backlog})
		w.build(t, at)
		return id
	}
	be("Python at home", "https://python.example/")
	old := write(start, "Generators", "https://python.example/1", english, true)
	be("Casino Glück", "https://casino.example/")
	held := write(start.Add(time.Hour), "Bonus", "https://casino.example/1", german, false)
	if n := len(w.desk.Held("")); n != 1 {
		t.Fatalf("%d are held after the first takeover", n)
	}
	if got := w.shown["all"].Entries[0].Source; got.Title != "Python at home" || got.Link != "" {
		t.Errorf("what was published is credited to %+v", got)
	}
	// An entry of before that is turned into another is held too.
	turned := *w.items[old]
	turned.Title, turned.Link, turned.Content = "Casino Bonus jetzt", "https://casino.example/2", german
	w.items[old] = &turned
	w.desk.Add(&turned)
	w.build(t, start.Add(2*time.Hour))
	if n := len(w.shown["all"].Entries); n != 0 {
		t.Errorf("%q is shown", titles(w.shown["all"]))
	}
	w.decide(wiredesk.Decision{Item: held, Verb: wiredesk.Release, At: start.Add(3 * time.Hour)})
	write(start.Add(4*time.Hour), "Mehr Bonus", "https://casino.example/3", german, false)
	if got := w.shown["all"].Entries[0].Title; got != "Mehr Bonus" {
		t.Errorf("after the release %q is first", got)
	}
	be("Knitting with wool", "https://wool.example/")
	write(start.Add(5*time.Hour), "Socks", "https://wool.example/1", english, false)
	w.desk = nil
	write(start.Add(6*time.Hour), "Hats", "https://wool.example/2", english, false)
	for _, title := range titles(w.shown["all"]) {
		if title == "Socks" || title == "Hats" {
			t.Errorf("%q of the second takeover is shown", title)
		}
	}
}

// Dates that a source did not say are no reason to let its past in.
func TestBackfillWithoutDates(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 100})
	w.record(start, wiredesk.Item{Source: 1, Title: "first", Link: "https://x.example/1"})
	w.build(t, start)
	w.sources[2].Backfill = wiredesk.Backfill{Limited: true, Items: 3, Age: 7 * dayLong}
	for i := range 30 {
		w.record(start.Add(time.Hour), wiredesk.Item{Source: 2, Title: fmt.Sprint(i), Link: fmt.Sprintf("https://y.example/%d", i), Backlog: true, DateSaid: "none"})
	}
	w.build(t, start.Add(time.Hour))
	if n := len(w.shown["all"].Entries) - 1; n != 3 {
		t.Errorf("%d of 30", n)
	}
}

// A story that a person moves out of an event leaves the event's entry.
func TestEventEntryFollowsAMerge(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "events", Group: wiredesk.GroupEvent})
	w.build(t, start.Add(-time.Hour))
	var ids []wiredesk.ItemID
	for i, title := range []string{
		"Zürich airport closes both runways after snow storm",
		"Snow storm: Zürich airport shut, hundreds of flights cancelled",
		"Passengers stranded as snow closes Zürich airport runways",
		"Library of Ghent lends out musical instruments",
	} {
		at := start.Add(time.Duration(i) * time.Minute)
		ids = append(ids, w.record(at, wiredesk.Item{Source: wiredesk.SourceID(i + 1), Title: title, Link: fmt.Sprintf("https://s%d.example/1", i)}))
		w.build(t, at)
	}
	w.regroup(t, start.Add(time.Hour), wiredesk.Merge, ids[3], ids[2])
	w.build(t, start.Add(time.Hour))
	for _, restart := range []bool{false, true} {
		if restart {
			w.desk = nil
			w.build(t, start.Add(2*time.Hour))
		}
		for _, e := range w.shown["events"].Entries {
			if e.Coverage != 2 || len(e.Also) != 1 {
				t.Errorf("restarted %t: %q has coverage %d, also %d", restart, e.Title, e.Coverage, len(e.Also))
			}
		}
	}
	// An item that is in an event by mistake can be taken out for good.
	w.regroup(t, start.Add(3*time.Hour), wiredesk.Split, ids[1], 0)
	w.build(t, start.Add(3*time.Hour))
	if n := len(w.shown["events"].Entries); n != 3 {
		t.Errorf("%d entries after an item was split off its event", n)
	}
	w.unregroup(start.Add(4*time.Hour), ids[1])
	w.build(t, start.Add(4*time.Hour))
	if n := len(w.shown["events"].Entries); n != 2 {
		t.Errorf("%d entries after that was undone", n)
	}
}

// Who lets a whole source in does not lift what an editor hid.
func TestReleaseDoesNotUnhide(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"}, wiredesk.Feed{Name: "queue", Approve: "true"})
	id := w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	w.build(t, start)
	w.decide(wiredesk.Decision{Item: id, Verb: wiredesk.Hide, Feed: "all", At: start})
	w.decide(wiredesk.Decision{Item: id, Verb: wiredesk.Release, At: start})
	w.build(t, start.Add(time.Minute))
	w.expect(t, "all")
	w.expect(t, "queue", "A")
	w.decide(wiredesk.Decision{Item: id, Verb: wiredesk.Undo, At: start})
	w.build(t, start.Add(2*time.Minute))
	w.expect(t, "queue") // an approval by mistake can be taken back
}
