package fetch

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"wiredesk"
)

const (
	// untoldMost is how many polls in a row may bring what a hub should have sent before,
	// until the hub is not relied upon any more. One may just have been faster than the hub.
	untoldMost = 2
	// slowest is how seldom a source is polled at most because its hub sends what is new.
	slowest = 24 * time.Hour
)

// untilTold returns how long a source may be left alone because a hub sends its news; zero
// if it may not. It never goes beyond the lease: what was not renewed by then is asked for.
func untilTold(now time.Time, st *wiredesk.SourceState, a Answer) time.Duration {
	if a.News || st.Untold >= untoldMost {
		return 0
	}
	return min(st.PushedUntil.Sub(now), slowest)
}

// CatchUp brings a target forward that was left alone because its hub sends what is new:
// while the program did not run it may have missed that. Nobody is asked at once, and
// nobody sooner than without a hub.
func (t *Target) CatchUp(now time.Time, st *wiredesk.SourceState) {
	interval := rangeOf(t.Source).base
	if st.PushedUntil.After(now) && t.Due.Sub(now) > interval {
		t.Due = now.Add(fraction(interval, t.Source.URL, "", st.Polls))
	}
}

// sayHubs puts the hubs and the topic that an answer names in its Link header in the place
// of those that the document names (WebSub section 4).
func sayHubs(c *wiredesk.Channel, resp *Response) {
	var hubs []string
	self := ""
	for _, l := range linkHeader(resp.Header) {
		address := webAddress(resp.URL, l.target)
		switch {
		case address == "":
		case hasWord(l.rel, "hub") && len(hubs) < maxMany && !slices.Contains(hubs, address):
			hubs = append(hubs, address)
		case hasWord(l.rel, "self") && self == "":
			self = address
		}
	}
	if len(hubs) > 0 {
		c.Hubs = hubs
	}
	if self != "" {
		c.Self = self
	}
}

// A headerLink is one link of a Link header.
type headerLink struct{ target, rel string }

// linkHeader reads the Link headers of an answer (RFC 8288 section 3). Links that speak of
// another document (anchor) are left out; what cannot be read ends that header.
func linkHeader(h http.Header) []headerLink {
	var all []headerLink
	for _, text := range h.Values("Link") {
		for len(all) < maxMany {
			text = strings.TrimLeft(text, " \t,")
			target, rest, ok := strings.Cut(strings.TrimPrefix(text, "<"), ">")
			if !strings.HasPrefix(text, "<") || !ok {
				break
			}
			l, about := headerLink{target: strings.TrimSpace(target)}, ""
			for {
				var name, value string
				if name, value, rest, ok = linkParameter(rest); !ok {
					break
				}
				switch {
				case strings.EqualFold(name, "rel") && l.rel == "":
					l.rel = value
				case strings.EqualFold(name, "anchor"):
					about = value
				}
			}
			if about == "" {
				all = append(all, l)
			}
			text = rest
		}
	}
	return all
}

// linkParameter takes one parameter off the front of a text: ;name, ;name=value or
// ;name="value".
func linkParameter(text string) (name, value, rest string, ok bool) {
	rest = strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(rest, ";") {
		return "", "", rest, false
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	end := strings.IndexAny(rest, "=;,")
	if end < 0 {
		end = len(rest)
	}
	name, rest = strings.TrimSpace(rest[:end]), rest[end:]
	if !strings.HasPrefix(rest, "=") {
		return name, "", rest, true
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	if !strings.HasPrefix(rest, `"`) {
		if end = strings.IndexAny(rest, ";,"); end < 0 {
			end = len(rest)
		}
		return name, strings.TrimSpace(rest[:end]), rest[end:], true
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			return name, b.String(), rest[i+1:], true
		case '\\':
			i++
		}
		if i < len(rest) {
			b.WriteByte(rest[i])
		}
	}
	return name, b.String(), "", true
}
