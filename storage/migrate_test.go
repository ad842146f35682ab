package storage

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"wiredesk"
)

var update = flag.Bool("update", false, "keep a database of the newest schema, if none is kept")

var then = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// kept returns where a database of a schema is kept.
func kept(schema uint64) string {
	return filepath.Join("testdata", fmt.Sprintf("schema-%d.db.gz", schema))
}

// keptPolls are what the sources of every kept database say, at every poll.
func keptPolls() []wiredesk.Poll {
	var polls []wiredesk.Poll
	for source := range 3 {
		doc := &wiredesk.Document{Whole: true, Channel: wiredesk.Channel{Title: fmt.Sprintf("Source %d", source+1), Format: "rss"}}
		for n := range 4 {
			doc.Items = append(doc.Items, wiredesk.Item{
				GUID: fmt.Sprintf("tag:%d:%d", source, n), Link: fmt.Sprintf("https://s%d.example/%d", source, n), Title: fmt.Sprintf("Article %d", n),
				Content: "<p>What an article of this source says, in more than a handful of words.</p>", Published: then, Seen: then, Mark: uint64(n + 1),
			})
		}
		polls = append(polls, wiredesk.Poll{
			Source: wiredesk.SourceID(source + 1), At: then, Document: doc,
			State: wiredesk.SourceState{ETag: fmt.Sprintf(`"%d"`, source), Polled: then, Succeeded: then, Polls: 1},
		})
	}
	return polls
}

// keep makes the database that is kept of the newest schema: something in every bucket that
// has a way in of its own.
func keepDatabase(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	s, err := Open(path, Options{Create: true, Now: then})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var sources []wiredesk.Source
	for n := range 3 {
		sources = append(sources, wiredesk.Source{URL: fmt.Sprintf("https://s%d.example/feed", n)})
	}
	_, err1 := s.Register(ctx, sources)
	recorded, err2 := s.Record(ctx, keptPolls())
	id := recorded[0].New[0]
	err3 := s.Commit(ctx, Commit{
		Assignments: []wiredesk.Assignment{{Item: id, Story: id}},
		Rows:        []wiredesk.Row{{Feed: "all", Item: id, ID: "tag:0:0", Published: then, Place: then, Announced: then}},
		Verdicts:    []wiredesk.Verdict{{Feed: "all", Item: recorded[1].New[0], Kind: wiredesk.Held, At: then}},
		Rules:       []wiredesk.RuleState{{Key: "rule", First: then}},
		Stamps:      map[string]Stamp{"/all.rss": {Hash: "1", Changed: then}},
	})
	_, err4 := s.Decide(ctx, wiredesk.Decision{Item: recorded[2].New[0], Verb: wiredesk.Hide, At: then, By: "editor"}, nil)
	err5 := s.SetList(ctx, "https://example.org/list.opml", List{ETag: `"1"`, Fetched: then, Body: []byte("<opml/>")})
	err6 := s.RecordFullText(ctx, wiredesk.FullText{Item: id, Link: "https://s0.example/0", At: then, Status: 200, HTML: "<p>The article.</p>"})
	_, _, err7 := s.Compact(ctx)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7, s.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if err := os.WriteFile(kept(newest()), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// unkeep puts the database that is kept of a schema into a folder of the test's own.
func unkeep(t *testing.T, schema uint64) string {
	t.Helper()
	f, err := os.Open(kept(schema))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "wiredesk.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// what any released version has written is read, and the same sources bring nothing
// that is new. A database that was released is never made anew: -update keeps one only of a
// schema of which there is none.
func TestEveryReleasedSchema(t *testing.T) {
	if _, err := os.Stat(kept(newest())); *update && errors.Is(err, os.ErrNotExist) {
		keepDatabase(t)
	}
	for schema := uint64(1); schema <= newest(); schema++ {
		path := unkeep(t, schema)
		s, err := Open(path, Options{Check: true})
		if err != nil {
			t.Fatalf("schema %d: %v", schema, err)
		}
		ctx := context.Background()
		found, err1 := s.schema()
		recorded, err2 := s.Record(ctx, keptPolls())
		rows, err3 := s.Rows(ctx)
		verdicts, err4 := s.Verdicts(ctx)
		decisions, err5 := s.Decisions(ctx)
		list, err6 := s.List(ctx, "https://example.org/list.opml")
		items, err7 := s.Items(ctx, 0, 100, true)
		if err := errors.Join(err1, err2, err3, err4, err5, err6, err7, s.checkValues(ctx), s.Close()); err != nil {
			t.Errorf("schema %d: %v", schema, err)
		}
		for _, r := range recorded {
			if len(r.New)+len(r.Revised) > 0 || r.Known != 4 {
				t.Errorf("schema %d: %+v", schema, r)
			}
		}
		if found != newest() || len(rows) != 1 || len(verdicts) != 1 || len(decisions) != 1 || len(items) != 12 || string(list.Body) != "<opml/>" {
			t.Errorf("schema %d: is %d; %d rows, %d verdicts, %d decisions, %d items, %q", schema, found, len(rows), len(verdicts), len(decisions), len(items), list.Body)
		}
	}
}

// withStep runs f as a version of the program that has one schema more.
func withStep(step func(*bolt.Tx) error, f func()) {
	before := steps
	steps = append(slices.Clip(steps), step)
	defer func() { steps = before }()
	f()
}

// an older database is brought up to date in one transaction, after a copy was made. If
// that fails, or the process ends in the middle of it, everything is as it was.
func TestMigration(t *testing.T) {
	old := newest()
	path := unkeep(t, old)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := fmt.Sprintf("%s.schema-%d", path, old)
	write := func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte("step"), []byte("taken")) }
	halfway := errors.New("halfway")

	withStep(func(tx *bolt.Tx) error { return errors.Join(write(tx), halfway) }, func() {
		if _, err := Open(path, Options{}); !errors.Is(err, halfway) {
			t.Errorf("a step that fails: %v", err)
		}
	})
	withStep(func(tx *bolt.Tx) error { _ = write(tx); panic("cut short") }, func() {
		if _, err := Open(path, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("a step that panics: %v", err)
		}
	})
	if now, _ := os.ReadFile(path); !bytes.Equal(now, before) {
		t.Error("a step that failed changed the database")
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatalf("the older version cannot go on: %v", err)
	}
	_ = s.Close()
	if before, err = os.ReadFile(path); err != nil { // it may have added buckets
		t.Fatal(err)
	}

	withStep(write, func() {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.schema()
		if err != nil || found != old+1 {
			t.Errorf("schema %d, %v", found, err)
		}
		_ = s.view(func(tx *bolt.Tx) error {
			if string(tx.Bucket(bucketMeta).Get([]byte("step"))) != "taken" {
				t.Error("the step was not taken")
			}
			return nil
		})
		_ = s.Close()
		if s, err = Open(path, Options{}); err != nil {
			t.Errorf("again: %v", err)
		} else {
			_ = s.Close()
		}
	})
	if now, _ := os.ReadFile(copied); !bytes.Equal(now, before) {
		t.Error("the copy is not the database as it was")
	}
	if _, err := Open(path, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("the older version: %v", err)
	}
	if inv, err := Verify(context.Background(), copied); err != nil || inv.Items != 12 {
		t.Errorf("the copy: %+v, %v", inv, err)
	}
}

// A check that skips a bucket finds nothing wrong in it.
func TestEveryBucketIsChecked(t *testing.T) {
	for _, name := range buckets {
		if values[string(name)] == nil && !slices.Contains(numbers, string(name)) {
			t.Errorf("the bucket %s is neither in values nor in numbers", name)
		}
	}
	if n := len(values) + len(numbers); n != len(buckets) {
		t.Errorf("%d buckets are checked, there are %d", n, len(buckets))
	}
}
