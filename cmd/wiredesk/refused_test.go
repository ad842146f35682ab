package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/publish"
)

// A document that would not be valid is logged and counted once, for as long as it is refused,
// and so is a text that had to be mended.
func TestRefusedDocumentsAreTold(t *testing.T) { // O-01
	in := publish.Input{Settings: publish.Settings{BaseURL: "https://feeds.example.org"}, At: time.Unix(1_800_000_000, 0)}
	entry := wiredesk.Entry{ID: "no id", Title: "Title", Published: in.At, Updated: in.At, Item: wiredesk.Item{Content: "<p>Text</div>"}}
	in.Editions = []wiredesk.Edition{{Feed: wiredesk.Feed{Name: "go"}, Entries: []wiredesk.Entry{entry}}}
	var log bytes.Buffer
	n := &newsroom{log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 2 {
		site, err := publish.Render(in)
		if err != nil {
			t.Fatal(err)
		}
		n.tellProblems(site, in.Previous)
		in.Previous = site
	}
	if f := n.tally.figures(); f.Refused != 3 || f.Refusals != 3 {
		t.Errorf("%d documents are refused, %d were", f.Refused, f.Refusals)
	}
	for message, want := range map[string]int{`msg="document not published" path=/go.rss error=`: 1, `msg="text published as plain text" path=/go error=`: 1} {
		if got := strings.Count(log.String(), message); got != want {
			t.Errorf("%s is logged %d times, want %d:\n%s", message, got, want, &log)
		}
	}
	in.Editions[0].Entries[0].ID = "tag:example.org,2026:1"
	site, err := publish.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	n.tellProblems(site, in.Previous)
	if f := n.tally.figures(); f.Refused != 0 || f.Refusals != 3 {
		t.Errorf("then %d documents are refused, %d were", f.Refused, f.Refusals)
	}
	if d, ok := site.Lookup("/go.json"); !ok || !bytes.Contains(d.Body, []byte("<p>Text</p>")) {
		t.Error("the text is not there as plain text")
	}
}
