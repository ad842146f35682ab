package pending

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// New returns a file for name that is written in dir, a folder of the same disk. Permissions
// are those of the folder. The renameio library refuses Windows, because what os.Rename does
// there is not promised to survive a loss of power; readers see one file or the other all the
// same.
func New(name, dir string, _ fs.FileMode) (*File, error) {
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+"*")
	if err != nil {
		return nil, err
	}
	done := false
	return &File{
		File: f,
		replace: func() error {
			if err := errors.Join(f.Sync(), f.Close()); err != nil {
				return err
			}
			err := os.Rename(f.Name(), name)
			done = err == nil
			return err
		},
		cleanup: func() error {
			if done {
				return nil
			}
			_ = f.Close() // it may be closed
			return os.Remove(f.Name())
		},
	}, nil
}
