package main

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const rss2emailConfig = `[DEFAULT]
from = desk@example.org
to = reader@example.org
email-protocol = maildir
maildir-path = %s
maildir-mailbox = inbox
date-header = True
name-format = {author}
`

func readRSS2Email(ctx context.Context, j *job) ([]entry, error) {
	config, state, box := filepath.Join(j.dir, "r2e.cfg"), filepath.Join(j.dir, "r2e.json"), filepath.Join(j.dir, "mail")
	if err := os.MkdirAll(box, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, fmt.Appendf(nil, rss2emailConfig, box), 0o600); err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"add", "feed", j.url}, {"run"}} {
		if out, err := j.command(ctx, "r2e", append([]string{"-c", config, "-d", state}, args...)...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("r2e %s: %w: %s", args[0], err, out)
		}
	}
	files, err := filepath.Glob(filepath.Join(box, "inbox", "new", "*"))
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, file := range files {
		e, err := readMessage(file)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

var enclosureLine = regexp.MustCompile(`(?m)^Enclosure: (\S+)`)

// readMessage returns the entry that a message tells of.
func readMessage(file string) (entry, error) {
	f, err := os.Open(file)
	if err != nil {
		return entry{}, err
	}
	defer f.Close()
	m, err := mail.ReadMessage(f)
	if err != nil {
		return entry{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return entry{}, err
	}
	at, err := m.Header.Date()
	if err != nil {
		return entry{}, err
	}
	body, err := io.ReadAll(decoded(m))
	if err != nil {
		return entry{}, err
	}
	e := entry{ID: m.Header.Get("X-RSS-ID"), Title: subject, Link: m.Header.Get("X-RSS-URL"), Published: at.UTC().Format(time.RFC3339)}
	if from, err := m.Header.AddressList("From"); err == nil {
		e.Authors = from[0].Name
	}
	var files []string
	for _, found := range enclosureLine.FindAllStringSubmatch(string(body), -1) {
		files = append(files, found[1])
	}
	e.Enclosures = strings.Join(files, " ")
	return e, nil
}
