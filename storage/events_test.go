package storage_test

import (
	"fmt"
	"testing"
	"time"

	"wiredesk"

	"github.com/google/go-cmp/cmp"
)

// TestEvents holds that events and conditions come back as they were, over a restart, that
// none is stored twice, and that the oldest are forgotten.
func TestEvents(t *testing.T) {
	s := open(t)
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	event := wiredesk.Event{
		ID: "urn:uuid:1", At: at, Kind: wiredesk.EventHeld, Gate: wiredesk.GateFlood, Source: 3, Name: "blog", Title: "A Blog",
		URL: "https://blog.example/feed", Link: "https://blog.example/", Headline: "h", Text: "t", Do: []wiredesk.Step{{What: "look", Command: "wiredesk items"}},
	}
	condition := wiredesk.Condition{Broken: at, Gone: at, Silent: at, Moved: "https://new.example/", Flood: at, Hijack: at, Approval: at}
	tell := func(events []wiredesk.Event, c map[wiredesk.SourceID]wiredesk.Condition) {
		t.Helper()
		if err := s.Tell(t.Context(), events, c); err != nil {
			t.Fatal(err)
		}
	}
	tell([]wiredesk.Event{event, event}, map[wiredesk.SourceID]wiredesk.Condition{3: condition, 4: {Broken: at}})
	tell([]wiredesk.Event{event}, map[wiredesk.SourceID]wiredesk.Condition{4: {}})
	event.Seq = 1
	got, err := s.Events(t.Context(), 0)
	if diff := cmp.Diff([]wiredesk.Event{event}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	conditions, err := s.Conditions(t.Context())
	if diff := cmp.Diff(map[wiredesk.SourceID]wiredesk.Condition{3: condition}, conditions); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}

	has, err := s.Delivered(t.Context(), "webhook")
	if has != 1 || err != nil {
		t.Errorf("a new channel has %d, %v", has, err)
	}
	for i := range 600 {
		tell([]wiredesk.Event{{ID: fmt.Sprint(i), At: at, Kind: wiredesk.EventBroken, Headline: "h"}}, nil)
	}
	if has, err = s.Delivered(t.Context(), "webhook"); has != 1 || err != nil {
		t.Errorf("the channel has %d, %v", has, err)
	}
	got, err = s.Events(t.Context(), 500)
	if err != nil || len(got) != 101 || got[0].Seq != 501 {
		t.Errorf("%d events, %v", len(got), err)
	}
	got, err = s.Events(t.Context(), 0)
	if err != nil || len(got) != 500 || got[499].ID != "599" {
		t.Errorf("%d events, %v", len(got), err)
	}
	if err := s.SetDelivered(t.Context(), "webhook", 600); err != nil {
		t.Fatal(err)
	}
	if has, err = s.Delivered(t.Context(), "webhook"); has != 600 || err != nil {
		t.Errorf("the channel has %d, %v", has, err)
	}
}
