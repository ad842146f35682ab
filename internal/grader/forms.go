package grader

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"wiredesk/internal/origin"
)

func formChecks() []Check {
	return []Check{
		{"P-52", "one User-Agent that says who we are, each time", func(e *Exam) {
			e.turns(turn{feed("a"), [2]string{}}, turn{feed("b"), [2]string{}}) // inspect looks at it
		}},
		{"P-53", "no cookie, no Referer, the address as written, no password for strangers", strangers},
		{"P-54", "gzip and deflate in every form are read, and asked for", encodings},
		{"P-55", "nothing but GET, and nothing but the feed", func(e *Exam) {
			e.Web.Handle("example.org/feed", feed("a"))
			for _, r := range e.polls(10, source(address)) {
				if r.URI != "/feed" {
					e.Complain("%s was asked", r.URI)
				}
			}
		}},
		{"P-56", "HTTP/1.0, chunked, HTTP/2; what is idle is closed; polls are counted", versions},
	}
}

func strangers(e *Exam) {
	e.Web.Handle("example.org", origin.Redirect(302, "http://example.net/real").With("Set-Cookie", "a=b; Domain=example.org"))
	e.Web.Handle("example.net", feed("a").With("Set-Cookie", "c=d"))
	src := source("http://me:secret@example.org/a%2Fb%7e?x=%zz&&y=+|^#part")
	src.Headers = map[string]string{"X-Token": "secret"}
	for _, r := range e.polls(3, src) {
		mine := r.Host == "example.org"
		if mine && r.URI != "/a%2Fb%7e?x=%zz&&y=+|^" {
			e.Complain("asked as %s", r.URI)
		}
		for _, name := range []string{"Authorization", "X-Token"} {
			if has := r.Header.Get(name) != ""; has != mine {
				e.Complain("%s: %s is %t", r.Host, name, has)
			}
		}
	}
}

func encodings(e *Exam) {
	body := []byte(origin.RSS("Example", "a"))
	var raw, wrapped bytes.Buffer
	squeeze := func(w io.WriteCloser) {
		_, _ = w.Write(body)
		_ = w.Close()
	}
	f, err := flate.NewWriter(&raw, 6)
	if err != nil {
		e.Complain("deflate: %v", err)
		return
	}
	squeeze(f)
	squeeze(zlib.NewWriter(&wrapped))
	zipped := string(origin.Gzip(body))
	for i, answer := range []origin.Reply{
		origin.Feed(zipped).With("Content-Encoding", "gzip"),
		origin.Feed(raw.String()).With("Content-Encoding", "deflate"),
		origin.Feed(wrapped.String()).With("Content-Encoding", "deflate"),
		origin.Feed(zipped), // and does not say so
		origin.Feed(zipped).With("Content-Encoding", "identity"),
	} {
		host := fmt.Sprintf("h%d.example", i)
		e.Web.Handle(host, answer)
		e.polls(1, source("http://"+host+"/"))
		if st := e.state(source("http://" + host + "/")); st.Items != 1 {
			e.Complain("encoding %d: %s", i, st.Problem)
		}
	}
}

func versions(e *Exam) {
	body := origin.RSS("Example", "a")
	e.Web.Handle("one.example/0", origin.Raw("HTTP/1.0 200 OK\r\n\r\n"+body))
	e.Web.Handle("one.example/chunked", origin.Raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)))
	e.Web.Handle("two.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Proto != "HTTP/2.0" {
			e.Complain("over TLS we speak %s", r.Proto)
		}
		feed("a").ServeHTTP(w, r)
	}))
	for url := range strings.FieldsSeq("http://one.example/0 http://one.example/chunked https://two.example/") {
		e.polls(2, source(url))
		if st := e.state(source(url)); st.Items != 1 || st.Polls != 2 {
			e.Complain("%s: %d items, %d polls, %s", url, st.Items, st.Polls, st.Problem)
		}
	}
	time.Sleep(2 * time.Minute)
	if n := e.Web.Open(); n != 0 {
		e.Complain("%d connections stay open", n)
	}
}
