package fetch_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

func deflate(raw bool, s string) string {
	var b bytes.Buffer
	if raw {
		z, _ := flate.NewWriter(&b, flate.BestSpeed)
		z.Write([]byte(s))
		z.Close()
		return b.String()
	}
	z := zlib.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func TestContentCodings(t *testing.T) { // P-54
	body := origin.RSS("Example", "a", "b")
	zipped := string(origin.Gzip([]byte(body)))
	for name, a := range map[string]origin.Reply{
		"plain":                     {Body: body},
		"gzip":                      origin.Reply{Body: zipped}.With("Content-Encoding", "gzip"),
		"gzip, called x-gzip":       origin.Reply{Body: zipped}.With("Content-Encoding", "x-gzip"),
		"gzip, not labelled":        {Body: zipped},
		"gzip, labelled identity":   origin.Reply{Body: zipped}.With("Content-Encoding", "identity"),
		"gzip, labelled deflate":    origin.Reply{Body: zipped}.With("Content-Encoding", "deflate"),
		"plain, labelled gzip":      origin.Reply{Body: body}.With("Content-Encoding", "gzip"),
		"deflate":                   origin.Reply{Body: deflate(false, body)}.With("Content-Encoding", "deflate"),
		"deflate, raw":              origin.Reply{Body: deflate(true, body)}.With("Content-Encoding", "Deflate"),
		"gzip twice":                origin.Reply{Body: string(origin.Gzip([]byte(zipped)))}.With("Content-Encoding", "gzip, gzip"),
		"gzip and a charset's name": origin.Reply{Body: zipped}.With("Content-Encoding", "UTF-8"),
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("example.org/feed", a)
				resp, err := w.client.Fetch(w.t.Context(), fetch.Request{URL: url})
				if err != nil {
					t.Fatal(err)
				}
				if string(resp.Body) != body || resp.Received != int64(len(a.Body)) {
					t.Errorf("got %d bytes from %d: %.40q", len(resp.Body), resp.Received, resp.Body)
				}
			})
		})
	}
}

func TestLimits(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	many := strings.Repeat("x", 1<<16)
	bomb := origin.Gzip(bytes.Repeat([]byte{' '}, 20<<20))
	for name, c := range map[string]struct {
		answer http.Handler
		want   string
	}{
		"endless body":     {origin.Endless(head+"\r\n", many), "larger than 1048576 bytes"},                            // S-14
		"endless chunks":   {origin.Endless(head+"Transfer-Encoding: chunked\r\n\r\n", "4\r\nxxxx\r\n"), "larger than"}, // S-14
		"gzip bomb":        {origin.Reply{Body: string(bomb)}.With("Content-Encoding", "gzip"), "larger than"},          // S-15
		"nested gzip bomb": {origin.Reply{Body: string(origin.Gzip(bomb))}.With("Content-Encoding", "gzip, gzip"), "larger than"},
		"brotli unasked":   {origin.Reply{Body: "x"}.With("Content-Encoding", "br"), "not asked for"}, // S-15
		"length too long":  {origin.Raw(head + "Content-Length: 100\r\n\r\nshort"), "cut short"},      // S-16
		"gzip cut":         {origin.Reply{Body: string(bomb[:len(bomb)/2])}.With("Content-Encoding", "gzip"), "larger than"},
		"small gzip cut":   {origin.Reply{Body: string(origin.Gzip([]byte(many))[:40])}, "cut short"},
		"drip":             {origin.Reply{Body: many, Drip: time.Second}, "timed out after 30s"}, // S-17
		"late header":      {origin.Reply{Body: "x", Wait: time.Hour}, "timed out after 30s"},    // S-17
		"endless header":   {origin.Endless(head, "X-A: "+many[:1000]+"\r\n"), "header"},         // S-18
		"endless line":     {origin.Endless(head+"X-A: ", many), "header"},                       // S-18
		"no HTTP at all":   {origin.Raw("220 mail.example ESMTP\x1b[2J\r\n"), "malformed"},
		"hangs up":         {origin.Raw(""), "cut short"},
		"a thousand 1xx":   {origin.Endless("", "HTTP/1.1 102 Processing\r\n\r\n"), "header"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("example.org/feed", c.answer)
				start := time.Now()
				_, err := w.client.Fetch(w.t.Context(), fetch.Request{URL: url, MaxBody: 1 << 20})
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				if strings.Contains(c.want, "larger") && !errors.Is(err, fetch.ErrTooLarge) {
					t.Errorf("%v is no ErrTooLarge", err)
				}
				if err != nil && (strings.ContainsAny(err.Error(), "\x1b\r\n") || len(err.Error()) > 1000) {
					t.Errorf("raw text from outside: %q", err)
				}
				if took := time.Since(start); took > 31*time.Second {
					t.Errorf("took %s", took)
				}
				w.client.Close()
			})
		})
	}
}

func TestLengthTooShortEndsTheBody(t *testing.T) { // S-16
	inWorld(t, func(w *world) {
		body := origin.RSS("Example", "a")
		w.web.Handle("example.org/feed", origin.Raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%strailing", len(body), body)))
		resp, err := w.client.Fetch(w.t.Context(), fetch.Request{URL: url})
		if err != nil || string(resp.Body) != body {
			t.Errorf("%v", err)
		}
	})
}
