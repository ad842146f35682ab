package wiredesk

import "time"

// FullText is what came of asking the page that an item links to. It is a fact of its own
// beside the item: what the source's entry says stays as it is.
type FullText struct {
	Item    ItemID
	Link    string    // that was asked
	At      time.Time // of the last request; zero if the page was never asked
	For     time.Time // the item's Revised when it was asked
	Status  int
	Problem string // why there is no article; empty if there is one
	Tries   int    // for this version of the item
	// Next is when to ask again; zero if that is settled.
	Next time.Time
	// ETag and LastModified came from Answered, with the article.
	ETag, LastModified, Answered string
	HTML                         string // the article, cleaned
	Title                        string // that the page gave itself, with the article
}

// A Linked is an item of a source's newest document and what is known of its page.
type Linked struct {
	Item     Item // with its own text
	FullText FullText
	// Before says that the item was there before its source's articles were wanted, or
	// before the source was first read.
	Before bool
}
