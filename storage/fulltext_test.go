package storage_test

import (
	"maps"
	"testing"
	"time"
)

// What a host asked for is known after a restart, the longest counts, and what is over is
// forgotten.
func TestPauses(t *testing.T) {
	s := open(t)
	hour := start.Add(time.Hour)
	for _, p := range []struct {
		host       string
		now, until time.Time
	}{
		{"http://a.example", start, hour.Add(time.Hour)},
		{"http://a.example", start, hour},
		{"http://b.example", start, hour},
		{"http://c.example", hour, hour.Add(time.Minute)},
	} {
		if err := s.RecordPause(t.Context(), p.host, p.now, p.until); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]time.Time{"http://a.example": hour.Add(time.Hour), "http://c.example": hour.Add(time.Minute)}
	// Also as it was before: b was forgotten when c was stored.
	if got, err := s.Pauses(t.Context(), start); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if got, err := s.Pauses(t.Context(), hour.Add(time.Hour)); err != nil || len(got) != 0 {
		t.Errorf("after all of them: %v, %v", got, err)
	}
}
