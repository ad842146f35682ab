package wiredesk

import (
	"fmt"
	"strconv"
	"time"
)

// An ItemID is the number that the store gave an item: its first sight in milliseconds
// since 1970 shifted left by 20 bits, and a sequence number. Ids ascend in the order in
// which items were recorded. They are never published.
type ItemID uint64

// NewItemID returns an id for an item first seen at t that is greater than last.
func NewItemID(t time.Time, last ItemID) ItemID {
	id := ItemID(uint64(max(t.UnixMilli(), 0)) << 20)
	return max(id, last+1)
}

// String returns the id as people see it: short, in digits and small letters.
func (id ItemID) String() string { return strconv.FormatUint(uint64(id), 36) }

// ParseItemID reads what [ItemID.String] returned.
func ParseItemID(s string) (ItemID, error) {
	n, err := strconv.ParseUint(s, 36, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no item id", s)
	}
	return ItemID(n), nil
}

// Seen returns when the item was first seen, to the millisecond.
func (id ItemID) Seen() time.Time { return time.UnixMilli(int64(id >> 20)).UTC() }

// An Item is one entry as a source gave it: a fact, cleaned, with absolute addresses and
// times in UTC. Title, names, terms and labels are plain text; Summary and Content are
// HTML that was cleaned.
type Item struct {
	ID     ItemID
	Source SourceID

	GUID       string // as the source gave it
	Link       string // http(s), tracking parameters removed; may be empty
	Title      string
	Summary    string
	Content    string
	Authors    []Author
	Categories []Category
	Enclosures []Enclosure
	Image      string
	Language   string // BCP 47
	Rights     string
	License    string  // address of the licence
	Comments   string  // address of the discussion
	External   string  // what the item is about, where that is not Link
	Origin     *Origin // where the source says it took the item from
	Podcast    *Podcast

	// Published and Updated are believable: neither is after Seen by more than a few
	// minutes, and Published is Seen where the source said nothing believable.
	// Updated is zero where it is not after Published.
	Published time.Time
	Updated   time.Time
	// DateSaid is the date as the source wrote it, where it was not believed.
	DateSaid string

	Seen    time.Time // when we first saw it
	Revised time.Time // when we saw its newest revision; zero if there is one version
	// Revisions counts the versions after the first.
	Revisions int
	// Backlog marks an item of the first document that was read of its source: it was
	// there before we looked, so its date and not its first sight gives it its place.
	Backlog bool
	// Gone is when it had left a document that was read whole; zero while it is there.
	Gone time.Time

	// Withdrawn is when its source had taken it back, as far as was found out by asking; zero if
	// it did not.
	Withdrawn time.Time

	// First is the identity under which the item was first recorded; see [FirstIdentity].
	First string
	// Size is how much the item tells: bytes of the longer text of Summary and Content. The
	// store fills it in, so that it is known where these are not loaded.
	Size int
	// Words is the identity of title and text; zero where they are too few. The store
	// fills it in. See [WordsIdentity].
	Words Identity
	// Mark is a hash of the entry as it stood in the document.
	Mark uint64
	// Known says that an entry's Mark was known, so that the entry was not cleaned. Only
	// GUID, Link and Title are set then. It is never set on a stored item.
	Known bool
}

// Dated reports whether Published is what the source said, and not the time of our first
// sight.
func (it *Item) Dated() bool {
	return !it.Published.IsZero() && !it.Published.Equal(it.Seen) && it.DateSaid == ""
}

// Changed returns when the item last changed in a way that a reader should see.
func (it *Item) Changed() time.Time {
	if it.Updated.After(it.Published) {
		return it.Updated
	}
	return it.Published
}

// An Author is a person or body that wrote something. At least one field is set.
type Author struct {
	Name  string
	Email string
	URL   string
}

// A Category is a topic. Label is for people and may be empty.
type Category struct {
	Term   string
	Scheme string
	Label  string
}

// Word returns what people call the category.
func (c Category) Word() string {
	if c.Label != "" {
		return c.Label
	}
	return c.Term
}

// An Enclosure is a file that goes with an item.
type Enclosure struct {
	URL      string
	Type     string // media type; may be empty
	Length   int64  // bytes; 0 where unknown
	Duration time.Duration
	Title    string
}

// An Origin is where a source says that an item came from (RSS source, atom:source).
type Origin struct {
	Title string
	URL   string // of its feed
	Link  string // of its home page
	ID    string
}

// Podcast is what the iTunes namespace says of an item.
type Podcast struct {
	Duration    time.Duration
	Episode     int
	Season      int
	EpisodeType string // "full", "trailer", "bonus" or empty
	Explicit    string // "true", "false" or empty
	Image       string
	Subtitle    string
}
