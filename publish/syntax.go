package publish

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"wiredesk/publish/valid"
)

// A syntax is a way to write a sheet for feed readers. Entries are written one by one, so
// that of those that did not change the bytes are taken over from the last document.
type syntax struct {
	extension, mime string
	// frame returns what stands before the first entry and behind the last.
	frame   func(*sheet) (head, tail []byte, err error)
	entry   func(*sheet, *piece) ([]byte, error)
	between string // two entries
	check   func([]byte) valid.Report
}

// syntaxes are those that feed readers take.
var syntaxes = []syntax{
	{".rss", typeRSS, (*sheet).rssFrame, (*sheet).rssEntry, "", valid.RSS},
	{".atom", typeAtom, (*sheet).atomFrame, (*sheet).atomEntry, "", valid.Atom},
	{".json", typeJSON, (*sheet).jsonFrame, (*sheet).jsonEntry, ",", valid.JSON},
}

// A part is an entry in the bytes of a document.
type part struct {
	mark       uint64 // of everything that it was made from; zero if nobody needs to know
	start, end int
}

// write returns a sheet in a syntax, and where its entries stand. Last is the document whose
// place it takes, or nil. What is new in it was checked: its frame with all entries that the
// last one does not have, which were checked when they were new there.
func (f *syntax) write(sh *sheet, last *Document) ([]byte, []part, error) {
	if err := sh.sound(); err != nil {
		return nil, nil, err
	}
	head, tail, err := f.frame(sh)
	if err != nil {
		return nil, nil, err
	}
	known := last.known()
	body, fresh := sh.buffer(), bytes.NewBuffer(slices.Clone(head))
	body.Write(head)
	parts := make([]part, 0, len(sh.pieces))
	var ids []string
	for i := range sh.pieces {
		p := &sh.pieces[i]
		entry, ok := known[p.mark]
		if !ok {
			if entry, err = f.entry(sh, p); err != nil {
				return nil, nil, err
			}
			if len(ids) > 0 {
				fresh.WriteString(f.between)
			}
			fresh.Write(entry)
			ids = append(ids, p.id)
		}
		if i > 0 {
			body.WriteString(f.between)
		}
		start := body.Len()
		body.Write(entry)
		parts = append(parts, part{p.mark, start, body.Len()})
	}
	fresh.Write(tail)
	body.Write(tail)
	return body.Bytes(), parts, f.hold(fresh.Bytes(), ids)
}

// hold returns what is wrong with a document, if anything is that must not be published. It
// must have the entries with these ids.
func (f *syntax) hold(body []byte, ids []string) error {
	report := f.check(body)
	for _, fault := range report.Faults {
		if !fault.Minor() {
			return errors.New(fault.String())
		}
	}
	if !slices.Equal(report.IDs, ids) {
		return fmt.Errorf("the entries %q have become %q", ids, report.IDs)
	}
	return nil
}

// known returns the entries of a document by their mark.
func (d *Document) known() map[uint64][]byte {
	if d == nil {
		return nil
	}
	entries := make(map[uint64][]byte, len(d.parts))
	for _, p := range d.parts {
		if p.mark != 0 {
			entries[p.mark] = d.Body[p.start:p.end]
		}
	}
	return entries
}

// sound returns what is wrong with the entries of a sheet together.
func (sh *sheet) sound() error {
	seen := make(map[string]bool, len(sh.pieces))
	for i := range sh.pieces {
		switch id := sh.pieces[i].id; {
		case id == "":
			return fmt.Errorf("entry %d has no id", i+1)
		case seen[id]:
			return fmt.Errorf("two entries have the id %q", id)
		default:
			seen[id] = true
		}
	}
	return nil
}

// buffer returns one that is large enough for most documents of this sheet.
func (sh *sheet) buffer() *bytes.Buffer {
	size := 4096
	for i := range sh.pieces {
		size += len(sh.pieces[i].markup)*5/4 + len(sh.pieces[i].summary) + 1024
	}
	return bytes.NewBuffer(make([]byte, 0, size))
}

// split divides a document without entries at the place where they belong.
func split(doc []byte, tail string) (before, after []byte, err error) {
	before, ok := bytes.CutSuffix(doc, []byte(tail))
	if !ok {
		return nil, nil, fmt.Errorf("a document without entries does not end with %s", tail)
	}
	return before, []byte(tail), nil
}
