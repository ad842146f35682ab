package wiredesk

import "time"

// A SourceID is the number that the store gave a source. It stays with the source when
// its address changes, and is never published.
type SourceID uint32

// A Source is a feed that we poll, as the operator wishes it to be polled.
type Source struct {
	// URL is the address in the config and the key of the source: http, https or file.
	URL string
	// Formerly are addresses that this source had, oldest first. Their state and items
	// are carried over.
	Formerly []string

	Name     string   // optional handle for the command line
	Title    string   // in place of the title that the feed says
	Tags     []string // for rules and feeds
	Meta     map[string]string
	Priority int     // a higher one leads stories
	Content  Content // how much of an item may be published

	// CheckWithdrawn says that the link of an entry that left the document while older ones
	// stayed is asked whether there is still something.
	CheckWithdrawn bool
	FullText       bool // the pages that items link to are asked for their articles
	Paused         bool // not polled
	Private        bool // never named in anything published
	AllowPrivate   bool // may live on a private network

	Interval    time.Duration // between two polls, before it adapts
	MinInterval time.Duration
	MaxInterval time.Duration
	Timeout     time.Duration // of one request, body included
	MaxBody     int64         // bytes, after decompression
	Proxy       string        // address of a proxy; empty for none

	Username, Password string
	Headers            map[string]string

	KeepTrackers bool         // leave tracking parameters on links
	Dates        DatePolicy   // repair: which dates to believe
	Identity     IdentityRule // repair: what identifies an item
	Base         string       // repair: what relative addresses are relative to

	// Settle is how long an item waits for a corrected version before it is published.
	Settle time.Duration
	// Backfill is what the source contributes to a feed that was published before it was
	// first read.
	Backfill Backfill
}

// A Backfill says how much of what a new source had before we looked enters a feed that is
// published already: its newest Items, and those younger than Age at our first look. The
// zero value lets everything in.
type Backfill struct {
	Limited bool // false lets everything in
	Items   int
	Age     time.Duration
}

// Origin returns the first address that the source is known to have had. Published ids
// are made from it, so that they survive a change of address.
func (s *Source) Origin() string {
	if len(s.Formerly) > 0 {
		return s.Formerly[0]
	}
	return s.URL
}

// Content says how much of an item may be shown. The zero value is [ContentFull].
type Content uint8

// The three amounts of content, each less than the one before.
const (
	ContentFull    Content = iota // everything
	ContentSummary                // a summary, never the body
	ContentNone                   // title and link
)

// A DatePolicy says which date of an item is believed.
type DatePolicy uint8

// The policies for dates.
const (
	DatesSource DatePolicy = iota // the source's own, when believable
	DatesSeen                     // always the time when we first saw the item
)

// An IdentityRule says what identifies an item within its source.
type IdentityRule uint8

// The rules for identity.
const (
	IdentityAuto IdentityRule = iota // guid, then link, then words; see [Identities]
	IdentityLink                     // the link, because guids are known to be unstable
)

// A Channel is what a source says of itself.
type Channel struct {
	Format      string // "rss", "rdf", "atom" or "json"
	ID          string // Atom's feed id
	Title       string // plain text
	Link        string // its home page
	Self        string // the address it gives for itself
	Description string // plain text
	Language    string // BCP 47
	Image       string
	Generator   string
	Rights      string
	License     string // address of the licence
	Genre       string // the first category of iTunes, as the source writes it
	Authors     []Author
	Hubs        []string // WebSub hubs
	Next        string   // RFC 5005: next page of a paged feed
	Archive     string   // RFC 5005: prev-archive
	Hints       Hints
}

// Hints are a source's wishes about how often it is polled. The zero value has none.
type Hints struct {
	TTL       time.Duration // RSS ttl
	Update    time.Duration // sy:updatePeriod divided by sy:updateFrequency
	SkipHours uint32        // RSS skipHours: bit h set means not in hour h, GMT
	SkipDays  uint8         // RSS skipDays: bit d set means not on time.Weekday d, GMT
}

// A Habit is when a source publishes: in how many hours it had news, counted by hour of the
// day and by day of the week. The zero value knows nothing.
type Habit struct {
	Hours [24]uint8 // hours with news, by hour of the day, UTC
	Days  [7]uint8  // days with news, by [time.Weekday], UTC
	Last  time.Time // the newest hour that is counted
}

// A Rhythm is how long a source is silent between two days with news. The zero value knows
// nothing.
type Rhythm struct {
	// Pauses are its newest pauses in days, the newest first; zero where there were fewer.
	Pauses [24]uint16
	// Last is its newest date with news.
	Last time.Time
}

// SourceState is what polling has taught us about a source. The zero value is a source
// that was never polled.
type SourceState struct {
	// ETag and LastModified are the validators of the newest document, byte for byte as
	// they were received (RFC 9110 section 8.8).
	ETag         string
	LastModified string
	// Answered is the address that gave the newest document: the validators are sent to no
	// other origin.
	Answered string
	// Asked is the source's address when all this was learnt. What was learnt at another
	// one says nothing about validators, redirects and failures.
	Asked string
	// Reading identifies how documents are read: the repairs of the config and the version
	// of cleaning. Where it differs, the newest document has to be read again.
	Reading string
	// Body is a hash of the newest document's bytes, to know the same again.
	Body uint64
	// Validated is when the validators last came with a document: a server that answers
	// 304 to everything is asked without them now and then.
	Validated time.Time
	// Caches says that the origin sends max-age with its documents. Such a one knows what a
	// 304 means, and is never asked without validators.
	Caches bool

	Due    time.Time // when to ask again
	Reason string    // why then, in words

	// Quiet is until when the origin asked for quiet (429, 503): nobody asks its host
	// before, not even a person by hand. Zero if it did not.
	Quiet time.Time

	Polled    time.Time // last request
	Succeeded time.Time // last answer that was a feed, or 304
	Changed   time.Time // last time an item was new or revised
	First     time.Time // first document that was read; zero before

	Failures int       // in a row
	Failing  time.Time // since when; zero if not
	Problem  string    // what is wrong, in words; empty if nothing is
	Status   int       // last HTTP status; 0 if there was none

	Gone   time.Time // when it answered 410; it is not asked again
	Paused bool      // by the operator, at run time

	// PushedUntil is until when a hub has promised to send what is new; zero if none has.
	PushedUntil time.Time
	// Untold is how many polls in a row brought items that a hub should have sent before.
	Untold int

	// Location is where permanent redirects lead, and Moved how many polls in a row
	// said so.
	Location string
	Moved    int
	// Confirmed is the address that the operator lets this source move to, though it is of
	// another domain.
	Confirmed string

	// Missed is when two polls last had no item in common, so that something was lost in
	// between, and Gap what became of that, in words. Hurry is how many times it happened of
	// late: each halves the interval.
	Missed time.Time
	Gap    string
	Hurry  int

	Polls       uint64 // requests made
	Conditional uint64 // of them with a validator
	NotModified uint64 // of them answered with 304
	Bytes       uint64 // bodies received, before decompression where known
	Items       uint64 // items that were new
	// Shortest is the shortest time between two polls, also by hand; zero before the second.
	Shortest time.Duration

	Channel Channel
	// Habit is when it has news, as far as its items say.
	Habit Habit
	// Rhythm is how long it is silent in between.
	Rhythm Rhythm
	// Present are the items of the newest document, in its order.
	Present []Presence
}

// A Presence is one item of a source's newest document. Mark is a hash of the entry as
// it stood in the document, to recognise it without cleaning and comparing it again.
type Presence struct {
	Mark uint64
	Item ItemID
}
