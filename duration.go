package wiredesk

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a duration as people write them in a config: what
// [time.ParseDuration] knows, and d and w for days of 24 hours and weeks ("7d", "1w2d",
// "1d12h").
func ParseDuration(s string) (time.Duration, error) {
	rest, total := strings.TrimSpace(s), time.Duration(0)
	for rest != "" {
		i := strings.IndexAny(rest, "dw")
		if i < 0 {
			d, err := time.ParseDuration(rest)
			if err != nil {
				return 0, fmt.Errorf("%q is no duration", s)
			}
			return total + d, nil
		}
		n, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil || n < 0 || n > 36500 {
			return 0, fmt.Errorf("%q is no duration", s)
		}
		day := 24 * time.Hour
		if rest[i] == 'w' {
			day *= 7
		}
		total += time.Duration(n * float64(day))
		rest = rest[i+1:]
		if rest == "" {
			return total, nil
		}
	}
	return 0, fmt.Errorf("%q is no duration", s)
}
