package wiredesk

import "time"

// A StoryID is the id of the first item of a story.
type StoryID = ItemID

// An Assignment says to which story an item belongs. It is written once, when the item is
// first curated; only a decision changes it.
type Assignment struct {
	Item  ItemID
	Story StoryID
	// By says on what the assignment was made, With which item and with which Score
	// from 0 to 1. An item that founded its story has ByItself.
	By    Tie
	With  ItemID
	Score float64
	On    string // what the likeness was found on, in words
	// Event is the story that was the first to tell of the same event, in whatever words;
	// the item's own where there is none before it.
	Event StoryID
	// EventScore says how much the item is like what told of the event before, EventOn by which
	// words. Both are zero where the event is the item's own.
	EventScore float64
	EventOn    string
}

// A Tie is what binds an item to a story.
type Tie uint8

// The ties.
const (
	ByItself   Tie = iota // it founded the story
	ByLink                // the same canonical link
	ByWords               // the same words
	ByHand                // a person put it there
	BySplit               // a person took it, or what it was with, out of another story
	ByLikeness            // the same text but for what others add, cut and reword
)

// String returns the tie in words.
func (t Tie) String() string {
	switch t {
	case ByItself:
		return "first of its story"
	case ByLink:
		return "same link"
	case ByWords:
		return "same words"
	case ByLikeness:
		return "same text"
	case ByHand:
		return "by hand"
	case BySplit:
		return "split off by hand"
	}
	return "unknown"
}

// An Entry is a story as one feed shows it, ready to be rendered.
type Entry struct {
	ID        string    // published id, from the ledger
	Title     string    // plain text, for display
	Published time.Time // from the ledger
	Updated   time.Time // never before Published
	Item      Item      // the lead, its content cut to what may be shown
	Source    Credit    // of the lead; zero if the source is private
	Also      []Coverage
	// Coverage is how many sources carry the story, private ones included.
	Coverage int
	// Digest is what the day's budget had no room for; an entry that has it has no item.
	Digest []Coverage
	Tags   []string
	Note   string // the curator's, plain text
	Pinned bool
	// Withdrawn says that the entry was taken back and is only marked so; zero if it was not.
	Withdrawn Withdrawal
}

// A Withdrawal is that something announced was taken back. The zero value is that it was not.
type Withdrawal struct {
	At time.Time
	By Withdrawer
}

// Is reports whether something was taken back.
func (w Withdrawal) Is() bool { return w.By != 0 }

// A Withdrawer is who takes something back that was announced.
type Withdrawer uint8

// The withdrawers.
const (
	ByDesk   Withdrawer = iota + 1 // a person hid it
	BySource                       // whoever published it first
)

// A Tombstone stands for an entry that was taken back and removed.
type Tombstone struct {
	ID string
	Withdrawal
}

// A Credit names a source in what we publish.
type Credit struct {
	ID    string // Atom id of the feed, where it has one
	Title string
	URL   string // of the feed
	Link  string // of the home page
	// Genre is what the source says it is about, if it is a podcast, in the words of Apple's
	// list of categories.
	Genre string
	// Updated is the newest date of the source's items that we know of.
	Updated time.Time
}

// A Coverage is another item of a story, which tells the same elsewhere.
type Coverage struct {
	Item      ItemID // which one it is; never published
	Title     string
	Link      string
	Source    Credit
	Published time.Time
}

// An Edition is everything that one feed shows at one moment. Updated is the newest
// change among the entries, or the feed's birth if there is none.
type Edition struct {
	Feed    Feed
	Entries []Entry
	Updated time.Time
	// Tombstones stand for what was in the feed and would still be, had it not been removed.
	Tombstones []Tombstone
	// Pages is how many pages the feed's archive has. They and Entries together hold all that
	// was ever announced and is still in the feed.
	Pages int
}

// A Page is one page of a feed's archive (RFC 5005 section 4): entries that do not change
// any more.
type Page struct {
	Feed    Feed
	Number  int // from 1 for the oldest
	Entries []Entry
	// Tombstones stand for entries that were removed from the page.
	Tombstones []Tombstone
	// Mark identifies what makes the page what it is: which entries it has, and which of them
	// were taken back.
	Mark string
}
