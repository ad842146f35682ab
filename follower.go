package wiredesk

import "time"

// A Follower is one who subscribed at our hub to one of our feeds (WebSub): a topic and the
// callback that is told of it. The same callback follows several topics as several followers.
type Follower struct {
	Topic    string // what the document calls itself
	Callback string // as the subscriber gave it
	Secret   string // what we sign with; empty for no signature

	Since time.Time // when it was verified first; zero before that
	Until time.Time // end of the lease; zero before it was verified
	// Told is the version of the topic that it was last sent, or that it had when it asked.
	// While it is not the present one there is something to send: that is its whole queue.
	Told string

	Failures int       // deliveries that failed since the last one that did not
	Failing  time.Time // when the first of them did; zero if there is none
	Next     time.Time // nothing is sent before
	Problem  string    // why the last one failed, in words

	// Asked is what it last asked for and has yet to confirm; nil if there is nothing. Until
	// it does, what was agreed before stays.
	Asked *Intent
}

// An Intent is what somebody who may be a subscriber asked for. It is not replaced in its place:
// another request is another one.
type Intent struct {
	Unsubscribe bool
	Secret      string
	Lease       time.Duration
	At          time.Time
	Told        string // version of the topic at that time
}

// A Ping says how far a hub elsewhere is told of one of our feeds.
type Ping struct {
	Topic    string
	Hub      string    // who was told
	Told     string    // the version that it was last told of
	Failures int       // in a row
	Failing  time.Time // when the first of them was; zero if there is none
	Next     time.Time // nothing is tried before
	Problem  string    // why the last one failed, in words
}
