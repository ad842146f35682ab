package publish

import (
	"html/template"
	"time"
)

// The types of this file are what templates are given; docs/templates.md is made of them and
// their comments. All texts are plain text, which html/template escapes, but for Text, which
// is HTML.

// A pageFrame is what the template of every page has.
type pageFrame struct {
	Site        pageLink     // the site and its front page
	Title       string       // of the page: that of the feed, or of the site
	Description string       // of the feed; may be empty
	Language    string       // of the page, as in "en" or "pt-BR"
	Direction   string       // in which that language is written: "ltr" or "rtl"
	URL         string       // of the page
	Policy      string       // the Content-Security-Policy, for the files that no server of ours sends
	Style       template.CSS // our style and that of [site] css; the policy allows it only as it is
	Formats     []pageFormat // every feed that the page has something of, in every format
	Feeds       []pageMenu   // all feeds of the site, in the order of the config; none if there is only one, or more than 40
	OPML        string       // address of the list of all sources that are not private; empty if there are none
	Zone        string       // the time zone of all times, as in "Europe/Brussels"
	Words       *words       // our own words in the language of the page, see below
}

// A pageFeed is what feed.html has: a page for each feed.
type pageFeed struct {
	pageFrame
	Name    string      // of the feed, as in its addresses
	Author  string      // who publishes the feed
	Rights  string      // may be empty
	Image   string      // address of the feed's picture; may be empty
	Home    *pageLink   // the feed's home_page; nil if it has none
	Updated pageTime    // the newest change among the entries
	Entries []pageEntry // none if there are none yet
	Sources []pageLink  // the sources of the entries, by title
}

// A pageIndex is what index.html has: the list of the feeds.
type pageIndex struct {
	pageFrame
	Cards        []pageCard // a card for each feed
	Sources      []pageLink // the sources that are not private, 300 at most
	SourcesCount int        // how many there are
}

// A pageCard is one feed on the index.
type pageCard struct {
	Name        string       // of the feed, as in its addresses
	URL         string       // of the feed's page
	Title       string       // of the feed
	Description string       // may be empty
	Language    string       // empty if it is that of the page
	Count       int          // how many entries the feed has
	Updated     pageTime     // the newest change among them
	Newest      []pageOther  // the first few entries
	Formats     []pageFormat // the ways to subscribe
	Words       *words       // our own words
}

// A pageEntry is what entry.html has: one entry.
type pageEntry struct {
	Title      string        // empty if the source gave it none
	URL        string        // where the source has it; may be empty
	Language   string        // empty if it is that of the page
	Source     pageLink      // both fields are empty if the source is not named
	Authors    []string      // their names, without that of the source
	Published  pageTime      // when it was published
	Updated    pageTime      // when it last changed; empty if it did not
	Pinned     bool          // it was put to the top by hand
	Withdrawn  string        // that it was taken back, and by whom; empty if it was not
	Note       string        // the curator's; may be empty
	Topics     []string      // the source's categories and our tags
	Image      string        // address of its picture; may be empty, and there may be nothing
	Excerpt    string        // the beginning of Text; empty if all of it should be shown
	Text       template.HTML // what the source wrote, cleaned; may be empty
	Files      []pageFile    // what goes with it: sound, films, documents
	Digest     []pageOther   // what a digest lists; an entry that has it has no Text
	Also       []pageOther   // who else told the same
	Coverage   int           // how many sources told it, those that are not named included
	Discussion string        // address of the comments at the source; may be empty
	Words      *words        // our own words
}

// A pageOther is an entry in a list.
type pageOther struct {
	Title     string   // empty if it is not known
	URL       string   // where it is; may be empty
	Source    string   // name of the source; empty if it is not named
	Published pageTime // when it was published
}

// A pageFile is a file that goes with an entry.
type pageFile struct {
	URL      string // where it is
	Title    string // what the source calls it, or the last part of the address
	Type     string // media type
	Kind     string // "audio", "video", "image" or "file"
	Size     string // as in "12 MB"; empty where it is not known
	Duration string // as in "01:02:03"; empty where it is not known
}

// A pageFormat is one way to subscribe to a feed.
type pageFormat struct {
	Name  string // "RSS", "Atom" or "JSON Feed"
	Type  string // media type
	Title string // of the feed
	URL   string // to subscribe to
}

// A pageLink is a name with its address.
type pageLink struct {
	Title string // may be empty
	URL   string // may be empty
}

// A pageMenu is a feed of the site.
type pageMenu struct {
	Title   string // of the feed
	URL     string // of its page
	Current bool   // it is the one that is shown
}

// A pageTime is a time for people and for programs. All fields are empty where the time is not known.
type pageTime struct {
	Shown string    // day and time in the language of the page
	Day   string    // the day alone
	Exact string    // for the attribute datetime
	Time  time.Time // in the time zone of the site, for a form of your own: {{.Published.Time.Format "15:04"}}
}
