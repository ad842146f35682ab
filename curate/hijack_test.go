package curate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/curate"
)

// A source that changed hands is held until a person says that it is well; a redesign is not.
func TestHijackGate(t *testing.T) { // S-40
	w := newWorld(wiredesk.Feed{Name: "all", Limit: 100})
	w.sources[1].Channel = wiredesk.Channel{Title: "Python at home", Link: "https://python-home.example/"}
	w.build(t, start.Add(-time.Hour))
	write := func(day int, title, link, text string) wiredesk.ItemID {
		at := start.AddDate(0, 0, day)
		id := w.record(at, wiredesk.Item{Source: 1, Title: fmt.Sprintf(title, day), Link: fmt.Sprintf(link, day), Content: "<p>" + text + "</p>"})
		w.build(t, at)
		return id
	}
	english := "This week we look at how generators can be used to read large files without filling the memory of a small machine, and why that matters for those of us who work with many measurements."
	for day := range 5 {
		write(day, "Generators, part number%d", "https://python-home.example/%d", english)
	}
	// A redesign: another title and a new domain for links, in the same language.
	channel := w.sources[1].Channel
	channel.Title = "The generator weekly"
	w.desk.SetChannel(1, channel)
	write(5, "Generators, part number%d", "https://weekly.example/%d", english)
	if n := len(w.desk.Held("")); n != 0 {
		t.Fatalf("%d are held after a redesign", n)
	}
	// The takeover.
	spam := "Die besten Spielautomaten und Freispiele ohne Einzahlung findest du nur bei uns, mit einem Bonus für alle neuen Spieler, die sich heute noch anmelden und ihre erste Wette in unserem Haus platzieren wollen."
	channel.Title, channel.Link = "Casino Glück", "https://casino.example/"
	w.desk.SetChannel(1, channel)
	held := write(6, "Casino Bonus Nummer%d", "https://casino.example/%d", spam)
	w.desk = nil // a restart remembers
	write(7, "Casino Bonus Nummer%d", "https://casino.example/%d", spam)
	if n := len(w.desk.Held("")); n != 2 {
		t.Fatalf("%d are held after a takeover", n)
	}
	x, err := w.desk.Explain(held, start.AddDate(0, 0, 7))
	if err != nil || x.Feeds[0].State != curate.HeldBack || !strings.Contains(x.Feeds[0].Why, "changed together") {
		t.Errorf("%+v, %v", x.Feeds, err)
	}
	for _, title := range titles(w.shown["all"]) {
		if strings.Contains(title, "Casino") {
			t.Errorf("%q was published", title)
		}
	}
	// A person says that it is well.
	w.decide(wiredesk.Decision{Item: held, Verb: wiredesk.Release, At: start.AddDate(0, 0, 7)})
	write(8, "Casino Bonus Nummer%d", "https://casino.example/%d", spam)
	if got := w.shown["all"].Entries[0].Title; got != "Casino Bonus Nummer8" {
		t.Errorf("after the release the first is %q", got)
	}
}
