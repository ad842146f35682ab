package main

import (
	"context"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/curate"
	"wiredesk/fetch"
	"wiredesk/storage"
)

// plan is the verb of a running daemon: it compares the config that runs with the one in the
// file, read as reload would.
func (n *newsroom) plan(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	n.mu.Lock()
	running := n.pretence(n.cfg, n.program, n.sources)
	n.mu.Unlock() // nothing that is published waits for us
	cfg, compiled, err := loadConfig(running.cfg.Path, n.getenv)
	if err != nil {
		return nil, err
	}
	keepRunning(cfg, running.cfg)
	return running.compareWith(ctx, cfg, compiled, time.Now())
}

// planMyself does what the daemon would, where none runs: it compares with the config that
// the site was last built with. It does not open the database as other commands do, for they
// register the sources of the config.
func (p *program) planMyself(ctx context.Context, cfg *config.Config, compiled *curate.Program) (*planReply, error) {
	store, err := storage.Open(cfg.Storage.Path, storage.Options{Logger: p.log})
	if err != nil {
		return nil, explainOpen(err)
	}
	defer store.Close()
	n := &newsroom{log: p.log, getenv: p.getenv, store: store}
	last, err := n.lastBuilt(ctx)
	if err != nil {
		return nil, err
	}
	return last.compareWith(ctx, cfg, compiled, time.Now())
}

// compareWith says what would change if this newsroom, which is a pretence, had another
// config. Both curate the same items, with the same memory, as of the same moment: what time
// or a poll has brought meanwhile is no change of the config.
func (n *newsroom) compareWith(ctx context.Context, cfg *config.Config, compiled *curate.Program, at time.Time) (*planReply, error) {
	sources, unknown, err := n.wouldBe(ctx, cfg)
	if err != nil {
		return nil, err
	}
	then := n.pretence(cfg, compiled, sources)
	memory, err := n.memory(ctx)
	if err != nil {
		return nil, err
	}
	for _, room := range []*newsroom{n, then} {
		if room.curated, err = room.sourcesNow(ctx); err != nil {
			return nil, err
		}
		room.desk = room.newDesk(ctx, memory, room.curated)
	}
	if err := n.fill(ctx, n.desk, then.desk); err != nil {
		return nil, err
	}
	for _, room := range []*newsroom{n, then} {
		if _, err := room.curate(ctx, at); err != nil {
			return nil, err
		}
	}
	announced := make(map[string]bool, len(memory.Rows))
	for _, r := range memory.Rows {
		announced[r.Feed+" "+r.ID] = true
	}
	plans := curate.Compare(n.published(), then.published(), func(feed, id string) bool { return announced[feed+" "+id] })
	reply := &planReply{Site: []wordsReply{}, Feeds: []feedPlan{}, Sources: []sourcePlan{}}
	reply.Site = append(reply.Site, siteChanges(n, then)...)
	why := reasons{before: n, after: then, at: at}
	for i := range plans {
		f, err := why.tell(&plans[i])
		if err != nil {
			return nil, err
		}
		reply.Feeds = append(reply.Feeds, f)
	}
	reply.Sources, err = n.sourceChanges(ctx, then, unknown)
	reply.decide()
	return reply, err
}

// published returns the editions in the order of the config.
func (n *newsroom) published() []wiredesk.Edition {
	out := make([]wiredesk.Edition, len(n.cfg.Feeds))
	for i, f := range n.cfg.Feeds {
		out[i] = n.editions[f.Name]
	}
	return out
}

// wouldBe returns the sources that a config would have, and those of them that the store has
// never heard of.
func (n *newsroom) wouldBe(ctx context.Context, cfg *config.Config) (known, unknown []source, err error) {
	wanted, err := n.wanted(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	plain := make([]wiredesk.Source, len(wanted))
	for i := range wanted {
		plain[i] = *wanted[i].Source
	}
	registered, err := n.store.Known(ctx, plain)
	if err != nil {
		return nil, nil, err
	}
	for i, s := range wanted {
		s.Registered = registered[i]
		if s.ID == 0 {
			unknown = append(unknown, s)
		} else {
			known = append(known, s)
		}
	}
	return known, unknown, nil
}

func siteChanges(before, after *newsroom) (changes []wordsReply) {
	a, b := before.cfg, after.cfg
	for _, w := range []wordsReply{
		{"base_url", a.Server.BaseURL, b.Server.BaseURL},
		{"title", a.Site.Title, b.Site.Title},
		{"language", a.Site.Language, b.Site.Language},
		{"time_zone", zone(a.Site.TimeZone), zone(b.Site.TimeZone)},
		{"home", a.Site.Home, b.Site.Home},
		{"css", before.shown.CSS, after.shown.CSS},
		{"templates", before.shown.Templates, after.shown.Templates},
	} {
		if w.Before != w.After {
			changes = append(changes, w)
		}
	}
	return changes
}

// sourceChanges returns which sources and reading lists come and go.
func (n *newsroom) sourceChanges(ctx context.Context, then *newsroom, unknown []source) ([]sourcePlan, error) {
	changes := []sourcePlan{}
	for _, s := range unknown {
		changes = append(changes, sourcePlan{Change: sourceNew, URL: fetch.Redact(s.Source.URL), Title: s.Title, List: fetch.Redact(s.list)})
	}
	compare := func(of, with []source, change string) error {
		there := make(map[wiredesk.SourceID]bool, len(with))
		for _, s := range with {
			there[s.ID] = true
		}
		for _, s := range of {
			if there[s.ID] {
				continue
			}
			st, err := n.store.State(ctx, s.ID)
			if err != nil {
				return err
			}
			c := sourcePlan{Change: change, URL: fetch.Redact(s.Source.URL), Title: curatedTitle(&s, &st), List: fetch.Redact(s.list), Items: st.Items}
			if change == sourceBack && st.First.IsZero() {
				c.Change = sourceNew
			}
			changes = append(changes, c)
		}
		return nil
	}
	if err := compare(then.sources, n.sources, sourceBack); err != nil {
		return nil, err
	}
	if err := compare(n.sources, then.sources, sourceRemoved); err != nil {
		return nil, err
	}
	lists := make(map[string]bool)
	for _, l := range n.cfg.ReadingLists {
		lists[l.List.URL] = true
	}
	for _, l := range then.cfg.ReadingLists {
		if !lists[l.List.URL] {
			changes = append(changes, sourcePlan{Change: listNew, URL: fetch.Redact(l.List.URL)})
		}
	}
	return changes, nil
}

func curatedTitle(s *source, st *wiredesk.SourceState) string {
	shown := *s.Source
	shown.URL = fetch.Redact(shown.URL)
	c := curate.Source{Source: &shown, Channel: st.Channel}
	return c.Shown()
}

// reasons tell why entries come and go, by what the desks before and after say of their leads.
type reasons struct {
	before, after *newsroom
	at            time.Time
}

// tell returns a plan of a feed with the reason for each of its changes.
func (r reasons) tell(p *curate.FeedPlan) (feedPlan, error) {
	f := feedPlan{
		Feed: p.Feed, Change: string(p.Standing), EntriesBefore: p.Before, EntriesAfter: p.After, New: p.New(), Words: []wordsReply{},
	}
	for _, w := range p.Words {
		f.Words = append(f.Words, wordsReply(w))
	}
	for _, list := range []struct {
		to       *[]planEntry
		from     []curate.EntryPlan
		shown    *newsroom // where it is shown
		notShown *newsroom // where it is not, which has the reason; nil for none
	}{
		{&f.Appear, p.Appear, r.after, r.before},
		{&f.Vanish, p.Vanish, r.before, r.after},
		{&f.Move, p.Move, r.after, nil},
		{&f.Merge, p.Merge, r.before, nil},
		{&f.Split, p.Split, r.after, nil},
		{&f.Other, p.Change, r.after, nil},
	} {
		*list.to = []planEntry{}
		for _, change := range list.from {
			e, err := r.entry(p.Feed, &change, list.shown, list.notShown)
			if err != nil {
				return f, err
			}
			*list.to = append(*list.to, e)
		}
	}
	return f, nil
}

func (r reasons) entry(feed string, change *curate.EntryPlan, shown, notShown *newsroom) (planEntry, error) {
	e := planEntry{
		ID: change.Entry.ID, Item: change.Entry.Item.ID.String(), Title: change.Entry.Title, Link: change.Entry.Item.Link,
		New: change.New, From: change.From, To: change.To, With: change.With, Changes: change.What,
	}
	x, err := shown.desk.Explain(change.Entry.Item.ID, r.at)
	if err != nil || x == nil {
		return e, err
	}
	e.Source = x.Source
	if notShown == nil {
		return e, nil
	}
	if x, err = notShown.desk.Explain(change.Entry.Item.ID, r.at); err != nil || x == nil {
		return e, err
	}
	for _, f := range x.Feeds {
		if f.Feed == feed && f.State != curate.Published {
			e.Reason = f.Why
		}
	}
	return e, nil
}
