package valid

import "strings"

// A kind says what an element may hold.
type kind struct {
	kids       map[string]use
	needs      []string // of kids
	attrs      map[string]value
	needsAttrs []string
	text       value // nil where no text may stand
	more       func(*Report, *node)
}

// A use is what an element is where it stands in another. There it may be once, or often.
type use struct {
	*kind
	often bool
}

func one(k *kind) use  { return use{kind: k} }
func many(k *kind) use { return use{kind: k, often: true} }

// A value returns which rule a text breaks, or nothing.
type value func(n *node, s string) Rule

// leaf is an element that holds only text.
func leaf(v value) *kind { return &kind{text: v} }

// check looks at an element and all that is in it.
func (r *Report) check(n *node, k *kind) {
	r.attrs(n, k)
	switch {
	case k.text != nil:
		if rule := k.text(n, n.text); rule != "" {
			r.add(rule, n.path(), n.text)
		}
	case strings.TrimSpace(n.text) != "":
		r.add(UnexpectedText, n.path(), n.text)
	}
	for _, kid := range n.kids {
		u, ok := k.kids[kid.name]
		if !ok {
			r.add(UndefinedElement, kid.path(), "")
			continue
		}
		if !u.often && kid.nth == 2 {
			r.add(DuplicateElement, kid.path(), "")
		}
		r.check(kid, u.kind)
	}
	for _, name := range k.needs {
		if !n.has(name) {
			r.add(MissingElement, n.path()+"/"+name, "")
		}
	}
	if k.more != nil {
		k.more(r, n)
	}
}

func (r *Report) attrs(n *node, k *kind) {
	for _, a := range n.attrs {
		rule, ok := k.attrs[a.name]
		if !ok {
			r.add(UnexpectedAttr, n.path()+"@"+a.name, a.value)
			continue
		}
		if broken := rule(n, a.value); broken != "" {
			r.add(broken, n.path()+"@"+a.name, a.value)
		}
	}
	for _, name := range k.needsAttrs {
		if _, ok := n.attr(name); !ok {
			r.add(MissingAttribute, n.path()+"@"+name, "")
		}
	}
}
