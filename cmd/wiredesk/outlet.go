package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"wiredesk/publish"
)

// An outlet writes the newest site to disk: into the folder of [publish] dir, and into the vault
// from which the next start serves it. It has a loop of its own: a slow disk must not keep a
// site from being served, or the next one from being built. The zero value writes what is put
// when write is called.
type outlet struct {
	next atomic.Pointer[publication]
	wake chan struct{} // of capacity one: only the newest site counts; nil if nobody runs it

	mu     sync.Mutex // guards what follows; held while writing
	vault  *publish.Vault
	folder *publish.Folder
	at     string // where folder is
	// What is on disk as a whole; nil if unknown.
	kept, written *publish.Site
	// What run told is wrong; empty if nothing.
	vaultTrouble, folderTrouble string
}

// A publication is a site and where it goes.
type publication struct {
	site *publish.Site
	dir  string // for static files; empty for nowhere
	then func() // called when these are on disk; may be nil
}

// retryWrite is how long to wait after a write that failed, if there is no build before.
const retryWrite = time.Minute

// start makes the outlet ready for run, and has each site kept in a vault too. It is called
// before anything is put.
func (o *outlet) start(v *publish.Vault) {
	o.vault, o.wake = v, make(chan struct{}, 1)
}

// put has a site written soon. It never waits.
func (o *outlet) put(p publication) {
	o.next.Store(&p)
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run writes until ctx ends, and then what was put before. It tells when writing begins to fail,
// and when all is well again.
func (o *outlet) run(ctx context.Context, log *slog.Logger) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case <-o.wake:
		case <-timer.C:
		}
		errFolder, errVault := o.write(), o.keep()
		tell(log, "static files", &o.folderTrouble, errFolder)
		tell(log, "copy of the last site", &o.vaultTrouble, errVault)
		if errFolder != nil || errVault != nil {
			timer.Reset(retryWrite)
		}
	}
	return nil
}

// tell tells of a change for the worse or the better.
func tell(log *slog.Logger, what string, trouble *string, err error) {
	now := cause(err)
	if now == *trouble {
		return
	}
	*trouble = now
	if err == nil {
		log.Info("written again", "what", what)
		return
	}
	log.Error("cannot be written, the last good one stays", "what", what, "error", err, "hint", explainFolder(err).hint, "retry_in", retryWrite.String())
}

// keep puts the newest site into the vault, unless it is there.
func (o *outlet) keep() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.next.Load()
	if p == nil || o.vault == nil || p.site == o.kept {
		return nil
	}
	if err := o.vault.Keep(p.site); err != nil {
		return err
	}
	o.kept = p.site
	return nil
}

// write writes the newest site as static files, unless it is there, and then says so.
func (o *outlet) write() error {
	wrote, err := o.writeNewest()
	if wrote != nil && wrote.then != nil {
		wrote.then()
	}
	return err
}

// writeNewest returns what it wrote, nil if nothing.
func (o *outlet) writeNewest() (*publication, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.next.Load()
	if p == nil || p.dir == "" || p.dir == o.at && p.site == o.written {
		return nil, nil
	}
	err := o.writeTo(p)
	if errors.Is(err, fs.ErrNotExist) { // somebody took the folder away
		err = o.writeTo(p)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (o *outlet) writeTo(p *publication) error {
	folder := o.folder
	if folder == nil || o.at != p.dir {
		var err error
		if folder, err = publish.OpenFolder(p.dir); err != nil {
			return err
		}
	}
	o.folder, o.written = nil, nil // whatever fails, the next try begins anew
	if _, _, err := folder.Write(p.site); err != nil {
		return err
	}
	o.folder, o.at, o.written = folder, p.dir, p.site
	return nil
}

// writeOut has the newest site on disk before it returns.
func (n *newsroom) writeOut() error {
	if err := n.outlet.write(); err != nil {
		return explainFolder(err)
	}
	return nil
}

// cause is what went wrong, without the names of files: it is the same for each try.
func cause(err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, publish.ErrForeign) {
		return publish.ErrForeign.Error()
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	return "other"
}

// explainFolder says what to do about a folder that cannot be written to.
func explainFolder(err error) hintedError {
	hint := "the folder must be one that this user can write to"
	switch {
	case errors.Is(err, publish.ErrForeign):
		hint = "name a folder for the site alone, or move away what is not the site's"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		hint = "make room on the disk, or where no more files can be made (df -i), remove some"
	}
	return hintedError{fmt.Errorf("static files: %w", err), hint}
}

// refuseFolder returns an error if a folder is somebody else's: that is a mistake in the
// config, and is told at the start. All else may pass.
func refuseFolder(dir string) error {
	if dir == "" {
		return nil
	}
	if err := publish.CheckFolder(dir); errors.Is(err, publish.ErrForeign) {
		return explainFolder(err)
	}
	return nil
}
