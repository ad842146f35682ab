package curate

import (
	"reflect"
	"slices"
	"sort"

	"wiredesk"
)

// A FeedPlan is what makes one edition of a feed another. Positions count from 1.
type FeedPlan struct {
	Feed          string
	Standing      Standing
	Before, After int         // how many entries there are
	Words         []WordsPlan // of the feed itself: its title, its description …

	Appear []EntryPlan
	Vanish []EntryPlan
	Move   []EntryPlan // stand elsewhere among those that stay
	Merge  []EntryPlan // stop being entries of their own: another one tells their items
	Split  []EntryPlan // become entries of their own: another one told their items
	Change []EntryPlan // stay, and are shown differently
}

// A Standing says whether a feed is there before and after.
type Standing string

// The standings.
const (
	FeedNew     Standing = "new"
	FeedRemoved Standing = "removed"
	FeedChanged Standing = "changed"
	FeedSame    Standing = "none"
)

// A WordsPlan is one text of a feed itself that changes.
type WordsPlan struct{ What, Before, After string }

// An EntryPlan is what happens to one entry.
type EntryPlan struct {
	Entry wiredesk.Entry // as it is after; of one that goes, as it was
	// New says that it is new to subscribers: it was never announced in the feed.
	New      bool
	From, To int      // its positions; 0 is not there
	With     string   // id of the entry that it merges into or splits from
	What     []string // what of it changes
}

// New returns how many entries are new to subscribers.
func (p *FeedPlan) New() (n int) {
	for _, e := range slices.Concat(p.Appear, p.Split) {
		if e.New {
			n++
		}
	}
	return n
}

// Compare returns what makes the editions before those after, feed by feed: in the order of
// after, then what is removed. Announced reports whether an id was announced in a feed: what
// comes back is not new to anybody.
func Compare(before, after []wiredesk.Edition, announced func(feed, id string) bool) []FeedPlan {
	was := make(map[string]*wiredesk.Edition, len(before))
	for i := range before {
		was[before[i].Feed.Name] = &before[i]
	}
	var plans []FeedPlan
	for i := range after {
		name := after[i].Feed.Name
		old, known := was[name]
		if !known {
			old = &wiredesk.Edition{Feed: after[i].Feed}
		}
		p := compare(old, &after[i], announced)
		if !known {
			p.Standing = FeedNew
		}
		plans = append(plans, p)
		delete(was, name)
	}
	for i := range before {
		if old := &before[i]; was[old.Feed.Name] != nil {
			p := compare(old, &wiredesk.Edition{Feed: old.Feed}, announced)
			p.Standing = FeedRemoved
			plans = append(plans, p)
		}
	}
	return plans
}

// compare compares two editions of one feed.
func compare(before, after *wiredesk.Edition, announced func(feed, id string) bool) FeedPlan {
	p := FeedPlan{
		Feed: after.Feed.Name, Standing: FeedChanged, Before: len(before.Entries), After: len(after.Entries),
		Words: compareWords(&before.Feed, &after.Feed),
	}
	was, is := newTellers(before), newTellers(after)
	var stay []EntryPlan // in their new order
	for i, e := range after.Entries {
		change := EntryPlan{Entry: e, From: was.position[e.ID], To: i + 1}
		if change.From > 0 {
			change.What = compareEntries(&before.Entries[change.From-1], &e)
			stay = append(stay, change)
			continue
		}
		change.New = !announced(p.Feed, e.ID)
		// What tells an item that another entry told, which is still there, came out of that.
		if change.With = was.other(&e, is); change.With != "" {
			p.Split = append(p.Split, change)
		} else {
			p.Appear = append(p.Appear, change)
		}
	}
	for i, e := range before.Entries {
		if is.position[e.ID] > 0 {
			continue
		}
		change := EntryPlan{Entry: e, From: i + 1}
		if change.With = is.other(&e, was); change.With != "" {
			p.Merge = append(p.Merge, change)
		} else {
			p.Vanish = append(p.Vanish, change)
		}
	}
	p.Move = moved(stay)
	for _, change := range stay {
		if len(change.What) > 0 {
			p.Change = append(p.Change, change)
		}
	}
	if len(p.Words)+len(p.Appear)+len(p.Vanish)+len(p.Move)+len(p.Merge)+len(p.Split)+len(p.Change) == 0 {
		p.Standing = FeedSame
	}
	return p
}

// tellers say of one edition where an entry stands and which one tells an item.
type tellers struct {
	position map[string]int
	teller   map[wiredesk.ItemID]string
}

func newTellers(e *wiredesk.Edition) tellers {
	t := tellers{make(map[string]int), make(map[wiredesk.ItemID]string)}
	for i := range e.Entries {
		t.position[e.Entries[i].ID] = i + 1
		for _, id := range told(&e.Entries[i]) {
			t.teller[id] = e.Entries[i].ID
		}
	}
	return t
}

// other returns the entry that tells an item of e here, if it is there in the other edition
// as well; empty if none does.
func (t tellers) other(e *wiredesk.Entry, there tellers) string {
	for _, id := range told(e) {
		if by := t.teller[id]; by != "" && there.position[by] > 0 {
			return by
		}
	}
	return ""
}

// told returns the items that an entry names.
func told(e *wiredesk.Entry) []wiredesk.ItemID {
	ids := []wiredesk.ItemID{e.Item.ID}
	for _, also := range e.Also {
		ids = append(ids, also.Item)
	}
	return ids
}

// compareWords returns which texts of a feed itself change.
func compareWords(a, b *wiredesk.Feed) (changes []WordsPlan) {
	for _, w := range []WordsPlan{
		{"title", a.Title, b.Title},
		{"description", a.Description, b.Description},
		{"language", a.Language, b.Language},
		{"image", a.Image, b.Image},
		{"home_page", a.HomePage, b.HomePage},
		{"author", a.Author, b.Author},
		{"rights", a.Rights, b.Rights},
	} {
		if w.Before != w.After {
			changes = append(changes, w)
		}
	}
	return changes
}

// compareEntries returns what of an entry is shown differently, in words.
func compareEntries(a, b *wiredesk.Entry) (what []string) {
	for _, part := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title},
		{"lead", reflect.DeepEqual(besides(&a.Item), besides(&b.Item))},
		{"content", a.Item.Summary == b.Item.Summary && a.Item.Content == b.Item.Content && a.Item.Image == b.Item.Image},
		{"source", sameCredit(a.Source, b.Source)},
		{"company", a.Coverage == b.Coverage && slices.EqualFunc(a.Also, b.Also, sameCoverage)},
		{"tags", slices.Equal(a.Tags, b.Tags)},
		{"note", a.Note == b.Note},
		{"pin", a.Pinned == b.Pinned},
		{"date", a.Published.Equal(b.Published) && a.Updated.Equal(b.Updated)},
	} {
		if !part.same {
			what = append(what, part.name)
		}
	}
	return what
}

// besides returns what is published of a lead besides what has a name of its own above. That
// another item leads is no change if nobody can see it, as with sources that are private.
func besides(it *wiredesk.Item) wiredesk.Item {
	return wiredesk.Item{
		Link: it.Link, Authors: it.Authors, Categories: it.Categories, Enclosures: it.Enclosures, Language: it.Language,
		Rights: it.Rights, License: it.License, Comments: it.Comments, External: it.External, Origin: it.Origin, Podcast: it.Podcast,
	}
}

func sameCoverage(a, b wiredesk.Coverage) bool {
	return a.Title == b.Title && a.Link == b.Link && sameCredit(a.Source, b.Source)
}

func sameCredit(a, b wiredesk.Credit) bool {
	return a.ID == b.ID && a.Title == b.Title && a.URL == b.URL && a.Link == b.Link
}

// moved returns what must be moved to bring the entries that stay, in their new order, there
// from their old one: as few as will do.
func moved(stay []EntryPlan) (out []EntryPlan) {
	from := make([]int, len(stay))
	for i := range stay {
		from[i] = stay[i].From
	}
	inPlace := longestRise(from)
	for i := range stay {
		if !inPlace[i] {
			out = append(out, stay[i])
		}
	}

	return out
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
