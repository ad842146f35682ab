// Package pending writes files that take the place of others all at once: whoever looks sees
// the old one or the new one, whole.
package pending

import "os"

// A File is not in its place yet. Close it with Replace, or with Cleanup, which may also be
// called after Replace and does nothing then.
type File struct {
	*os.File
	replace, cleanup func() error
}

// Replace puts what was written on disk and in place of what is there, and closes the file.
// After an error the old one is in its place.
func (f *File) Replace() error { return f.replace() }

// Cleanup closes and removes a file that was not put in place.
func (f *File) Cleanup() error { return f.cleanup() }
