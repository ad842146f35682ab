package main

import (
	"os"
	"testing"
)

func TestDuplicates(t *testing.T) {
	articles, err := readArticles("testdata")
	if err != nil {
		t.Fatal(err)
	}
	d := duplicates(articles)
	t.Logf("precision %.4f, recall %.4f of %d, %d negatives", d.precision(), d.recall(), d.right+d.missed, d.negatives)
	if d.precision() < 0.99 || d.recall() < 0.9 {
		t.Errorf("precision is below 0.99 or recall below 0.9:")
		for _, line := range d.wrong {
			t.Log(line)
		}
	}
}

// Our events beat every published rule on each half of the stories; the whole file is what
// "make stories" measures.
func TestEvents(t *testing.T) {
	const name = "../../../shared/stories/dev.csv"
	if _, err := os.Stat(name); err != nil {
		t.Skip("no sorted headlines beside the repository: ", err)
	}
	lines, err := read(name)
	if err != nil {
		t.Fatal(err)
	}
	half := map[string]int{}
	var parts [2][]headline
	for _, l := range lines {
		if _, ok := half[l.story]; !ok {
			half[l.story] = len(half) % 2
		}
		parts[half[l.story]] = append(parts[half[l.story]], l)
	}
	for i, part := range parts {
		var ours result
		for k, m := range methods {
			r := measure(m.group(part), part)
			t.Logf("part %d: %s %s", i, m.name, r)
			switch {
			case k == 0:
				ours = r
			case f1(r.bP, r.bR) >= f1(ours.bP, ours.bR) || f1(r.pP, r.pR) >= f1(ours.pP, ours.pR):
				t.Errorf("part %d: %s is better than ours", i, m.name)
			}
		}
	}
}
