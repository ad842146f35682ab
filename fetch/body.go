package fetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// readBody reads a body whole and decompresses it, limit bytes at most. The text of what it
// returns has the body; the caller frees it. It is nil if there is an error. It also returns how
// many bytes came over the wire.
func readBody(resp *http.Response, limit int64) (body *unpacker, received int64, err error) {
	wire := &counter{r: resp.Body}
	u := unpackers.Get().(*unpacker) //nolint:forcetypeassert // nothing else is there
	defer func() {
		if body == nil {
			u.free()
		}
	}()
	u.wire.Reset(wire)
	r, err := u.decompress(&u.wire, resp.Header.Values("Content-Encoding"))
	if err != nil {
		return nil, wire.n, err
	}
	n, err := u.text.ReadFrom(io.LimitReader(r, limit+1))
	if n > limit {
		return nil, wire.n, tooLarge(limit)
	}
	if err != nil {
		return nil, wire.n, undecodable(err)
	}
	return u, wire.n, nil
}

// An unpacker has what it takes to read one body. Most bodies that come are those that came
// before, and this is most of the memory that reading them takes, so it is used again.
type unpacker struct {
	wire bufio.Reader
	zip  gzip.Reader // of the outermost layer
	used bool        // zip is
	text bytes.Buffer
}

var unpackers = sync.Pool{New: func() any { return new(unpacker) }}

// keepText is how long a text may have been whose buffer is used again.
const keepText = 1 << 20

// free lets another body use it.
func (u *unpacker) free() {
	u.wire.Reset(nil)
	u.used = false
	u.text.Reset()
	if u.text.Cap() <= keepText {
		unpackers.Put(u)
	}
}

// gunzip returns a reader of what is compressed in r.
func (u *unpacker) gunzip(r io.Reader) (*gzip.Reader, error) {
	if u.used {
		return gzip.NewReader(r)
	}
	u.used = true
	return &u.zip, u.zip.Reset(r)
}

// decompress undoes the content codings. Labels lie in both directions, so gzip is believed by
// its magic number and not by its label: no feed begins with it.
func (u *unpacker) decompress(r *bufio.Reader, labels []string) (io.Reader, error) {
	// Two layers are a proxy that compresses what was compressed; more is an attack.
	const layers = 2
	deflated := false
	for label := range strings.SplitSeq(strings.Join(labels, ","), ",") {
		switch label = strings.ToLower(strings.TrimSpace(label)); label {
		case "", "identity", "gzip", "x-gzip", "none", "utf-8":
		case "deflate":
			deflated = true
		default:
			return nil, &RequestError{Reason: fmt.Sprintf("answered in content coding %q, which was not asked for", oneLine(label, maxReason))}
		}
	}
	for range layers {
		head, _ := r.Peek(2) // a shorter body is not compressed
		switch {
		case len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b:
			z, err := u.gunzip(r)
			if err != nil {
				return nil, undecodable(err)
			}
			r, deflated = bufio.NewReader(z), false
		case deflated && len(head) == 2:
			deflated = false
			inflated, err := inflate(r, head)
			if err != nil {
				return nil, err
			}
			r = bufio.NewReader(inflated)
		default:
			return r, nil
		}
	}
	return r, nil
}

// inflate undoes "deflate", which is zlib by the standard (RFC 9110 section 8.4.1.2) and
// raw by some servers.
func inflate(r io.Reader, head []byte) (io.Reader, error) {
	if head[0]&0x0f != 8 || (int(head[0])<<8|int(head[1]))%31 != 0 {
		return flate.NewReader(r), nil
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, undecodable(err)
	}
	return z, nil
}

func undecodable(err error) error {
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt ||
		errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) {
		return &RequestError{Reason: "the body is compressed wrongly", cause: err}
	}
	return err
}

func tooLarge(limit int64) error {
	return &RequestError{
		Reason: fmt.Sprintf("larger than %d bytes", limit),
		Hint:   "raise max_body for this source if you trust it",
		cause:  ErrTooLarge,
	}
}

// A counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
