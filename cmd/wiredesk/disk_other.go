//go:build !linux && !darwin

package main

import "errors"

// freeSpace is not known here.
func freeSpace(string) (bytes int64, files uint64, err error) {
	return 0, 0, errors.ErrUnsupported
}

// ownerOf is not known here.
func ownerOf(string) (uid uint32, ok bool) { return 0, false }
