package storage

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"wiredesk"
	"wiredesk/fetch"
)

// realItems returns the items of every feed below $WIREDESK_FEEDS, or skips: the choice
// of a codec is worth measuring on real items only.
func realItems(b *testing.B) []wiredesk.Item {
	b.Helper()
	dir := os.Getenv("WIREDESK_FEEDS")
	if dir == "" {
		b.Skip("skipped: WIREDESK_FEEDS names no folder of real feeds")
	}
	var items []wiredesk.Item
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc, err := fetch.Parse(body, fetch.ParseOptions{URL: "https://example.org/feed", Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			items = append(items, doc.Items...)
		}
		return nil
	})
	if err != nil || len(items) == 0 {
		b.Fatalf("%d items, %v", len(items), err)
	}
	return items
}

// BenchmarkMetadata compares ways of writing an item without its body.
func BenchmarkMetadata(b *testing.B) {
	items := realItems(b)
	records := make([]itemRecord, len(items))
	for i := range items {
		records[i] = recordOf(&items[i])
	}
	sorted, err := cbor.EncOptions{Sort: cbor.SortCanonical}.EncMode()
	if err != nil {
		b.Fatal(err)
	}
	for _, codec := range []struct {
		name   string
		encode func(any) ([]byte, error)
		decode func([]byte, any) error
		value  func(int) any
		into   func() any
	}{
		{"json", json.Marshal, json.Unmarshal, func(i int) any { return &records[i] }, func() any { return new(itemRecord) }},
		{"gob", gobEncode, gobDecode, func(i int) any { return &records[i] }, func() any { return new(itemRecord) }},
		{"cbor-names", cbor.Marshal, cbor.Unmarshal, func(i int) any { return &items[i] }, func() any { return new(wiredesk.Item) }},
		{"cbor-numbers", sorted.Marshal, cbor.Unmarshal, func(i int) any { return &records[i] }, func() any { return new(itemRecord) }},
	} {
		for i := range items { // without the body, whatever the shape
			items[i].Summary, items[i].Content = "", ""
		}
		var size int
		encoded := make([][]byte, len(items))
		for i := range items {
			if encoded[i], err = codec.encode(codec.value(i)); err != nil {
				b.Fatal(err)
			}
			size += len(encoded[i])
		}
		b.Run(codec.name+"/encode", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				_, _ = codec.encode(codec.value(i % len(items)))
			}
			b.ReportMetric(float64(size)/float64(len(items)), "B/item")
		})
		b.Run(codec.name+"/decode", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := codec.decode(encoded[i%len(items)], codec.into()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func gobEncode(v any) ([]byte, error) {
	var buf bytes.Buffer
	err := gob.NewEncoder(&buf).Encode(v)
	return buf.Bytes(), err
}

func gobDecode(b []byte, v any) error { return gob.NewDecoder(bytes.NewReader(b)).Decode(v) }

// BenchmarkBody compares ways of compressing summary and content.
func BenchmarkBody(b *testing.B) {
	var bodies [][]byte
	var raw int
	for _, it := range realItems(b) {
		body, err := cbor.Marshal(bodyRecord{Summary: it.Summary, Content: it.Content})
		if err != nil {
			b.Fatal(err)
		}
		bodies, raw = append(bodies, body), raw+len(body)
	}
	level := func(l zstd.EncoderLevel) func([]byte) []byte {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(l), zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1))
		if err != nil {
			b.Fatal(err)
		}
		return func(p []byte) []byte { return w.EncodeAll(p, nil) }
	}
	for _, c := range []struct {
		name string
		zip  func([]byte) []byte
	}{
		{"none", bytes.Clone},
		{"s2", func(p []byte) []byte { return s2.Encode(nil, p) }},
		{"zstd-fastest", level(zstd.SpeedFastest)},
		{"zstd-default", level(zstd.SpeedDefault)},
		{"zstd-better", level(zstd.SpeedBetterCompression)},
	} {
		size := 0
		for _, body := range bodies {
			size += len(c.zip(body))
		}
		b.Run(c.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				c.zip(bodies[i%len(bodies)])
			}
			b.ReportMetric(float64(size)/float64(len(bodies)), "B/item")
			b.ReportMetric(float64(raw)/float64(size), "ratio")
		})
	}
}
