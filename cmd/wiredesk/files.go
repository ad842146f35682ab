package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"

	"wiredesk/publish"
	"wiredesk/web"
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
	var docs []*publish.Document
	if err := p.ask(ctx, "site", struct{}{}, &docs); err != nil {
		return err
	}
	folder, err := publish.OpenFolder(c.Dir)
	if err != nil {
		return explainFolder(err)
	}
	written, removed, err := folder.Write(docs)
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

// siteVerb returns the documents of the newest site.
func (n *newsroom) siteVerb(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	if site := n.site.Load(); site != nil {
		return site.Documents(), nil
	}
	if _, err := n.rebuild(ctx, time.Now()); err != nil {
		return nil, err
	}
	return n.site.Load().Documents(), nil
}

type backupCommand struct {
	File string `arg:"" help:"Where to write the copy."`
}

// Help is shown by wiredesk backup --help.
func (backupCommand) Help() string {
	return `Examples:
  wiredesk backup /var/backups/wiredesk-$(date +%F).db

The copy is consistent also while the daemon runs. To restore it, stop the daemon and put
it in the place of the database.`
}

// Run copies the database.
func (c backupCommand) Run(ctx context.Context, p *program) error {
	cfg, _, err := p.load()
	if err != nil {
		return err
	}
	if same(c.File, cfg.Storage.Path) {
		return fmt.Errorf("%s is the database itself", c.File)
	}
	if info, err := os.Stat(c.File); err == nil && info.IsDir() {
		return withHint(fmt.Errorf("%s is a folder", c.File), "name the file to write in it")
	}
	f, err := renameio.NewPendingFile(c.File, renameio.WithPermissions(0o600), renameio.WithTempDir(filepath.Dir(c.File)))
	if err != nil {
		return withHint(fmt.Errorf("backup: %w", err), "the folder must exist and be one that this user can write to")
	}
	defer func() { _ = f.Cleanup() }() // nothing is left to clean up after success
	if err := p.ask(ctx, "backup", struct{}{}, f.File); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if p.cli.JSON {
		return printJSON(p.stdout, map[string]any{"file": c.File, "bytes": info.Size()})
	}
	fmt.Fprintf(p.stdout, "%d bytes in %s\n", info.Size(), c.File)
	return nil
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// backup copies the database into a file beside it and streams that: whoever reads slowly
// must not hold a transaction open.
func (n *newsroom) backup(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	f, err := os.CreateTemp(filepath.Dir(n.store.Path()), "backup-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	// It has no name from here on, so that nothing is left behind whatever happens.
	err = os.Remove(f.Name())
	if err == nil {
		_, err = n.store.Backup(ctx, f)
	}
	if err == nil {
		_, err = f.Seek(0, 0)
	}
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &web.Stream{Body: f, Size: info.Size()}, nil
}
