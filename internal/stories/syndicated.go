package main

import (
	"html"
	"math/rand/v2"
	"slices"
	"strings"

	"wiredesk"
	"wiredesk/curate/likeness"
)

// syndicated returns what sites of other kinds make of an article that they took over: with
// the agency's dateline, cut to a teaser, in other markup, with other signs.
func (a article) syndicated(r *rand.Rand) map[string]likeness.Fingerprint {
	text := a.text()
	words, gap := strings.Fields(text), " "
	if a.unspaced {
		words, gap = strings.Split(text, ""), ""
	}
	teaser := func(n int, end string) likeness.Fingerprint {
		return likeness.Of(a.title, strings.Join(words[:min(n, len(words))], gap)+end, "")
	}
	dateline := a
	dateline.paragraphs = slices.Clone(a.paragraphs)
	dateline.paragraphs[0] = "HARTOWN, March 3 (Newswire) – " + dateline.paragraphs[0]
	dateline.paragraphs = append(dateline.paragraphs, "(Reporting by the Hartown bureau; editing by the desk)")
	caption := a.with("A view of the place on Monday morning. Photo: Newswire / J. D.", "This article first appeared on Newswire and is republished with permission. Read the original article.")
	signs := strings.NewReplacer("'", "’", `"`, "”", "–", "-", "»", "“", "«", "”", "- ", "— ", "...", "…", " %", "%")
	return map[string]likeness.Fingerprint{
		"dateline":             dateline.fingerprint(),
		"dateline, cut":        dateline.thinned(r, 0.35).fingerprint(),
		"teaser of 30":         teaser(30, "… Read more"),
		"teaser of 50":         teaser(50, " […] Continue reading →"),
		"teaser, WordPress":    teaser(45, " […] The post "+a.title+" appeared first on The Evening Post."),
		"caption":              caption.fingerprint(),
		"caption, cut":         caption.thinned(r, 0.25).reworded(r).fingerprint(),
		"inline boilerplate":   a.interrupted().fingerprint(),
		"interrupted, cut":     a.thinned(r, 0.3).interrupted().with("By Staff Reporter | Updated 3 March 2025, 10:14 | 3 min read", "Follow us. Share. Subscribe. © 2025 The Evening Post").fingerprint(),
		"other signs":          likeness.Of(signs.Replace(a.title), "", signs.Replace(text)),
		"markup":               likeness.Of(a.title, wiredesk.Text("<p>"+html.EscapeString(a.paragraphs[0])+"</p>"), a.markup()),
		"a third cut":          a.thinned(r, 0.35).fingerprint(),
		"a third cut, changed": a.thinned(r, 0.35).edited(r, 0.03).reworded(r).fingerprint(),
		"kicker":               article{title: "News | " + a.title + " - The Evening Post", paragraphs: a.paragraphs}.fingerprint(),
		"own headline":         article{title: a.shortened(), paragraphs: a.paragraphs}.fingerprint(),
		"upper case":           likeness.Of(strings.ToUpper(a.title), "", text),
	}
}

// thinned returns the article without some of its sentences, or of its paragraphs if they
// have few; the first one stays.
func (a article) thinned(r *rand.Rand, part float64) article {
	b := a
	b.paragraphs = nil
	for i, p := range a.paragraphs {
		var kept []string
		for k, s := range sentences(p) {
			if i == 0 && k == 0 || r.Float64() >= part {
				kept = append(kept, s)
			}
		}
		if len(kept) > 0 {
			b.paragraphs = append(b.paragraphs, strings.Join(kept, ""))
		}
	}
	return b
}

func sentences(text string) []string {
	return strings.SplitAfter(strings.ReplaceAll(text, ". ", ". \x00"), "\x00")
}

// interrupted returns the article with a site's own words between its paragraphs.
func (a article) interrupted() article {
	b := a
	b.paragraphs = nil
	for i, p := range a.paragraphs {
		b.paragraphs = append(b.paragraphs, p)
		switch i {
		case 0:
			b.paragraphs = append(b.paragraphs, "Sign up for our newsletter and get the best stories every morning.")
		case 2:
			b.paragraphs = append(b.paragraphs, "Advertisement. Story continues below.")
		}
	}
	return b
}

// markup returns the text as another site's editor writes it down.
func (a article) markup() string {
	var b strings.Builder
	b.WriteString(`<div class="entry"><figure><img src="/a.jpg" alt="A view"></figure>`)
	for _, p := range a.paragraphs {
		words := strings.Fields(html.EscapeString(p))
		words[len(words)/2] = `<a href="https://evening.example/?utm_source=rss">` + words[len(words)/2] + `</a>`
		b.WriteString("<div><span>" + strings.Join(words, "&nbsp;") + "</span></div>")
	}
	b.WriteString(`</div>`)
	return wiredesk.Text(b.String())
}

// shortened returns a headline of about two thirds of the words.
func (a article) shortened() string {
	words, gap := strings.Fields(a.title), " "
	if a.unspaced {
		words, gap = strings.Split(a.title, ""), ""
	}
	return strings.Join(words[:(2*len(words)+2)/3], gap)
}
