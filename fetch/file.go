package fetch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/cespare/xxhash/v2"
)

func isFile(raw string) bool {
	return len(raw) >= 5 && strings.EqualFold(raw[:5], "file:")
}

// readFile reads a source that is a file on this machine. Only the config can name one:
// no redirect and no document leads here.
func readFile(raw string, limit int64) (*Response, error) {
	path, err := filePath(raw)
	if err != nil {
		return nil, err
	}
	// Without NONBLOCK, opening a pipe that nobody writes to would wait for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return nil, fileError(err)
	}
	if !stat.Mode().IsRegular() {
		return nil, &RequestError{Reason: "not a regular file", cause: ErrRefused}
	}
	body, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fileError(err)
	}
	if int64(len(body)) > limit {
		return nil, tooLarge(limit)
	}
	return &Response{Body: body, Sum: xxhash.Sum64(body), URL: raw, Received: int64(len(body)), host: HostOf(raw)}, nil
}

func filePath(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", &RequestError{Reason: "not an address", cause: err}
	}
	if u.Host != "" && u.Host != "localhost" {
		return "", &RequestError{Reason: fmt.Sprintf("a file is on this machine, not on %q", oneLine(u.Host, maxReason)), Hint: "write file:///path", cause: ErrRefused}
	}
	path := filepath.FromSlash(u.Path)
	if !filepath.IsAbs(path) {
		return "", &RequestError{Reason: "the path of a file must be absolute", Hint: "write file:///path", cause: ErrRefused}
	}
	return path, nil
}

func fileError(err error) error {
	e := &RequestError{Reason: oneLine(err.Error(), maxReason), cause: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = "no such file"
	case errors.Is(err, fs.ErrPermission):
		e.Reason, e.Hint = "the file may not be read", "check its owner and mode"
	}
	return e
}
