package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"wiredesk/storage"
)

// permissions looks at who may read and write what.
func (d *doctor) permissions() {
	const name = "permissions"
	before := len(d.checks)
	for _, path := range d.cfg.Files {
		info, err := os.Stat(path)
		if err != nil || runtime.GOOS == "windows" {
			continue
		}
		switch mode := info.Mode().Perm(); {
		case mode&0o002 != 0:
			d.say(name, checkFailed, "chmod o-w "+path, "everybody may write to %s, and so have the daemon do anything", path)
		case mode&0o004 != 0 && d.holdsSecret(path):
			d.say(name, checkWarning, "write it as ${file:PATH}, with a file that only the user of the service can read", "everybody may read %s, which holds a secret", path)
		}
	}
	if info, err := os.Stat(d.cfg.Storage.Path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		d.say(name, checkWarning, "chmod 600 "+d.cfg.Storage.Path, "others may read or write the database")
	}
	dir := filepath.Dir(d.cfg.Storage.Path)
	if uid, ok := ownerOf(d.cfg.Storage.Path); ok && uid == 0 { // as after a restore by root
		if owner, ok := ownerOf(dir); ok && owner != 0 {
			d.say(name, checkFailed, "chown --reference="+dir+" "+d.cfg.Storage.Path, "the database belongs to root, and its folder %s to the service, which cannot open it", dir)
		}
	}
	d.folder(dir, "the database")
	d.folder(archiveFolder(d.cfg), "the archives of feeds")
	d.folder(vaultFolder(d.cfg), "the last site")
	if d.cfg.Publish.Dir != "" {
		d.folder(d.cfg.Publish.Dir, "static files")
	}
	if len(d.checks) == before {
		d.say(name, checkOK, "", "files and folders are as they should be")
	}
}

// folder looks at whether a folder can be written to. Where it is the service's alone, only
// that user can tell.
func (d *doctor) folder(dir, what string) {
	const name = "permissions"
	switch err := writableFolder(dir); {
	case errors.Is(err, fs.ErrPermission):
		d.say(name, checkWarning, "run wiredesk doctor as the user that the service has, or give this user the folder", "this user cannot write to %s, which is for %s", dir, what)
	case err != nil:
		d.fail(name, err, "the folder is for "+what)
	}
}

// writableFolder returns why a folder, or the nearest one above it that is there, cannot be
// written to; nil if it can.
func writableFolder(dir string) error {
	for {
		f, err := os.CreateTemp(dir, ".wiredesk-doctor-*")
		if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
			dir = filepath.Dir(dir)
			continue
		}
		if err != nil {
			return err
		}
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
}

// holdsSecret reports whether a file of the config has a secret in it, and not only the name
// of the place where it is.
func (d *doctor) holdsSecret(path string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	secrets := []string{d.cfg.Status.Token}
	for i := range d.cfg.Sources {
		secrets = append(secrets, d.cfg.Sources[i].Password)
	}
	for _, secret := range secrets {
		if secret != "" && bytes.Contains(text, []byte(secret)) {
			return true
		}
	}
	return false
}

// What is little room: for a database that grows, and for a backup beside it.
const (
	leastFree = 64 << 20
	fewFree   = 512 << 20
)

// disk looks at the room that is left where the database is.
func (d *doctor) disk() {
	const name, hint = "disk", "make room, or keep less: [storage] keep, keep_published, max_size"
	dir := filepath.Dir(d.cfg.Storage.Path)
	free, files, err := freeSpace(dir)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
		free, files, err = freeSpace(dir)
	}
	size := int64(0)
	if info, err := os.Stat(d.cfg.Storage.Path); err == nil {
		size = info.Size()
	}
	switch text := bytesOf(free); {
	case errors.Is(err, errors.ErrUnsupported):
		d.say(name, checkSkipped, "", "this system does not tell how much room is left")
	case err != nil:
		d.fail(name, err, "")
	case free < leastFree:
		d.say(name, checkFailed, hint, "only %s are left at %s", text, dir)
	case files == 0:
		d.say(name, checkFailed, "remove files that nobody needs", "no more files can be made at %s", dir)
	case free < fewFree, free < size:
		d.say(name, checkWarning, hint, "%s are left at %s, and the database has %s: a backup or compacting needs as much again", text, dir, bytesOf(size))
	default:
		d.say(name, checkOK, "", "%s are left at %s", text, dir)
	}
}

// closed looks at a database that nobody has open, and reports whether it can be.
func (d *doctor) closed(ctx context.Context) bool {
	const name = "database"
	path := d.cfg.Storage.Path
	inventory, err := storage.Verify(ctx, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.say(name, checkSkipped, "wiredesk run or wiredesk once makes it", "there is none at %s yet", path)
		return false
	case errors.Is(err, storage.ErrLocked):
		d.say(name, checkFailed, "[server] socket and [storage] path must be those of the daemon that has it", "another process has %s, but does not answer at %s", path, d.cfg.Server.Socket)
		return false
	case errors.Is(err, fs.ErrPermission):
		d.say(name, checkWarning, "run wiredesk doctor as the user that the service has", "this user may not read %s", path)
		return false
	case err != nil:
		d.fail(name, explainOpen(err), "")
		return false
	}
	d.say(name, checkOK, "", "every page and value can be read: %s of %s, %s", count(inventory.Items, "item"), count(inventory.Sources, "source"), bytesOf(inventory.Bytes))
	return true
}

// owner looks at who is to be told of the sources.
func (d *doctor) owner() {
	const name = "notify"
	argv := d.cfg.Notify.Exec
	if len(argv) > 0 {
		if _, err := exec.LookPath(argv[0]); err != nil {
			d.say(name, checkFailed, "[notify] exec must be a program that the user of the service may run", "%v", err)
			return
		}
	}
	if d.cfg.Status.Token == "" && d.cfg.Notify.Webhook == "" && len(argv) == 0 {
		d.say(name, checkWarning, "[status] token makes a private feed of what becomes of sources; docs/status.md", "nobody hears when a source breaks")
		return
	}
	var ways []string
	if d.cfg.Status.Token != "" {
		ways = append(ways, "the status feed")
	}
	if d.cfg.Notify.Webhook != "" {
		ways = append(ways, "a webhook")
	}
	if len(argv) > 0 {
		ways = append(ways, "a program")
	}
	d.say(name, checkOK, "", "you hear of sources by %s", strings.Join(ways, " and "))
}
