package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// ErrNoSource is what an error of [Remove] is if the file has no such source.
var ErrNoSource = errors.New("no such source")

// Remove takes the source of an address, as it stands in the file or in a [Config], out
// of the file at path: its [[source]] block, or its place in urls. Comments inside the
// block go with it; all others, and every other byte, stay. The file is replaced as
// [Append] does it. Options are needed for addresses that hold a secret.
func Remove(path, url string, o Options) error {
	e, err := openEdit(path)
	if err != nil {
		return err
	}
	before, err := written(path, e.old)
	if err != nil {
		return err
	}
	o = o.complete()
	same := sameAddress(url, absolute(filepath.Dir(path)), o)
	cuts := cutsFor(e.old, same)
	if len(cuts) == 0 {
		return fmt.Errorf("%s: %w with the address %s", path, ErrNoSource, redact(url))
	}
	want := slices.DeleteFunc(slices.Clone(before), same)
	return e.checked(path, cutOut(e.old, cuts), want)
}

// sameAddress returns a function that reports whether a text in a file of the folder dir
// leads to url.
func sameAddress(url, dir string, o Options) func(raw string) bool {
	return func(raw string) bool {
		var t text
		t.take(&decoder{dir: dir, getenv: o.Getenv, readFile: o.ReadFile}, &node{kind: kindText, text: raw}, key{})
		t.bad = false
		a, ok := (&builder{}).address("", &t, dir)
		return raw == url || ok && a.url == url
	}
}

// A block is a [[source]] as it stands in a file, with the tables under it.
type block struct {
	groups []stretch // each a header and its keys
	kept   int       // addresses that stay
	cuts   []stretch // elements of urls that go
	found  bool
}

// cutsFor returns the stretches to cut out so that no address that is the same stays.
func cutsFor(source []byte, same func(raw string) bool) []stretch {
	bom := len(source) - len(bytes.TrimPrefix(source, []byte("\ufeff")))
	var p unstable.Parser
	p.Reset(source[bom:])
	var blocks []*block
	var current *block // nil while the table is no part of a source
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			keys := keysOf(e)
			if current = nil; string(keys[0].Data) != "source" {
				continue
			}
			if len(keys) == 1 && e.Kind == unstable.ArrayTable {
				blocks = append(blocks, &block{})
			}
			if len(blocks) > 0 {
				current = blocks[len(blocks)-1]
				current.groups = append(current.groups, lines(source, bom+int(keys[0].Raw.Offset), bom+int(keys[0].Raw.Offset)))
			}
		case unstable.KeyValue:
			if current == nil {
				continue
			}
			last := &current.groups[len(current.groups)-1]
			last.end = lines(source, bom+int(e.Raw.Offset), bom+int(e.Raw.Offset+e.Raw.Length)).end
			if len(current.groups) == 1 {
				current.look(source, e, bom, same)
			}
		default:
		}
	}
	var cuts []stretch
	for _, b := range blocks {
		switch {
		case b.found && b.kept == 0:
			cuts = append(cuts, b.groups...)
		case b.found:
			cuts = append(cuts, b.cuts...)
		}
	}
	return cuts
}

// look takes in what a key of the block says of its addresses.
func (b *block) look(source []byte, e *unstable.Node, bom int, same func(raw string) bool) {
	keys := keysOf(e)
	value := e.Value()
	switch name := string(keys[0].Data); {
	case len(keys) != 1:
	case name == "url" && value.Kind == unstable.String:
		b.take(same(string(value.Data)), stretch{})
	case name == "urls" && value.Kind == unstable.Array:
		for it := value.Children(); it.Next(); {
			if n := it.Node(); n.Kind == unstable.String {
				begin := bom + int(n.Raw.Offset)
				b.take(same(string(n.Data)), element(source, begin, begin+int(n.Raw.Length)))
			}
		}
	}
}

func (b *block) take(same bool, cut stretch) {
	if same {
		b.found = true
		b.cuts = append(b.cuts, cut)
	} else {
		b.kept++
	}
}

// lines returns the whole lines on which the text from begin to end stands.
func lines(source []byte, begin, end int) stretch {
	s := stretch{begin: bytes.LastIndexByte(source[:begin], '\n') + 1, end: len(source)}
	if i := bytes.IndexByte(source[end:], '\n'); i >= 0 {
		s.end = end + i + 1
	}
	return s
}

// element returns what to cut out so that an element of an array goes: with its comma,
// and with its line and the comment on it if it has one of its own.
func element(source []byte, begin, end int) stretch {
	after := end + len(source[end:]) - len(bytes.TrimLeft(source[end:], " \t"))
	comma := after < len(source) && source[after] == ','
	if comma {
		after += 1 + len(source[after+1:]) - len(bytes.TrimLeft(source[after+1:], " \t"))
	}
	line := lines(source, begin, end)
	before := source[line.begin:begin]
	rest := bytes.TrimLeft(source[after:line.end], " \t\r\n")
	switch {
	case len(bytes.TrimSpace(before)) == 0 && (len(rest) == 0 || rest[0] == '#'):
		return line
	case comma:
		return stretch{begin, after}
	}
	// The last one of its line takes the comma before it along.
	if trimmed := bytes.TrimRight(before, " \t"); bytes.HasSuffix(trimmed, []byte(",")) {
		return stretch{line.begin + len(trimmed) - 1, end}
	}
	return stretch{begin, end}
}

// cutOut returns source without the stretches, and without the blank line that would
// stand twice where whole lines went.
func cutOut(source []byte, cuts []stretch) []byte {
	slices.SortFunc(cuts, func(a, b stretch) int { return a.begin - b.begin })
	var left []byte
	at := 0
	for _, c := range cuts {
		left = append(left, source[at:c.begin]...)
		at = c.end
		wholeLines := c.begin == 0 || source[c.begin-1] == '\n'
		if !wholeLines || len(left) > 0 && !bytes.HasSuffix(left, []byte("\n\n")) && !bytes.HasSuffix(left, []byte("\n\r\n")) {
			continue
		}
		if rest := bytes.TrimPrefix(source[at:], []byte("\r")); bytes.HasPrefix(rest, []byte("\n")) {
			at = len(source) - len(rest) + 1
		}
	}
	return append(left, source[at:]...)
}
