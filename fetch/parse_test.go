package fetch_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is when the documents of these tests are received.
var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// TestParseGolden parses every fixture in testdata/parse,
//
func TestParseGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/parse/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// A fixture is a text with two marked files in it (txtar).
			head, rest, _ := strings.Cut(string(raw), "-- feed --\n")
			feed, want, _ := strings.Cut(rest, "-- items.json --\n")
			doc, err := fetch.Parse([]byte(feed), fetch.ParseOptions{URL: comment(head, "URL"), ContentType: comment(head, "ContentType"), Now: now})
			got := golden(t, doc, err)
			if *update {
				if err := os.WriteFile(file, []byte(head+"-- feed --\n"+feed+"-- items.json --\n"+got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// comment returns a line "Key: value" from the head of a fixture.
func comment(head, key string) string {
	for line := range strings.SplitSeq(head, "\n") {
		if value, ok := strings.CutPrefix(line, key+": "); ok {
			return value
		}
	}
	return ""
}

// golden returns a document as JSON without everything that is empty.
func golden(t *testing.T, doc *wiredesk.Document, err error) string {
	t.Helper()
	if err != nil {
		return err.Error() + "\n"
	}
	for i := range doc.Items {
		if doc.Items[i].Mark == 0 {
			t.Errorf("item %d has no mark", i)
		}
		doc.Items[i].Mark, doc.Items[i].Seen = 0, time.Time{}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(slim(value)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// slim removes what is empty from a value.
func slim(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value = slim(value); value == nil {
				delete(v, key)
			} else {
				v[key] = value
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			if v[i] = slim(v[i]); v[i] == nil {
				v[i] = map[string]any{}
			}
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}
