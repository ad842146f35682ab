package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/web"
)

type addCommand struct {
	URL   []string `arg:"" name:"url" help:"A feed, or a page that announces one."`
	Into  string   `placeholder:"FILE" help:"Config file to add to; without it, the one in use."`
	Print bool     `help:"Print what would be added, and change nothing."`
	Tags  []string `help:"Tags for the new sources."`
}

// Help is shown by wiredesk add --help.
func (addCommand) Help() string {
	return `Examples:
  wiredesk add https://go.dev/blog/
  wiredesk add --tags go,lang https://go.dev/blog/feed.atom
  wiredesk add --print example.org
  wiredesk add --into sources.d/new.toml https://example.org/

What stands in the file stays as it is, comments too. A running daemon takes the new
sources in at once.`
}

// added is one address and what came of it.
type added struct {
	Asked string   `json:"asked"`
	URL   string   `json:"url,omitempty"`
	Title string   `json:"title,omitempty"`
	Known bool     `json:"known,omitempty"`
	Items int      `json:"items"`
	Other []string `json:"other_feeds,omitempty"`
	Error string   `json:"error,omitempty"`
}

// Run finds feeds and adds them. It fails if one of the addresses leads to none; the
// others are added all the same.
func (c addCommand) Run(ctx context.Context, p *program) error {
	cfg, _, err := p.load()
	if err != nil {
		return err
	}
	client, err := newClient(cfg, nil, p.log)
	if err != nil {
		return err
	}
	defer client.Close()
	known := make(map[string]bool)
	for _, s := range cfg.Sources {
		known[s.URL] = true
	}
	var all []added
	var fresh []config.NewSource
	failures := 0
	for _, asked := range c.URL {
		a := discover(ctx, client, cfg, asked)
		a.Known = known[a.URL]
		if a.Error != "" {
			failures++
		} else if !a.Known {
			known[a.URL] = true
			fresh = append(fresh, config.NewSource{URL: a.URL, Title: a.Title, Tags: c.Tags})
		}
		all = append(all, a)
	}
	into := cmp.Or(c.Into, cfg.Path)
	if err := c.write(ctx, p, cfg, into, fresh); err != nil {
		return err
	}
	if p.cli.JSON {
		err = printJSON(p.stdout, all)
	} else {
		tellAdded(p, all, into, c.Print)
	}
	if failures > 0 && err == nil {
		return fmt.Errorf("%s not added", count(failures, "address"))
	}
	return err
}

func (c addCommand) write(ctx context.Context, p *program, cfg *config.Config, into string, fresh []config.NewSource) error {
	if c.Print || len(fresh) == 0 {
		if !p.cli.JSON && c.Print {
			fmt.Fprintf(p.stdout, "%s", config.Blocks(fresh))
		}
		return nil
	}
	if err := appendSources(cfg, into, fresh); err != nil {
		return err
	}
	return p.reloadIfRunning(ctx, cfg)
}

// appendSources adds sources to a file. A file that the config does not include would
// have no effect, so that is said before anything is written.
func appendSources(cfg *config.Config, into string, fresh []config.NewSource) error {
	if !cfg.Includes(into) {
		return withHint(fmt.Errorf("%s is not part of the config %s", into, cfg.Path),
			"add include = [%q] to it first, or create the file empty where an include finds it", beside(cfg.Path, into))
	}
	return config.Append(into, fresh)
}

// beside returns how the config file at path would name another file.
func beside(path, other string) string {
	from, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return other
	}
	to, err := filepath.Abs(other)
	if err != nil {
		return other
	}
	if rel, err := filepath.Rel(from, to); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return to
}

// reloadIfRunning lets a daemon take in what was written. Without one there is nothing to
// do.
func (p *program) reloadIfRunning(ctx context.Context, cfg *config.Config) error {
	err := web.Ask(ctx, cfg.Server.Socket, "reload", struct{}{}, nil, nil)
	if errors.Is(err, web.ErrNoDaemon) {
		return nil
	}
	return err
}

func tellAdded(p *program, all []added, into string, printed bool) {
	for _, a := range all {
		switch {
		case a.Error != "":
			fmt.Fprintf(p.stderr, "wiredesk: %s: %s\n", cell(a.Asked, 0), cell(a.Error, 0))
		case a.Known:
			fmt.Fprintf(p.stdout, "%s is a source already\n", cell(a.URL, 0))
		case !printed:
			fmt.Fprintf(p.stdout, "added %s (%s, %s) to %s\n", cell(a.URL, 0), cell(a.Title, 60), count(a.Items, "item"), into)
		}
		for _, other := range a.Other {
			fmt.Fprintf(p.stderr, "  it also announces %s\n", cell(other, 0))
		}
	}
}

// discover asks an address for a feed, or for the page that announces one.
func discover(ctx context.Context, client *fetch.Client, cfg *config.Config, asked string) added {
	a := added{Asked: asked}
	doc, final, err := ask(ctx, client, cfg, addressOf(asked))
	if page, ok := errors.AsType[*fetch.PageError](err); ok && len(page.Feeds) > 0 {
		for _, other := range page.Feeds[1:] {
			a.Other = append(a.Other, other.URL)
		}
		if doc, final, err = ask(ctx, client, cfg, page.Feeds[0].URL); err != nil {
			err = fmt.Errorf("it announces %s: %w", page.Feeds[0].URL, err)
		}
	}
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.URL, a.Title, a.Items = final, doc.Channel.Title, len(doc.Items)
	return a
}

// addressOf makes an address of what people type: a file of this machine, or an address
// without its scheme.
func addressOf(asked string) string {
	if strings.Contains(asked, "://") {
		return asked
	}
	if info, err := os.Stat(asked); err == nil && info.Mode().IsRegular() {
		if path, err := filepath.Abs(asked); err == nil {
			return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
		}
	}
	return "https://" + asked
}

// ask fetches and parses one address and returns the address to keep: where permanent
// redirects led.
func ask(ctx context.Context, client *fetch.Client, cfg *config.Config, address string) (*wiredesk.Document, string, error) {
	src := cfg.Source(address)
	resp, err := client.Fetch(ctx, fetch.Request{URL: address, Timeout: src.Timeout, MaxBody: src.MaxBody, Proxy: src.Proxy, AllowPrivate: src.AllowPrivate})
	if err != nil {
		return nil, "", err
	}
	if resp.Status != 0 && resp.Status != http.StatusOK {
		return nil, "", fmt.Errorf("it answers %d %s", resp.Status, http.StatusText(resp.Status))
	}
	doc, err := fetch.Parse(resp.Body, fetch.ParseOptions{URL: resp.URL, ContentType: resp.Header.Get("Content-Type"), Now: time.Now(), Source: &src})
	return doc, cmp.Or(resp.Permanent, address), err
}
