package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/storage"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open opens a database in a folder of its own and checks its structure when the test
// ends.
func open(t *testing.T) *storage.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "wiredesk.db"))
}

func openAt(t *testing.T, path string) *storage.Store {
	t.Helper()
	s, err := storage.Open(path, storage.Options{Create: true, Now: start})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Check(context.Background()); errors.Is(err, storage.ErrDamaged) {
			t.Error(err)
		}
		_ = s.Close()
	})
	return s
}

// Who opens the database to look writes nothing, or what is damaged would be written to.
func TestRegisterAgainWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	src := []wiredesk.Source{{URL: "https://a.example/feed", Formerly: []string{"https://a.example/old"}}, {URL: "https://b.example/feed"}}
	var before []byte
	for range 3 {
		s, err := storage.Open(path, storage.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Register(t.Context(), src)
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		now, err := os.ReadFile(path)
		if err != nil || before != nil && !bytes.Equal(before, now) {
			t.Errorf("it was written to: %v", err)
		}
		before = now
	}
}

// A source that names an address of before of which nobody knows stays the one that it is: what
// was learnt of it, such as how long to leave it alone, holds after a restart too.
func TestFormerAddressThatNobodyKnows(t *testing.T) {
	s := open(t)
	src := []wiredesk.Source{{URL: "https://a.example/new", Formerly: []string{"https://a.example/old"}}}
	first, err := s.Register(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeState(t.Context(), first[0].ID, func(st *wiredesk.SourceState) { st.Failures, st.Polled = 3, start }); err != nil {
		t.Fatal(err)
	}
	again, err := s.Register(t.Context(), src)
	if err != nil || again[0].ID != first[0].ID {
		t.Errorf("it was %+v, is %+v, %v", first, again, err)
	}
	if st, err := s.State(t.Context(), again[0].ID); err != nil || st.Failures != 3 {
		t.Errorf("%+v, %v", st, err)
	}
}

// poll records a document of a source and returns what changed.
func poll(t *testing.T, s *storage.Store, source wiredesk.SourceID, at time.Time, whole bool, items ...wiredesk.Item) wiredesk.Recorded {
	t.Helper()
	for i := range items {
		if items[i].Mark == 0 {
			items[i].Mark = mark(&items[i])
		}
		if items[i].Published.IsZero() {
			items[i].Published = at
		}
		items[i].Seen = at
	}
	st, err := s.State(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	st.Polled, st.Succeeded = at, at
	out, err := s.Record(context.Background(), []wiredesk.Poll{{
		Source: source, At: at, Outcome: wiredesk.Changed, State: st,
		Document: &wiredesk.Document{Items: items, Whole: whole},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func mark(it *wiredesk.Item) (m uint64) {
	for _, b := range fmt.Appendf(nil, "%q", []string{it.GUID, it.Link, it.Title, it.Summary, it.Content, it.Published.String()}) {
		m = m*1099511628211 ^ uint64(b)
	}
	return m | 1
}

func article(n int) wiredesk.Item {
	return wiredesk.Item{
		GUID: fmt.Sprintf("guid-%d", n), Link: fmt.Sprintf("https://example.org/%d/article", n), Title: fmt.Sprintf("Article number %d about thing %d", n, n*7),
		Content:   fmt.Sprintf("<p>This is what article %d has to say about the thing that is called %d, and %d words of it.</p>", n, n*7, n*13),
		Published: start.Add(-time.Duration(n) * time.Hour),
	}
}

func TestRecordOnce(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	first := poll(t, s, 1, start, true, article(1), article(2))
	if len(first.New) != 2 || len(first.Revised) != 0 {
		t.Fatalf("first poll: %+v", first)
	}
	before, err := os.Stat(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 { // polled a thousand times, it is one item
		if again := poll(t, s, 1, start.Add(time.Duration(i)*time.Hour), true, article(2), article(1)); len(again.New)+len(again.Revised) != 0 {
			t.Fatalf("poll %d: %+v", i, again)
		}
	}
	if after, err := os.Stat(s.Path()); err != nil || after.Size() > 2*before.Size() {
		t.Errorf("file grew from %d to %d bytes, %v", before.Size(), after.Size(), err)
	}
	got, err := s.Item(ctx, first.New[0], true)
	if err != nil {
		t.Fatal(err)
	}
	want := article(1)
	want.ID, want.Source, want.Seen, want.Backlog = first.New[0], 1, start, true
	want.First, want.Mark = "guid:guid-1", mark(new(article(1)))
	want.Words, _ = wiredesk.WordsIdentity(&want)
	want.Size = len(want.Text())
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRevisionKeepsFirstAndNewestBody(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	id := poll(t, s, 1, start, true, article(1)).New[0]
	for i := 1; i <= 3; i++ {
		edited := article(1)
		edited.Content = fmt.Sprintf("<p>Version %d.</p>", i)
		changed := poll(t, s, 1, start.Add(time.Duration(i)*time.Hour), true, edited)
		if diff := cmp.Diff(wiredesk.Recorded{Source: 1, Revised: []wiredesk.ItemID{id}, Known: 1}, changed); diff != "" {
			t.Fatalf("edit %d (-want +got)\n%s", i, diff)
		}
	}
	it, err := s.Item(ctx, id, true)
	if err != nil {
		t.Fatal(err)
	}
	if it.Content != "<p>Version 3.</p>" || it.Revisions != 3 || !it.Revised.Equal(start.Add(3*time.Hour)) {
		t.Errorf("newest: %q, %d revisions, %v", it.Content, it.Revisions, it.Revised)
	}
	// The source did not date its edits. The first came too soon after publication to be
	// dated by us, the others too soon after that.
	if !it.Updated.IsZero() {
		t.Errorf("updated %v", it.Updated)
	}
	edited := article(1)
	edited.Content = "<p>Something else altogether is said now.</p>"
	poll(t, s, 1, start.Add(9*time.Hour), true, edited)
	if it, _ := s.Item(ctx, id, true); !it.Updated.Equal(start.Add(9 * time.Hour)) {
		t.Errorf("updated %v after an edit", it.Updated)
	}
	if _, first, _ := s.First(ctx, id); first != article(1).Content {
		t.Errorf("first: %q", first)
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s := openAt(t, path)
	ctx := context.Background()
	id := poll(t, s, 1, start, true, article(1)).New[0]
	commit := storage.Commit{
		Assignments: []wiredesk.Assignment{{Item: id, Story: id, By: wiredesk.ByLikeness, With: 7, Score: 0.5, On: "the text", Event: 5, EventScore: 0.25, EventOn: "snow, airport"}},
		Rows:        []wiredesk.Row{{Feed: "go", Item: id, ID: "urn:x", Published: start, Place: start.Add(time.Second), Announced: start.Add(time.Minute)}},
		Verdicts:    []wiredesk.Verdict{{Feed: "go", Item: id, Kind: wiredesk.Held, At: start, Cause: "rule x"}},
		Feeds:       []wiredesk.FeedState{{Name: "go", Born: start, Program: "abc", Since: start}},
		Rules:       []wiredesk.RuleState{{Key: "abc", First: start, Hit: start.Add(time.Hour)}},
		Faces:       []wiredesk.Face{{Source: 1, Title: "Go", Site: "go.example", Language: "en"}},
		Stamps:      map[string]storage.Stamp{"/go.rss": {Hash: "abc", Changed: start}},
	}
	if err := s.Commit(ctx, commit); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Decide(ctx, wiredesk.Decision{At: start, By: "ed", Via: "cli", Item: id, Feed: "go", Verb: wiredesk.Pin, Value: "v"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Lease(ctx, map[wiredesk.SourceID]time.Time{1: start.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	state, err := s.State(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = openAt(t, path)
	again, err := s.State(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state, again); diff != "" || !again.Due.Equal(start.Add(time.Hour)) {
		t.Errorf("state (-want +got), due %v\n%s", again.Due, diff)
	}
	var got storage.Commit
	got.Assignments, _ = s.Assignments(ctx, 0, 10)
	got.Rows, _ = s.Rows(ctx)
	got.Verdicts, _ = s.Verdicts(ctx)
	got.Faces, _ = s.Faces(ctx)
	got.Stamps, _ = s.Stamps(ctx)
	feeds, _ := s.Feeds(ctx)
	got.Feeds = []wiredesk.FeedState{feeds["go"]}
	rules, _ := s.Rules(ctx)
	got.Rules = []wiredesk.RuleState{rules["abc"]}
	if diff := cmp.Diff(commit, got); diff != "" {
		t.Errorf("commit (-want +got)\n%s", diff)
	}
	decisions, _ := s.Decisions(ctx)
	want := []wiredesk.Decision{{ID: 1, At: start, By: "ed", Via: "cli", Item: id, Feed: "go", Verb: wiredesk.Pin, Value: "v"}}
	if diff := cmp.Diff(want, decisions); diff != "" {
		t.Errorf("decisions (-want +got)\n%s", diff)
	}
}

func TestStateSurvives(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	want := wiredesk.SourceState{
		Missed: start, Gap: "lost", Hurry: 2, Shortest: time.Hour, Caches: true, Habit: wiredesk.Habit{Hours: [24]uint8{1, 0, 255}, Days: [7]uint8{3}, Last: start}, Rhythm: wiredesk.Rhythm{Pauses: [24]uint16{3, 1, 65535}, Last: start},
		Reading: "1", Answered: "https://a.example/", Asked: "https://b.example/", Quiet: start, ETag: `W/"odd\` + "\xff" + `"`, LastModified: "yesterday", Body: 1 << 63, Validated: start, Due: start.Add(time.Hour), Reason: "because",
		Polled: start, Succeeded: start, Failures: 3, Failing: start, Problem: "no", Status: 503,
		Gone: start, Location: "https://example.org/new", Moved: 1, Polls: 9, Conditional: 8, NotModified: 7, Bytes: 6,
		Channel: wiredesk.Channel{
			Format: "rss", ID: "i", Title: "t", Link: "l", Self: "s", Description: "d", Language: "en", Image: "m", Generator: "g", Rights: "r",
			Authors: []wiredesk.Author{{Name: "n", Email: "e", URL: "u"}}, Hubs: []string{"h"}, Next: "x", Archive: "a",
			Hints: wiredesk.Hints{TTL: time.Hour, Update: time.Minute, SkipHours: 3, SkipDays: 4},
		},
	}
	if _, err := s.Record(ctx, []wiredesk.Poll{{Source: 1, At: start, State: want}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.State(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAGapBetweenPollsIsNoticed(t *testing.T) {
	item := func(name string) wiredesk.Item {
		return wiredesk.Item{GUID: name, Title: "Title of " + name, Link: "https://example.org/" + name}
	}
	s := open(t)
	ctx := context.Background()
	n := 0
	record := func(older, whole bool, names ...string) wiredesk.Recorded {
		t.Helper()
		st, err := s.State(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		n++
		doc := &wiredesk.Document{Whole: whole}
		for _, name := range names {
			it := item(name)
			it.Mark = mark(&it)
			doc.Items = append(doc.Items, it)
		}
		out, err := s.Record(ctx, []wiredesk.Poll{{Source: 1, At: start.Add(time.Duration(n) * time.Hour), State: st, Older: older, Document: doc}})
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	for i, c := range []struct {
		older, whole bool
		names        string
		known        int
		missed       bool
	}{
		{false, true, "ab", 0, false},  // a new source
		{false, true, "bc", 1, false},  // one is there still
		{false, true, "", 0, false},    // an empty document says nothing
		{false, false, "de", 0, false}, // nor does one that was cut
		{false, true, "fg", 0, true},
		{true, true, "xw", 0, false}, // an older page
		{true, true, "wc", 2, false},
		{false, true, "fg", 2, false}, // which did not change what is present
		{false, true, "h", 0, true},
		{false, true, "i", 0, false}, // single items follow each other
	} {
		got := record(c.older, c.whole, strings.Split(c.names, "")...)
		if got.Known != c.known || got.Missed != c.missed {
			t.Errorf("document %d, %s: %d known, missed %t", i+1, c.names, got.Known, got.Missed)
		}
	}
	for id := range 10 {
		items, err := s.Items(ctx, 0, 100, false)
		if err != nil {
			t.Fatal(err)
		}
		if id < len(items) && items[id].GUID == "x" && (!items[id].Gone.IsZero() || items[id].Backlog) {
			t.Errorf("an item of an older page: %+v", items[id])
		}
	}
}

// What a person said is not for a poll to change that was under way meanwhile.
func TestThePollerDoesNotUndoWhatAPersonSaid(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	before, err := s.State(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	err = s.ChangeState(ctx, 1, func(st *wiredesk.SourceState) { st.Paused, st.Confirmed = true, "https://example.net/" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Record(ctx, []wiredesk.Poll{{Source: 1, At: start, State: before}}); err != nil {
		t.Fatal(err)
	}
	if st, err := s.State(ctx, 1); err != nil || !st.Paused || st.Confirmed != "https://example.net/" {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	if _, err := storage.Open(path, storage.Options{}); !errors.Is(err, storage.ErrNoDatabase) {
		t.Errorf("no file: %v", err)
	}
	s := openAt(t, path)
	if _, err := storage.Open(path, storage.Options{Wait: time.Millisecond}); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("second process: %v", err)
	}
	_ = s.Close()

	garbage := filepath.Join(dir, "garbage.db")
	text := bytes.Repeat([]byte("This is no database. "), 10000)
	if err := os.WriteFile(garbage, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open(garbage, storage.Options{Create: true}); !errors.Is(err, storage.ErrNotDatabase) {
		t.Errorf("garbage: %v", err)
	}
	if got, _ := os.ReadFile(garbage); !bytes.Equal(got, text) {
		t.Error("garbage was overwritten")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 { // S-47
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestBackup(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	id := poll(t, s, 1, start, true, article(1)).New[0]
	path := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(ctx, f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	c := openAt(t, path)
	if err := c.Check(ctx); err != nil {
		t.Error(err)
	}
	if _, err := c.Item(ctx, id, true); err != nil {
		t.Error(err)
	}
}

func TestRegister(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	register := func(sources ...wiredesk.Source) []storage.Registered {
		t.Helper()
		out, err := s.Register(ctx, sources)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	a := register(wiredesk.Source{URL: "https://a.example/feed"}, wiredesk.Source{URL: "https://b.example/feed"})
	if a[0].ID == a[1].ID || a[0].Origin != "https://a.example/feed" {
		t.Fatalf("%+v", a)
	}
	if again := register(wiredesk.Source{URL: "https://b.example/feed"}); again[0] != a[1] {
		t.Errorf("known again as %+v", again[0])
	}
	if _, err := s.Record(ctx, []wiredesk.Poll{{Source: a[0].ID, At: start, State: wiredesk.SourceState{ETag: `"1"`}}}); err != nil {
		t.Fatal(err)
	}
	moved := register(wiredesk.Source{URL: "https://new.example/feed", Formerly: []string{"https://a.example/feed"}})
	if moved[0].ID != a[0].ID || moved[0].Origin != a[0].Origin {
		t.Errorf("moved to %+v", moved[0])
	}
	if st, _ := s.State(ctx, a[0].ID); st.ETag != "" { // P-16
		t.Errorf("the old address's validators were kept: %q", st.ETag)
	}
	if _, err := s.Record(ctx, []wiredesk.Poll{{Source: a[1].ID, At: start, State: wiredesk.SourceState{Location: "https://b.example/new"}}}); err != nil {
		t.Fatal(err)
	}
	if followed := register(wiredesk.Source{URL: "https://b.example/new"}); followed[0].ID != a[1].ID {
		t.Errorf("where it had moved it is %+v", followed[0])
	}
}

func TestPrune(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	ids := poll(t, s, 1, start, true, article(1), article(2), article(3), article(4)).New
	if err := s.Commit(ctx, storage.Commit{Rows: []wiredesk.Row{{Feed: "all", Item: ids[0], ID: "x", Announced: start}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Decide(ctx, wiredesk.Decision{Item: ids[1], Verb: wiredesk.Hide}, nil); err != nil {
		t.Fatal(err)
	}
	poll(t, s, 1, start.Add(time.Hour), true, article(4))
	removed, err := s.Prune(ctx, storage.Retention{At: start, Gone: start.Add(2 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]wiredesk.ItemID{ids[2]}, removed); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if at, _ := s.Pruned(ctx); !at.Equal(start) {
		t.Errorf("pruned at %v", at)
	}
	if back := poll(t, s, 1, start.Add(3*time.Hour), true, article(4), article(3)); len(back.New) != 0 {
		t.Errorf("what was purged came back as new: %+v", back)
	}
	removed, err = s.Prune(ctx, storage.Retention{Gone: start.Add(2 * time.Hour), Announced: start.Add(time.Hour)})
	if err != nil || len(removed) != 1 || removed[0] != ids[0] {
		t.Errorf("announced: %v, %v", removed, err)
	}
}

// What is on a page of an archive is kept for as long as anything else that was published, and
// its row, with the page, for good.
func TestPruneKeepsPages(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	ids := poll(t, s, 1, start, true, article(1), article(2), article(3)).New
	rows := []wiredesk.Row{
		{Feed: "all", Item: ids[0], ID: "x", Announced: start, Page: 1}, {Feed: "all", Item: ids[1], ID: "y", Announced: start},
	}
	if err := s.Commit(ctx, storage.Commit{Rows: rows}); err != nil {
		t.Fatal(err)
	}
	poll(t, s, 1, start.Add(time.Hour), true, article(3))
	late := start.Add(2 * time.Hour)
	if removed, err := s.Prune(ctx, storage.Retention{Gone: late}); err != nil || len(removed) != 0 {
		t.Errorf("for good: removed %v, %v", removed, err)
	}
	if removed, err := s.Prune(ctx, storage.Retention{Gone: late, Announced: late}); err != nil || !slices.Equal(removed, ids[:2]) {
		t.Errorf("removed %v, %v", removed, err)
	}
	if got, err := s.Rows(ctx); err != nil || !cmp.Equal(got, rows) {
		t.Errorf("rows: %+v, %v", got, err)
	}
}

// An announced item stays as long as another item of its story does: were it removed alone,
// the story would have no row in the ledger any more and be announced again.
func TestPruneLeavesStoriesWhole(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	first := poll(t, s, 1, start, true, article(1), article(2)).New
	second := poll(t, s, 2, start, true, article(1)).New
	err := s.Commit(ctx, storage.Commit{
		Rows: []wiredesk.Row{{Feed: "all", Item: first[0], ID: "x", Announced: start}, {Feed: "all", Item: first[1], ID: "y", Announced: start}},
		Assignments: []wiredesk.Assignment{
			{Item: first[0], Story: first[0]}, {Item: first[1], Story: first[1]}, {Item: second[0], Story: first[0]},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	poll(t, s, 1, start.Add(time.Hour), true, article(9)) // both left source 1
	late := start.Add(2 * time.Hour)
	removed, err := s.Prune(ctx, storage.Retention{Gone: late, Announced: late})
	if err != nil || len(removed) != 1 || removed[0] != first[1] {
		t.Errorf("removed %v, %v", removed, err)
	}
	poll(t, s, 2, start.Add(time.Hour), true, article(9))
	removed, err = s.Prune(ctx, storage.Retention{Gone: late, Announced: late})
	if err != nil || len(removed) != 2 {
		t.Errorf("removed %v, %v", removed, err)
	}
}

// a well-formed document without entries says nothing about those of the last one:
// they are neither gone nor forgotten.
func TestEmptyDocumentForgetsNothing(t *testing.T) {
	s := open(t)
	ids := poll(t, s, 1, start, true, article(1), article(2)).New
	poll(t, s, 1, start.Add(time.Hour), true)
	st, err := s.State(context.Background(), 1)
	if err != nil || len(st.Present) != 2 {
		t.Errorf("present after an empty document: %v, %v", st.Present, err)
	}
	poll(t, s, 1, start.Add(2*time.Hour), true, article(2))
	for i, gone := range []bool{true, false} {
		it, err := s.Item(context.Background(), ids[i], false)
		if err != nil || it.Gone.IsZero() == gone {
			t.Errorf("article %d: gone %v, %v", i+1, it.Gone, err)
		}
	}
}

// Published ids are made from First and must not come from the database: two items of one
// source never have the same, and filling a database again gives the same.
func TestFirstIdentitiesDiffer(t *testing.T) {
	items := func() []wiredesk.Item {
		return []wiredesk.Item{
			{Link: "https://example.org/", Title: "One", Mark: 1},
			{Link: "https://example.org/", Title: "Two", Mark: 2},
			{Mark: 3},
			{Mark: 4},
			{Mark: 3}, // the last is the first again
			{GUID: "x", Title: "Three", Mark: 5},
			{GUID: "x", Title: "Four", Link: "https://example.org/4", Mark: 6},
		}
	}
	later := wiredesk.Item{Link: "https://example.org/", Title: "Three", Mark: 7}
	firsts := func() (all []string) {
		s := open(t)
		ids := poll(t, s, 1, start, true, items()...).New
		ids = append(ids, poll(t, s, 1, start.Add(time.Hour), true, append([]wiredesk.Item{later}, items()...)...).New...)
		ids = append(ids, poll(t, s, 1, start.Add(2*time.Hour), true, wiredesk.Item{Link: "https://example.org/", Title: "Five", Mark: 8}).New...)
		for _, id := range ids {
			it, err := s.Item(context.Background(), id, false)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, it.First)
		}
		return all
	}
	all := firsts()
	if diff := cmp.Diff(all, firsts()); diff != "" {
		t.Errorf("filled again (-before +after)\n%s", diff)
	}
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); len(all) != 8 || n != 8 {
		t.Errorf("%d items, %d first identities: %q", len(all), n, all)
	}
}

// A database of a version that did not know a bucket opens, and has it.
func TestOlderDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s := openAt(t, path)
	_ = s.Close()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("rule")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	if rules, err := s.Rules(t.Context()); err != nil || len(rules) != 0 {
		t.Errorf("%v, %v", rules, err)
	}
	if err := s.Commit(t.Context(), storage.Commit{Rules: []wiredesk.RuleState{{Key: "a", First: start}}}); err != nil {
		t.Error(err)
	}
}
