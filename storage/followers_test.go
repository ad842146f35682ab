package storage_test

import (
	"path/filepath"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/storage"

	"github.com/google/go-cmp/cmp"
)

// Who follows at our hub, what was asked for, and what a hub elsewhere was told outlive the
// program.
func TestFollowersSurvive(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "w.db")
	s, err := storage.Open(path, storage.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	follower := wiredesk.Follower{
		Topic: "https://example.org/all.rss", Callback: "https://example.com/?a", Secret: "s", Since: at, Until: at.Add(time.Hour), Told: "v",
		Failures: 3, Failing: at, Next: at.Add(time.Minute), Problem: "p",
		Asked: &wiredesk.Intent{Unsubscribe: true, Secret: "t", Lease: time.Hour, At: at, Told: "w"},
	}
	other, gone := follower, follower
	other.Callback, other.Asked, gone.Topic = "https://example.com/?b", nil, "https://example.org/all.atom"
	ping := wiredesk.Ping{Topic: "t", Hub: "h", Told: "v", Failures: 1, Failing: at, Next: at, Problem: "p"}
	for _, step := range []func() error{
		func() error { return s.ChangeFollowers(ctx, []wiredesk.Follower{follower, gone}, nil) },
		func() error { return s.ChangeFollowers(ctx, []wiredesk.Follower{other}, []wiredesk.Follower{gone}) },
		func() error { return s.ChangePings(ctx, []wiredesk.Ping{ping, {Topic: "old"}}, nil) },
		func() error { return s.ChangePings(ctx, nil, []string{"old"}) },
		s.Close,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = storage.Open(path, storage.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.Followers(ctx)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d followers, %v", len(all), err)
	}
	if all[0].Callback != follower.Callback {
		all[0], all[1] = all[1], all[0]
	}
	if diff := cmp.Diff([]wiredesk.Follower{follower, other}, all); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	pings, err := s.Pings(ctx)
	if diff := cmp.Diff(map[string]wiredesk.Ping{"t": ping}, pings); diff != "" || err != nil {
		t.Errorf("(-want +got)\n%s%v", diff, err)
	}
}
