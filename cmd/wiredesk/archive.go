package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/curate"
)

// archiveFolder returns where the pages of the feeds' archives lie: beside the database, from
// which they can be made again.
func archiveFolder(cfg *config.Config) string {
	path := cfg.Storage.Path
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".archive"
}

// recovered bounds how many lost pages one build makes again: the news must not wait for them.
const recovered = 20

// fileArchive writes the pages of archives that are new or changed into their folder, which
// must be done before the ledger says that they are there. It reports whether there is more
// for the next build. The caller holds n.mu.
func (n *newsroom) fileArchive(at time.Time) (more bool, err error) {
	if !n.compared {
		n.missing = n.missingPages()
		n.compared = true
	}
	for ; len(n.pages) > 0; n.pages = n.pages[1:] {
		if err := n.filePage(n.pages[0], at); err != nil {
			return false, err
		}
	}
	for made := 0; made < recovered && len(n.missing) > 0; made++ {
		if err := n.filePage(n.missing[0], at); err != nil {
			return false, err
		}
		n.missing = n.missing[1:]
	}
	return len(n.missing) > 0, nil
}

// missingPages returns the pages that are not in the folder as they should be, newest first:
// it was lost, or the config says now that something is to be shown otherwise.
func (n *newsroom) missingPages() (lost []curate.PageRef) {
	for _, f := range n.cfg.Feeds {
		for number := n.desk.Pages(f.Name); number > 0; number-- {
			if ref := (curate.PageRef{Feed: f.Name, Number: number}); !n.filed(ref) {
				lost = append(lost, ref)
			}
		}
	}
	return lost
}

// filed reports whether a page is in the folder as it should be.
func (n *newsroom) filed(ref curate.PageRef) bool {
	return n.archive.Has(n.settings(), ref.Feed, ref.Number, n.desk.PageMark(ref.Feed, ref.Number))
}

// filePage writes one page, if it is not there as it should be.
func (n *newsroom) filePage(ref curate.PageRef, at time.Time) error {
	if n.filed(ref) {
		return nil
	}
	page, err := n.desk.Page(ref.Feed, ref.Number)
	if bad, ok := errors.AsType[*unreadableError](err); ok {
		// The page is made without it by the next build that makes lost pages.
		n.log.Error("an item cannot be read and is left out", "error", err)
		n.desk.Remove([]wiredesk.ItemID{bad.id})
		n.compared = false
		n.news.signal()
		return nil
	}
	if err != nil {
		return err
	}
	problems, err := n.archive.Put(n.settings(), &page, at)
	for _, p := range problems {
		n.log.Error("entry left out of a page of the archive", "path", p.Path, "error", p.Cause)
	}
	n.tally.refuse(len(problems))
	if err != nil {
		return withHint(fmt.Errorf("write the archive: %w", err), "the folder is beside the database, and must be one that this user can write to")
	}
	return nil
}
