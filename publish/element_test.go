package publish_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"
)

// An element is one of a document in XML, by its local name. It is what tests ask.
type element struct {
	name  string
	attrs []xml.Attr
	kids  []*element
	text  string
}

func readXML(t *testing.T, body []byte) *element {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(body))
	top := &element{}
	for open := []*element{top}; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(top.kids) == 1 {
			return top.kids[0]
		}
		if err != nil {
			t.Fatal(err)
		}
		at := open[len(open)-1]
		switch x := token.(type) {
		case xml.StartElement:
			e := &element{name: x.Name.Local, attrs: x.Attr}
			at.kids = append(at.kids, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(x)
		}
	}
}

// all returns the kids of a name, first the first of them, or nil.
func (e *element) all(name string) []*element {
	var found []*element
	for _, k := range e.kids {
		if k.name == name {
			found = append(found, k)
		}
	}
	return found
}

func (e *element) first(name string) *element {
	if found := e.all(name); len(found) > 0 {
		return found[0]
	}
	return nil
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// own returns the texts of the kids of a name, texts those of a name within these.
func (e *element) own(name string) []string {
	var texts []string
	for _, k := range e.all(name) {
		texts = append(texts, k.text)
	}
	return texts
}

func (e *element) texts(name, inner string) []string {
	var texts []string
	for _, k := range e.all(name) {
		texts = append(texts, k.own(inner)...)
	}
	return texts
}

// link returns the address of the first link with a relation.
func (e *element) link(rel string) string {
	for _, l := range e.all("link") {
		if l.attr("rel") == rel {
			return l.attr("href")
		}
	}
	return ""
}
