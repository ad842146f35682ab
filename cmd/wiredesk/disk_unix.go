//go:build linux || darwin

package main

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// freeSpace returns how many bytes and files there is room for where a folder is.
func freeSpace(dir string) (bytes int64, files uint64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	files = st.Ffree
	if st.Files == 0 { // some file systems do not count them
		files = 1
	}
	return int64(st.Bavail) * int64(st.Bsize), files, nil //nolint:unconvert // Bsize has 32 bits elsewhere
}

// ownerOf returns the number of the user that a file belongs to; false if it is not known.
func ownerOf(path string) (uid uint32, ok bool) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return st.Uid, err == nil
}
