package origin

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Reply is one answer. It is an http.Handler; the zero value is an empty 200.
type Reply struct {
	Status int         // 200 if zero
	Header http.Header // more headers
	Body   string

	// ETag and LastModified are sent with the answer. A request that carries one of them
	// is answered with 304, and with the validators unless Bare is set.
	ETag         string
	LastModified string
	Bare         bool

	Wait time.Duration // before the header
	Drip time.Duration // before each byte of the body
	Cut  int           // end the connection after so many bytes of the body, though more were announced
	Gzip bool          // compress the body
}

// With returns the reply with one more header.
func (a Reply) With(name, value string) Reply {
	a.Header = a.Header.Clone()
	if a.Header == nil {
		a.Header = http.Header{}
	}
	a.Header[http.CanonicalHeaderKey(name)] = append(a.Header[http.CanonicalHeaderKey(name)], value)
	return a
}

// Feed returns a 200 with a feed.
func Feed(body string) Reply { return Reply{Body: body}.With("Content-Type", "application/rss+xml") }

// Status returns an answer of that status with a few words of text.
func Status(code int) Reply {
	return Reply{Status: code, Body: http.StatusText(code) + "\n"}.With("Content-Type", "text/plain")
}

// Redirect returns a redirect.
func Redirect(code int, to string) Reply { return Reply{Status: code}.With("Location", to) }

// Page returns a web page.
func Page(body string) Reply {
	return Reply{Body: "<!DOCTYPE html><html><head><title>A page</title></head><body>" + body + "</body></html>"}.With("Content-Type", "text/html")
}

// ServeHTTP implements http.Handler.
func (a Reply) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !sleep(r, a.Wait) {
		return
	}
	match := a.ETag != "" && r.Header.Get("If-None-Match") == a.ETag ||
		a.LastModified != "" && r.Header.Get("If-Modified-Since") == a.LastModified
	maps.Copy(w.Header(), a.Header)
	if !match || !a.Bare {
		set(w, "ETag", a.ETag)
		set(w, "Last-Modified", a.LastModified)
	}
	if match {
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := []byte(a.Body)
	if a.Gzip {
		body = Gzip(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	if w.Header().Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(max(a.Status, http.StatusOK))
	if a.Cut > 0 {
		_, _ = w.Write(body[:a.Cut])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	if a.Drip == 0 {
		_, _ = w.Write(body)
		return
	}
	for _, b := range body {
		if !sleep(r, a.Drip) {
			return
		}
		if _, err := w.Write([]byte{b}); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
	}
}

// set sends a header byte for byte, without tidying its value.
func set(w http.ResponseWriter, name, value string) {
	if value != "" {
		w.Header()[http.CanonicalHeaderKey(name)] = []string{value}
	}
}

// sleep waits and reports whether the client is still there.
func sleep(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// Raw returns a handler that sends exactly these bytes and ends the connection: for
// answers that no proper server gives.
func Raw(answer string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer conn.Close()
		_, _ = conn.Write([]byte(answer))
	})
}

// Endless returns a handler that sends head and then piece for ever.
func Endless(head, piece string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer conn.Close()
		for next := head; ; next = piece {
			if _, err := conn.Write([]byte(next)); err != nil {
				return
			}
		}
	})
}

// Script returns a handler that gives each reply once, in order, and then repeats the
// last one.
func Script(replies ...http.Handler) http.Handler {
	var mu sync.Mutex
	next := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := replies[min(next, len(replies)-1)]
		next++
		mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

// Gzip returns data compressed.
func Gzip(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// RSS returns a feed with an entry for each name.
func RSS(title string, names ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>%s</title><link>https://example.org/</link><description>%s</description>\n", title, title)
	for _, name := range names {
		fmt.Fprintf(&b, "<item><title>%s</title><link>https://example.org/%s</link><guid>https://example.org/%s</guid><description>Words about %s</description></item>\n", name, name, name, name)
	}
	b.WriteString("</channel></rss>\n")
	return b.String()
}
