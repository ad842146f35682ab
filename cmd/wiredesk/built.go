package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/curate"
	"wiredesk/storage"
)

// A builtWith is the part of a config that decides what is published, as it was when the site
// was last built. It lies in the store, so that plan has something to compare with where no
// daemon runs. It holds no secrets, and nothing about how sources are asked.
type builtWith struct {
	BaseURL      string
	Title        string
	Language     string
	TimeZone     string
	Home         string
	Look         lookWords
	Lists        map[string][]string
	Rules        []wiredesk.Rule
	Stories      config.Stories
	Feeds        []wiredesk.Feed
	Sources      []builtSource
	ReadingLists []string
}

type builtSource struct {
	ID     wiredesk.SourceID
	Origin string
	Source wiredesk.Source
}

// notYetNoted returns what the running config is for the store, or nil if it knows already.
// The caller holds n.mu.
func (n *newsroom) notYetNoted(ctx context.Context) ([]byte, error) {
	if n.noted {
		return nil, nil
	}
	now, err := json.Marshal(builtWithOf(n.cfg, n.sources))
	if err != nil {
		return nil, err
	}
	stored, err := n.store.Built(ctx)
	if err != nil && !errors.Is(err, storage.ErrValue) { // a damaged one is written anew
		return nil, err
	}
	if bytes.Equal(now, stored) {
		return nil, nil
	}
	return now, nil
}

func builtWithOf(cfg *config.Config, sources []source) builtWith {
	b := builtWith{
		BaseURL: cfg.Server.BaseURL, Title: cfg.Site.Title, Language: cfg.Site.Language, Home: cfg.Site.Home, Look: lookWordsOf(&cfg.Site),
		TimeZone: zone(cfg.Site.TimeZone), Lists: cfg.Lists, Stories: cfg.Stories, Feeds: cfg.Feeds,
	}
	for _, r := range cfg.Rules {
		r.Keeps, r.Drops = nil, nil // they are for check
		b.Rules = append(b.Rules, r)
	}
	for _, l := range cfg.ReadingLists {
		b.ReadingLists = append(b.ReadingLists, l.List.URL)
	}
	for i := range sources {
		b.Sources = append(b.Sources, builtSource{ID: sources[i].ID, Origin: sources[i].Registered.Origin, Source: shownOf(*sources[i].Source)})
	}
	return b
}

// shownOf returns what a source has to do with what is published.
func shownOf(s wiredesk.Source) wiredesk.Source {
	s.Username, s.Password, s.Headers, s.Proxy = "", "", nil, ""
	s.Interval, s.MinInterval, s.MaxInterval, s.Timeout, s.MaxBody = 0, 0, 0, 0, 0
	return s
}

func zone(l *time.Location) string {
	if l == nil {
		return "UTC"
	}
	return l.String()
}

// lastBuilt returns a newsroom that curates as the site was last built with the store. It may
// only curate.
func (n *newsroom) lastBuilt(ctx context.Context) (*newsroom, error) {
	stored, err := n.store.Built(ctx)
	if err != nil {
		return nil, err
	}
	if stored == nil {
		return nil, withHint(errors.New("the database does not say with what config the site was last built"), "wiredesk once builds it; after that plan can compare")
	}
	var b builtWith
	if err := json.Unmarshal(stored, &b); err != nil {
		return nil, fmt.Errorf("what the site was last built with: %w", err)
	}
	cfg := &config.Config{Lists: b.Lists, Rules: b.Rules, Stories: b.Stories, Feeds: b.Feeds}
	cfg.Server.BaseURL = b.BaseURL
	cfg.Site.Title, cfg.Site.Language, cfg.Site.Home = b.Title, b.Language, b.Home
	if cfg.Site.TimeZone, err = time.LoadLocation(b.TimeZone); err != nil {
		cfg.Site.TimeZone = nil
	}
	for _, url := range b.ReadingLists {
		cfg.ReadingLists = append(cfg.ReadingLists, config.ReadingList{List: wiredesk.Source{URL: url}})
	}
	compiled, err := curate.Compile(curationOf(cfg))
	if err != nil {
		return nil, fmt.Errorf("what the site was last built with: %w", err)
	}
	sources := make([]source, len(b.Sources))
	for i, s := range b.Sources {
		sources[i] = source{Source: &b.Sources[i].Source, Registered: storage.Registered{ID: s.ID, URL: s.Source.URL, Origin: s.Origin}}
	}
	last := n.pretence(cfg, compiled, sources)
	last.shown = b.Look
	return last, nil
}

// pretence returns a newsroom on the same store that may only curate: with another config,
// say, than the running one. Nothing of what it does is stored.
func (n *newsroom) pretence(cfg *config.Config, compiled *curate.Program, sources []source) *newsroom {
	return &newsroom{
		log: n.log, getenv: n.getenv, store: n.store, cfg: cfg, program: compiled, sources: sources, shown: lookWordsOf(&cfg.Site),
		editions: make(map[string]wiredesk.Edition),
	}
}
