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

// An outlet writes the newest site to disk, as [publish] dir says. It has a loop of its own:
// a slow disk must not keep a site from being served, or the next one from being built.
type outlet struct {
	log  *slog.Logger
	next atomic.Pointer[publication]
	wake chan struct{} // of capacity one: only the newest site counts

	trouble string // what run told is wrong; empty if nothing

	mu      sync.Mutex // guards what follows; held while writing
	folder  *publish.Folder
	at      string // where folder is
	written *publish.Site
}

// A publication is a site and where it goes.
type publication struct {
	site *publish.Site
	dir  string // empty for nowhere
	then func() // called when it is on disk; may be nil
}

// retryWrite is how long to wait after a write that failed, if there is no build before.
const retryWrite = time.Minute

func newOutlet(log *slog.Logger) *outlet {
	return &outlet{log: log, wake: make(chan struct{}, 1)}
}

// put has a site written soon. It never waits.
func (o *outlet) put(p publication) {
	o.next.Store(&p)
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run writes until ctx ends, and then what was put before.
func (o *outlet) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			o.tell(o.write())
			return nil
		case <-o.wake:
		case <-timer.C:
		}
		err := o.write()
		o.tell(err)
		if err != nil {
			timer.Reset(retryWrite)
		}
	}
}

// tell tells when writing begins to fail, and when all is well again.
func (o *outlet) tell(err error) {
	trouble := cause(err)
	if trouble == o.trouble {
		return
	}
	o.trouble = trouble
	if err == nil {
		o.log.Info("static files are up to date again")
		return
	}
	explained := explainFolder(err)
	o.log.Error("static files are not up to date, the last good ones stay", "error", explained, "hint", explained.hint, "retry_in", retryWrite.String())
}

// write writes the newest site, unless it is there.
func (o *outlet) write() error {
	p := o.next.Load()
	wrote, err := o.writeOnce(p)
	if wrote && p.then != nil {
		p.then()
	}
	return err
}

// writeOnce writes a site unless it is there, and reports whether it did.
func (o *outlet) writeOnce(p *publication) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p == nil || p.dir == "" || p.dir == o.at && p.site == o.written {
		return false, nil
	}
	err := o.writeTo(p)
	if errors.Is(err, fs.ErrNotExist) { // somebody took the folder away
		err = o.writeTo(p)
	}
	return err == nil, err
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
	written, removed, err := folder.Write(p.site.Documents())
	if err != nil {
		return err
	}
	if written+removed > 0 {
		o.log.Debug("static files written", "dir", p.dir, "written", written, "removed", removed)
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
		hint = "make room on the disk"
	}
	return hintedError{fmt.Errorf("static files: %w", err), hint}
}

// refuseFolder returns an error if a folder is somebody else's: that is a mistake in the
// config, and is told at the start. All else may pass.
func refuseFolder(dir string) error {
	if dir == "" {
		return nil
	}
	if _, err := publish.OpenFolder(dir); errors.Is(err, publish.ErrForeign) {
		return explainFolder(err)
	}
	return nil
}
