package wiredesk

import "time"

// A Subscription is what was agreed with a hub: that it sends us a topic when that changes
// (WebSub). A source has a new one, with a new callback, for each lease.
type Subscription struct {
	// ID is the last part of the callback's address. It cannot be guessed, and it alone says
	// to which subscription something belongs that a hub sends.
	ID       string
	Callback string // the whole address, as the hub was told it
	Source   SourceID
	Topic    string
	Hub      string
	Secret   string // what the hub signs with; empty if it was told none

	Status SubscriptionStatus
	Asked  time.Time // when the hub was asked last
	Until  time.Time // end of the lease; zero before it was granted
	// Next is when something has to be done about it, whatever that is in its status.
	Next     time.Time
	Failures int    // in a row, over all attempts for this source
	Problem  string // why it failed, in words
}

// A SubscriptionStatus says how far a subscription is.
type SubscriptionStatus uint8

// The statuses of a subscription.
const (
	SubscriptionAsked   SubscriptionStatus = iota // the hub has yet to verify it
	SubscriptionActive                            // the hub sends what is new
	SubscriptionLeaving                           // another took its place; the hub was asked to end it
	SubscriptionFailed                            // the hub did not want it, or could not be reached
	SubscriptionEnded                             // over; remembered to say so to a hub that goes on
)
