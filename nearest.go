package wiredesk

import (
	"slices"
	"strconv"
)

// Nearest returns the candidate that is most like word, or "" if none is much like it.
func Nearest(word string, candidates []string) string {
	best, least := "", len(word)/3+2
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := editDistance(word, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// DidYouMean returns a hint with the nearest candidate, or "" if there is none.
func DidYouMean(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return "did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

// editDistance is the number of letters to insert, remove, replace or swap with their
// neighbour that makes b of a.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next := make([]int, len(y)+1)
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(y)]
}
