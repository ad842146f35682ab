package likeness

import (
	"fmt"
	"slices"
)

// A Kind is what two items have to do with each other.
type Kind uint8

// The kinds.
const (
	None      Kind = iota
	Duplicate      // the same text republished
	Event          // another text on the same event
)

// A Tie is what comparing found.
type Tie struct {
	Kind  Kind
	Score float64 // 0 to 1
	On    string  // what it was found on, in words
}

const (
	shortText = 64 // pieces; below it each number and name counts
	enough    = 12 // pieces that a text must have to be compared as a text

	leastPart = 0.45 // of the shorter text in the longer, with less of which nothing makes them the same
)

// Compare tells whether two items are the same text republished. The score is the share of
// the shorter text that the longer one has.
func Compare(a, b Fingerprint) Tie {
	small := min(a.size, b.size)
	whole, part := 0.0, 0.0
	if small >= enough { // nearly all candidates end here, and little of them was looked at
		if whole, part = overlap(&a, &b); part < leastPart {
			return Tie{Score: part, On: "less than half of the text"}
		}
	}
	title, few := titles(&a, &b)
	if against(a.numbers, b.digits) && against(b.numbers, a.digits) {
		return Tie{On: "other numbers in the title"}
	}
	agree, differ := facts(&a, &b)
	if small < enough {
		return compareTitles(&a, &b, title, differ, small)
	}
	t := Tie{Score: part, On: fmt.Sprintf("%.0f %% of the text, %.0f %% of the title", 100*part, 100*title)}
	if small < shortText && differ > 0 || differ > 1 && 3*differ > agree || title < titleAlike && differ > 1 {
		t.On += ", other numbers or names"
		return t
	}
	begin := beginning(&a, &b)
	switch {
	case a.lacks(b.about) && b.lacks(a.about), differ > 0 && a.lacks(b.names) && b.lacks(a.names):
		t.On += ", each about something that the other has not"
	case (small < shortText || part < 0.9) && otherDays(&a, &b):
		t.On += ", of other days"
	case part < 0.9 && begin < 0.5:
		t.On += ", another beginning"
	case same(whole, part, title, small, a.titled() || b.titled()),
		differ == 0 && begin >= 0.6 && sameTitle(&a, &b),
		differ == 0 && begin >= 0.9 && title >= 0.75,
		begin >= 0.8 && few >= titleAlike && part >= 0.9 && small >= 30:
		t.Kind = Duplicate
	}
	return t
}

// sameTitle reports whether two titles are equal and say enough to belong to one text.
func sameTitle(a, b *Fingerprint) bool {
	return a.exact == b.exact && len(a.title) >= 5 && a.count >= 6
}

// titled reports whether the text has words of the title: then it is no mere frame of a site.
func (f *Fingerprint) titled() bool { return len(f.about) >= 2 && 2*len(f.about) >= len(f.title) }

// beginning returns how much of the first words of one text is at the beginning of the other,
// whichever is more. What is told anew begins with what is new; what is copied has only a few
// words of the site before it.
func beginning(a, b *Fingerprint) float64 {
	of := func(lead, opening []uint16) float64 {
		return float64(shared(lead, opening)) / float64(max(len(lead), 1))
	}
	return max(of(a.lead, b.opening), of(b.lead, a.opening))
}

const titleAlike = 0.5

// same is the rule. The less the titles agree, the more of the text must.
func same(whole, part, title float64, small int, titled bool) bool {
	switch {
	case title < 0.2: // what is much the same then may be the site's own words
		return titled && small >= shortText && part >= 0.95 && whole >= 0.85
	case title < 0.35:
		return small >= shortText && part >= 0.9
	case title < titleAlike:
		return part >= 0.8
	case title < 0.75 || small < shortText:
		return part >= 0.65
	}
	return part >= 0.58
}

// compareTitles decides where at least one side has hardly a text.
func compareTitles(a, b *Fingerprint, title float64, differ, small int) Tie {
	t := Tie{Score: title, On: fmt.Sprintf("%.0f %% of the title", 100*title)}
	if sameTitle(a, b) && differ == 0 && (small == 0 || shared(a.opening, b.opening) > small/2) {
		t.Kind = Duplicate
	}
	return t
}

// overlap returns which share of all pieces both texts have, and which share of the
// shorter text.
func overlap(a, b *Fingerprint) (whole, part float64) {
	small, large := a, b
	if a.size > b.size {
		small, large = b, a
	}
	agree := 0
	for i := range small.sketch {
		if small.sketch[i] == large.sketch[i] {
			agree++
		}
	}
	whole = float64(agree) / slots
	part = min(1, whole*float64(a.size+b.size)/(1+whole)/float64(small.size))
	// A summary is the beginning of the text: there the sketch, which is an estimate, is
	// coarse and the pieces of the beginning are exact.
	if small.size <= shortText && len(small.opening) > 0 {
		begin := float64(shared(small.opening, large.opening)) / float64(len(small.opening))
		if large.size <= shortText || begin > part {
			part = begin
		}
	}
	return whole, part
}

// titles returns how much of two titles is the same (Dice). A title of few words ("Weekly
// links") may come again over another text, so it counts for little; few is what it would be.
func titles(a, b *Fingerprint) (same, few float64) {
	if len(a.title) == 0 || len(b.title) == 0 {
		return 0, 0
	}
	n := 0
	for _, w := range a.title {
		if slices.Contains(b.title, w) {
			n++
		}
	}
	few = 2 * float64(n) / float64(len(a.title)+len(b.title))
	if min(len(a.title), len(b.title)) < 4 {
		return min(few, 0.34), few
	}
	return few, few
}

// against reports whether some of the numbers are not among all those of the other side.
func against(numbers, all []uint16) bool { return shared(numbers, all) < len(numbers) }

// facts counts the places at which both texts have a number or a name, the same or another. The
// same words can be around several in one text: then one that both have is enough to agree.
func facts(a, b *Fingerprint) (agree, differ int) {
	for i, j := 0, 0; i < len(a.facts) && j < len(b.facts); {
		x, y := a.facts[i:], b.facts[j:]
		switch {
		case x[0].place == y[0].place:
			x, y = samePlace(x), samePlace(y)
			switch {
			case slices.ContainsFunc(x, func(f fact) bool { return slices.Contains(y, f) }):
				agree++
			case slices.ContainsFunc(x, func(f fact) bool { return f.number == y[0].number }):
				differ++
			}
			i, j = i+len(x), j+len(y)
		case x[0].place < y[0].place:
			i++
		default:
			j++
		}
	}
	return agree, differ
}

// samePlace returns the first of some facts and those after it that are at the same place.
func samePlace(list []fact) []fact {
	n := 1
	for n < len(list) && list[n].place == list[0].place {
		n++
	}
	return list[:n]
}
