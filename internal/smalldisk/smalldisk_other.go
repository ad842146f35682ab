//go:build !linux

package smalldisk

import "testing"

// New skips the test: it would take the rights of the superuser.
func New(tb testing.TB, _ int) string {
	tb.Helper()
	tb.Skip("small file systems are mounted on Linux only")
	return ""
}

// Resize is never called here.
func Resize(testing.TB, string, int) {}

// ReadOnly is never called here.
func ReadOnly(testing.TB, string, bool) {}

// Fill is never called here.
func Fill(testing.TB, string, int64) (empty func()) { return func() {} }
