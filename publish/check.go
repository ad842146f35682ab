package publish

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"wiredesk"
)

// check reads a document back before it is put in place, and says what is wrong with it.
// It sees the bytes as readers will: well-formed, with the ids of these pieces in this
// order.
func (sh *sheet) check(format string, body []byte) error {
	var ids []string
	var err error
	switch format {
	case "rss":
		ids, err = xmlIDs(body, "item", "guid")
	case "atom":
		ids, err = xmlIDs(body, "entry", "id")
	case "json":
		ids, err = jsonIDs(body)
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("not well-formed: %w", err)
	}
	if len(ids) != len(sh.pieces) {
		return fmt.Errorf("%d entries have become %d", len(sh.pieces), len(ids))
	}
	seen := make(map[string]bool, len(ids))
	for i, id := range ids {
		switch {
		case id == "":
			return fmt.Errorf("entry %d has no id", i+1)
		case seen[id]:
			return fmt.Errorf("two entries have the id %q", id)
		case id != sh.pieces[i].id:
			return fmt.Errorf("the id %q has become %q", sh.pieces[i].id, id)
		case !wiredesk.IsIRI(id):
			return fmt.Errorf("the id %q is no IRI", id)
		}
		seen[id] = true
	}
	return nil
}

// xmlIDs returns the text of every element id that stands directly in an element entry.
func xmlIDs(body []byte, entry, id string) ([]string, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	var ids []string
	var open []string
	inID := func() bool {
		n := len(open)
		return n >= 2 && open[n-1] == id && open[n-2] == entry
	}
	for {
		// Raw, because names need not be translated: we only look at what we wrote.
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			name := qualified(t.Name)
			open = append(open, name)
			if inID() {
				ids = append(ids, "")
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != qualified(t.Name) {
				return nil, fmt.Errorf("unexpected end of %s", qualified(t.Name))
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if inID() {
				ids[len(ids)-1] += string(t)
			}
		}
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("no end of %s", open[len(open)-1])
	}
	return ids, nil
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func jsonIDs(body []byte) ([]string, error) {
	var f struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, err
	}
	var ids []string
	for _, it := range f.Items {
		ids = append(ids, it.ID)
	}
	return ids, nil
}
