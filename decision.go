package wiredesk

import (
	"slices"
	"time"
)

// A Decision is what a person said about an item or its story. Decisions are only added;
// an undo is a decision too.
type Decision struct {
	ID    uint64    // ascending; given by the store
	At    time.Time // when it was made
	By    string    // who
	Via   string    // how: "cli", "import", …
	Item  ItemID    // what about
	Feed  string    // in which feed only; empty for all
	Verb  Verb
	Value string // what the verb needs: the text of a note, the other item of a merge
}

// A Verb is what a decision does.
type Verb string

// The verbs of decisions.
const (
	Approve Verb = "approve" // publish what is held
	Release Verb = "release" // publish what a gate held
	Hide    Verb = "hide"    // show in no feed
	Drop    Verb = "drop"    // never publish what is held
	Pin     Verb = "pin"     // show at the top
	Unpin   Verb = "unpin"   // take back a pin
	Note    Verb = "note"    // the curator's words, in Value; none takes them away
	Split   Verb = "split"   // take the item out of its story; Value has the items it left
	Merge   Verb = "merge"   // take the items in Value into the item's story
	Undo    Verb = "undo"    // take back the newest decision on the item in that feed
)

// Verbs returns all verbs that can be decided, in the order in which they are listed.
func Verbs() []Verb {
	return []Verb{Approve, Release, Hide, Drop, Pin, Unpin, Note, Split, Merge, Undo}
}

// Regroups reports whether a decision of this verb changes which items are one story. Such
// a one is for all feeds.
func (v Verb) Regroups() bool { return v == Split || v == Merge }

// Standing is what the decisions on one item amount to in one feed.
type Standing struct {
	Hidden   bool // the whole story
	HiddenAt time.Time
	Dropped  bool // the item alone
	Pinned   bool
	Approved time.Time // zero if it is not
	Noted    string    // the curator's words
	NotedAt  time.Time
	// ShownAt is when a hiding was last taken back, and UnnotedAt when a note was: who had seen
	// them must see that they are gone.
	ShownAt, UnnotedAt time.Time
}

// standing returns the decisions that no undo took back. An undo takes back the newest one
// for the same feed, or for all feeds. Decisions must be about one item and in ascending
// order of ID.
func standing(decisions []Decision) []Decision {
	kept, _ := weigh(decisions)
	return kept
}

// weigh parts decisions into those that stand and those that an undo took back. The latter have
// the time of their undo.
func weigh(decisions []Decision) (kept, undone []Decision) {
	for _, d := range decisions {
		if d.Verb != Undo {
			kept = append(kept, d)
			continue
		}
		for i, k := range slices.Backward(kept) {
			if k.Feed == d.Feed {
				kept = slices.Delete(kept, i, i+1)
				k.At = d.At
				undone = append(undone, k)
				break
			}
		}
	}
	return kept, undone
}

// Undoable returns the decision that an undo for that feed, or for all if it is empty,
// would take back, and false if there is none.
func Undoable(decisions []Decision, feed string) (Decision, bool) {
	for _, d := range slices.Backward(standing(decisions)) {
		if d.Feed == feed {
			return d, true
		}
	}
	return Decision{}, false
}

// SplitAt returns when an item was last taken out of a story, by a decision that stands;
// zero if it was not.
func SplitAt(decisions []Decision) time.Time {
	for _, d := range slices.Backward(standing(decisions)) {
		if d.Verb == Split {
			return d.At
		}
	}
	return time.Time{}
}

// Stand returns what decisions on one item amount to in feed. Decisions for all feeds
// count as well. They must be in ascending order of ID.
func Stand(decisions []Decision, feed string) Standing {
	var s Standing
	kept, undone := weigh(decisions)
	for _, d := range undone {
		if d.Feed != "" && d.Feed != feed {
			continue
		}
		switch d.Verb {
		case Hide:
			s.ShownAt = d.At
		case Note:
			s.UnnotedAt = d.At
		}
	}
	for _, d := range kept {
		if d.Feed != "" && d.Feed != feed {
			continue
		}
		switch d.Verb {
		case Hide:
			s.Hidden, s.HiddenAt = true, d.At
		case Drop:
			s.Dropped, s.Approved = true, time.Time{}
		case Approve, Release:
			s.Dropped, s.Approved = false, d.At
			if d.Verb == Approve && s.Hidden { // who lets a batch in does not know of each
				s.Hidden, s.HiddenAt = false, time.Time{}
				if d.At.After(s.ShownAt) {
					s.ShownAt = d.At
				}
			}
		case Pin:
			s.Pinned = true
		case Unpin:
			s.Pinned = false
		case Note:
			s.Noted, s.NotedAt = d.Value, d.At
		}
	}
	return s
}

// A Face is how a source last presented itself without suspicion. The zero value is that of
// one that was never looked at.
type Face struct {
	Source   SourceID
	Title    string // of the feed
	Site     string // domain of its home page
	Language string // in which its items are written, as far as their words tell
	At       time.Time
}

// A Verdict is what a gate or a budget decided about an item in a feed, recorded once.
type Verdict struct {
	Feed  string
	Item  ItemID
	Kind  VerdictKind
	At    time.Time
	Cause string // in words
}

// A VerdictKind is what a verdict says.
type VerdictKind uint8

// The kinds of verdict.
const (
	Held     VerdictKind = iota + 1 // waits for a person
	Admitted                        // announced within the day's budget
	Digested                        // over the day's budget: in the digest of the day
	Waiting                         // for room in the budget of the day on which it became eligible
)
