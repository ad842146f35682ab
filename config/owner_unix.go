//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another, so that a service can still read what the
// administrator changed. Only the administrator can; for others nothing changes.
func keepOwner(f *os.File, stat fs.FileInfo) {
	if s, ok := stat.Sys().(*syscall.Stat_t); ok {
		f.Chown(int(s.Uid), int(s.Gid)) //nolint:errcheck // see above
	}
}
