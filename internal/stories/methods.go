package main

import (
	"math"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/curate/likeness"
)

// A method gives each headline a group, in the order in which they come.
type method struct {
	name  string
	group func([]headline) []int
}

var methods = []method{
	{"ours", events},
	{"overlap ≥ 0.6, 5 words, 3 shared", pairwise(overlap, 0.6)},
	{"title trigrams ≥ 0.75", pairwise(trigrams, 0.75)},
	{"TF-IDF cosine ≥ 0.75", pairwise(nil, 0.75)},
	{"Jaccard > 0.55", pairwise(jaccard, math.Nextafter(0.55, 1))},
}

// window is that of the events; the headlines of a file may lie further apart.
const window = 7 * 24 * time.Hour

func events(lines []headline) []int {
	e := likeness.NewEvents(window)
	groups := make([]int, len(lines))
	for i, l := range lines {
		f := likeness.Of(l.title, "", "")
		id, _, ok := e.Find(f, l.at, l.source)
		if !ok {
			id = uint64(i)
		}
		e.Add(id, l.at, f, l.source)
		groups[i] = int(id)
	}
	return groups
}

// A side is what the rules compare of a headline.
type side struct {
	words, trigrams map[string]bool
	weights         map[string]float64
}

// pairwise puts each headline to the earlier one that is most like it, if it is like
// enough. Without a function it is the cosine of TF-IDF, its frequencies those of all the
// headlines, which is more than a method that takes them as they come can know.
func pairwise(like func(a, b *side) float64, least float64) func([]headline) []int {
	return func(lines []headline) []int {
		sides := make([]side, len(lines))
		frequency := map[string]float64{}
		for i, l := range lines {
			sides[i] = side{map[string]bool{}, map[string]bool{}, map[string]float64{}}
			for _, w := range wiredesk.Words(l.title) {
				if len(w) > 2 && !common[w] {
					sides[i].words[w] = true
				}
			}
			title := []rune(" " + strings.Join(wiredesk.Words(l.title), " ") + " ")
			for k := 0; k+3 <= len(title); k++ {
				sides[i].trigrams[string(title[k:k+3])] = true
			}
			for w := range sides[i].words {
				frequency[w]++
			}
		}
		for i := range sides {
			sum := 0.0
			for w := range sides[i].words {
				x := 1 + math.Log(float64(len(lines)+1)/(frequency[w]+1))
				sides[i].weights[w] = x
				sum += x * x
			}
			for w := range sides[i].weights {
				sides[i].weights[w] /= math.Sqrt(sum)
			}
		}
		compare := like
		if compare == nil {
			compare = cosine
		}
		groups := make([]int, len(lines))
		for i := range lines {
			groups[i] = i
			best := least
			for j := range i {
				if s := compare(&sides[i], &sides[j]); s >= best {
					groups[i], best = groups[j], s
				}
			}
		}
		return groups
	}
}

// common are words that say nothing of what a headline is of.
var common = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`the and for with from that this are was were has have had will would could can may
		its his her their our your you they them who what when where why how not but than then into over after before
		about out off new says said more most all any amid against`) {
		set[w] = true
	}
	return set
}()

func inBoth(a, b map[string]bool) (n float64) {
	for w := range a {
		if b[w] {
			n++
		}
	}
	return n
}

func overlap(a, b *side) float64 {
	few, n := min(len(a.words), len(b.words)), inBoth(a.words, b.words)
	if few < 5 || n < 3 {
		return 0
	}
	return n / float64(few)
}

func share(a, b map[string]bool) float64 {
	n := inBoth(a, b)
	return n / max(1, float64(len(a)+len(b))-n)
}

func trigrams(a, b *side) float64 { return share(a.trigrams, b.trigrams) }

func jaccard(a, b *side) float64 { return share(a.words, b.words) }

func cosine(a, b *side) (sum float64) {
	for w, x := range a.weights {
		sum += x * b.weights[w]
	}
	return sum
}
