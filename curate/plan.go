package curate

import (
	"slices"
	"sort"

	"wiredesk"
)

// A Showing is what a feed showed, or would show: its own words, and its entries in their
// order.
type Showing struct {
	About   string // title, description and the like
	Entries []Shown
}

// A Shown is one entry of a feed.
type Shown struct {
	ID     string // published id
	Title  string
	Link   string
	Source string // of the lead
	// Also are the links of the items that are named with it.
	Also []string
}

// ShowingOf returns what an edition shows.
func ShowingOf(e wiredesk.Edition) Showing {
	f := e.Feed
	s := Showing{About: f.Title + "\n" + f.Description + "\n" + f.Language + "\n" + f.Image + "\n" + f.HomePage + "\n" + f.Author + "\n" + f.Rights}
	for _, entry := range e.Entries {
		shown := Shown{ID: entry.ID, Title: entry.Title, Link: entry.Item.Link, Source: entry.Source.Title}
		for _, also := range entry.Also {
			shown.Also = append(shown.Also, also.Source.URL+" "+also.Link)
		}
		s.Entries = append(s.Entries, shown)
	}
	return s
}

// Changes are what makes one showing of a feed another.
type Changes struct {
	Appear []Shown // of which those whose ids are in New are new to subscribers
	New    []string
	Vanish []Shown
	Move   []Shown // stand elsewhere among those that stay
	Change []Shown // have another title, lead or company
	About  bool    // the feed's own words change
}

// None reports whether nothing changes.
func (c *Changes) None() bool {
	return len(c.Appear)+len(c.Vanish)+len(c.Move)+len(c.Change) == 0 && !c.About
}

// Compare returns what makes before after. Announced reports whether an id was announced in
// the feed before: an entry that comes back is not new to anybody.
func Compare(before, after Showing, announced func(id string) bool) Changes {
	c := Changes{About: before.About != after.About}
	was := make(map[string]int, len(before.Entries))
	for i, e := range before.Entries {
		was[e.ID] = i
	}
	stays := make(map[string]bool)
	var from []int // where those that stay stood, in their new order
	var kept []Shown
	for _, e := range after.Entries {
		i, ok := was[e.ID]
		if !ok {
			c.Appear = append(c.Appear, e)
			if !announced(e.ID) {
				c.New = append(c.New, e.ID)
			}
			continue
		}
		stays[e.ID] = true
		from, kept = append(from, i), append(kept, e)
		if old := before.Entries[i]; old.Title != e.Title || old.Link != e.Link || !slices.Equal(old.Also, e.Also) {
			c.Change = append(c.Change, e)
		}
	}
	for _, e := range before.Entries {
		if !stays[e.ID] {
			c.Vanish = append(c.Vanish, e)
		}
	}
	inPlace := longestRise(from)
	for i, e := range kept {
		if !inPlace[i] {
			c.Move = append(c.Move, e)
		}
	}
	return c
}

// longestRise marks a longest rising subsequence: what need not be moved to bring the others
// into order.
func longestRise(numbers []int) []bool {
	var ends []int // by length less one: index of the least number that ends such a rise
	before := make([]int, len(numbers))
	for i, n := range numbers {
		at := sort.Search(len(ends), func(k int) bool { return numbers[ends[k]] >= n })
		before[i] = -1
		if at > 0 {
			before[i] = ends[at-1]
		}
		if at == len(ends) {
			ends = append(ends, i)
		} else {
			ends[at] = i
		}
	}
	marks := make([]bool, len(numbers))
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			marks[i] = true
		}
	}
	return marks
}

// Announced reports whether an id was announced in a feed.
func (d *Desk) Announced(feed, id string) bool {
	_, ok := d.rows[rowKey{feed, d.owner[id]}]
	return ok
}
