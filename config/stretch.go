package config

import (
	"bytes"
	"regexp"
)

// A stretch is a part of a file that cannot be read.
type stretch struct{ begin, end int }

var (
	nextHeader    = regexp.MustCompile(`(?m)^[ \t]*\[+[ \t]*[A-Za-z_"']`)
	nextStatement = regexp.MustCompile(`(?m)^[ \t]*(\[+[ \t]*[A-Za-z_"']|[A-Za-z0-9_."'-]+[ \t]*=)`)
)

// between returns the stretch from the line after the last good statement, which ends at
// good, to the line after wrong on which another statement seems to begin. After a broken
// header, that is the next header: nobody knows to which table the keys belong.
func between(source []byte, good, wrong int) stretch {
	s := stretch{begin: good, end: len(source)}
	if i := bytes.IndexByte(source[good:], '\n'); good > 0 && i >= 0 && good+i+1 <= wrong {
		s.begin = good + i + 1
	}
	next := nextStatement
	if first := bytes.TrimLeft(source[s.begin:], " \t\r\n"); bytes.HasPrefix(first, []byte("[")) {
		next = nextHeader
	}
	line := bytes.IndexByte(source[min(wrong, len(source)):], '\n')
	if line < 0 {
		return s
	}
	if found := next.FindIndex(source[wrong+line+1:]); found != nil {
		s.end = wrong + line + 1 + found[0]
	}
	return s
}

// blank returns a copy of source with spaces in place of a stretch, in which every other
// byte has its place.
func blank(source []byte, s stretch) []byte {
	source = bytes.Clone(source)
	for i := s.begin; i < s.end; i++ {
		if source[i] != '\n' {
			source[i] = ' '
		}
	}
	return source
}
