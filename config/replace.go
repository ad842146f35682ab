package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// An edit is a change to one file that happens whole or not at all.
type edit struct {
	path string // of the file itself, where the config is a symbolic link to it
	old  []byte
	stat fs.FileInfo // nil if the file is new
}

// open returns an edit of the file at path, which need not exist.
func openEdit(path string) (*edit, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	old, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &edit{path: path}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %s", path, reason(err))
	}
	stat, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &edit{path, old, stat}, nil
}

// replace puts content in the place of the file. Mode and, where that is allowed, owner
// stay. After a crash there is the old file or the new one.
func (e *edit) replace(content []byte) error {
	dir := filepath.Dir(e.path)
	// The name begins with a dot, so that no include takes it for a file of its own.
	temp, err := os.CreateTemp(dir, "."+filepath.Base(e.path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", e.path, err)
	}
	defer os.Remove(temp.Name()) // fails once it was renamed, and must
	if err := e.fill(temp, content); err != nil {
		return fmt.Errorf("write %s: %w", e.path, errors.Join(err, temp.Close()))
	}
	if err := temp.Close(); err != nil {
		return fmt.Errorf("write %s: %w", e.path, err)
	}
	if now, err := readFile(e.path); e.stat == nil && err == nil || !bytes.Equal(now, e.old) {
		return fmt.Errorf("write %s: somebody changed it in the meantime", e.path)
	}
	if err := os.Rename(temp.Name(), e.path); err != nil {
		return fmt.Errorf("write %s: %w", e.path, err)
	}
	syncFolder(dir)
	return nil
}

// fill writes the new file and gives it the mode and the owner of the old one.
func (e *edit) fill(temp *os.File, content []byte) error {
	if _, err := temp.Write(content); err != nil {
		return err
	}
	perm := fs.FileMode(0o644)
	if e.stat != nil {
		perm = e.stat.Mode().Perm()
		keepOwner(temp, e.stat)
	}
	if err := temp.Chmod(perm); err != nil {
		return err
	}
	return temp.Sync()
}

// syncFolder makes a rename last. Not every file system can, and the file is there then
// all the same.
func syncFolder(dir string) {
	if f, err := os.Open(dir); err == nil {
		f.Sync() //nolint:errcheck // see above
		f.Close()
	}
}
