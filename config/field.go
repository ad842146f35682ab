package config

import (
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"wiredesk"
)

// A leaf is a field of the file that is no table. Each knows how it is written.
type leaf interface {
	// set says whether the field is written in a file (or came from the environment).
	set() bool
	// preset gives the field the value of its `default` tag. It counts as not set.
	preset(s string)
	// take reads the field from a file, or reports what is wrong.
	take(d *decoder, n *node, k key)
}

// A place is where the value of a field stands; zero if it is not written.
type place struct{ at wiredesk.Position }

func (p place) set() bool { return p.at != wiredesk.Position{} }

// A text is a string with its secrets put in.
type text struct {
	place
	s string
	// raw is the text as it is written. Messages show this one, never s.
	raw string
	// inner is where the text begins, inside its quotes.
	inner wiredesk.Position
	// secret says that a part of s is a secret.
	secret bool
	// bad says that something was wrong with the text, and was said.
	bad bool
}

func (t *text) preset(s string) { t.s, t.raw = s, s }

func (t *text) take(d *decoder, n *node, k key) {
	t.preset(k.tag.Get("default")) // so that nothing else is said about a bad text
	t.at, t.bad = n.at, true
	if n.kind != kindText {
		d.expected(n, k, "a text", `in quotes, such as "`+k.example("text")+`"`)
		return
	}
	s, secret, err := d.expand(n.text)
	if err != nil {
		d.problem(n.at, k.path+": "+err.Error(), secretHint(err))
		return
	}
	*t = text{place: place{n.at}, s: s, raw: n.text, inner: n.inner, secret: secret}
	if allowed := k.words("oneof"); len(allowed) > 0 && !slices.Contains(allowed, s) {
		d.problem(n.at, fmt.Sprintf("%s: %s is not one of %s", k.path, t.show(), strings.Join(allowed, ", ")), wiredesk.DidYouMean(n.text, allowed))
		t.preset(k.tag.Get("default"))
	}
}

// show returns the text in quotes for a message, without what is secret.
func (t *text) show() string { return quoteShort(t.raw) }

// texts is a list of texts.
type texts struct {
	place
	items []text
}

func (t *texts) preset(string) {}

func (t *texts) take(d *decoder, n *node, k key) {
	if n.kind != kindArray {
		hint := "in brackets"
		if n.kind == kindText {
			hint = fmt.Sprintf("write [%s]", quoteShort(n.text))
		}
		d.expected(n, k, "a list of texts", hint)
		return
	}
	t.at, t.items = n.at, nil
	for _, n := range n.items {
		var one text
		one.take(d, n, k)
		if !one.bad {
			t.items = append(t.items, one)
		}
	}
}

// plain returns the texts without their places.
func (t *texts) plain() []string {
	var all []string
	for _, item := range t.items {
		all = append(all, item.s)
	}
	return all
}

// A command is a program and its arguments, or the program alone. No shell reads it.
type command struct{ texts }

func (c *command) take(d *decoder, n *node, k key) {
	if n.kind != kindText {
		c.texts.take(d, n, k)
		return
	}
	var program text
	program.take(d, n, k)
	c.at, c.items = n.at, nil
	if program.s != "" {
		c.items = []text{program}
	}
}

// A wordList is a list of texts, or one text with a word on each line.
type wordList struct{ texts }

func (w *wordList) take(d *decoder, n *node, k key) {
	if n.kind != kindText {
		w.texts.take(d, n, k)
	} else {
		var all text
		all.take(d, n, k)
		w.at, w.items = n.at, []text{all}
	}
	// A file has a word on each line, wherever it is named.
	var words []text
	for _, item := range w.items {
		for line := range strings.Lines(item.s) {
			if line = strings.Trim(line, " \t\r\n\ufeff"); line != "" {
				words = append(words, text{place: item.place, s: line})
			}
		}
	}
	w.items = words
}

// pairs is a table of texts under names of the operator's choice.
type pairs struct {
	place
	items []pair
}

type pair struct {
	name  string
	at    wiredesk.Position
	value text
}

func (p *pairs) preset(string) {}

func (p *pairs) take(d *decoder, n *node, k key) {
	if n.kind != kindTable {
		d.expected(n, k, "a table of texts", `such as { name = "text" }`)
		return
	}
	p.at, p.items = n.at, nil
	for _, e := range n.keys {
		one := pair{name: e.name, at: e.at}
		one.value.take(d, e.value, key{path: k.path + "." + e.name})
		p.items = append(p.items, one)
	}
}

// plain returns the pairs as a map, nil if there is none.
func (p *pairs) plain() map[string]string {
	var all map[string]string
	for _, one := range p.items {
		if all == nil {
			all = map[string]string{}
		}
		all[one.name] = one.value.s
	}
	return all
}

// A flag is true or false.
type flag struct {
	place
	on bool
}

func (f *flag) preset(s string) { f.on = s == "true" }

func (f *flag) take(d *decoder, n *node, k key) {
	if n.kind != kindBool {
		hint := ""
		if n.kind == kindText && (n.text == "true" || n.text == "false") {
			hint = "without quotes"
		}
		d.expected(n, k, "true or false", hint)
		return
	}
	f.at, f.on = n.at, n.text == "true"
}

// A count is a whole number.
type count struct {
	place
	n int
}

func (c *count) preset(s string) { c.n, _ = strconv.Atoi(s) }

func (c *count) take(d *decoder, n *node, k key) {
	v, err := strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 0, 64)
	if n.kind != kindInteger || err != nil {
		d.expected(n, k, "a whole number", "such as "+k.example("5")+", without quotes")
		return
	}
	if d.within(n, k, float64(v), func(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }) {
		c.at, c.n = n.at, int(v)
	}
}

// A condition is an expression, or true or false.
type condition struct{ text }

func (c *condition) take(d *decoder, n *node, k key) {
	switch {
	case n.kind == kindBool && n.text == "true":
		c.at, c.s, c.raw = n.at, "true", "true"
	case n.kind == kindBool:
		*c = condition{text{place: place{n.at}}}
	case n.kind == kindText && strings.TrimSpace(n.text) == "":
		d.problem(n.at, k.path+" is empty", "true, false or an expression")
	case n.kind == kindText:
		c.text.take(d, n, k)
	default:
		d.expected(n, k, "true, false or an expression", "in quotes, such as \"score < 5\"")
	}
}

// A backfill is a number of items, a duration, which is never less than three items, or
// "all".
type backfill struct {
	place
	is wiredesk.Backfill
}

// backfillLeast is how many items a duration lets in at least: a source that writes once a
// month should not begin empty.
const backfillLeast = 3

func (b *backfill) preset(s string) {
	age, _ := wiredesk.ParseDuration(s)
	b.is = wiredesk.Backfill{Limited: true, Items: backfillLeast, Age: age}
}

func (b *backfill) take(d *decoder, n *node, k key) {
	const such = `such as "7d", a number of items such as 3, or "all"`
	age, err := wiredesk.ParseDuration(n.text)
	items, notWhole := strconv.Atoi(n.text)
	switch {
	case n.kind == kindText && n.text == "all":
		b.is = wiredesk.Backfill{}
	case n.kind == kindText && err == nil && age >= 0:
		b.preset(n.text)
	case n.kind == kindInteger && notWhole == nil && items >= 0:
		b.is = wiredesk.Backfill{Limited: true, Items: items}
	case n.kind == kindText || n.kind == kindInteger:
		d.problem(n.at, fmt.Sprintf("%s: %s is no backfill", k.path, quoteShort(n.text)), such)
		return
	default:
		d.expected(n, k, "a duration, a number or \"all\"", such)
		return
	}
	b.at = n.at
}

// A score is a number.
type score struct {
	place
	n float64
}

func (s *score) preset(string) {}

func (s *score) take(d *decoder, n *node, k key) {
	v, err := strconv.ParseFloat(strings.ReplaceAll(n.text, "_", ""), 64)
	if n.kind == kindInteger {
		var whole int64
		whole, err = strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 0, 64)
		v = float64(whole)
	}
	// With more, sums of scores would stop being exact.
	if n.kind != kindInteger && n.kind != kindFloat || err != nil || math.IsNaN(v) || math.Abs(v) > 1e9 {
		d.expected(n, k, "a number", "such as 5 or -0.5, without quotes")
		return
	}
	s.at, s.n = n.at, v
}

// A span is a duration. With the tag forever:"true" it may be "forever", which is zero.
type span struct {
	place
	d time.Duration
}

func (s *span) preset(v string) { s.d, _ = wiredesk.ParseDuration(v) }

func (s *span) take(d *decoder, n *node, k key) {
	const such = `such as "30s", "12h" or "7d"`
	forever := k.tag.Get("forever") == "true"
	if n.kind == kindText && n.text == "forever" && forever {
		s.at, s.d = n.at, 0
		return
	}
	hint := such
	if forever {
		hint += `, or "forever"`
	}
	if n.kind != kindText {
		d.expected(n, k, "a duration", hint)
		return
	}
	value, _, err := d.expand(n.text)
	if err != nil {
		d.problem(n.at, k.path+": "+err.Error(), secretHint(err))
		return
	}
	v, err := wiredesk.ParseDuration(value)
	if err != nil && value == "" && k.tag.Get("default") == "" {
		return // "" is how a duration that may be left out is left out
	}
	if err != nil {
		d.problem(n.at, fmt.Sprintf("%s: %s is no duration: %v", k.path, quoteShort(n.text), err), hint)
		return
	}
	if d.within(n, k, float64(v), func(s string) float64 { v, _ := wiredesk.ParseDuration(s); return float64(v) }) {
		s.at, s.d = n.at, v
	}
}

// A size is a number of bytes. With the tag none:"true" it may be empty, which is zero.
type size struct {
	place
	n int64
}

func (s *size) preset(v string) { s.n, _ = wiredesk.ParseSize(v) }

func (s *size) take(d *decoder, n *node, k key) {
	const such = `such as "512KiB" or "10MiB", or a number of bytes`
	value := n.text
	if n.kind == kindText && value == "" && k.tag.Get("none") == "true" {
		s.at, s.n = n.at, 0
		return
	}
	switch n.kind {
	case kindInteger:
		value = strings.ReplaceAll(value, "_", "")
	case kindText:
		var err error
		if value, _, err = d.expand(n.text); err != nil {
			d.problem(n.at, k.path+": "+err.Error(), secretHint(err))
			return
		}
	default:
		d.expected(n, k, "a size", such)
		return
	}
	v, err := wiredesk.ParseSize(value)
	if err != nil {
		d.problem(n.at, fmt.Sprintf("%s: %s is no size: %v", k.path, quoteShort(n.text), err), such)
		return
	}
	if d.within(n, k, float64(v), func(s string) float64 { v, _ := wiredesk.ParseSize(s); return float64(v) }) {
		s.at, s.n = n.at, v
	}
}

// A mode is the permissions of a file.
type mode struct {
	place
	bits fs.FileMode
}

func (m *mode) preset(s string) {
	v, _ := strconv.ParseUint(s, 8, 32)
	m.bits = fs.FileMode(v)
}

func (m *mode) take(d *decoder, n *node, k key) {
	v, err := strconv.ParseUint(n.text, 8, 32)
	if n.kind != kindText || err != nil || v > 0o777 {
		d.expected(n, k, "the permissions of a file", `such as "0660", in quotes`)
		return
	}
	m.at, m.bits = n.at, fs.FileMode(v)
}

// A key is the name of a field and what its tags say about it.
type key struct {
	path string // as in "fetch.interval"
	at   wiredesk.Position
	tag  reflect.StructTag
}

// words returns the words of a tag.
func (k key) words(tag string) []string {
	return strings.Fields(k.tag.Get(tag))
}

// example returns a value that would be right.
func (k key) example(otherwise string) string {
	if s := k.tag.Get("default"); s != "" {
		return s
	}
	return otherwise
}

// within reports whether v is within the `min` and `max` tags, and what is wrong if not.
func (d *decoder) within(n *node, k key, v float64, parse func(string) float64) bool {
	least, most := k.tag.Get("min"), k.tag.Get("max")
	switch {
	case least != "" && v < parse(least):
		d.problem(n.at, fmt.Sprintf("%s: %s is too little", k.path, n.text), "at least "+least)
	case most != "" && v > parse(most):
		d.problem(n.at, fmt.Sprintf("%s: %s is too much", k.path, n.text), "at most "+most)
	default:
		return true
	}
	return false
}
