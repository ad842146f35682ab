package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wiredesk/publish"
)

// A stand serves a site to readers, on this machine.
type stand struct {
	server *http.Server
	base   string
	dir    string
	meant  []entry
}

func newStand(ctx context.Context) (*stand, error) {
	in := difficult()
	site, err := publish.Render(in)
	if err != nil {
		return nil, err
	}
	for _, p := range site.Problems() {
		return nil, fmt.Errorf("not published: %v", p)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &stand{base: "http://" + listener.Addr().String(), meant: meant(&in.Editions[0])}
	if s.dir, err = os.MkdirTemp("", "readers"); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, ok := site.Lookup(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", d.Type)
		w.Write(d.Body) //nolint:gosec // to readers, which are to have it as it is
	})}
	go s.server.Serve(listener) //nolint:errcheck // it ends when the stand is closed
	return s, nil
}

func (s *stand) close() {
	_ = s.server.Close()
	_ = os.RemoveAll(s.dir)
}

// patience is how long a reader may take; Liferea is a desktop program that is started.
const patience = 2 * time.Minute

// ask has a reader read every format that it knows, and returns what it says that was not
// meant, in lines.
func (s *stand) ask(ctx context.Context, r *reader) (string, error) {
	var b strings.Builder
	for _, format := range r.formats {
		dir := filepath.Join(s.dir, r.name, format)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		said, err := r.read(ctx, &job{format: format, url: s.base + "/difficult." + format, dir: dir})
		cancel()
		if err != nil {
			return "", fmt.Errorf("%s: %w", format, err)
		}
		b.WriteString(strings.ReplaceAll(compare(format, s.meant, said), s.base, "BASE"))
	}
	return b.String(), nil
}

// compare returns a line for each thing that was not said as it was meant, and for what is
// never said.
func compare(format string, meant, said []entry) string {
	var b strings.Builder
	byID := map[string]*entry{}
	for i := range said {
		e := &said[i]
		if e.ID == untold && i < len(meant) { // then it is the order that tells
			e.ID = meant[i].ID
		}
		byID[e.ID] = e
	}
	if len(said) != len(meant) {
		fmt.Fprintf(&b, "%s: %d entries, meant %d\n", format, len(said), len(meant))
	}
	for i := range meant {
		m := &meant[i]
		s, ok := byID[m.ID]
		if !ok {
			fmt.Fprintf(&b, "%s %s: not there\n", format, m.ID)
			continue
		}
		for _, field := range []struct{ name, said, meant string }{
			{"title", s.Title, m.Title}, {"link", s.Link, m.Link}, {"published", s.Published, m.Published}, {"authors", s.Authors, m.Authors}, {"enclosures", s.Enclosures, m.Enclosures},
		} {
			switch {
			case field.said == untold:
				if line := format + ": " + field.name + " not told\n"; !strings.Contains(b.String(), line) {
					b.WriteString(line)
				}
			case field.said != field.meant:
				fmt.Fprintf(&b, "%s %s: %s %q, meant %q\n", format, m.ID, field.name, field.said, field.meant)
			}
		}
	}
	if b.Len() == 0 {
		return format + ": as meant\n"
	}
	return b.String()
}
