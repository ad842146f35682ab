package fetch

import (
	"strconv"
	"strings"
	"time"

	"wiredesk"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// hintsOf reads how often a source wishes to be polled. What cannot be meant is no hint: no
// hour at all to poll in, a day of the week that there is not, an interval that is none.
func hintsOf(f *rss.Feed) wiredesk.Hints {
	h := syndication(f.Extensions)
	if n, err := strconv.Atoi(strings.TrimSpace(f.TTL)); err == nil && n > 0 && n <= 60*24*365 {
		h.TTL = time.Duration(n) * time.Minute
	}
	for _, s := range f.SkipHours {
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n >= 0 && n <= 24 {
			h.SkipHours |= 1 << (n % 24) // some count from 1 to 24
		}
	}
	if h.SkipHours == 1<<24-1 {
		h.SkipHours = 0
	}
	for _, s := range f.SkipDays {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if s = strings.TrimSpace(s); len(s) >= 3 && strings.HasPrefix(strings.ToLower(d.String()), strings.ToLower(s)) {
				h.SkipDays |= 1 << d
			}
		}
	}
	if h.SkipDays == 1<<7-1 {
		h.SkipDays = 0
	}
	return h
}

// syndication reads the module of that name, which any format may carry.
func syndication(x ext.Extensions) wiredesk.Hints {
	period, ok := map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
		"monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
	}[strings.ToLower(value(x, nsSy, "updateperiod"))]
	if !ok {
		return wiredesk.Hints{}
	}
	n, err := strconv.Atoi(value(x, nsSy, "updatefrequency"))
	if err != nil || n < 1 {
		n = 1
	}
	return wiredesk.Hints{Update: period / time.Duration(n)}
}
