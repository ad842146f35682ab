package storage_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/storage"

	"github.com/google/go-cmp/cmp"
)

// Known says what Register will, and leaves the file as it is to the byte.
func TestKnownIsRegisterWithoutWriting(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "w.db")
	s, err := storage.Open(path, storage.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	first := []wiredesk.Source{{URL: "https://a.example/"}, {URL: "https://b.example/"}, {URL: "https://c.example/"}}
	registered, err := s.Register(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeState(ctx, registered[1].ID, func(st *wiredesk.SourceState) {
		st.Location, st.ETag, st.First = "https://new-b.example/", "x", time.Unix(1, 0)
	}); err != nil {
		t.Fatal(err)
	}
	then := []wiredesk.Source{
		{URL: "https://new-a.example/", Formerly: []string{"https://a.example/"}}, // moves by the config
		{URL: "https://new-b.example/"},                                           // and by its own word
		{URL: "https://c.example/"}, {URL: "https://d.example/"},
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	known, err := s.Known(ctx, then)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("Known wrote to the file")
	}
	if known[3].ID != 0 {
		t.Errorf("a new source has the number %d", known[3].ID)
	}
	if registered, err = s.Register(ctx, then); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(registered[:3], known[:3]); diff != "" {
		t.Errorf("(-Register +Known)\n%s", diff)
	}
}

// What a build was made with is stored with it, and stays when a later build says nothing.
func TestBuilt(t *testing.T) {
	ctx := t.Context()
	s, err := storage.Open(filepath.Join(t.TempDir(), "w.db"), storage.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		commit storage.Commit
		want   string
	}{
		{storage.Commit{}, ""},
		{storage.Commit{Built: []byte("one")}, "one"},
		{storage.Commit{Feeds: []wiredesk.FeedState{{Name: "all"}}}, "one"},
		{storage.Commit{Built: []byte("two")}, "two"},
	} {
		if err := s.Commit(ctx, c.commit); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Built(ctx); err != nil || string(got) != c.want {
			t.Errorf("%q, %v, want %q", got, err, c.want)
		}
	}
}
