package storage

import (
	"reflect"
	"testing"
	"time"

	"wiredesk"
)

func shownState(n int) wiredesk.SourceState {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	st := wiredesk.SourceState{
		ETag: `"abc"`, LastModified: "Mon, 01 Jun 2026 10:00:00 GMT", Body: 1 << 60, Validated: at, Reason: "every 1 hour",
		Polled: at, Succeeded: at, Changed: at, First: at, Status: 200, Asked: "https://example.org/feed", Answered: "https://example.org/feed",
		Reading: "1 false 0 0 ", Polls: 100, Conditional: 99, NotModified: 70, Bytes: 1 << 20, Items: 100,
		Channel: wiredesk.Channel{Format: "rss", Title: "A blog", Link: "https://example.org/", Description: "About things"},
	}
	for i := range n {
		st.Present = append(st.Present, wiredesk.Presence{Mark: 1<<63 + uint64(i), Item: wiredesk.ItemID(1<<60 + i)})
	}
	return st
}

// What a document shows was once written as numbers of CBOR. Files of that time are read.
func TestStateOfBefore(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, n := range []int{0, 1, 25} {
		want := shownState(n)
		now := stateRecordOf(&want)
		before := stateRecordOf(&want)
		before.Shown = nil
		for _, p := range want.Present {
			before.Present = append(before.Present, p.Mark, uint64(p.Item))
		}
		for name, r := range map[string]stateRecord{"now": now, "before": before} {
			b, err := c.pack(nil, r)
			if err != nil {
				t.Fatal(err)
			}
			var read stateRecord
			if err := c.unpack(nil, b, &read); err != nil {
				t.Fatal(err)
			}
			if got := read.state(); !reflect.DeepEqual(got, want) {
				t.Errorf("%d shown, written as %s: got %+v, want %+v", n, name, got, want)
			}
		}
	}
}

func BenchmarkState(b *testing.B) {
	c, err := newCodec()
	if err != nil {
		b.Fatal(err)
	}
	defer c.close()
	st := shownState(25)
	packed, err := c.pack(nil, stateRecordOf(&st))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.pack(nil, stateRecordOf(&st)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(packed)), "B/state")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			var r stateRecord
			if err := c.unpack(nil, packed, &r); err != nil {
				b.Fatal(err)
			}
			st = r.state()
		}
	})
}
