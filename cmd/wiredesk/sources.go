package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/fetch"
)

type sourcesCommand struct {
	Name      string `arg:"" optional:"" help:"Only this one: its name, title, address, or what the log calls it."`
	Etiquette bool   `help:"How politely they are asked: conditional requests, 304s, bytes for each new item, shortest interval."`
}

// Help is shown by wiredesk sources --help.
func (sourcesCommand) Help() string {
	return `Examples:
  wiredesk sources
  wiredesk sources go-blog
  wiredesk sources --etiquette
  wiredesk sources --json`
}

type sourcesArgs struct {
	Name string `json:"name,omitempty"`
}

// sourceReply is one source as it is told. Times that never were are left out.
type sourceReply struct {
	Name        string    `json:"name,omitempty"`
	Handle      string    `json:"handle"` // what every command knows it by
	Title       string    `json:"title"`
	URL         string    `json:"url"`
	Link        string    `json:"link,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	List        string    `json:"reading_list,omitempty"`
	State       string    `json:"state"` // ok, failing, gone, paused, new
	Problem     string    `json:"problem,omitempty"`
	Failures    int       `json:"failures"`
	Status      int       `json:"status,omitempty"`
	LastPoll    time.Time `json:"last_poll,omitzero"`
	LastSuccess time.Time `json:"last_success,omitzero"`
	LastNews    time.Time `json:"last_news,omitzero"`
	NextPoll    time.Time `json:"next_poll,omitzero"`
	LastMissed  time.Time `json:"last_missed,omitzero"` // when two polls had no item in common
	Reason      string    `json:"reason,omitempty"`
	MovedTo     string    `json:"moved_to,omitempty"`
	Unconfirmed bool      `json:"unconfirmed,omitempty"` // it is not followed until a person confirms it
	Remark      string    `json:"remark,omitempty"`      // what the operator may want to do something about
	Held        int       `json:"held,omitempty"`        // items that wait for a person
	Items       uint64    `json:"items"`
	Polls       uint64    `json:"polls"`
	NotModified uint64    `json:"not_modified"`
}

// Run prints the sources.
func (c sourcesCommand) Run(ctx context.Context, p *program) error {
	if c.Etiquette {
		return c.etiquette(ctx, p)
	}
	var reply []sourceReply
	if err := p.ask(ctx, "sources", sourcesArgs{c.Name}, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	now := time.Now()
	if c.Name != "" && len(reply) == 1 {
		return printSource(p, &reply[0], now)
	}
	t := newTable(p.stdout, "SOURCE", "STATE", "LAST NEWS", "NEXT POLL", "ITEMS", "PROBLEM")
	for _, s := range reply {
		t.row(cell(cmp.Or(s.Name, s.Title), 40), s.State, ago(s.LastNews, now), next(&s, now), fmt.Sprint(s.Items), cell(cmp.Or(s.Problem, s.Remark), problemWidth(p.stdout)))
	}
	return t.flush()
}

// problemWidth is how many characters of a problem a table shows: on a terminal no more than leave
// the table one. wiredesk sources NAME shows all of it.
func problemWidth(w io.Writer) int {
	if isTerminal(w) {
		return 60
	}
	return 0
}

func next(s *sourceReply, now time.Time) string {
	switch {
	case s.State == "gone" || s.State == "paused":
		return "never"
	case !s.NextPoll.After(now):
		return "now"
	}
	return ago(s.NextPoll, now)
}

func printSource(p *program, s *sourceReply, now time.Time) error {
	t := newTable(p.stdout)
	line := func(what, text string) {
		if text != "" {
			t.row(what, cell(text, 0))
		}
	}
	line("title", s.Title)
	line("name", s.Name)
	if s.Name == "" && s.Handle != s.URL {
		line("called", s.Handle)
	}
	line("address", s.URL)
	line("reading list", s.List)
	line("state", s.State)
	line("problem", s.Problem)
	if s.Failures > 0 {
		line("failures", fmt.Sprintf("%d in a row", s.Failures))
	}
	line("last poll", ago(s.LastPoll, now))
	line("last news", ago(s.LastNews, now))
	line("next poll", next(s, now)+reason(s.Reason))
	line("moved to", s.MovedTo)
	line("remark", s.Remark)
	line("items", fmt.Sprint(s.Items))
	if s.Held > 0 {
		line("held", fmt.Sprint(s.Held))
	}
	line("polls", fmt.Sprintf("%d, %d of them answered with 304", s.Polls, s.NotModified))
	return t.flush()
}

func reason(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func (n *newsroom) sourcesVerb(ctx context.Context, args sourcesArgs, _ func(int, int)) (any, error) {
	n.mu.Lock()
	sources := n.sources
	held, err := n.held(ctx)
	n.mu.Unlock()
	if err != nil {
		return nil, err
	}
	reply := []sourceReply{}
	now := time.Now()
	at := make(map[string]*source, len(sources)) // by address
	for i := range sources {
		at[sources[i].Source.URL] = &sources[i]
	}
	all, err := n.withStates(ctx, sources)
	if err != nil {
		return nil, err
	}
	quiet := quietHosts(all, now)
	found, err := meant(all, args.Name)
	if err != nil {
		return nil, err
	}
	for i := range found {
		s := &found[i]
		r := describe(s, now)
		r.heed(s, quiet)
		if other := at[fetch.AskedAt(s.Source, &s.state)]; other != nil && other != s.source {
			r.Remark = fmt.Sprintf("moved to where %s is, which is asked for both: remove one of them", other.Handle())
		}
		if r.Held = held[s.ID]; r.Held > 0 && r.Remark == "" {
			r.Remark = count(r.Held, "item") + " held: wiredesk items --held"
		}
		if err := n.troubles.of(cannotRecord); err != nil {
			r.Remark = string(cannotRecord) + ": " + err.Error()
		}
		reply = append(reply, r)
	}
	return reply, nil
}

// quietHosts returns until when hosts asked to be left alone, by the name of the host.
func quietHosts(all []namedSource, now time.Time) map[string]time.Time {
	quiet := make(map[string]time.Time)
	for i := range all {
		if until := all[i].state.Quiet; until.After(now) {
			if host := all[i].host(); until.After(quiet[host]) {
				quiet[host] = until
			}
		}
	}
	return quiet
}

// host returns where the source is asked, as [fetch.HostOf] names it.
func (s *namedSource) host() string { return fetch.HostOf(fetch.AskedAt(s.Source, &s.state)) }

// heed has the reply say that a source waits for its host, which another source of it was told to
// leave alone: it is put off until then, and a little longer so that not all come back at once.
func (r *sourceReply) heed(s *namedSource, quiet map[string]time.Time) {
	if len(quiet) == 0 || r.State == "gone" || r.State == "paused" {
		return
	}
	until, ok := quiet[s.host()]
	if !ok || r.NextPoll.After(until.Add(s.Interval/10)) || s.state.Quiet.Equal(until) && !r.NextPoll.Before(until) {
		return
	}
	if r.NextPoll.Before(until) {
		r.NextPoll = until
	}
	r.Reason = "its host asked to be left alone"
}

// held returns how many items of each source wait for a person. Where nothing was curated yet,
// as without a daemon, that is done only if a gate held something. The caller holds n.mu.
func (n *newsroom) held(ctx context.Context) (map[wiredesk.SourceID]int, error) {
	if n.desk == nil {
		verdicts, err := n.store.Verdicts(ctx)
		if err != nil || !slices.ContainsFunc(verdicts, func(v wiredesk.Verdict) bool { return v.Kind == wiredesk.Held }) {
			return nil, err
		}
	}
	if _, err := n.current(ctx); err != nil {
		return nil, err
	}
	counts := make(map[wiredesk.SourceID]int)
	for _, id := range n.desk.Held("") {
		counts[n.desk.SourceOf(id)]++
	}
	return counts, nil
}

// missedRecently is how long it is told that items of a source were missed.
const missedRecently = 14 * 24 * time.Hour

func describe(s *namedSource, now time.Time) sourceReply {
	st := &s.state
	r := sourceReply{
		Name: s.Name, Handle: s.Handle(), Title: s.title(), URL: fetch.Redact(s.Source.URL), List: fetch.Redact(s.list),
		Link: st.Channel.Link, Tags: s.Tags,
		Problem: st.Problem, Failures: st.Failures, Status: st.Status,
		LastPoll: st.Polled, LastSuccess: st.Succeeded, LastNews: st.Changed, NextPoll: st.Due, LastMissed: st.Missed, Reason: st.Reason,
		MovedTo: st.Location, Items: st.Items, Polls: st.Polls, NotModified: st.NotModified,
		State: stateOf(s.Paused, st),
	}
	if !st.Missed.IsZero() && now.Sub(st.Missed) < missedRecently {
		r.Remark = fmt.Sprintf("items were missed %s: %s", ago(st.Missed, now), st.Gap)
	}
	if to := fetch.Awaits(s.Source, st); to != "" {
		r.Unconfirmed = true
		r.Remark = fmt.Sprintf("moved to %s, waits for confirmation: wiredesk source %s confirm", to, r.Handle)
	}
	return r
}

// sourceStates are what [stateOf] returns.
var sourceStates = []string{"ok", "failing", "gone", "paused", "new"}

// stateOf returns in one word how a source is; paused says that the config pauses it.
func stateOf(paused bool, st *wiredesk.SourceState) string {
	switch {
	case paused || st.Paused:
		return "paused"
	case !st.Gone.IsZero():
		return "gone"
	case st.Failures > 0:
		return "failing"
	case st.Polled.IsZero():
		return "new"
	}
	return "ok"
}

type sourceCommand struct {
	Name  string `arg:"" help:"Its name, title, address, or what the log calls it."`
	Verb  string `arg:"" enum:"pause,resume,poll,confirm,remove" help:"pause, resume, poll, confirm or remove."`
	Purge bool   `help:"With remove: delete its items from the database too."`
}

// Help is shown by wiredesk source --help.
func (sourceCommand) Help() string {
	return `Examples:
  wiredesk source go-blog pause
  wiredesk source https://go.dev/blog/feed.atom poll
  wiredesk source go-blog confirm
  wiredesk source go-blog remove --purge

confirm says that a source that has moved to another domain shall be asked there.
pause and resume are remembered beside the config; remove takes the source out of the
config file. poll asks once more even if the source is gone (410).`
}

type sourceArgs struct {
	Name string `json:"name"`
	Verb string `json:"verb"`
}

type sourceVerbReply struct {
	URL   string `json:"url"`
	Did   string `json:"did"`
	Items int    `json:"items,omitempty"` // purged
}

// Run does one thing to a source.
func (c sourceCommand) Run(ctx context.Context, p *program) error {
	if c.Purge && c.Verb != "remove" {
		return usageError{withHint(errors.New("--purge goes with remove"), "wiredesk source --help has examples")}
	}
	if c.Name == "" { // as from a variable that is not set
		return usageError{withHint(errors.New("the name of the source is empty"), "wiredesk sources lists them")}
	}
	var reply sourceVerbReply
	var err error
	if c.Verb == "remove" {
		reply, err = c.remove(ctx, p)
	} else {
		err = p.ask(ctx, "source", sourceArgs{c.Name, c.Verb}, &reply)
	}
	if err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", cell(reply.URL, 0), reply.Did)
	return nil
}

// remove takes the source out of the file that names it, and its items out of the database
// if that was asked for.
func (c sourceCommand) remove(ctx context.Context, p *program) (reply sourceVerbReply, err error) {
	cfg, _, err := p.load()
	if err != nil {
		return reply, err
	}
	i, err := c.inConfig(ctx, p, cfg)
	if err != nil {
		return reply, err
	}
	s, file := cfg.Sources[i], cfg.SourceAt[i].File
	if c.Purge {
		if err := p.ask(ctx, "source", sourceArgs{s.URL, "purge"}, &reply); err != nil {
			return reply, err
		}
	}
	if err := config.Remove(file, s.URL, config.Options{Getenv: p.getenv}); err != nil {
		return reply, err
	}
	reply.URL, reply.Did = fetch.Redact(s.URL), "removed from "+file
	if c.Purge {
		reply.Did += fmt.Sprintf(", %s deleted", count(reply.Items, "item"))
	}
	return reply, p.reloadIfRunning(ctx, cfg)
}

// inConfig returns which source of the config is meant. What only polling knows, such as
// the title that a source gives itself, is asked of the database if there is one.
func (c sourceCommand) inConfig(ctx context.Context, p *program, cfg *config.Config) (int, error) {
	is := func(name string) int {
		return slices.IndexFunc(cfg.Sources, func(s wiredesk.Source) bool { return means(&s, name) })
	}
	if i := is(c.Name); i >= 0 {
		return i, nil
	}
	var known []sourceReply
	if err := p.ask(ctx, "sources", sourcesArgs{c.Name}, &known); err != nil || len(known) == 0 {
		return c.titled(cfg)
	}
	if len(known) > 1 {
		return 0, severalSources(c.Name, handlesOf(known))
	}
	if known[0].List != "" {
		return 0, withHint(fmt.Errorf("%s is not in the config, but in the reading list %s", known[0].URL, known[0].List), "take it out of the list, or pause it")
	}
	if i := is(known[0].Handle); i >= 0 {
		return i, nil
	}
	return 0, noSource(c.Name)
}

func handlesOf(sources []sourceReply) []string {
	handles := make([]string, len(sources))
	for i := range sources {
		handles[i] = sources[i].Handle
	}
	return handles
}

// titled returns which source of the config has the title, where only the config can be asked.
func (c sourceCommand) titled(cfg *config.Config) (index int, err error) {
	var handles []string
	for i := range cfg.Sources {
		if cfg.Sources[i].Title == c.Name {
			index, handles = i, append(handles, cfg.Sources[i].Handle())
		}
	}
	switch len(handles) {
	case 0:
		return 0, noSource(c.Name)
	case 1:
		return index, nil
	}
	return 0, severalSources(c.Name, handles)
}

func (n *newsroom) sourceVerb(ctx context.Context, args sourceArgs, _ func(int, int)) (any, error) {
	n.mu.Lock()
	sources := n.sources
	n.mu.Unlock()
	s, err := n.theNamed(ctx, sources, args.Name)
	if err != nil {
		return nil, err
	}
	r := describe(s, time.Now())
	if args.Verb == "poll" && r.State == "paused" {
		return nil, pausedSource(s.source, &r)
	}
	reply := sourceVerbReply{URL: r.URL}
	err = n.doToSource(ctx, s.source, args.Verb, &reply)
	if after, err := n.store.State(ctx, s.ID); err == nil {
		n.tally.saw(s.ID, &after)
	}
	return reply, err
}

// pausedSource says why a source is not polled although a person asks for it.
func pausedSource(s *source, r *sourceReply) error {
	if s.Paused {
		return pausedByConfig(r.URL)
	}
	return withHint(fmt.Errorf("%s is paused", r.URL), "wiredesk source %s resume", r.Handle)
}

func pausedByConfig(url string) error {
	return withHint(fmt.Errorf("%s is paused by the config", url), "take paused = true out of it, then wiredesk reload")
}

func (n *newsroom) doToSource(ctx context.Context, s *source, verb string, reply *sourceVerbReply) error {
	switch verb {
	case "pause":
		reply.Did = "paused"
		return n.store.ChangeState(ctx, s.ID, func(st *wiredesk.SourceState) { st.Paused = true })
	case "resume":
		if s.Paused {
			return pausedByConfig(reply.URL)
		}
		reply.Did = "resumed"
		err := n.store.ChangeState(ctx, s.ID, func(st *wiredesk.SourceState) { st.Paused, st.Gone = false, time.Time{} })
		n.poller.Ask(s.ID)
		return err
	case "poll":
		if err := n.store.ChangeState(ctx, s.ID, func(st *wiredesk.SourceState) { st.Gone = time.Time{} }); err != nil {
			return err
		}
		sum, err := n.pollNow(ctx, []source{*s}, nil)
		reply.Did = fmt.Sprintf("asked: %s", said(sum))
		return err
	case "confirm":
		return n.confirm(ctx, s, reply)
	case "purge":
		items, err := n.store.Forget(ctx, s.ID)
		if err != nil {
			return err
		}
		reply.Items = items
		return n.applyAgain(ctx)
	}
	return fmt.Errorf("a source cannot be told to %q", verb)
}

// confirm lets a source move to another domain.
func (n *newsroom) confirm(ctx context.Context, s *source, reply *sourceVerbReply) error {
	to := ""
	err := n.store.ChangeState(ctx, s.ID, func(st *wiredesk.SourceState) {
		if to = fetch.Awaits(s.Source, st); to != "" {
			st.Confirmed = to
		}
	})
	if err != nil {
		return err
	}
	if to == "" {
		return fmt.Errorf("%s has not moved to another domain: there is nothing to confirm", reply.URL)
	}
	reply.Did = "asked at " + fetch.Redact(to) + " from now on"
	return nil
}

// said tells what one poll brought.
func said(r onceReply) string {
	switch {
	case r.Failed > 0:
		return "it failed, wiredesk sources says why"
	case r.Skipped > 0:
		return "not now, its host asked for quiet"
	}
	return fmt.Sprintf("%s, %d revised", count(r.New, "new item"), r.Revised)
}
