package curate_test

import (
	"fmt"
	"testing"
	"time"

	"wiredesk"
)

// regroup splits or merges as the commands do: the decision and the stories that it makes
// are stored together.
func (w *world) regroup(t failer, at time.Time, verb wiredesk.Verb, id, with wiredesk.ItemID) {
	value, moves, err := w.desk.Regroup(verb, id, with)
	if err != nil {
		t.Fatalf("%s: %v", verb, err)
	}
	w.store(moves)
	w.decide(wiredesk.Decision{Item: id, Verb: verb, Value: value, At: at})
	w.desk.Move(moves)
}

func (w *world) unregroup(at time.Time, id wiredesk.ItemID) {
	undone, ok := w.desk.Undoable(id, "")
	if !ok {
		return
	}
	var moves []wiredesk.Assignment
	if undone.Verb.Regroups() {
		moves = w.desk.Unregroup(undone)
	}
	w.store(moves)
	w.decide(wiredesk.Decision{Item: id, Verb: wiredesk.Undo, At: at})
	w.desk.Move(moves)
}

// store replaces assignments, as the store does.
func (w *world) store(moves []wiredesk.Assignment) {
	w.memory.Assignments = append(w.memory.Assignments, moves...) // a later one counts
}

func TestSplitIsAnnouncedAndHolds(t *testing.T) {
	for _, founder := range []bool{true, false} {
		w := newWorld(wiredesk.Feed{Name: "all"})
		a := w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
		b := w.record(start, wiredesk.Item{Source: 2, Title: "B", Link: "https://x.example/1"})
		w.build(t, start.Add(time.Minute))
		if n := len(w.shown["all"].Entries); n != 1 {
			t.Fatalf("%d entries before the split", n)
		}
		was := w.shown["all"].Entries[0].ID
		at := start.Add(time.Hour)
		if founder {
			w.regroup(t, at, wiredesk.Split, a, 0)
		} else {
			w.regroup(t, at, wiredesk.Split, b, 0)
		}
		for _, restart := range []bool{false, true} {
			if restart {
				w.desk = nil
			}
			w.build(t, at.Add(time.Minute))
			w.expect(t, "all", "B", "A") // B was never announced alone: it is news now
			if got := w.shown["all"].Entries[1].ID; got != was {
				t.Errorf("founder %t: the id of what was announced is %s, was %s", founder, got, was)
			}
		}
		// What comes later under the same link joins one of them and does not join the two.
		w.record(at.Add(2*time.Minute), wiredesk.Item{Source: 3, Title: "C", Link: "https://x.example/1"})
		w.build(t, at.Add(3*time.Minute))
		if n := len(w.shown["all"].Entries); n != 2 {
			t.Errorf("founder %t: %d entries after a third came", founder, n)
		}
	}
}

func TestMergeAndUndo(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	a := w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	b := w.record(start.Add(time.Minute), wiredesk.Item{Source: 2, Title: "B", Link: "https://y.example/1"})
	w.build(t, start.Add(2*time.Minute))
	w.expect(t, "all", "B", "A")
	ids := []string{w.shown["all"].Entries[0].ID, w.shown["all"].Entries[1].ID}
	w.regroup(t, start.Add(time.Hour), wiredesk.Merge, b, a)
	w.build(t, start.Add(time.Hour))
	if e := w.shown["all"].Entries; len(e) != 1 || e[0].Coverage != 2 {
		t.Fatalf("after the merge: %+v", titles(w.shown["all"]))
	}
	w.unregroup(start.Add(2*time.Hour), b)
	w.build(t, start.Add(2*time.Hour))
	w.expect(t, "all", "B", "A") // with the ids and places that they had
	for i, e := range w.shown["all"].Entries {
		if e.ID != ids[i] {
			t.Errorf("%s is %s, was %s", e.Title, e.ID, ids[i])
		}
	}
	if len(w.memory.Rows) != 2 {
		t.Errorf("%d rows in the ledger", len(w.memory.Rows))
	}
	if _, _, err := w.desk.Regroup(wiredesk.Split, a, 0); err == nil {
		t.Error("an item that is alone was split off")
	}
	if _, _, err := w.desk.Regroup(wiredesk.Merge, a, a); err == nil {
		t.Error("an item was merged with itself")
	}
}

func TestUndoneSplitIsOneStoryAgain(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	var ids []wiredesk.ItemID
	for s := range wiredesk.SourceID(3) {
		ids = append(ids, w.record(start, wiredesk.Item{Source: s + 1, Title: fmt.Sprint(s), Link: "https://x.example/1"}))
	}
	w.build(t, start)
	was := w.shown["all"].Entries[0].ID
	w.regroup(t, start.Add(time.Hour), wiredesk.Split, ids[0], 0)
	w.build(t, start.Add(time.Hour))
	if n := len(w.shown["all"].Entries); n != 2 {
		t.Fatalf("%d entries after the split", n)
	}
	w.unregroup(start.Add(2*time.Hour), ids[0])
	w.build(t, start.Add(2*time.Hour))
	if e := w.shown["all"].Entries; len(e) != 1 || e[0].Coverage != 3 || e[0].ID != was {
		t.Errorf("%+v", e)
	}
}

func TestNoteStandsAndGoes(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"}, wiredesk.Feed{Name: "other"})
	id := w.record(start, wiredesk.Item{Source: 1, Title: "A", Link: "https://x.example/1"})
	w.build(t, start)
	at := start.Add(time.Hour)
	w.decide(wiredesk.Decision{Item: id, Verb: wiredesk.Note, Value: "Read this.", Feed: "all", At: at})
	w.build(t, at)
	if e := w.shown["all"].Entries[0]; e.Note != "Read this." || !e.Updated.Equal(at) || !e.Published.Equal(start) {
		t.Errorf("note %q, updated %v, published %v", e.Note, e.Updated, e.Published)
	}
	if e := w.shown["other"].Entries[0]; e.Note != "" {
		t.Errorf("the other feed says %q", e.Note)
	}
	undone := at.Add(time.Minute)
	w.decide(wiredesk.Decision{Item: id, Verb: wiredesk.Undo, Feed: "all", At: undone})
	w.build(t, undone)
	if e := w.shown["all"].Entries[0]; e.Note != "" || !e.Updated.Equal(undone) { // O-04: who has the note must take the entry again
		t.Errorf("after undo: %q, updated %v", e.Note, e.Updated)
	}
	if e := w.shown["other"].Entries[0]; !e.Updated.Equal(start) {
		t.Errorf("the other feed says that it was updated %v", e.Updated)
	}
}
