package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// readRsstail reads the lines that rsstail prints, which have headings. It tells no ids.
func readRsstail(ctx context.Context, j *job) ([]entry, error) {
	out, err := j.command(ctx, "rsstail", "-1", "-n", "100", "-l", "-p", "-a", "-u", j.url).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	var entries []entry
	for block := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n\n") {
		e := entry{ID: untold, Enclosures: untold}
		for line := range strings.Lines(block) {
			heading, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch heading {
			case "Title":
				e.Title = value
			case "Link":
				e.Link = value
			case "Author":
				e.Authors = value
			case "Pub.date":
				for _, layout := range []string{time.RFC1123Z, time.RFC3339} {
					if at, err := time.Parse(layout, value); err == nil {
						value = at.UTC().Format(time.RFC3339)
					}
				}
				e.Published = value
			}
		}
		if e.Title != "" || e.Link != "" { // the first block is of the feed
			entries = append(entries, e)
		}
	}
	return entries, nil
}
