package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAudience holds what services say of how many they read for: the newest word of each
// counts, formats are added up, and nothing grows without bound.
func TestAudience(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var r audience
	for _, agent := range []string{
		"Feedbin feed-id:1234 - 10 subscribers",
		"Feedbin feed-id:1234 - 12 subscribers",
		"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)",
		"Mozilla/5.0 (compatible; inoreader.com; 1 subscriber)",
		"NewsBlur Feed Fetcher - 3 subscribers - https://www.newsblur.com/site/1",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101",
		"Liar/1.0 (999999999999 subscribers)",
		"Liar/1.0 (99999999 subscribers)",
	} {
		r.heard("/go.rss", agent, now)
	}
	r.heard("/planet/go.atom", "Feedbin feed-id:99 - 5 subscribers", now)
	r.heard("/all.json", "Old/1 (7 readers)", now.Add(-15*24*time.Hour))
	if diff := cmp.Diff(map[string]int{"go": 12 + 16 + 1 + 3 + 5}, r.sums(now)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for i := range 10_000 {
		r.heard("/go.rss", fmt.Sprintf("Liar%c%c%c (1 subscriber)", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26), now)
	}
	if n := len(r.paths["/go.rss"]); n != mostServices {
		t.Errorf("%d services are remembered", n)
	}
	if got := r.sums(now.Add(30 * 24 * time.Hour)); len(got) != 0 || len(r.paths) != 0 {
		t.Errorf("a month later: %v", got)
	}
}
