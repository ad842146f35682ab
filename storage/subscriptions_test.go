package storage_test

import (
	"path/filepath"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/storage"

	"github.com/google/go-cmp/cmp"
)

// What was agreed with hubs outlives the program, and a lease is in the state of its source
// as soon as it is in the subscription.
func TestSubscriptionsSurvive(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "w.db")
	s, err := storage.Open(path, storage.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	registered, err := s.Register(ctx, []wiredesk.Source{{URL: "https://example.org/feed"}})
	if err != nil {
		t.Fatal(err)
	}
	id := registered[0].ID
	sub := wiredesk.Subscription{
		ID: "abc", Callback: "https://example.com/websub/abc", Source: id, Topic: "https://example.org/feed",
		Hub: "https://hub.example.net/", Secret: "s", Status: wiredesk.SubscriptionActive, Asked: at,
		Until: at.Add(time.Hour), Next: at.Add(time.Minute), Failures: 2, Problem: "p",
	}
	gone := wiredesk.Subscription{ID: "old", Source: id}
	if err := s.ChangeSubscriptions(ctx, []wiredesk.Subscription{sub, gone}, nil, map[wiredesk.SourceID]time.Time{id: sub.Until}); err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeSubscriptions(ctx, nil, []string{"old"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = storage.Open(path, storage.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.Subscriptions(ctx)
	if diff := cmp.Diff([]wiredesk.Subscription{sub}, all); diff != "" || err != nil {
		t.Errorf("(-want +got)\n%s%v", diff, err)
	}
	if st, err := s.State(ctx, id); err != nil || !st.PushedUntil.Equal(sub.Until) {
		t.Errorf("lease %v, %v", st.PushedUntil, err)
	}
}

// A push changes items and nothing that polls learnt; polls that find what no hub sent are
// counted while a lease is in force.
func TestRecordPush(t *testing.T) {
	ctx := t.Context()
	s, err := storage.Open(filepath.Join(t.TempDir(), "w.db"), storage.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	registered, err := s.Register(ctx, []wiredesk.Source{{URL: "https://example.org/feed"}})
	if err != nil {
		t.Fatal(err)
	}
	id, at := registered[0].ID, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	record := func(outcome wiredesk.Outcome, guids ...string) wiredesk.Recorded {
		t.Helper()
		at = at.Add(time.Hour)
		p := wiredesk.Poll{Source: id, At: at, Outcome: outcome, Document: &wiredesk.Document{Whole: outcome == wiredesk.Changed}}
		if outcome != wiredesk.Pushed {
			p.State = wiredesk.SourceState{ETag: `"1"`, Polls: 7, Due: at.Add(time.Hour)}
		}
		for i, g := range guids {
			p.Document.Items = append(p.Document.Items, wiredesk.Item{GUID: g, Link: "https://example.org/" + g, Title: "About " + g, Mark: uint64(len(g)*100 + i + 1)})
		}
		got, err := s.Record(ctx, []wiredesk.Poll{p})
		if err != nil {
			t.Fatal(err)
		}
		return got[0]
	}
	state := func() wiredesk.SourceState {
		t.Helper()
		st, err := s.State(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	record(wiredesk.Changed, "one", "two")
	if err := s.ChangeSubscriptions(ctx, nil, nil, map[wiredesk.SourceID]time.Time{id: at.Add(100 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	before := state()
	if got := record(wiredesk.Pushed, "three"); len(got.New) != 1 {
		t.Errorf("a push brought %+v", got)
	}
	after := state()
	if after.ETag != before.ETag || after.Polls != before.Polls || !after.Due.Equal(before.Due) || after.Untold != 0 || len(after.Present) != 3 {
		t.Errorf("a push made of %+v\n%+v", before, after)
	}
	record(wiredesk.Changed, "one", "two", "three", "fourth")
	if n := state().Untold; n != 1 {
		t.Errorf("%d polls found what was not pushed, want 1", n)
	}
	record(wiredesk.Pushed, "fourth")
	if n := state().Untold; n != 0 {
		t.Errorf("a push leaves %d", n)
	}
}
