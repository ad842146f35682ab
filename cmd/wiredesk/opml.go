package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"wiredesk"

	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/publish"
)

type importCommand struct {
	File string `arg:"" help:"An OPML file, as feed readers export it; with --decisions, a journal. - is the standard input."`

	Decisions bool `help:"Read a journal that wiredesk export --decisions wrote."`

	Into   string `placeholder:"FILE" help:"Config file to add to; without it, the one in use."`
	DryRun bool   `help:"Say what would be added, and change nothing."`
}

// Help is shown by wiredesk import --help.
func (importCommand) Help() string {
	return `Examples:
  wiredesk import subscriptions.opml --dry-run
  wiredesk import subscriptions.opml --into sources.d/imported.toml
  wiredesk import --decisions journal.jsonl

Folders become tags. To follow an OPML file as it changes, make it a [[reading_list]].`
}

type importReply struct {
	Read     int    `json:"read"`
	New      int    `json:"new"`
	Known    int    `json:"known"`
	NotFeeds int    `json:"not_feeds"`
	Into     string `json:"into"`
	DryRun   bool   `json:"dry_run"`
}

// maxOPML bounds an OPML file; a hundred thousand feeds are some 30 MiB.
const maxOPML = 64 << 20

// Run adds the feeds of a file that are not sources yet.
func (c importCommand) Run(ctx context.Context, p *program) error {
	if c.Decisions {
		return c.journal(ctx, p)
	}
	cfg, _, err := p.load()
	if err != nil {
		return err
	}
	body, err := p.readAll(c.File)
	if err != nil {
		return err
	}
	outline, err := fetch.ParseOPML(body, "")
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	known := make(map[string]bool)
	for _, s := range cfg.Sources {
		known[s.URL] = true
	}
	reply := importReply{Read: len(outline.Sources) + outline.Others + outline.Repeated, NotFeeds: outline.Others, Known: outline.Repeated, Into: cmp.Or(c.Into, cfg.Path), DryRun: c.DryRun}
	var fresh []config.NewSource
	for _, s := range outline.Sources {
		if known[s.URL] {
			reply.Known++
			continue
		}
		known[s.URL] = true
		reply.New++
		fresh = append(fresh, config.NewSource{URL: s.URL, Title: s.Title, Tags: tagsOf(s)})
	}
	if len(fresh) > 0 && !c.DryRun {
		if err := appendSources(cfg, reply.Into, fresh); err != nil {
			return err
		}
		if err := p.reloadIfRunning(ctx, cfg); err != nil {
			return err
		}
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	if c.DryRun {
		for _, s := range fresh {
			fmt.Fprintf(p.stdout, "+ %s  %s\n", cell(s.URL, 0), cell(s.Title, 60))
		}
	}
	for _, title := range outline.OtherTitles {
		fmt.Fprintf(p.stderr, "not a feed: %s\n", cell(cmp.Or(title, "an outline without a title"), 80))
	}
	fmt.Fprintf(p.stdout, "%d read, %d new, %d known, %d not feeds\n", reply.Read, reply.New, reply.Known, reply.NotFeeds)
	return nil
}

// readAll reads a file, or with "-" the standard input, of a size that an OPML file may have.
func (p *program) readAll(path string) ([]byte, error) {
	in := p.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, withHint(err, "name a file on this machine; an address that is to be followed is a [[reading_list]]")
		}
		defer f.Close()
		in = f
	}
	body, err := io.ReadAll(io.LimitReader(in, maxOPML+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxOPML {
		return nil, fmt.Errorf("%s is larger than %s", path, wiredesk.FormatSize(maxOPML))
	}
	return body, nil
}

// tagsOf makes tags of folders and categories; of a category with a path, its last part.
func tagsOf(s fetch.OutlineSource) []string {
	var tags []string
	for _, word := range slices.Concat(s.Folders, s.Categories) {
		if tag := path.Base(word); tag != "." && tag != "/" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

type exportCommand struct {
	Decisions bool `help:"Print the journal of decisions instead, a line of JSON each."`
}

// Help is shown by wiredesk export --help.
func (exportCommand) Help() string {
	return `Examples:
  wiredesk export > sources.opml
  wiredesk export --decisions > journal.jsonl

It names every source of the config and its reading lists, private ones too: what may be
published is at /sources.opml.`
}

// Run prints the sources as OPML.
func (c exportCommand) Run(ctx context.Context, p *program) error {
	if c.Decisions {
		return p.exportJournal(ctx)
	}
	cfg, _, err := p.load()
	if err != nil {
		return err
	}
	var reply []sourceReply
	if err := p.ask(ctx, "sources", sourcesArgs{}, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	blogs := make([]publish.Blog, len(reply))
	for i, s := range reply {
		blogs[i] = publish.Blog{Title: s.Title, URL: s.URL, Link: s.Link, Tags: s.Tags}
	}
	out, err := publish.OPML(cfg.Site.Title, blogs)
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(out)
	return err
}
