package notify_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/notify"
	"wiredesk/status"

	"github.com/google/go-cmp/cmp"
)

// TestMessageIsDocumented holds the example of docs/status.md against what channels get.
func TestMessageIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/status.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := &status.Source{
		First: "https://go.dev/blog/feed.atom",
		Wish:  wiredesk.Source{URL: "https://go.dev/blog/feed.atom", Name: "go-blog", Title: "The Go Blog", Interval: time.Hour},
		State: wiredesk.SourceState{
			Polled: at.Add(3 * time.Hour), Failing: at, Failures: 3, Status: 500, Problem: "answered 500 Internal Server Error",
			Channel: wiredesk.Channel{Link: "https://go.dev/blog/"},
		},
	}
	_, events := status.Next(s, wiredesk.Condition{})
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	var want, got any
	if err := json.Unmarshal([]byte(example), &want); err != nil {
		t.Fatal(err)
	}
	message := notify.Message(&events[0])
	if err := json.Unmarshal(message, &got); err != nil || strings.Count(string(message), "\n") != 1 {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-page +program)\n%s", diff)
	}
}
