package wiredesk

import "time"

// A Feed is what we publish: a named selection of stories.
type Feed struct {
	Name        string // [a-z0-9-]+; its addresses are /NAME, /NAME.rss, …
	Title       string
	Description string
	Language    string
	Image       string
	HomePage    string
	Author      string
	Rights      string

	Where     string // expression over an item; empty takes every item
	WhereAt   Position
	ItemTitle string // expression for the title to display; empty for the item's own
	TitleAt   Position

	// Limit is how many entries the feed shows at least; if entries of the last AtLeast
	// are more, it shows these too, LimitMax at most.
	Limit    int
	AtLeast  time.Duration
	LimitMax int
	Order    Order
	Group    Group
	Content  Content
	// Withdrawn says what becomes of an entry that was announced and then taken back.
	Withdrawn Withdrawn

	// Approve is an expression: an item for which it is true waits for a person. Empty
	// means none does.
	Approve   string
	ApproveAt Position
	// Settle is how long an item waits for a corrected version; the source's counts where
	// it is longer.
	Settle time.Duration
	// MaxPerDay is how many entries are announced on a day of the site's time zone; what is
	// over goes into one digest a day. Zero means no limit.
	MaxPerDay int

	// Formerly are whole paths that redirect to the feed: what it was called before.
	Formerly []string

	Position Position
}

// An Order says how the entries of a feed are sorted.
type Order uint8

// The orders.
const (
	OrderEntered   Order = iota // newest place first, see [Row]
	OrderPublished              // newest publication date first
)

// A Withdrawn says what becomes of entries that were announced and then taken back: hidden by
// a person, or withdrawn by every source that told them.
type Withdrawn uint8

// The ways to withdraw.
const (
	// WithdrawnKeep leaves an entry as it is that its source withdrew; what a person hides is
	// gone without a word.
	WithdrawnKeep Withdrawn = iota
	// WithdrawnMark leaves the entry in its place, and says there that it was withdrawn.
	WithdrawnMark
	// WithdrawnRemove takes the entry away. A tombstone says so (RFC 6721), for as long as the
	// entry would have been there.
	WithdrawnRemove
)

// A Group says what one entry of a feed is.
type Group uint8

// The groups.
const (
	GroupDuplicate Group = iota // a story: the same text once, with everyone who carried it
	GroupEvent                  // an event: all stories that tell of it, in whatever words
	GroupNone                   // an item: nothing is joined
)

// A Rule is a condition on an item and what to do about it.
type Rule struct {
	Name   string
	Feeds  []string // only in these; empty for all
	When   string   // expression; empty is always true
	WhenAt Position

	Drop  bool
	Hold  bool
	Tags  []string
	Score float64
	// Approve lets through what an earlier rule, or the feed itself, would hold.
	Approve bool
	// Stop says that no later rule is asked.
	Stop  bool
	Title string // expression; empty leaves the title
	// TitleAt is where Title stands.
	TitleAt Position

	// Keeps are examples of what the rule lets through, Drops of what it drops or holds.
	Keeps, Drops []Example

	Position Position
}

// An Example is an item that a rule is tried on when the config is read. Tags are those that
// it has before the rule.
type Example struct {
	Item     Item
	Tags     []string
	Position Position
}

// A Row is the ledger's memory that an item was announced in a feed.
type Row struct {
	Feed string
	Item ItemID
	// ID is the published id. Published and Place are fixed with it at the first
	// announcement; Place decides the order of entries.
	ID        string
	Published time.Time
	Place     time.Time
	// Announced is when the row was written.
	Announced time.Time
	// Page is the page of the feed's archive that the entry stands on, from 1 for the oldest;
	// 0 for none yet. It is decided once.
	Page int
}

// A RuleState is what the store remembers of a rule.
type RuleState struct {
	Key string // of what it asks, and where
	// First is when the rule was first in force, and Hit the first sight of the newest item
	// that it applied to; zero if there was none.
	First, Hit time.Time
}

// A FeedState is what the store remembers of a feed besides its rows.
type FeedState struct {
	Name string
	// Born is when the feed was first built.
	Born time.Time
	// Budget is since when there is a limit to what is announced on a day; zero if there is
	// none.
	Budget time.Time
	// Window is how many entries the feed shows because of subscribers who come seldom, and Wide
	// when that was last needed; both are zero where the feed's limit is enough.
	Window int
	Wide   time.Time
	// Updated is the newest that an edition said of itself, so that none says less, whatever left
	// the feed since.
	Updated time.Time
	// Program identifies the rules that the feed was last built with, and Since when
	// they came into force: an item seen earlier that they let in takes the place of its
	// own date, because it is not news.
	Program string
	Since   time.Time
}
