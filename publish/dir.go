package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"
)

// manifest is the file in a folder that names the files which we wrote there.
const manifest = ".wiredesk"

// WriteDir writes the documents of a site as files into a folder, which it makes if it is not
// there, and returns how many it wrote and removed. The page of a feed is NAME.html, that of the site index.html.
// Every file is replaced at once (a reader sees the old one or the new one, also after a
// power cut), and takes the document's time of change as its own. Files that hold the right
// bytes are not touched. Files that an earlier call wrote and that are no document any more
// are removed, because what they say may have been withdrawn for a reason; others in the
// folder are left alone.
func WriteDir(dir string, docs []*Document) (written, removed int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // it is for everybody to read
		return 0, 0, err
	}
	var names []string
	for _, d := range docs {
		name, err := fileName(d.Path)
		if err != nil {
			return written, 0, err
		}
		names = append(names, name)
		wrote, err := writeFile(filepath.Join(dir, name), d.Body, d.Modified)
		if err != nil {
			return written, 0, err
		}
		if wrote {
			written++
		}
	}
	if removed, err = removeOld(dir, names); err != nil {
		return written, removed, err
	}
	slices.Sort(names)
	if _, err := writeFile(filepath.Join(dir, manifest), []byte(strings.Join(names, "\n")+"\n"), time.Time{}); err != nil {
		return written, removed, err
	}
	if written+removed == 0 {
		return 0, 0, nil
	}
	return written, removed, syncDir(dir)
}

// removeOld removes the files that the manifest names and that are not among names.
func removeOld(dir string, names []string) (removed int, err error) {
	old, err := os.ReadFile(filepath.Join(dir, manifest))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for name := range strings.Lines(string(old)) {
		name = strings.TrimSpace(name)
		if slices.Contains(names, name) || !fileForm.MatchString(name) {
			continue // the manifest may have been edited; nothing outside is ours
		}
		switch err := os.Remove(filepath.Join(dir, name)); {
		case err == nil:
			removed++
		case !errors.Is(err, fs.ErrNotExist):
			return removed, err
		}
	}
	return removed, nil
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

// writeFile reports whether the file had to be written. A time of zero is now.
func writeFile(file string, body []byte, modified time.Time) (bool, error) {
	old, err := os.ReadFile(file)
	switch {
	case err == nil && bytes.Equal(old, body):
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
	if _, err := pending.Write(body); err != nil {
		return false, err
	}
	if err := os.Chtimes(pending.Name(), modified, modified); err != nil {
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
