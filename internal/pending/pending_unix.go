//go:build !windows

package pending

import (
	"io/fs"

	"github.com/google/renameio/v2"
)

// New returns a file for name that is written in dir, a folder of the same file system. It will
// have those permissions, whatever the umask.
func New(name, dir string, perm fs.FileMode) (*File, error) {
	f, err := renameio.NewPendingFile(name, renameio.WithTempDir(dir), renameio.WithStaticPermissions(perm))
	if err != nil {
		return nil, err
	}
	return &File{File: f.File, replace: f.CloseAtomicallyReplace, cleanup: f.Cleanup}, nil
}
