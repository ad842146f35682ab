package main

import (
	"flag"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wiredesk"
)

// A model says in a few lines what a desk shows: the newest stories that nobody hid, each under
// the title that its press gave it last, in the order in which they were first seen.
type model struct {
	presses []*press
	limit   int
	step    int
	seen    map[string]int    // the step at which a story was first seen
	title   map[string]string // what its press said when it was seen last
	hidden  map[string]bool
}

// look has the model see what the presses show, as the desk does in the same step.
func (m *model) look() {
	for _, p := range m.presses {
		p.change(func() {
			if p.answer != nil {
				return
			}
			for _, s := range p.stories[:min(p.window, len(p.stories))] {
				if _, known := m.seen[s.path]; !known {
					m.seen[s.path] = m.step
				}
				m.title[s.path] = s.title
			}
		})
	}
	m.step++
}

// wrong returns how what is shown differs from what should be; nothing if it does not. What came
// in one step came in an order that the model does not know.
func (m *model) wrong(shown []wiredesk.Entry) string {
	left := make(map[int]int) // stories by step that may be shown
	for story, step := range m.seen {
		if !m.hidden[story] {
			left[step]++
		}
	}
	total := 0
	for _, n := range left {
		total += n
	}
	if len(shown) != min(total, m.limit) {
		return fmt.Sprintf("%d entries of %d stories", len(shown), total)
	}
	once := make(map[string]bool)
	for i := range shown {
		story := storyOf(shown[i].Item.Link)
		step, known := m.seen[story]
		switch {
		case !known || m.hidden[story] || once[story]:
			return fmt.Sprintf("%s is shown: known %t, hidden %t, before %t", story, known, m.hidden[story], once[story])
		case shown[i].Item.Title != m.title[story]:
			return fmt.Sprintf("%s is called %q, and is %q", story, shown[i].Item.Title, m.title[story])
		}
		for newer, n := range left {
			if newer > step && n > 0 {
				return fmt.Sprintf("%s stands before what is newer", story)
			}
		}
		left[step]--
		once[story] = true
	}
	return ""
}

// A deed is something that is done to the world or the desk: numbers that chance drew.
type deed struct{ act, press, story int }

func (e deed) String() string { return fmt.Sprintf("%s %d %d", deeds[e.act], e.press, e.story) }

var deeds = []string{"tell", "edit", "short", "long", "guids", "https", "utm", "fails", "works", "restart", "hide", "undo"}

// act does it, and has the model know what that means.
func (m *model) act(d *desk, e deed) error {
	p := m.presses[e.press%len(m.presses)]
	var story *tale
	p.change(func() { story = p.stories[e.story%min(len(p.stories), 8)] })
	version := m.step
	switch deeds[e.act] {
	case "tell":
		p.tell(time.Now())
	case "edit":
		p.change(func() { story.title += " again" })
	case "short":
		p.change(func() { p.window = 1 })
	case "long":
		p.change(func() { p.window = 12 })
	case "guids":
		p.change(func() { p.guid = func(s *tale) string { return fmt.Sprintf("v%d-%s", version, s.path) } })
	case "https":
		p.change(func() { p.scheme = "https" })
	case "utm":
		p.change(func() { p.query = fmt.Sprintf("?utm_source=v%d", version) })
	case "fails":
		p.change(func() {
			p.answer = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
		})
	case "works":
		p.change(func() { p.answer = nil })
	case "restart":
		d.close()
		d.start()
	case "hide":
		return m.decide(d, wiredesk.Hide, story)
	case "undo":
		return m.decide(d, wiredesk.Undo, story)
	}
	return nil
}

func (m *model) decide(d *desk, verb wiredesk.Verb, s *tale) error {
	if _, known := m.seen[s.path]; !known || m.hidden[s.path] == (verb == wiredesk.Hide) {
		return nil
	}
	m.hidden[s.path] = verb == wiredesk.Hide
	for _, it := range d.items() {
		if storyOf(it.Link) != s.path {
			continue
		}
		if _, err := d.room.decide(d.t.Context(), decideArgs{Item: it.ID.String(), By: "model", Verb: string(verb)}, nil); err != nil {
			return fmt.Errorf("%s %s: %w", verb, s.path, err)
		}
	}
	return nil
}

// live does deeds to a desk, and returns how what it shows ever differed from what the model
// says.
func live(t *testing.T, all []deed) (wrong string) {
	t.Helper()
	inDesk(t, func(d *desk) {
		m := &model{limit: 7, seen: make(map[string]int), title: make(map[string]string), hidden: make(map[string]bool)}
		for n := range 2 {
			m.presses = append(m.presses, newPress(d.web, n))
		}
		d.config(strings.Replace(configOf(m.presses, ""), "limit = 5000", fmt.Sprintf("limit = %d", m.limit), 1))
		d.start()
		for n := range len(all) + 1 {
			d.pass(50 * time.Hour) // a source that fails is asked less often
			m.look()
			if wrong = m.wrong(d.room.editions["all"].Entries); wrong != "" || n == len(all) {
				break
			}
			if err := m.act(d, all[n]); err != nil {
				wrong = err.Error()
				break
			}
		}
		if wrong == "" && len(d.sub.problems) > 0 {
			wrong = "the subscriber: " + d.sub.problems[0]
		}
	})
	return wrong
}

// whatever is done to it, a desk shows what a model of it says. What fails is made as short
// as it can be.
func TestModel(t *testing.T) {
	t.Parallel()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("3"); err != nil { // a desk in a bubble is not cheap
			t.Fatal(err)
		}
	}
	life := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deed {
		return deed{rapid.IntRange(0, len(deeds)-1).Draw(t, "act"), rapid.IntRange(0, 1).Draw(t, "press"), rapid.IntRange(0, 7).Draw(t, "story")}
	}), 1, 25)
	rapid.Check(t, func(rt *rapid.T) {
		if wrong := live(t, life.Draw(rt, "life")); wrong != "" {
			rt.Fatal(wrong)
		}
	})
}
