// Command stories measures how well we tell which items belong together: events on a file
// of headlines that people sorted (columns ID, TITLE, STORY and TIMESTAMP), beside four
// rules that others publish, and duplicates on the articles of testdata.
package main

import (
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"time"
)

// A headline is a line of the file.
type headline struct {
	title, story string
	at           time.Time
	source       uint64 // hash of who wrote it; a number of its own where that is not said
}

func main() {
	log.SetFlags(0)
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		log.Fatalln("stories:", err)
	}
}

func run(w io.Writer, args []string) error {
	for _, name := range args {
		lines, err := read(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%d headlines\n\n| method | B³ P | R | F1 | pairs P | R | F1 | groups |\n|---|---|---|---|---|---|---|---|\n", len(lines))
		for _, m := range methods {
			fmt.Fprintf(w, "| %s %s\n", m.name, measure(m.group(lines), lines))
		}
		fmt.Fprintln(w)
	}
	articles, err := readArticles("internal/stories/testdata")
	if err != nil {
		return err
	}
	d := duplicates(articles)
	fmt.Fprintf(w, "duplicates: precision %.4f, recall %.4f (%d pairs that are, %d that are not)\n", d.precision(), d.recall(), d.right+d.missed, d.negatives)
	for _, line := range d.wrong {
		fmt.Fprintln(w, " ", line)
	}
	return nil
}

// read returns the headlines of a file in the order of their dates.
func read(name string) ([]headline, error) {
	f, err := os.Open(name) //nolint:gosec // the file that was asked for on the command line
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.LazyQuotes = true
	records, err := r.ReadAll()
	if err != nil || len(records) == 0 {
		return nil, fmt.Errorf("%s: no headlines: %w", name, err)
	}
	column := func(name string) int { return slices.Index(records[0], name) }
	title, story, stamp := column("TITLE"), column("STORY"), column("TIMESTAMP")
	if title < 0 || story < 0 || stamp < 0 {
		return nil, fmt.Errorf("%s: wants the columns TITLE, STORY and TIMESTAMP", name)
	}
	var lines []headline
	publisher := column("PUBLISHER")
	for i, rec := range records[1:] {
		ms, err := strconv.ParseInt(rec[stamp], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		source := uint64(i)
		if publisher >= 0 {
			h := fnv.New64a()
			h.Write([]byte(rec[publisher]))
			source = h.Sum64()
		}
		lines = append(lines, headline{rec[title], rec[story], time.UnixMilli(ms), source})
	}
	slices.SortStableFunc(lines, func(a, b headline) int { return a.at.Compare(b.at) })
	return lines, nil
}

// A result compares groups with the stories that people made.
type result struct {
	bP, bR, pP, pR float64
	groups         int
}

func f1(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

func (r result) String() string {
	return fmt.Sprintf("| %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %d |", r.bP, r.bR, f1(r.bP, r.bR), r.pP, r.pR, f1(r.pP, r.pR), r.groups)
}

// measure returns B³ and pairwise precision and recall of a group for each headline.
func measure(groups []int, lines []headline) result {
	type both struct {
		group int
		story string
	}
	ours, theirs, common := map[int]float64{}, map[string]float64{}, map[both]float64{}
	for i, g := range groups {
		ours[g]++
		theirs[lines[i].story]++
		common[both{g, lines[i].story}]++
	}
	r := result{groups: len(ours)}
	pairs := func(n float64) float64 { return n * (n - 1) / 2 }
	var right, said, truth float64
	for k, n := range common {
		r.bP += n * n / ours[k.group] / float64(len(lines))
		r.bR += n * n / theirs[k.story] / float64(len(lines))
		right += pairs(n)
	}
	for _, n := range ours {
		said += pairs(n)
	}
	for _, n := range theirs {
		truth += pairs(n)
	}
	r.pP, r.pR = right/max(said, 1), right/max(truth, 1)
	return r
}
