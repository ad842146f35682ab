package publish

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/publish/valid"

	"github.com/gorilla/feeds"
)

// statusEntries is how many events the status feed shows.
const statusEntries = 100

// beforeEvents is the date of a status feed without events. Validators take 1970 for a mistake.
var beforeEvents = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Status renders the feed that tells the owner of a desk what became of its sources, at
// address, which nobody else is to know. Events are oldest first; of those the newest hundred
// are shown. It is pure and depends on its arguments alone. An error is a mistake of ours.
func Status(s Settings, address string, events []wiredesk.Event) (*Document, error) {
	events = slices.Clone(events[max(len(events)-statusEntries, 0):])
	slices.SortStableFunc(events, func(a, b wiredesk.Event) int { return cmp.Compare(b.Seq, a.Seq) })
	home := strings.TrimRight(s.BaseURL, "/")
	title := cmp.Or(line(s.Title), host(s.BaseURL))
	f := &statusFeed{atomFeed: atomFeed{
		AtomFeed:  feeds.AtomFeed{Xmlns: "http://www.w3.org/2005/Atom", Id: wiredesk.StatusID(home)},
		Lang:      "en",
		NSMedia:   "http://search.yahoo.com/mrss/",
		Title:     plain(title + ": its sources"),
		Subtitle:  new(plain("What became of the sources of this desk. For its owner alone: whoever knows this address can read it.")),
		Generator: generator,
		Links: []atomLink{
			{Rel: "self", Href: webLink(address), Type: "application/atom+xml"},
			{Rel: "alternate", Href: webLink(home + "/"), Type: "text/html"},
		},
		Author: &atomPerson{Name: title},
	}}
	newest := beforeEvents // Atom demands a date; without events there is none to be had
	for i := range events {
		if at := moment(events[i].At); at.After(newest) {
			newest = at
		}
		f.Entries = append(f.Entries, statusEntry(&events[i]))
	}
	f.Updated = rfc3339(newest)
	ids := make([]string, len(f.Entries))
	for i, e := range f.Entries {
		ids[i] = e.Id
	}
	body, err := marshal(f)
	if err == nil {
		err = (&syntax{check: valid.Atom}).hold(body, ids)
	}
	if err != nil {
		return nil, err
	}
	return draft{path: "/", mime: typeAtom, policy: feedPolicy, secret: true, body: body}.seal(nil, Stamp{}, newest), nil
}

// A statusFeed is an atomFeed with its entries.
type statusFeed struct {
	atomFeed
	Entries []*atomEntry `xml:"entry"`
}

// FeedXml makes it a feeds.XmlFeed; see that of [rssChannel].
func (f *statusFeed) FeedXml() any { return f }

func statusEntry(e *wiredesk.Event) *atomEntry {
	entry := &atomEntry{
		AtomEntry: feeds.AtomEntry{
			Id: e.ID, Published: rfc3339(moment(e.At)), Updated: eventTime(e),
			Content: &feeds.AtomContent{Type: "html", Content: statusText(e)},
		},
		Title:      plain(cut(line(e.Headline), maxTitle)),
		Categories: []atomCategory{{Term: string(e.Kind)}},
	}
	if e.Gate != "" {
		entry.Categories = append(entry.Categories, atomCategory{Term: string(e.Gate)})
	}
	for _, link := range []string{e.Link, e.URL} {
		if link = webLink(link); link != "" {
			entry.Links = []atomLink{{Rel: "alternate", Href: link}}
			break
		}
	}
	return entry
}

// eventTime is when something happened. Validators take it amiss if two entries changed at the
// same time, so its number tells those apart that came together.
func eventTime(e *wiredesk.Event) string {
	at := moment(e.At).Truncate(time.Millisecond).Add(time.Duration(e.Seq%1000) * time.Microsecond)
	return at.Format("2006-01-02T15:04:05.000000Z")
}

// statusText is an event in HTML: everything in it is text.
func statusText(e *wiredesk.Event) string {
	var b strings.Builder
	b.WriteString("<p>" + html.EscapeString(clean(e.Text)) + "</p>")
	if e.URL != "" {
		b.WriteString("<p>Its address: " + html.EscapeString(clean(e.URL)) + "</p>")
	}
	if len(e.Do) == 0 {
		return b.String()
	}
	b.WriteString("<p>What you can do:</p><ul>")
	for _, step := range e.Do {
		b.WriteString("<li>" + html.EscapeString(clean(step.What)))
		if step.Command != "" {
			b.WriteString(": <code>" + html.EscapeString(clean(step.Command)) + "</code>")
		}
		b.WriteString("</li>")
	}
	b.WriteString("</ul>")
	return b.String()
}
