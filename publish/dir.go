package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/renameio/v2"
)

// WriteDir writes the documents of a site as files into a folder, which it makes if it is not there, and
// returns how many it wrote. The page of a feed is NAME.html, that of the site index.html.
// Every file is replaced at once (a reader sees the old one or the new one, also after a
// power cut), and takes the document's time of change as its own. Files that hold the right
// bytes are not touched, others in the folder are left alone.
func WriteDir(dir string, docs []*Document) (written int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // it is for everybody to read
		return 0, err
	}
	for _, d := range docs {
		name, err := fileName(d.Path)
		if err != nil {
			return written, err
		}
		wrote, err := writeFile(filepath.Join(dir, name), d)
		if err != nil {
			return written, err
		}
		if wrote {
			written++
		}
	}
	if written == 0 {
		return 0, nil
	}
	return written, syncDir(dir)
}

var fileForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*(\.[a-z]+)?$|^-[a-z0-9-]*(\.[a-z]+)?$`)

// fileName returns the name of the file for a path. It never leads out of a folder.
func fileName(path string) (string, error) {
	name := strings.TrimPrefix(path, "/")
	if name == "" {
		return "index.html", nil
	}
	if !fileForm.MatchString(name) {
		return "", fmt.Errorf("%q cannot be the name of a file", path)
	}
	if !strings.Contains(name, ".") {
		name += ".html"
	}
	return name, nil
}

// writeFile reports whether the file had to be written.
func writeFile(file string, d *Document) (bool, error) {
	old, err := os.ReadFile(file)
	switch {
	case err == nil && bytes.Equal(old, d.Body):
		return false, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	// Beside the file, because a rename is atomic only within one file system.
	pending, err := renameio.NewPendingFile(file, renameio.WithTempDir(filepath.Dir(file)), renameio.WithStaticPermissions(0o644))
	if err != nil {
		return false, err
	}
	defer pending.Cleanup() //nolint:errcheck // nothing is left to clean after a success, and nothing to be done after a failure
	if _, err := pending.Write(d.Body); err != nil {
		return false, err
	}
	if err := os.Chtimes(pending.Name(), d.Modified, d.Modified); err != nil {
		return false, err
	}
	return true, pending.CloseAtomicallyReplace()
}

// syncDir makes the new names last over a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
