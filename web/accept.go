package web

import (
	"iter"
	"strings"

	"wiredesk/publish"
)

// coding returns the content coding to answer in, by the Accept-Encoding fields of a request
// (RFC 9110 section 12.5.3), and whether any is acceptable at all. Among those that are as
// welcome the smallest is taken; a small document is left as it is if it may be.
func coding(fields []string, small bool) (publish.Coding, bool) {
	weights, star := [publish.Codings]int{-1, -1, -1, -1}, -1
	for name, weight := range weighted(fields) {
		switch c, ok := codingOf(name); {
		case ok:
			weights[c] = weight
		case name == "*":
			star = weight
		}
	}
	// Who says that all is welcome means, most likely, what everybody knows.
	if weights[publish.Gzip] < 0 {
		weights[publish.Gzip] = star
	}
	plain := weights[publish.Identity]
	if plain < 0 && star == 0 {
		plain = 0
	}
	if small && plain != 0 {
		return publish.Identity, true
	}
	best, most := publish.Identity, max(plain, 1)
	for c := publish.Identity + 1; int(c) < publish.Codings; c++ {
		if weights[c] >= most {
			best, most = c, weights[c]
		}
	}
	return best, best != publish.Identity || plain != 0
}

// codingOf returns the coding of that name; false for one that we do not have.
func codingOf(name string) (publish.Coding, bool) {
	for c := range publish.Coding(publish.Codings) {
		if strings.EqualFold(name, c.String()) {
			return c, true
		}
	}
	return publish.Gzip, strings.EqualFold(name, "x-gzip")
}

// weighted returns what lists name, with its weight in thousandths (RFC 9110 section
// 12.4.2). A weight that cannot be read is zero.
func weighted(fields []string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, list := range fields {
			for list != "" {
				var one string
				one, list, _ = strings.Cut(list, ",")
				name, parameters, _ := strings.Cut(one, ";")
				if name = strings.TrimSpace(name); name != "" && !yield(name, weight(parameters)) {
					return
				}
			}
		}
	}
}

// weight returns the weight in a parameter list, 1000 if there is none.
func weight(parameters string) int {
	name, value, ok := strings.Cut(strings.TrimSpace(parameters), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1000
	}
	value = strings.TrimSpace(value)
	whole, fraction, _ := strings.Cut(value, ".")
	switch whole {
	case "1":
		return 1000
	case "0":
	default:
		return 0
	}
	thousandths := 0
	for i := range 3 {
		thousandths *= 10
		if i < len(fraction) && fraction[i] >= '0' && fraction[i] <= '9' {
			thousandths += int(fraction[i] - '0')
		}
	}
	return thousandths
}
