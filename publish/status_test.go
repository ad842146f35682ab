package publish_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/golden"
	"wiredesk/publish"
)

// statusEvents are one of each kind of text.
func statusEvents() []wiredesk.Event {
	day := time.Date(2026, 3, 2, 9, 30, 0, 250e6, time.UTC)
	return []wiredesk.Event{
		{
			Seq: 1, ID: "urn:uuid:038fa4e3-46da-5ed7-8ffd-ed1238025bd9", At: day, Kind: wiredesk.EventBroken,
			Title: "AT&T <b>", URL: "https://a.example/feed?a=b&c=<d>", Link: "https://a.example/",
			Headline: "AT&T <b> is broken", Text: `It failed 3 times: "<script>alert(1)</script>" & more.`,
			Do: []wiredesk.Step{{What: "ask it once more", Command: "wiredesk source 'a;b <c>' poll"}, {What: "or wait"}},
		},
		{
			Seq: 2, ID: "urn:uuid:038fa4e3-46da-5ed7-8ffd-ed1238025bda", At: day.Add(time.Hour), Kind: wiredesk.EventHeld, Gate: wiredesk.GateFlood,
			Title: "File", URL: "file:///tmp/x", Headline: "File: 2 items wait for you", Text: "Held.",
		},
	}
}

const secretAddress = "https://feeds.example.org/planet/status/q7Zp2mVx9-Kd4sWb_T1c.atom"

// TestStatus holds the status feed as it was, valid, and free of what it must not show.
func TestStatus(t *testing.T) {
	settings := publish.Settings{BaseURL: "https://feeds.example.org/planet", Title: "Planet"}
	doc, err := publish.Status(settings, secretAddress, statusEvents())
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, filepath.Join("testdata", "status.atom.golden"), doc.Body)
	again, err := publish.Status(settings, secretAddress, statusEvents())
	if err != nil || !bytes.Equal(doc.Body, again.Body) || doc.ETag != again.ETag || !doc.Modified.Equal(again.Modified) {
		t.Errorf("the same events give other bytes: %v", err)
	}
	if n := strings.Count(string(doc.Body), "q7Zp2mVx9-Kd4sWb_T1c"); n != 1 {
		t.Errorf("the secret is there %d times, want once, as its own address", n)
	}
	other, err := publish.Status(settings, "https://feeds.example.org/planet/status/another.atom", statusEvents())
	if err != nil || !strings.Contains(string(other.Body), "<id>"+wiredesk.StatusID(settings.BaseURL)+"</id>") {
		t.Errorf("another token makes another feed: %v", err)
	}

	many := make([]wiredesk.Event, 300)
	for i := range many {
		many[i] = wiredesk.Event{Seq: uint64(i + 1), Kind: wiredesk.EventBroken, ID: fmt.Sprintf("tag:a.example,2026:%d", i+1), At: time.Unix(int64(1e9+i), 0), Headline: "h"}
	}
	if doc, err = publish.Status(settings, secretAddress, many); err != nil {
		t.Fatal(err)
	}
	if body := string(doc.Body); strings.Count(body, "<entry>") != 100 || !strings.Contains(body, "2026:300<") || strings.Contains(body, "2026:200<") {
		t.Error("it does not show the newest hundred")
	}
	if doc, err = publish.Status(settings, secretAddress, nil); err != nil || !strings.Contains(string(doc.Body), "<updated>2026-01-01T00:00:00Z</updated>") {
		t.Errorf("an empty one: %v", err)
	}
}

// TestStatusXmllint holds that an independent parser reads it.
func TestStatusXmllint(t *testing.T) {
	xmllint := tool(t, "xmllint", "libxml2-utils")
	doc, err := publish.Status(publish.Settings{BaseURL: "https://feeds.example.org"}, secretAddress, statusEvents())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(xmllint, "--noout", "-")
	cmd.Stdin = bytes.NewReader(doc.Body)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
