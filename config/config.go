package config

import (
	"io/fs"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"wiredesk"
)

// A Config is what the operator wishes, complete: every default is filled in, every
// relative path resolved, every secret put in.
type Config struct {
	// Path is the file that was loaded, and Files are all that were read, it first.
	Path  string
	Files []string

	Server  Server
	Site    Site
	Storage Storage
	Fetch   Fetch

	// Sources are the feeds to poll, in the order of the files, and SourceAt where each
	// one's address stands.
	Sources      []wiredesk.Source
	SourceAt     []wiredesk.Position
	ReadingLists []ReadingList

	// Lists are words for rules.
	Lists   map[string][]string
	Rules   []wiredesk.Rule
	Stories Stories
	WebSub  WebSub
	Publish Publish
	Status  Status
	Notify  Notify
	// Feeds is never empty. Expressions of rules and feeds are not looked into.
	Feeds []wiredesk.Feed

	// Warnings are what the operator should know but need not mend.
	Warnings wiredesk.Problems

	template sourceKeys // a source of the main file that says nothing
	patterns []string   // of the includes, absolute
}

// Includes reports whether the file at path is part of the config, or would be if there
// were such a file.
func (c *Config) Includes(path string) bool {
	path = absolute(path)
	return slices.ContainsFunc(c.Files, func(f string) bool { return absolute(f) == path }) ||
		slices.ContainsFunc(c.patterns, func(pattern string) bool {
			ok, err := filepath.Match(pattern, path)
			return ok && err == nil
		})
}

// A Server is how documents are served.
type Server struct {
	// Listen is host:port, or "unix:" and an absolute path.
	Listen string
	// BaseURL is the address of the site, absolute, without a slash at its end. Where
	// none is written it is made from Listen; its port is 0 if that of Listen is.
	BaseURL     string
	Socket      string // of the command line, an absolute path
	SocketMode  fs.FileMode
	SocketGroup string // name or number; empty leaves it
	Metrics     string // host:port to answer /metrics at; empty for nowhere

	// TrustedProxies are those whose word about who asks counts, and TrustSocket says that there
	// is one at the other end of the socket that Listen is.
	TrustedProxies []netip.Prefix
	TrustSocket    bool
}

// A Site is what the published pages say of themselves.
type Site struct {
	Title    string
	Language string // BCP 47
	TimeZone *time.Location
	Home     string // name of the feed at /; empty for the list of feeds

	// CSS is the style of the operator's own, with an empty path if there is none; Templates
	// are in the order of their names. What is in them is not looked into.
	CSS       File
	Templates []File
}

// A File is one that the config names, as it was when the config was read. Text is UTF-8.
type File struct{ Path, Text string }

// A Storage is the database.
type Storage struct {
	Path          string // absolute
	Keep          time.Duration
	KeepPublished time.Duration // 0 is forever
	MaxSize       int64         // bytes; 0 is no limit
}

// A Fetch is how sources are asked. What a source may have of its own is in the source.
type Fetch struct {
	Interval    time.Duration
	MinInterval time.Duration
	MaxInterval time.Duration
	Timeout     time.Duration
	MaxBody     int64 // bytes
	Proxy       string

	Concurrency   int
	PerHost       int
	Contact       string
	AllowNetworks []netip.Prefix
}

// Stories say how items become one story.
type Stories struct {
	Merge  bool
	Window time.Duration
}

// A Publish says where the site goes besides the web server.
type Publish struct {
	// Dir is the folder for static files, an absolute path; empty for none.
	Dir string
}

// A WebSub says what is done with hubs.
type WebSub struct {
	// Subscribe says to subscribe to sources that name a hub.
	Subscribe bool
	// Hub is [BuiltinHub], the address of a hub, or empty.
	Hub string
}

// A Status is the feed for the owner alone.
type Status struct {
	Token string // the secret part of its address; empty for no such feed
}

// A Notify is who is told of changes of sources besides.
type Notify struct {
	Webhook      string // address; empty for none
	AllowPrivate bool   // it may be on a private network
	// Exec is a program and its arguments; empty for none. A path is absolute, a name is
	// looked for in $PATH.
	Exec []string
}

// A ReadingList is an OPML document whose feeds are polled.
type ReadingList struct {
	// List is where the document is and how to ask for it.
	List wiredesk.Source
	// FolderTags says that the folders of the list become tags of the sources in them.
	FolderTags bool
	Position   wiredesk.Position

	template sourceKeys
}

// Source returns the source of that address in the list: with the list's keys, but never
// with its credentials or headers, which are for the list itself.
func (l ReadingList) Source(url string) wiredesk.Source { return source(url, &l.template) }

// Source returns a source of that address for which no key is written: with the keys of
// [defaults] and [fetch], but never with credentials or headers.
func (c *Config) Source(url string) wiredesk.Source { return source(url, &c.template) }
