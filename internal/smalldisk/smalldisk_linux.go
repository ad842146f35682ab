// Package smalldisk gives tests a file system that is soon full.
package smalldisk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// New mounts an empty file system of size bytes for as long as the test runs, and returns
// its folder. Where the test may not mount, it is skipped.
func New(tb testing.TB, size int) string {
	tb.Helper()
	dir := tb.TempDir()
	mount(tb, dir, 0, fmt.Sprintf("size=%d,mode=755", size))
	tb.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			tb.Error(err)
		}
	})
	return dir
}

// Resize changes the size of a file system that [New] returned, in bytes.
func Resize(tb testing.TB, dir string, size int) {
	tb.Helper()
	mount(tb, dir, syscall.MS_REMOUNT, fmt.Sprintf("size=%d", size))
}

// Files lets no more files be made on it, until it is told to let them again.
func Files(tb testing.TB, dir string) (more func()) {
	tb.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		tb.Fatal(err)
	}
	mount(tb, dir, syscall.MS_REMOUNT, fmt.Sprintf("nr_inodes=%d", fs.Files-fs.Ffree))
	return func() { mount(tb, dir, syscall.MS_REMOUNT, "nr_inodes=100000") }
}

// ReadOnly makes it read-only, or writable again.
func ReadOnly(tb testing.TB, dir string, yes bool) {
	tb.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if yes {
		flags |= syscall.MS_RDONLY
	}
	mount(tb, dir, flags, "")
}

// Fill takes all room on it but so many bytes, until it is told to give it back. Others may be
// writing to it: where they are faster, less is left.
func Fill(tb testing.TB, dir string, left int64) (empty func()) {
	tb.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		tb.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, max(int64(fs.Bavail)*fs.Bsize-left, 0)), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
		tb.Fatal(err)
	}
	return func() {
		if err := os.Remove(filler); err != nil {
			tb.Error(err)
		}
	}
}

func mount(tb testing.TB, dir string, flags uintptr, options string) {
	tb.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		tb.Skipf("a small file system cannot be mounted here: %v", err)
	}
}
