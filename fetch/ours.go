package fetch

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"wiredesk"
)

// What we publish must not come back to us as news: by another name of this machine, which the
// guard cannot know, or by somebody who republishes it.
var (
	errOurs = errors.New("this is what we publish ourselves: a desk does not read its own feeds; take it out, " +
		"or if it is another desk's, give that one a base_url of its own")
	errCopy = errors.New("everything in it is a copy of what we publish ourselves: take it out, or subscribe to where that desk has the rest from")
)

// A site is the addresses of our feeds, made ready for comparing. A nil one has none.
type site struct {
	host  string
	paths []string // of the pages of feeds, and of what lies below them
}

// SetSite says under which address we publish which feeds. A document that is one of them is
// refused from then on, and entries that are copies of theirs are left out.
func (c *Client) SetSite(base string, feeds []string) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		c.site.Store(nil)
		return
	}
	s := &site{host: siteHost(u)}
	// The feed for the owner is none to republish either.
	for _, name := range append([]string{"status"}, feeds...) {
		s.paths = append(s.paths, strings.TrimRight(u.Path, "/")+"/"+name)
	}
	c.site.Store(s)
}

// has reports whether an address is that of one of our feeds, in whatever format, by http or
// https. Other addresses of the same host are somebody else's: a blog beside our pages, say.
func (s *site) has(address string) bool {
	if s == nil || address == "" {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || siteHost(u) != s.host {
		return false
	}
	return slices.ContainsFunc(s.paths, func(path string) bool {
		rest, under := strings.CutPrefix(u.Path, path)
		return under && (rest == "" || rest == ".rss" || rest == ".atom" || rest == ".json" || rest[0] == '/')
	})
}

// siteHost returns host and port of an address as they are compared.
func siteHost(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	return host
}

// leaveOut takes copies of what we publish out of a document. The error says that all of it
// is ours, or that nothing else is left.
func (s *site) leaveOut(doc *wiredesk.Document) error {
	if s.has(doc.Channel.Self) || s.has(doc.Channel.ID) {
		return errOurs
	}
	before := len(doc.Items)
	doc.Items = slices.DeleteFunc(doc.Items, func(it wiredesk.Item) bool {
		return it.Origin != nil && (s.has(it.Origin.URL) || s.has(it.Origin.ID) || s.has(it.Origin.Link))
	})
	if before > 0 && len(doc.Items) == 0 {
		return errCopy
	}
	return nil
}
