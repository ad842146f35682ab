package publish

import (
	"html"
	"strings"
	"time"

	"wiredesk"
)

// body returns the text of a piece with the curator's note before it and the other sources
// of its story behind it. It is never empty, because JSON Feed and validators demand some
// content: where there is none, it is the title as a link.
func (sh *sheet) body(p *piece) string {
	var b strings.Builder
	if t := p.withdrawn; t != nil {
		b.WriteString("<p><strong>" + html.EscapeString(t.comment) + "</strong> (" + sh.when(t.when) + ")</p>\n<hr>\n")
	}
	if p.note != "" {
		b.WriteString("<p><strong>" + html.EscapeString(sh.words.Note) + "</strong> " + html.EscapeString(p.note) + "</p>\n<hr>\n")
	}
	switch {
	case p.text != "":
		b.WriteString(p.text)
	default:
		b.WriteString("<p>" + anchor(p.link, p.shown) + "</p>")
	}
	if len(p.also) > 0 {
		b.WriteString("\n<p>" + html.EscapeString(sh.words.AlsoCoveredBy) + "</p>\n<ul>\n")
		for _, a := range p.also {
			b.WriteString("<li>" + sh.alsoLine(a) + "</li>\n")
		}
		b.WriteString("</ul>")
	}
	return b.String()
}

// digest returns the entry of a digest as one with a title, a link and a text, and what it
// lists.
func (sh *sheet) digest(e *wiredesk.Entry) (*wiredesk.Entry, []also) {
	made := *e
	day := e.Title
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		day = sh.words.on(t)
	}
	made.Title = strings.ReplaceAll(sh.words.Digest, "{day}", day)
	made.Item = wiredesk.Item{Link: sh.page}
	var list []also
	var b strings.Builder
	b.WriteString("<p>" + html.EscapeString(sh.words.DigestOf) + "</p><ul>")
	for _, c := range e.Digest {
		a := also{title: cut(line(c.Title), maxTitle), link: webLink(c.Link), source: newCredit(c.Source), published: moment(c.Published)}
		if a.title == "" {
			a.title = a.link
		}
		list = append(list, a)
		b.WriteString("<li>" + sh.alsoLine(a) + "</li>")
	}
	b.WriteString("</ul>")
	made.Item.Content = b.String()
	return &made, list
}

// alsoLine returns source, title with its link, and time of another telling.
func (sh *sheet) alsoLine(a also) string {
	var parts []string
	if label := a.source.label(); label != "" {
		parts = append(parts, html.EscapeString(label))
	}
	switch {
	case a.title != "":
		parts = append(parts, anchor(a.link, a.title))
	case a.link != "":
		parts = []string{anchor(a.link, a.source.label())}
	}
	out := strings.Join(parts, ": ")
	if !a.published.IsZero() {
		out += " (" + sh.when(a.published) + ")"
	}
	return out
}

// beginning returns the first words of a text that is too long for the document, and a link
// to the rest.
func (sh *sheet) beginning(p *piece) string {
	text := p.summary
	if text == "" || len(text) > maxBody {
		text = p.text
	}
	out := "<p>" + html.EscapeString(excerpt(text, 2*maxExcerpt)) + "</p>"
	if p.link != "" {
		out += "\n<p>" + anchor(p.link, sh.words.ReadOn) + "</p>"
	}
	return out
}

// when returns a time for people, in the time zone of the site, which it names: a feed is read
// elsewhere.
func (sh *sheet) when(t time.Time) string {
	t = t.In(sh.zone)
	return sh.words.at(t) + " " + t.Format("MST")
}

func anchor(link, text string) string {
	if link == "" {
		return html.EscapeString(text)
	}
	return `<a href="` + html.EscapeString(link) + `">` + html.EscapeString(text) + "</a>"
}

// by returns who wrote a piece, or who published it if nobody says.
func (p *piece) by() []wiredesk.Author {
	if len(p.authors) == 0 && p.source.label() != "" {
		return []wiredesk.Author{{Name: p.source.label(), URL: p.source.link}}
	}
	return p.authors
}
