package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func readSfeed(ctx context.Context, j *job) ([]entry, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, j.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	cmd := j.command(ctx, "sfeed")
	cmd.Stdin = resp.Body
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var entries []entry
	for line := range strings.SplitSeq(strings.TrimRight(string(out), "\n"), "\n") {
		f := strings.Split(line, "\t") // time, title, link, content, content type, id, author, enclosure, category
		if len(f) < 8 {
			return nil, fmt.Errorf("a line of %d fields", len(f))
		}
		at, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{ID: f[5], Title: f[1], Link: f[2], Published: time.Unix(at, 0).UTC().Format(time.RFC3339), Authors: f[6], Enclosures: f[7]})
	}
	return entries, nil
}
