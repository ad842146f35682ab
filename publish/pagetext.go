package publish

import (
	"html/template"
	"regexp"
	"strings"
)

// pageTag finds the tags that pageText changes. In cleaned HTML nothing else has a "<".
var pageTag = regexp.MustCompile(`<(/?)(h[1-6]|img|audio|video|main|nav)\b`)

// pageText makes a cleaned text ready to stand among others on a page: its headings go
// below that of its entry, pictures are loaded when they come into view, sound and films when they
// are asked for, and there is no second main part.
func pageText(text string) template.HTML {
	var open []byte // levels of the headings that this one stands below
	var b strings.Builder
	from := 0
	for _, m := range pageTag.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[from:m[2]])
		from = m[1]
		closing, name := text[m[2]:m[3]], text[m[4]:m[5]]
		b.WriteString(closing)
		switch {
		case name == "main" || name == "nav":
			b.WriteString("div")
		case name[0] == 'h':
			if closing == "" {
				for len(open) > 0 && open[len(open)-1] >= name[1] {
					open = open[:len(open)-1]
				}
				open = append(open, name[1])
			}
			b.Write([]byte{'h', byte('0' + min(2+max(len(open), 1), 6))})
		case closing != "":
			b.WriteString(name)
		case name == "img":
			b.WriteString("img loading=lazy decoding=async")
		default:
			b.WriteString(name + " controls preload=none")
		}
	}
	b.WriteString(text[from:])
	return template.HTML(b.String()) //nolint:gosec // cleaned on its way in; what is put in has no quotes and can break out of nothing
}
