package main

import (
	"context"

	"wiredesk"
	"wiredesk/curate"
)

// complete puts the whole article in the place of an item's own content, where its source
// wants that and there is one.
func (n *newsroom) complete(ctx context.Context, it *wiredesk.Item, sources map[wiredesk.SourceID]*curate.Source) error {
	if src := sources[it.Source]; src == nil || !src.FullText {
		return nil
	}
	ft, err := n.store.FullText(ctx, it.ID)
	if err == nil && ft.HTML != "" {
		it.Content = ft.HTML
	}
	return err
}

// fullText has an item shown anew after its article came or went.
func (n *newsroom) fullText(id wiredesk.ItemID) {
	n.brought([]wiredesk.Recorded{{Revised: []wiredesk.ItemID{id}}})
}

// tellFullText says what came of asking the page of an item; empty if that was not wanted.
func (n *newsroom) tellFullText(ctx context.Context, it *wiredesk.Item) (string, error) {
	ft, err := n.store.FullText(ctx, it.ID)
	switch {
	case err != nil || ft.At.IsZero():
		return "", err
	case ft.Problem != "":
		return ft.Problem, nil
	case ft.HTML != "":
		return "taken from the link", nil
	}
	return "being asked", nil
}

// pushed takes in what a hub sent. Its pages are not left to the next poll, which may be a
// day away.
func (n *newsroom) pushed(recorded []wiredesk.Recorded) {
	n.brought(recorded)
	for _, r := range recorded {
		if len(r.New)+len(r.Revised) > 0 {
			n.poller.AskPages(r.Source)
		}
	}
}
