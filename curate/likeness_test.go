package curate_test

import (
	"strings"
	"testing"
	"time"

	"wiredesk"
)

const column = `The council of the river town decided on Tuesday evening to replace the old ferry with a
bridge for cyclists and pedestrians. Work is to begin in the autumn and to last for two years.
The ferryman, whose family has run the boat since 1911, said that he would retire anyway. Shops
on the northern bank fear for their trade while the landing is closed, and ask for a bus. The
mayor promised that there would be one every quarter of an hour, at least until the first snow.`

// A text that is republished elsewhere, with the words of that site around it, is one story,
// and explain says on what that was found.
func TestSameTextElsewhere(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.record(start, wiredesk.Item{Source: 1, Title: "River town replaces its ferry with a bridge", Link: "https://a.example/1", Content: "<p>" + column + "</p>"})
	w.build(t, start)
	was := w.shown["all"].Entries[0].ID
	copied := "<div>Home &gt; News</div><p>" + strings.Replace(column, "Tuesday evening", "Tuesday", 1) + "</p><p>Read more. Leave a reply. Share this on your network.</p>"
	at := start.Add(time.Hour)
	second := wiredesk.Item{Source: 2, Title: "River town to replace its ferry with a bridge", Link: "https://b.example/9", Content: copied}
	w.desk = nil // also after a restart
	id := w.record(at, second)
	w.build(t, at)
	e := w.shown["all"].Entries
	if len(e) != 1 || e[0].Coverage != 2 || e[0].ID != was {
		t.Fatalf("%d entries: %q", len(e), titles(w.shown["all"]))
	}
	x, err := w.desk.Explain(id, at)
	if err != nil || len(x.Story) != 2 || x.Story[1].By != wiredesk.ByLikeness || x.Story[1].Score < 0.5 || !strings.Contains(x.Story[1].On, "of the text") {
		t.Errorf("%+v, %v", x.Story, err)
	}
	// The same source again is another story, and so is a follow-up with new facts.
	w.record(at.Add(time.Minute), wiredesk.Item{Source: 2, Title: "River town to replace its ferry with a bridge", Link: "https://b.example/10", Content: strings.Replace(copied, "1911", "1912", 1)})
	w.record(at.Add(2*time.Minute), wiredesk.Item{Source: 3, Title: "Court stops the bridge that was to replace the ferry", Link: "https://c.example/1", Content: "<p>A court stopped the bridge on Friday. The ferry goes on. Its 300 passengers a day are glad, said the ferryman, and the mayor wants to appeal.</p>"})
	w.build(t, at.Add(3*time.Minute))
	if n := len(w.shown["all"].Entries); n != 3 {
		t.Errorf("%d entries: %q", n, titles(w.shown["all"]))
	}
}
