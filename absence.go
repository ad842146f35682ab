package wiredesk

import "time"

// An Absence is that an item left its source's document while older ones stayed, and what came
// of asking whether there is still something at its link. It is kept until that is settled.
type Absence struct {
	Item   Item
	Since  time.Time
	Tries  int
	Status int // of the last answer; 0 if there was none
	// Next is when to ask again; zero after the last try.
	Next time.Time
	// Withdrawn is when it was clear that the source took the item back; zero if it did not, or
	// is not known to have.
	Withdrawn time.Time
}
