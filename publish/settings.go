package publish

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"wiredesk"
)

// Settings are what all documents of a site have in common.
type Settings struct {
	// BaseURL is the address under which readers reach the site. It may have a path.
	BaseURL string
	// Title is the name of the site; empty stands for the host of BaseURL.
	Title string
	// Language (BCP 47) is that of our own words, and of a feed that names none; empty
	// stands for English.
	Language string
	// Home is the name of the feed whose page is shown at /; empty shows a list of feeds.
	Home string
	// Hub is the address of the WebSub hub that tells of changes to the feeds, named in each of
	// them; empty names none.
	Hub string
	// TimeZone is that of the dates people read; nil stands for UTC.
	TimeZone *time.Location

	opml string // address of the list of sources; empty if there is none
}

// A Blog is a source as we name it in public. A private source must not be made one.
type Blog struct {
	Title string
	URL   string // of the feed; a source whose address is not http(s) is not listed
	Link  string // of the home page
	Tags  []string
}

// Input is what a site is rendered from.
type Input struct {
	Settings Settings
	Editions []wiredesk.Edition // in the order of the index
	Sources  []Blog
	// Look is that of the pages; nil stands for our own.
	Look *Look
	// Archive has the pages of the feeds' archives that the editions count; nil has none.
	Archive *Archive
	// Previous is the site to take over what did not change; nil if there is none.
	Previous *Site
	// Stamps are what [Site.Stamps] said of all sites before, also of documents that are not
	// there any more: they are how it is known which feeds are gone. For the time of a document
	// they are only asked where Previous does not have it.
	Stamps map[string]Stamp
	// At is the time of change of a document whose bytes differ from the last ones. It
	// is in no document.
	At time.Time
}

var feedName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// reserved reports whether a name is needed for a document of our own.
func reserved(name string) bool { return name == "index" || name == "healthz" || name == "readyz" }

// Base returns a base address as documents have it: encoded, and without a slash at its end. It
// returns nothing for what is no http(s) address.
func Base(address string) string { return strings.TrimRight(webLink(address), "/") }

// basePath returns the path of a base address.
func basePath(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Path
}

// sound returns the settings with their defaults filled in, or what is wrong with the input.
func (in *Input) sound() (Settings, error) {
	s := in.Settings
	u, err := url.Parse(s.BaseURL)
	if err != nil || webLink(s.BaseURL) == "" || u.RawQuery != "" || u.Fragment != "" {
		return s, fmt.Errorf("base address %q is not an http(s) address", s.BaseURL)
	}
	s.BaseURL = Base(s.BaseURL)
	s.Title = line(s.Title)
	if s.Title == "" {
		s.Title = u.Host
	}
	if s.Language = language(s.Language); s.Language == "" {
		s.Language = "en"
	}
	if s.Hub != "" && webLink(s.Hub) == "" {
		return s, fmt.Errorf("hub %q is not an http(s) address", s.Hub)
	}
	s.Hub = webLink(s.Hub)
	if s.TimeZone == nil {
		s.TimeZone = time.UTC
	}
	names := map[string]bool{}
	for i := range in.Editions {
		name := in.Editions[i].Feed.Name
		if !feedName.MatchString(name) || reserved(name) || names[name] {
			return s, fmt.Errorf("a feed cannot have the name %q", name)
		}
		names[name] = true
	}
	if s.Home != "" && !names[s.Home] {
		return s, fmt.Errorf("the home page is the feed %q, which there is not", s.Home)
	}
	return s, nil
}
