// Package smalldisk gives tests a file system that is soon full.
package smalldisk

import (
	"fmt"
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

// ReadOnly makes it read-only, or writable again.
func ReadOnly(tb testing.TB, dir string, yes bool) {
	tb.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if yes {
		flags |= syscall.MS_RDONLY
	}
	mount(tb, dir, flags, "")
}

func mount(tb testing.TB, dir string, flags uintptr, options string) {
	tb.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		tb.Skipf("a small file system cannot be mounted here: %v", err)
	}
}
