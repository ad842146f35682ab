package wiredesk

import "time"

// An EventKind says in one word what became of a source.
type EventKind string

// The kinds of events.
const (
	EventBroken    EventKind = "broken"    // it failed several times, over some time
	EventGone      EventKind = "gone"      // its origin says that it will not come back
	EventSilent    EventKind = "silent"    // it answers, but had no news for longer than it ever had
	EventMoved     EventKind = "moved"     // its origin says that it is elsewhere for good
	EventHeld      EventKind = "held"      // a gate began to hold what it brings
	EventRecovered EventKind = "recovered" // it is not broken, gone or silent any more
)

// An Event is a change of the state of a source that the owner of the desk should hear of. It
// is written once and never changes. Its texts are plain, without control characters, and
// name no secret.
type Event struct {
	Seq  uint64 // its number in the store, ascending; zero before it is stored
	ID   string // an IRI; it depends on the source's first address, what happened and when
	At   time.Time
	Kind EventKind
	Gate Gate // of an EventHeld; else empty

	Source SourceID
	Name   string // the handle in the config; may be empty
	Title  string // what people call the source
	URL    string // its address, without secrets
	Link   string // its home page; may be empty

	Headline string // one line that says it all
	Text     string // what happened, in a few sentences
	Do       []Step // what the owner may do about it, best first; may be empty
}

// A Step is something that the owner may do about an event.
type Step struct {
	What    string // in words
	Command string // as it is typed into a shell; may be empty
}

// EventID returns the id of an event of a source with that first address. What says what
// happened, in words that stay the same for ever.
func EventID(origin, what string, at time.Time) string {
	return "urn:uuid:" + uuid5("event\n"+origin+"\n"+what+"\n"+at.UTC().Format(time.RFC3339Nano))
}

// StatusID returns the Atom id of the status feed of a desk. It does not hold its address,
// which is secret and may change.
func StatusID(base string) string { return "urn:uuid:" + uuid5("status\n"+base) }

// A Condition is what the owner of the desk has been told of a source. The zero value is
// that all is well. Times are zero where that is not so.
type Condition struct {
	Broken time.Time // since when it fails
	Gone   time.Time // since when it is gone for good
	Silent time.Time // of its last news
	Moved  string    // where it has moved to; empty if it has not

	Flood    time.Time // of the newest flood that is held
	Hijack   time.Time // of the newest items that are held because it seems to be another's
	Approval time.Time // since when something of it waits for a person
}

// A Gate is why items wait for a person.
type Gate string

// The gates that hold items.
const (
	GateFlood    Gate = "flood"    // more at once than the source ever brings
	GateHijack   Gate = "hijack"   // the source seems to have become another's
	GateApproval Gate = "approval" // a rule or a feed wants a person to look
)

// A Hold is what of a source waits behind one gate.
type Hold struct {
	Gate  Gate
	Items int
	At    time.Time // when the newest of them was held
	Cause string    // why, in words, of the newest
}
