package config

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"wiredesk"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// wrongAt returns the offset at which the parser gave up.
func (g *grower) wrongAt() int {
	var broken *unstable.ParserError
	if errors.As(g.parser.Error(), &broken) && len(broken.Highlight) > 0 {
		return int(g.parser.Range(broken.Highlight).Offset)
	}
	return len(g.source)
}

// syntax returns what the parser says.
func (g *grower) syntax() wiredesk.Problem {
	message := g.parser.Error().Error()
	if broken, ok := errors.AsType[*unstable.ParserError](g.parser.Error()); ok {
		message = broken.Message
	}
	// go-toml shows the first byte of a character that has several.
	if r, size := utf8.DecodeRune(g.source[g.wrongAt():]); size > 1 {
		message = codePoint.ReplaceAllString(message, "'"+string(r)+"'")
	}
	return notTOML(g.position(g.wrongAt()), message)
}

// validate returns what go-toml's own decoder finds wrong with a file in which the parser
// and the rest of this package found nothing.
func validate(file string, source []byte) wiredesk.Problems {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	var all map[string]any
	var wrong *toml.DecodeError
	if !errors.As(toml.Unmarshal(source, &all), &wrong) {
		return nil
	}
	line, column := wrong.Position()
	return wiredesk.Problems{notTOML(wiredesk.Position{File: file, Line: line, Column: column}, strings.TrimPrefix(wrong.Error(), "toml: "))}
}

// codePoint is how go-toml shows a character.
var codePoint = regexp.MustCompile(`(?:character )?U\+[0-9A-F]{4,6} ('.+')`)

func notTOML(at wiredesk.Position, message string) wiredesk.Problem {
	what := strings.NewReplacer("character U+000A", "end of line", "U+000A", "the end of the line").Replace(codePoint.ReplaceAllString(message, "$1"))
	p := wiredesk.Problem{Position: at, What: "this is not TOML: " + what}
	for _, h := range syntaxHints {
		if strings.Contains(message, h.part) {
			p.Hint = h.hint
			break
		}
	}
	return p
}

// syntaxHints say what most people meant to write.
var syntaxHints = []struct{ part, hint string }{
	{"at start of value", `write a text in quotes, as in key = "text"`},
	{"expected keyword", `write a text in quotes, as in key = "text"`},
	{"invalid character at start of key", `a key is letters, digits, - and _; anything else goes in quotes`},
	{"cannot have new lines", `close the quotes, or use """ for a text of several lines`},
	{"expected newline", "one key = value on each line"},
	{"escape", `in "…" a backslash is written \\; in '…' it stands for itself`},
	{"incomplete", "close the bracket"},
	{"to close array table", `write [[name]]`},
}

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
