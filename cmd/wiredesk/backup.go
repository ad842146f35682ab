package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"wiredesk/config"
	"wiredesk/internal/pending"
	"wiredesk/storage"
	"wiredesk/web"
)

type backupCommand struct {
	File  string `arg:"" help:"Where to write the copy."`
	Force bool   `help:"Replace the file if there is one."`
}

// Help is shown by wiredesk backup --help.
func (backupCommand) Help() string {
	return `Examples:
  wiredesk backup /var/backups/wiredesk-$(date +%F).db
  wiredesk backup --force /var/backups/wiredesk.db

The copy is consistent also while the daemon runs. Every page and value of it is read before it gets its
name; wiredesk restore puts it back.`
}

// backupReply says what is in a copy.
type backupReply struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Sources int    `json:"sources"`
	Items   int    `json:"items"`
}

// Run copies the database.
func (c backupCommand) Run(ctx context.Context, p *program) error {
	cfg, _, err := p.load()
	if cfg == nil {
		return err
	}
	if err := c.mayWrite(cfg); err != nil {
		return err
	}
	f, err := pending.New(c.File, filepath.Dir(c.File), 0o600)
	if err != nil {
		return withHint(c.named(err), "the folder must exist and be one that this user can write to")
	}
	defer func() { _ = f.Cleanup() }() // nothing is left to clean up after success
	if err := p.ask(ctx, "backup", struct{}{}, f.File); err != nil {
		return c.named(err)
	}
	if err := f.Sync(); err != nil {
		return c.named(err)
	}
	inv, err := storage.Verify(ctx, f.Name())
	if err != nil {
		return withHint(fmt.Errorf("the copy is not good and was not kept: %w", err), "the database itself may be damaged: keep the backups that you have")
	}
	if err := f.Replace(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	reply := backupReply{File: c.File, Bytes: inv.Bytes, Sources: inv.Sources, Items: inv.Items}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	fmt.Fprintf(p.stdout, "%d bytes in %s: %s, %s\n", reply.Bytes, c.File, count(reply.Sources, "source"), count(reply.Items, "item"))
	return nil
}

// named returns an error of writing the copy as one of the file that was to be written: until it
// is whole, it has a name that nobody has heard of.
func (c backupCommand) named(err error) error {
	failed, ok := errors.AsType[*fs.PathError](err)
	if !ok || !strings.HasPrefix(filepath.Base(failed.Path), "."+filepath.Base(c.File)) {
		return err
	}
	err = fmt.Errorf("backup: %s: %w", c.File, failed.Err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return withHint(err, "there is no room for the copy, and nothing is left of it; make room, or name a file on another disk")
	}
	return err
}

// mayWrite refuses a file that must not be replaced.
func (c backupCommand) mayWrite(cfg *config.Config) error {
	info, err := os.Stat(c.File)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("backup: %w", err)
	case same(c.File, cfg.Storage.Path):
		return fmt.Errorf("%s is the database itself", c.File)
	case info.IsDir():
		return withHint(fmt.Errorf("%s is a folder", c.File), "name the file to write in it")
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", c.File)
	case !c.Force:
		return withHint(fmt.Errorf("%s is there already", c.File), "--force replaces it, once the new copy is found to be good")
	}
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
		return nil, withHint(errors.Join(err, f.Close()), "the disk of the database must have room for a copy for a moment; without a daemon, the file itself may be copied")
	}
	return &web.Stream{Body: f, Size: info.Size()}, nil
}

type restoreCommand struct {
	File string `arg:"" help:"A copy that wiredesk backup made."`
}

// Help is shown by wiredesk restore --help.
func (restoreCommand) Help() string {
	return `Examples:
  systemctl stop wiredesk && wiredesk restore /var/backups/wiredesk-2026-11-23.db && systemctl start wiredesk

Every page and value of the copy is read first. The database that it replaces stays beside it, under
another name. The feeds are then as they were when the copy was made; what came since is fetched again
as far as the sources still have it, and keeps the ids it had.`
}

// restoreReply says what was restored.
type restoreReply struct {
	File     string    `json:"file"`
	Database string    `json:"database"`
	Replaced string    `json:"replaced,omitempty"`
	Bytes    int64     `json:"bytes"`
	Sources  int       `json:"sources"`
	Items    int       `json:"items"`
	Created  time.Time `json:"created,omitzero"`
}

// Run puts a copy in the place of the database.
func (c restoreCommand) Run(ctx context.Context, p *program) error {
	cfg, _, err := p.load()
	if cfg == nil || cfg.Storage.Path == "" {
		return err
	}
	if same(c.File, cfg.Storage.Path) {
		return fmt.Errorf("%s is the database itself", c.File)
	}
	replaced, inv, err := storage.Restore(ctx, c.File, cfg.Storage.Path, time.Now())
	switch {
	case errors.Is(err, storage.ErrLocked):
		return withHint(err, "stop the daemon first, restore, and start it again")
	case err != nil && replaced == "":
		return withHint(fmt.Errorf("nothing was restored: %w", err), "the database is as it was; name a copy that wiredesk backup made")
	case err != nil:
		return fmt.Errorf("restored, but it may not last over a power cut: %w", err)
	}
	reply := restoreReply{
		File: c.File, Database: cfg.Storage.Path, Replaced: replaced,
		Bytes: inv.Bytes, Sources: inv.Sources, Items: inv.Items, Created: inv.Created,
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	fmt.Fprintf(p.stdout, "restored %s: %s, %s\n", c.File, count(reply.Sources, "source"), count(reply.Items, "item"))
	if replaced != "" {
		fmt.Fprintf(p.stdout, "the database it replaces is now %s\n", replaced)
	}
	return nil
}

type compactCommand struct{}

// Help is shown by wiredesk compact --help.
func (compactCommand) Help() string {
	return `Examples:
  wiredesk compact

What is removed leaves room in the database for what comes, but the file never shrinks by itself. This
copies what is left into a new one, which needs as much room for a moment. Feeds are served meanwhile;
polls and decisions wait.`
}

// compactReply says what was won.
type compactReply struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Run makes the database as small as it can be.
func (compactCommand) Run(ctx context.Context, p *program) error {
	var reply compactReply
	if err := p.ask(ctx, "compact", struct{}{}, &reply); err != nil {
		return err
	}
	if p.cli.JSON {
		return printJSON(p.stdout, reply)
	}
	fmt.Fprintf(p.stdout, "%d bytes, %d before: %d won\n", reply.After, reply.Before, reply.Before-reply.After)
	return nil
}

// compact makes the database smaller.
func (n *newsroom) compact(ctx context.Context, _ struct{}, _ func(int, int)) (any, error) {
	defer n.vitals.keepCalm()()
	before, after, err := n.store.Compact(ctx)
	if err != nil {
		return nil, withHint(err, "the folder of the database must have room for a copy of it; the database is as it was")
	}
	n.log.Info("database compacted", "before", before, "after", after)
	return compactReply{Before: before, After: after}, nil
}
