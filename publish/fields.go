package publish

import (
	"net/mail"
	"regexp"
	"strings"

	"wiredesk"
	"wiredesk/publish/valid"
)

// A credit is a source as documents name it. It is empty if the source is private.
type credit struct{ id, title, url, link, genre string }

// label returns what people call the source.
func (c credit) label() string {
	if c.title != "" {
		return c.title
	}
	return host(c.address())
}

// address returns where to find the source: its feed, or its home page.
func (c credit) address() string {
	if c.url != "" {
		return c.url
	}
	return c.link
}

// newCredit makes the name of a source ready.
func newCredit(c wiredesk.Credit) credit {
	made := credit{id: iri(c.ID), title: cut(line(c.Title), maxTitle), url: webLink(c.URL), link: webLink(c.Link)}
	if valid.Genre(c.Genre) {
		made.genre = c.Genre
	}
	if made.id == "" {
		made.id = canonical(made.address())
	}
	if made.title == "" {
		made.title = host(made.address())
	}
	if made.id == "" && made.title != "" { // Atom's source needs one
		made.id = wiredesk.TitleID(made.title)
	}
	return made
}

func newAuthors(authors []wiredesk.Author) []wiredesk.Author {
	var made []wiredesk.Author
	for _, a := range authors[:min(len(authors), maxNames)] {
		a = wiredesk.Author{Name: cut(line(a.Name), maxTitle), Email: email(a.Email), URL: webLink(a.URL)}
		// Atom demands a name.
		for _, s := range []string{a.Email, host(a.URL)} {
			if a.Name == "" {
				a.Name = s
			}
		}
		// An address in a name is for robots that gather them.
		if a.Name = strings.TrimSpace(addressInName.ReplaceAllString(a.Name, "")); a.Name != "" {
			made = append(made, a)
		}
	}
	return made
}

var (
	addressInName = regexp.MustCompile(`<[A-Za-z0-9_+.'-]+@[A-Za-z0-9.-]+>`)
	emailAddress  = regexp.MustCompile(`^[A-Za-z0-9_+.'-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9][A-Za-z0-9-]*$`)
)

// email returns s if it is an e-mail address as everybody takes it, else nothing.
func email(s string) string {
	if s = strings.TrimSpace(s); len(s) <= 254 && emailAddress.MatchString(s) {
		return s
	}
	return ""
}

// nameAndEmail divides "Name <name@example.org>". Without a name the address is the name.
func nameAndEmail(s string) (name, address string) {
	s = cut(line(s), maxTitle)
	a, err := mail.ParseAddress(s)
	if err != nil || email(a.Address) == "" {
		return s, ""
	}
	if name = line(a.Name); name == "" {
		name = a.Address
	}
	return name, a.Address
}

// newCategories returns the source's categories and our tags, each word once.
func newCategories(categories []wiredesk.Category, tags []string) []wiredesk.Category {
	var made []wiredesk.Category
	seen := map[string]bool{}
	add := func(c wiredesk.Category) {
		c = wiredesk.Category{Term: cut(line(c.Term), maxTitle), Scheme: iri(c.Scheme), Label: cut(line(c.Label), maxTitle)}
		if c.Term == "" {
			c.Term = c.Label
		}
		if key := strings.ToLower(c.Word()); key != "" && !seen[key] && len(made) < maxNames {
			seen[key] = true
			made = append(made, c)
		}
	}
	for _, c := range categories {
		add(c)
	}
	for _, tag := range tags {
		add(wiredesk.Category{Term: tag})
	}
	return made
}

func newEnclosures(enclosures []wiredesk.Enclosure) []wiredesk.Enclosure {
	var made []wiredesk.Enclosure
	seen := map[string]bool{}
	for _, e := range enclosures {
		e.URL, e.Type, e.Title = webLink(e.URL), line(e.Type), cut(line(e.Title), maxTitle)
		if e.URL == "" || seen[e.URL] || len(made) == maxNames {
			continue
		}
		if !mediaTypeForm(e.Type) {
			e.Type = mediaType(e.URL)
		}
		seen[e.URL] = true
		e.Length, e.Duration = max(e.Length, 0), max(e.Duration, 0)
		made = append(made, e)
	}
	return made
}

// mediaTypeForm reports whether s has the form of a media type without parameters.
func mediaTypeForm(s string) bool {
	major, minor, ok := strings.Cut(s, "/")
	if !ok || major == "" || minor == "" {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && !strings.ContainsRune("/.+-_", rune(c)) {
			return false
		}
	}
	return !strings.Contains(minor, "/")
}
