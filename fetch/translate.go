package fetch

import (
	"strings"
	"time"

	"wiredesk"
)

// A translation turns what gofeed read into the words of this program. There is one for
// each format; what they share is here.
type translation struct {
	o       ParseOptions
	repairs wiredesk.Source // the operator's
	channel wiredesk.Channel
	base    string // what addresses in this document are relative to
	hyper   string // what addresses in its HTML are relative to
	self    string // the link of the item that is being translated
}

// link returns an address to follow: absolute, without tracking parameters.
func (t *translation) link(base, ref string) string {
	s := webAddress(either(base, t.base), ref)
	if s == "" || t.repairs.KeepTrackers {
		return s
	}
	return either(webAddress("", stripTrackers(s)), s)
}

// file returns an address to fetch a file from; nothing is taken off it.
func (t *translation) file(base, ref string) string {
	return webAddress(either(base, t.base), ref)
}

// clean cleans the HTML of a text.
func (t *translation) clean(s string, f textFact) string {
	return cleanHTML(s, cleaning{base: either(f.base, t.hyper, t.base), self: t.self, keepTrackers: t.repairs.KeepTrackers})
}

// body returns a text as HTML.
func (t *translation) body(s string, f textFact) string {
	switch f.kind {
	case foreign:
		return ""
	case plain:
		return textToHTML(onlyXMLChars(s))
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if f.kind != unsaid || strings.Contains(s, "<") || !strings.Contains(strings.TrimSpace(s), "\n\n") {
		return t.clean(s, f)
	}
	// RSS does not say that this is plain text, but paragraphs with no tag among them are.
	var b strings.Builder
	for paragraph := range strings.SplitSeq(s, "\n\n") {
		if paragraph = t.clean(paragraph, f); paragraph != "" {
			b.WriteString("<p>" + paragraph + "</p>")
		}
	}
	return b.String()
}

// guid returns an id as the source gave it, or nothing if it is no id that anyone could
// mean.
func guid(s string) string {
	s = strings.TrimSpace(onlyXMLChars(s))
	if len(s) > maxGUID {
		return ""
	}
	return s
}

// tolerance is how far in the future a date may be: clocks differ.
const tolerance = 15 * time.Minute

// believable reports whether a date can be the date of an item that is read now.
func believable(t, now time.Time) bool {
	return t.Year() >= 1990 && (now.IsZero() || !t.After(now.Add(tolerance)))
}

// dates sets the dates of an item from what the source wrote.
func (t *translation) dates(it *wiredesk.Item, published, updated string) {
	now := t.o.Now.UTC()
	it.Seen = now
	said := either(published, updated)
	it.Published = now
	if t.repairs.Dates == wiredesk.DatesSeen {
		it.DateSaid = oneLine(said, 100)
		return
	}
	p, okP := parseDate(published)
	u, okU := parseDate(updated)
	okP, okU = okP && believable(p, now), okU && believable(u, now)
	switch {
	case okP:
		it.Published = p
	case okU:
		it.Published = u
		it.DateSaid = oneLine(published, 100)
	default:
		it.DateSaid = oneLine(said, 100)
		return
	}
	if okU && u.After(it.Published) {
		it.Updated = u
	}
}

// finish returns an item with what every format leaves to be inherited.
func (t *translation) finish(it wiredesk.Item, e *entry) wiredesk.Item {
	it.Language = either(it.Language, language(e.facts.lang), t.channel.Language)
	it.License, it.Rights = either(it.License, t.channel.License), either(it.Rights, t.channel.Rights)
	if it.Content == it.Summary {
		it.Summary = ""
	}
	return it
}
