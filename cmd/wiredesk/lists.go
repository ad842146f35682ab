package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/storage"
)

// listed returns the sources of a reading list's newest copy. A copy that cannot be read
// has none; it was checked before it was stored.
func listed(l config.ReadingList, body []byte) []wiredesk.Source {
	if len(body) == 0 {
		return nil
	}
	outline, err := fetch.ParseOPML(body, "")
	if err != nil {
		return nil
	}
	var out []wiredesk.Source
	for _, o := range outline.Sources {
		s := l.Source(o.URL)
		s.Title = o.Title
		if l.FolderTags {
			for _, tag := range slices.Concat(o.Folders, o.Categories) {
				if !slices.Contains(s.Tags, tag) {
					s.Tags = append(slices.Clone(s.Tags), tag)
				}
			}
		}
		out = append(out, s)
	}
	return out
}

// followLists asks for every reading list that is due and reports whether one brought
// something else. With all it asks for every one.
func (n *newsroom) followLists(ctx context.Context, now time.Time, all bool) (changed bool, next time.Time) {
	n.mu.Lock()
	lists := n.cfg.ReadingLists
	n.mu.Unlock()
	for _, l := range lists {
		known, err := n.store.List(ctx, l.List.URL)
		if err != nil {
			n.log.Error("reading list not read", "list", fetch.Redact(l.List.URL), "error", err)
			continue
		}
		if all || !known.Due.After(now) {
			fresh, differs := n.followList(ctx, l, known, now)
			if err := n.store.SetList(ctx, l.List.URL, fresh); err != nil {
				n.log.Error("reading list not stored", "list", fetch.Redact(l.List.URL), "error", err)
				continue
			}
			known, changed = fresh, changed || differs
		}
		if next.IsZero() || known.Due.Before(next) {
			next = known.Due
		}
	}
	return changed, next
}

// followList asks for one reading list. What does not answer, or is no list, leaves the
// last good copy in force.
func (n *newsroom) followList(ctx context.Context, l config.ReadingList, known storage.List, now time.Time) (storage.List, bool) {
	src := l.List
	fresh := known
	fresh.Due = now.Add(src.Interval)
	failed := func(err error) (storage.List, bool) {
		switch {
		case known.Problem != "": // told already
		case len(known.Body) == 0:
			n.log.Warn("reading list failed, it names nothing yet", "list", fetch.Redact(src.URL), "error", err)
		default:
			n.log.Warn("reading list failed, its last copy stays", "list", fetch.Redact(src.URL), "error", err)
		}
		fresh.Problem = err.Error()
		return fresh, false
	}
	resp, err := n.client.Fetch(ctx, fetch.Request{
		URL: src.URL, ETag: known.ETag, LastModified: known.LastModified,
		Username: src.Username, Password: src.Password, Headers: src.Headers,
		AllowPrivate: src.AllowPrivate, Proxy: src.Proxy, Timeout: src.Timeout, MaxBody: src.MaxBody,
	})
	switch {
	case err != nil:
		return failed(err)
	case resp.Status == http.StatusNotModified && len(known.Body) > 0:
		fresh.Problem = ""
		return fresh, false
	case resp.Status != 0 && resp.Status != http.StatusOK:
		return failed(fmt.Errorf("it answers %d", resp.Status))
	}
	outline, err := fetch.ParseOPML(resp.Body, resp.Header.Get("Content-Type"))
	if err != nil {
		return failed(err)
	}
	if len(outline.Sources) == 0 && len(known.Body) > 0 {
		return failed(fmt.Errorf("it names no feed any more"))
	}
	fresh = storage.List{
		ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified"),
		Fetched: now, Due: fresh.Due, Body: resp.Body,
	}
	return fresh, string(resp.Body) != string(known.Body)
}

// listLoop follows the reading lists until ctx ends.
func (n *newsroom) listLoop(ctx context.Context) error {
	for {
		now := time.Now()
		changed, next := n.followLists(ctx, now, false)
		if changed {
			if err := n.applyAgain(ctx); err != nil {
				n.log.Error("reading list not taken in", "error", err)
			}
		}
		pause := time.Minute // a reload may have brought a new list
		if !next.IsZero() {
			pause = min(pause, max(next.Sub(now), time.Second))
		}
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// applyAgain takes the running config in once more, because what it refers to has changed.
func (n *newsroom) applyAgain(ctx context.Context) error {
	n.mu.Lock()
	cfg, compiled := n.cfg, n.program
	n.mu.Unlock()
	if err := n.apply(ctx, cfg, compiled); err != nil {
		return err
	}
	n.news.signal()
	return nil
}
