package wiredesk

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// A unit is a word after a number and what it stands for.
type unit struct {
	name string
	size int64
}

// durationUnits are ordered from long to short.
var durationUnits = []unit{
	{"w", int64(week)},
	{"d", int64(day)},
	{"h", int64(time.Hour)},
	{"m", int64(time.Minute)},
	{"s", int64(time.Second)},
	{"ms", int64(time.Millisecond)},
	{"us", int64(time.Microsecond)},
	{"ns", 1},
}

// ParseDuration returns the duration that s says: numbers with a unit, longest first, as
// in "90d", "1d12h" or "1h30m". The units are w, d, h, m, s, ms, us and ns. A day is 24
// hours. There is no sign and no fraction.
func ParseDuration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	total, rest, last := int64(0), s, int64(math.MaxInt64)
	for rest != "" {
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 {
			return 0, errors.New("a number and a unit are expected")
		}
		n, err := strconv.ParseInt(rest[:end], 10, 64)
		if err != nil {
			return 0, errors.New("the number is too large")
		}
		rest = rest[end:]
		end = strings.IndexFunc(rest, func(r rune) bool { return r >= '0' && r <= '9' })
		if end < 0 {
			end = len(rest)
		}
		size := sizeOf(rest[:end], durationUnits)
		switch {
		case size == 0:
			return 0, errors.New("the units are w, d, h, m, s and ms")
		case size >= last:
			return 0, errors.New("longer units come first")
		case n > (math.MaxInt64-total)/size:
			return 0, errors.New("it is longer than 292 years")
		}
		total, rest, last = total+n*size, rest[end:], size
	}
	if s == "" {
		return 0, errors.New("it is empty")
	}
	return time.Duration(total), nil
}

// FormatDuration returns d as [ParseDuration] reads it, in the longest units that say it
// exactly. It is "0s" for zero; a negative duration has a minus sign, which ParseDuration
// refuses.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	left := uint64(d)
	if d < 0 {
		b.WriteByte('-')
		left = -left
	}
	for _, u := range durationUnits {
		size := uint64(u.size)
		// "2w" is clear, "1w3d" is not to most people.
		if u.name == "w" && left%size != 0 {
			continue
		}
		if n := left / size; n > 0 {
			b.WriteString(strconv.FormatUint(n, 10) + u.name)
			left %= size
		}
	}
	return b.String()
}

// sizeUnits are ordered from large to small.
var sizeUnits = []unit{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// ParseSize returns the number of bytes that s says: a number with B, KiB, MiB, GiB or
// TiB, or a bare number of bytes.
func ParseSize(s string) (int64, error) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return 0, errors.New("a number is expected")
	}
	n, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		return 0, errors.New("the number is too large")
	}
	size := int64(1)
	if name := strings.TrimSpace(s[end:]); name != "" {
		if size = sizeOf(name, sizeUnits); size == 0 {
			return 0, errors.New("the units are B, KiB, MiB, GiB and TiB")
		}
	}
	if n > math.MaxInt64/size {
		return 0, errors.New("the number is too large")
	}
	return n * size, nil
}

// FormatSize returns a number of bytes as [ParseSize] reads it, in the largest unit that
// says it exactly.
func FormatSize(n int64) string {
	for _, u := range sizeUnits {
		if n != 0 && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return "0B"
}

func sizeOf(name string, units []unit) int64 {
	for _, u := range units {
		if u.name == name {
			return u.size
		}
	}
	return 0
}
