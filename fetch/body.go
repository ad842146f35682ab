package fetch

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// readBody reads a body whole and decompresses it, limit bytes at most. It returns how
// many bytes came over the wire.
func readBody(resp *http.Response, limit int64) (body []byte, received int64, err error) {
	wire := &counter{r: resp.Body}
	r, err := decode(bufio.NewReader(wire), resp.Header.Values("Content-Encoding"))
	if err != nil {
		return nil, wire.n, err
	}
	body, err = io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(body)) > limit {
		return nil, wire.n, tooLarge(limit)
	}
	if err != nil {
		return nil, wire.n, undecodable(err)
	}
	return body, wire.n, nil
}

// decode undoes the content codings. Labels lie in both directions, so gzip is believed by
// its magic number and not by its label: no feed begins with it.
func decode(r *bufio.Reader, labels []string) (io.Reader, error) {
	// Two layers are a proxy that compresses what was compressed; more is an attack.
	const layers = 2
	deflated := false
	for label := range strings.SplitSeq(strings.Join(labels, ","), ",") {
		switch label = strings.ToLower(strings.TrimSpace(label)); label {
		case "", "identity", "gzip", "x-gzip", "none", "utf-8":
		case "deflate":
			deflated = true
		default:
			return nil, &RequestError{Reason: fmt.Sprintf("answered in content coding %q, which was not asked for", oneLine(label))}
		}
	}
	for range layers {
		head, _ := r.Peek(2) // a shorter body is not compressed
		switch {
		case len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b:
			z, err := gzip.NewReader(r)
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
