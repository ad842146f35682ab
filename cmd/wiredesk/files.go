package main

import (
	"context"
	"fmt"
	"time"

	"wiredesk/publish"
)

type buildCommand struct {
	Dir string `arg:"" help:"Folder to write to; made if it is not there."`
}

// Help is shown by wiredesk build --help.
func (buildCommand) Help() string {
	return `Examples:
  wiredesk once && wiredesk build /var/www/planet

Every file is replaced at once, and left alone if nothing changed in it. Nothing is polled:
it is the site as of the newest round.`
}

// Run writes the site as files.
func (c buildCommand) Run(ctx context.Context, p *program) error {
	var site publish.Site
	if err := p.ask(ctx, "site", struct{}{}, &site); err != nil {
		return err
	}
	folder, err := publish.OpenFolder(c.Dir)
	if err != nil {
		return explainFolder(err)
	}
	written, removed, err := folder.Write(&site)
	if err != nil {
		return explainFolder(err)
	}
	if p.cli.JSON {
		return printJSON(p.stdout, map[string]any{"dir": c.Dir, "files": folder.Files(), "written": written, "removed": removed})
	}
	fmt.Fprintf(p.stdout, "%s in %s, %d of them changed\n", count(folder.Files(), "file"), c.Dir, written)
	if removed > 0 {
		fmt.Fprintf(p.stdout, "%s removed that is published no more\n", count(removed, "file"))
	}
	return nil
}

// siteVerb returns the newest site.
func (n *newsroom) siteVerb(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	if site := n.site.Load(); site != nil {
		return site, nil
	}
	if _, err := n.rebuild(ctx, time.Now()); err != nil {
		return nil, err
	}
	return n.site.Load(), nil
}
