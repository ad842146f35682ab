package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wiredesk"
	"wiredesk/curate/likeness"
)

// An article has a title and paragraphs. Those of negatives.txt are none of them the same
// as another, however alike they are.
type article struct {
	title      string
	paragraphs []string
	unspaced   bool
	negative   bool
}

func readArticles(dir string) ([]article, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no articles in %s: %w", dir, err)
	}
	var all []article
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		negative := filepath.Base(name) == "negatives.txt"
		for part := range strings.SplitSeq("\n"+string(text), "\n== ") {
			title, body, _ := strings.Cut(strings.TrimSpace(part), "\n")
			if title == "" {
				continue
			}
			a := article{title: title, negative: negative}
			if !negative {
				language, rest, _ := strings.Cut(title, " ")
				a.title = rest
				a.unspaced = slices.Contains([]string{"ja", "zh", "th"}, language)
			}
			if body = strings.TrimSpace(body); body != "" {
				a.paragraphs = strings.Split(body, "\n\n")
			}
			all = append(all, a)
		}
	}
	return all, nil
}

func (a article) text() string { return strings.Join(a.paragraphs, "\n") }

func (a article) fingerprint() likeness.Fingerprint { return likeness.Of(a.title, "", a.text()) }

// lead is the article as feeds with summaries have it.
func (a article) lead() likeness.Fingerprint { return likeness.Of(a.title, a.paragraphs[0], "") }

const (
	before = "By our staff writer. Posted 3 March 2025 at 09:30. Share on your favourite network. Listen to this article, five minutes."
	after  = "Read More. Leave a Reply. Your email address will not be published. Required fields are marked. Related posts: ten things to do this weekend; our guide to the coast. Copyright 2025, all rights reserved. The post appeared first on the Evening Lantern."
)

// with returns the article with a site's own words around it.
func (a article) with(before, after string) article {
	b := a
	b.paragraphs = append(append([]string{before}, a.paragraphs...), after)
	return b
}

// without returns it without a paragraph.
func (a article) without(i int) article {
	b := a
	b.paragraphs = append(append([]string{}, a.paragraphs[:i]...), a.paragraphs[i+1:]...)
	return b
}

// edited returns it with a share of its words changed, or of its characters where no
// spaces are between the words.
func (a article) edited(r *rand.Rand, part float64) article {
	b := a
	b.paragraphs = nil
	for _, p := range a.paragraphs {
		words, gap := strings.Fields(p), " "
		if a.unspaced {
			words, gap, part = strings.Split(p, ""), "", part/2
		}
		for i := range words {
			if r.Float64() < part {
				switch r.IntN(3) {
				case 0:
					words[i] = ""
				case 1:
					words[i] = words[r.IntN(len(words))]
				default:
					words[i] += gap + words[r.IntN(len(words))]
				}
			}
		}
		b.paragraphs = append(b.paragraphs, strings.Join(words, gap))
	}
	return b
}

// reworded returns it with another headline of much the same words.
func (a article) reworded(r *rand.Rand) article {
	b := a
	gap := " "
	if a.unspaced {
		gap = ""
	}
	words := strings.Split(a.title, gap)
	i := r.IntN(len(words))
	words[i] = [2]string{"", "update"}[r.IntN(2)]
	b.title = strings.Join(words, gap) + " | Evening Lantern"
	return b
}

// variants returns what others make of an article.
func (a article) variants(r *rand.Rand) map[string]likeness.Fingerprint {
	last := len(a.paragraphs) - 1
	return map[string]likeness.Fingerprint{
		"reworded":         a.reworded(r).fingerprint(),
		"around":           a.with(before, after).fingerprint(),
		"cut":              a.without(last).fingerprint(),
		"cut two":          a.without(last).without(1 + r.IntN(last-1)).fingerprint(),
		"3 %":              a.edited(r, 0.03).reworded(r).fingerprint(),
		"10 %":             a.edited(r, 0.1).fingerprint(),
		"10 %, reworded":   a.edited(r, 0.1).reworded(r).fingerprint(),
		"around, cut, 3 %": a.without(last).edited(r, 0.03).with(before, after).reworded(r).fingerprint(),
		"around, 10 %":     a.edited(r, 0.1).with(before, after).fingerprint(),
		"summary":          a.lead(),
		"summary reworded": a.reworded(r).lead(),
		"summary, more":    likeness.Of(a.title, a.paragraphs[0]+" Read More", ""),
	}
}

// followUp returns what the same desk writes the next day: a new headline and new facts
// over the old background.
func (a article) followUp() article {
	const first = `A day after the first reports a spokesman said 17 people had asked for an inquiry, and that papers found overnight
		put the matter in another light. He would not say who had signed them. A committee meets on the 9th to hear both sides.`
	const second = `Critics said the answer came too late. They called for the accounts of the past 6 years to be published, and
		announced a march through the centre for the coming weekend, at which some thousand people are expected.`
	return article{
		title: "Inquiry demanded: " + string([]rune(a.title)[:5]) + " faces new questions", unspaced: a.unspaced,
		paragraphs: append([]string{first, second}, a.paragraphs[2:]...),
	}
}

// A tally counts pairs of items that are or are not the same text.
type tally struct {
	right, missed, false, negatives int
	wrong                           []string
}

func (t *tally) precision() float64 { return float64(t.right) / float64(max(t.right+t.false, 1)) }
func (t *tally) recall() float64    { return float64(t.right) / float64(max(t.right+t.missed, 1)) }

func (t *tally) add(what string, same bool, a, b likeness.Fingerprint) {
	tie := likeness.Compare(a, b)
	switch {
	case same && tie.Kind == likeness.Duplicate:
		t.right++
		return
	case same:
		t.missed++
	case tie.Kind == likeness.Duplicate:
		t.negatives++
		t.false++
	default:
		t.negatives++
		return
	}
	t.wrong = append(t.wrong, fmt.Sprintf("%s: taken for %d: %s", what, tie.Kind, tie.On))
}

// duplicates compares every article with its variants, and with every other.
func duplicates(articles []article) *tally {
	t := new(tally)
	r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same each time
	site := "Good evening and welcome. " + before + " You read the Lantern because you care about this town."
	foot := after + " Support the Lantern from three pounds a month and read without advertisements on all of your devices. " + wiredesk.Text("<p>Call the news desk day or night.</p>")
	for i, a := range articles {
		if !a.negative {
			for what, f := range a.variants(r) {
				t.add(what+" of "+a.title, true, a.fingerprint(), f)
			}
			for what, f := range a.syndicated(r) {
				t.add(what+" of "+a.title, true, a.fingerprint(), f)
			}
			next := a.followUp()
			t.add("follow-up of "+a.title, false, a.fingerprint(), next.fingerprint())
			t.add("follow-up with boilerplate of "+a.title, false, a.with(site, foot).fingerprint(), next.with(site, foot).fingerprint())
		}
		for _, b := range articles[:i] {
			what := a.title + " and " + b.title
			t.add(what, false, a.fingerprint(), b.fingerprint())
			if !a.negative && !b.negative {
				t.add("boilerplate of "+what, false, a.with(site, foot).fingerprint(), b.with(site, foot).fingerprint())
				t.add("lead with boilerplate of "+what, false,
					article{title: a.title, paragraphs: []string{site, a.paragraphs[0], foot}}.fingerprint(),
					article{title: b.title, paragraphs: []string{site, b.paragraphs[0], foot}}.fingerprint())
			}
		}
	}
	return t
}
