package wiredesk

import "time"

// A Document is what a source's address answered with, parsed and cleaned.
type Document struct {
	Channel Channel
	Items   []Item
	// Whole says that the document was read to its end and that no entry was dropped:
	// only then does the absence of an item mean that it left.
	Whole bool
	// Repairs says in words what had to be mended before the document could be read.
	Repairs []string
	// Dropped counts entries that could not be read.
	Dropped int
}

// An Outcome is what came of a poll.
type Outcome uint8

// The outcomes of a poll.
const (
	Failed      Outcome = iota // no feed; the state's Problem says why
	NotModified                // 304
	Unchanged                  // 200 with the bytes we know
	Changed                    // 200 with other bytes, parsed
	Pushed                     // nothing was asked: a hub sent a document
)

// String returns the outcome in words.
func (o Outcome) String() string {
	switch o {
	case Failed:
		return "failed"
	case NotModified:
		return "not modified"
	case Unchanged:
		return "unchanged"
	case Changed:
		return "changed"
	case Pushed:
		return "pushed"
	}
	return "unknown"
}

// A Poll is one request to a source and what it taught.
type Poll struct {
	Source  SourceID
	At      time.Time
	Outcome Outcome
	// Identity is the rule of the source for knowing its items again.
	Identity IdentityRule
	// State is the state after the poll. The store fills in Present, Items, Changed, First
	// and Untold from what it recorded. A push changes nothing else: it has no State.
	State SourceState
	// Document is nil unless Outcome is Changed or Pushed.
	Document *Document
	// Older says that Document, if there is one, is an older page of the source's archive:
	// its items are recorded, but they are not what the source holds now.
	Older bool
	// Took is how long request and parsing took.
	Took time.Duration
}

// A Recorded is what recording a poll changed.
type Recorded struct {
	Source  SourceID
	New     []ItemID
	Revised []ItemID
	// Known counts entries of the document that were stored before.
	Known int
	// Missed says that nothing of the document was known, though the source is not new:
	// what came and went between the two polls was missed. A source of single items does
	// not say so.
	Missed bool
}
