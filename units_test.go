package wiredesk_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wiredesk"
)

func TestDurationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Duration(rapid.OneOf(
			rapid.Int64Range(0, math.MaxInt64),
			rapid.Map(rapid.Int64Range(0, 1e6), func(n int64) int64 { return n * int64(time.Minute) }),
		).Draw(t, "duration"))
		s := wiredesk.FormatDuration(want)
		if got, err := wiredesk.ParseDuration(s); err != nil || got != want {
			t.Fatalf("%v is written %q and read as %v, %v", want, s, got, err)
		}
	})
}

func TestSizesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(0, math.MaxInt64).Draw(t, "size") >> rapid.IntRange(0, 62).Draw(t, "shift")
		s := wiredesk.FormatSize(want)
		if got, err := wiredesk.ParseSize(s); err != nil || got != want {
			t.Fatalf("%d is written %q and read as %d, %v", want, s, got, err)
		}
	})
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "7d": 168 * time.Hour, "1d12h": 36 * time.Hour, "2w": 336 * time.Hour, "1w1d": 192 * time.Hour, "0": 0, "0s": 0, "1h30m": 90 * time.Minute, "250ms": 250 * time.Millisecond,
	} {
		if got, err := wiredesk.ParseDuration(s); err != nil || got != want {
			t.Errorf("%q is %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "5", "d", "1x", "1h1d", "1h1h", "-1h", "1.5h", "1 h", "99999999999999999999s", "999999w", "1h ", "µs"} {
		if got, err := wiredesk.ParseDuration(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
	for d, want := range map[time.Duration]string{168 * time.Hour: "1w", 192 * time.Hour: "8d", 36 * time.Hour: "1d12h", 0: "0s", -time.Hour: "-1h", math.MinInt64: "-106751d23h47m16s854ms775us808ns"} {
		if got := wiredesk.FormatDuration(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "10": 10, "10B": 10, "1KiB": 1024, "10 MiB": 10 << 20, "1GiB": 1 << 30} {
		if got, err := wiredesk.ParseSize(s); err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "MiB", "1MB", "-1", "1.5MiB", "9999999999TiB", "99999999999999999999"} {
		if got, err := wiredesk.ParseSize(s); err == nil {
			t.Errorf("%q is %d", s, got)
		}
	}
}
