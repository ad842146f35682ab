package fetch

import (
	"slices"
	"strings"

	"wiredesk"
)

// person reads the forms in which feeds write a person in one text: "a@b.example (Name)",
// "Name (a@b.example)", "Name <a@b.example>", an address alone, a name alone.
func person(s string, kind textKind) wiredesk.Author {
	if kind == unsaid && strings.Contains(s, "</") {
		kind = hyper // whatever these elements are, they are no part of a name
	}
	s = plainText(s, kind, maxName)
	if isEmail(s) {
		return wiredesk.Author{Email: s}
	}
	if web := webAddress("", s); web != "" && !strings.Contains(s, " ") {
		return wiredesk.Author{URL: web}
	}
	for _, marks := range []string{"()", "<>", "[]"} {
		open, end := strings.LastIndexByte(s, marks[0]), strings.LastIndexByte(s, marks[1])
		if open < 0 || end < open {
			continue
		}
		outer, inner := strings.TrimSpace(s[:open]+s[end+1:]), strings.TrimSpace(s[open+1:end])
		outer, inner = strings.TrimPrefix(outer, "mailto:"), strings.TrimPrefix(inner, "mailto:")
		switch {
		case isEmail(inner):
			return wiredesk.Author{Name: strings.Trim(outer, `" `), Email: inner}
		case isEmail(outer):
			return wiredesk.Author{Name: strings.Trim(inner, `" `), Email: outer}
		}
	}
	// "Name, a@b.example"
	for word := range strings.FieldsSeq(s) {
		if email := strings.Trim(word, ",;:()<>"); isEmail(email) {
			name := strings.Trim(strings.TrimSpace(strings.Replace(s, word, "", 1)), `,;:"-– `)
			return wiredesk.Author{Name: name, Email: email}
		}
	}
	return wiredesk.Author{Name: s}
}

// isEmail reports whether s is an address for letters, for all that can be seen.
func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && len(s) <= maxName && strings.IndexByte(domain, '.') > 0 && !strings.HasSuffix(domain, ".") &&
		!strings.ContainsAny(s, " \t\r\n<>()[]\\,;:\"'/&?%#") && !strings.Contains(domain, "@")
}

// addAuthor adds an author to a list unless it is there already or says nothing.
func addAuthor(list []wiredesk.Author, a wiredesk.Author) []wiredesk.Author {
	if a == (wiredesk.Author{}) || len(list) >= maxMany {
		return list
	}
	for i := range list {
		b := &list[i]
		if a.Name != "" && strings.EqualFold(a.Name, b.Name) || a.Email != "" && strings.EqualFold(a.Email, b.Email) && (a.Name == "" || b.Name == "") {
			b.Name, b.Email, b.URL = either(b.Name, a.Name), either(b.Email, a.Email), either(b.URL, a.URL)
			return list
		}
	}
	return append(list, a)
}

// named reports whether one of the authors has a name.
func named(list []wiredesk.Author) bool {
	return slices.ContainsFunc(list, func(a wiredesk.Author) bool { return a.Name != "" })
}

// addCategory adds a category to a list unless it is there already or says nothing.
func addCategory(list []wiredesk.Category, c wiredesk.Category, kind textKind) []wiredesk.Category {
	c.Term, c.Label = plainText(c.Term, kind, maxName), plainText(c.Label, kind, maxName)
	c.Scheme = oneLine(c.Scheme, maxProse)
	if c.Term == "" {
		c.Term, c.Label = c.Label, ""
	}
	if c.Label == c.Term {
		c.Label = ""
	}
	if c.Term == "" || len(list) >= maxMany {
		return list
	}
	for _, other := range list {
		if strings.EqualFold(other.Term, c.Term) && other.Scheme == c.Scheme {
			return list
		}
	}
	return append(list, c)
}

// either returns the first of the texts that says something.
func either(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
