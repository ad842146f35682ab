package publish

import (
	"time"

	"wiredesk"
)

// A listing is what the index shows of every feed, in order.
type listing []card

// A card is one feed on the index.
type card struct {
	Name, Title, Description, Language string
	Entries                            int
	Updated                            time.Time
	Newest                             []headline
}

// A headline is an entry on the index.
type headline struct {
	Title, Link, Source string
	Published           time.Time
}

func newListing(in *Input) listing {
	var l listing
	for i := range in.Editions {
		e := &in.Editions[i]
		c := card{
			Name:        e.Feed.Name,
			Title:       cut(line(e.Feed.Title), maxTitle),
			Description: line(e.Feed.Description),
			Language:    language(e.Feed.Language),
			Entries:     len(e.Entries),
			Updated:     moment(e.Updated),
			Newest:      newest(e.Entries),
		}
		if c.Title == "" {
			c.Title = c.Name
		}
		l = append(l, c)
	}
	return l
}

// newest returns the first few entries that have something to show. A digest has not: what it
// lists is not new.
func newest(entries []wiredesk.Entry) []headline {
	const most = 4
	var made []headline
	for i := range entries {
		if len(made) == most {
			break
		}
		e := &entries[i]
		h := headline{Title: cut(line(e.Title), maxTitle), Link: webLink(e.Item.Link), Source: newCredit(e.Source).label(), Published: moment(e.Published)}
		if h.Title == "" {
			h.Title = excerpt(e.Item.Content+e.Item.Summary, shownTitle)
		}
		if h.Title != "" && len(e.Digest) == 0 {
			made = append(made, h)
		}
	}
	return made
}

// A menuItem leads from one page to another feed's.
type menuItem struct{ Name, Title string }

// maxMenu is how many feeds every page lists. More are found at the front page alone: nobody
// reads so long a menu, and each page would grow with each feed.
const maxMenu = 40

// menu returns all feeds, or nothing if there are too many, or one: there is nowhere else to go.
func (l listing) menu() []menuItem {
	if len(l) < 2 || len(l) > maxMenu {
		return nil
	}
	var menu []menuItem
	for _, c := range l {
		menu = append(menu, menuItem{Name: c.Name, Title: c.Title})
	}
	return menu
}
