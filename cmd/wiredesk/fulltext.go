package main

import (
	"context"
	"slices"
	"time"

	"wiredesk"
	"wiredesk/curate"
	"wiredesk/fetch"
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

// anew has an item shown anew after its article came or went, or its source took it back.
func (n *newsroom) anew(id wiredesk.ItemID) {
	n.brought([]wiredesk.Recorded{{Revised: []wiredesk.ItemID{id}}}, false)
}

// tellFullText says what came of asking the page of an item, or why it was not asked; empty
// if that is not wanted.
func (n *newsroom) tellFullText(ctx context.Context, it *wiredesk.Item, now time.Time) (string, error) {
	src := n.curated[it.Source]
	if src == nil || !src.FullText {
		return "", nil
	}
	linked, asked, err := n.store.Linked(ctx, it.Source, time.Time{})
	if err != nil {
		return "", err
	}
	pauses, err := n.store.Pauses(ctx, now)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(linked, func(l wiredesk.Linked) bool { return l.Item.ID == it.ID })
	if i >= 0 {
		return fetch.AboutPage(&linked[i], asked, pauses, now), nil
	}
	ft, err := n.store.FullText(ctx, it.ID)
	if err == nil && ft.At.IsZero() {
		return "not asked: the item is not in its source's document any more", nil
	}
	return fetch.AboutPage(&wiredesk.Linked{Item: *it, FullText: ft}, asked, pauses, now), err
}

// pushed takes in what a hub sent. Its pages are not left to the next poll, which may be a
// day away.
func (n *newsroom) pushed(recorded []wiredesk.Recorded) {
	n.brought(recorded, true)
	for _, r := range recorded {
		if len(r.New)+len(r.Revised) > 0 {
			n.poller.AskPages(r.Source)
		}
	}
}
