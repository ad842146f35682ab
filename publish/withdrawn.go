package publish

import (
	"strings"
	"time"

	"wiredesk"
)

// A tombstone is that an entry was taken back, ready for every format.
type tombstone struct {
	id, by, comment string
	when            time.Time
}

func (sh *sheet) newTombstone(t wiredesk.Tombstone) tombstone {
	made := tombstone{id: t.ID, by: "source", comment: sh.words.BySource, when: moment(t.At)}
	if t.By == wiredesk.ByDesk {
		made.by, made.comment = "desk", sh.words.ByDesk
	}
	return made
}

// graves returns the tombstones of what is gone and of what is only marked.
func (sh *sheet) graves() []tombstone {
	all := sh.tombstones
	for i := range sh.pieces {
		if t := sh.pieces[i].withdrawn; t != nil {
			all = append(all, *t)
		}
	}
	return all
}

// withdrawn returns an entry that was taken back as it is shown. Of what a person hid only the
// title and the link stay; what its source took back is still told.
func (sh *sheet) withdrawn(e *wiredesk.Entry) *wiredesk.Entry {
	made := *e
	made.Title = strings.TrimRight(strings.ReplaceAll(sh.words.Withdrawn, "{title}", e.Title), " \u00a0:：") // of a post without title, the word alone
	if e.Withdrawn.By == wiredesk.ByDesk {
		made.Also, made.Note, made.Tags = nil, "", nil
		made.Item = wiredesk.Item{Link: e.Item.Link, Language: e.Item.Language}
	}
	return &made
}
