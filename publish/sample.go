package publish

import (
	"strings"
	"time"

	"wiredesk"
)

// sample is an edition that templates are tried on: between its entries, no field stays empty.
func sample() wiredesk.Edition {
	at := time.Date(2026, 11, 21, 9, 5, 0, 0, time.UTC)
	journal := wiredesk.Credit{Title: "Example Journal", URL: "https://journal.example.com/feed", Link: "https://journal.example.com/"}
	others := []wiredesk.Coverage{
		{Title: "The same, elsewhere", Link: "https://other.example.net/1", Source: wiredesk.Credit{Title: "Other Paper"}, Published: at},
		{Link: "https://third.example.net/1", Source: wiredesk.Credit{URL: "https://third.example.net/rss"}},
	}
	full := wiredesk.Entry{
		ID: "https://journal.example.com/1", Title: "A title", Published: at, Updated: at.Add(time.Hour), Source: journal,
		Also: others, Coverage: 3, Tags: []string{"a-tag"}, Note: "A note.", Pinned: true,
		Item: wiredesk.Item{
			Link: "https://journal.example.com/1", Content: "<p>" + strings.Repeat("Words of an article. ", 2*pageShort/20) + "</p>",
			Authors: []wiredesk.Author{{Name: "Example Author"}, {Name: "Second Author"}}, Categories: []wiredesk.Category{{Term: "topic"}},
			Image: "https://journal.example.com/1.png", Language: "ar", Comments: "https://journal.example.com/1#comments",
			Enclosures: []wiredesk.Enclosure{
				{URL: "https://journal.example.com/1.mp3", Type: "audio/mpeg", Length: 12e6, Duration: time.Hour, Title: "The episode"},
				{URL: "https://journal.example.com/1.mp4", Type: "video/mp4"},
				{URL: "https://journal.example.com/2.png", Type: "image/png"},
				{URL: "https://journal.example.com/1.pdf"},
			},
		},
	}
	short := wiredesk.Entry{ID: "https://micro.example.net/1", Published: at, Updated: at, Coverage: 1, Withdrawn: wiredesk.Withdrawal{At: at, By: wiredesk.BySource}, Item: wiredesk.Item{Content: "<p>A few words.</p>"}}
	digest := wiredesk.Entry{ID: wiredesk.DigestID("all", "2026-11-20"), Title: "2026-11-20", Published: at, Updated: at, Digest: others}
	return wiredesk.Edition{
		Feed: wiredesk.Feed{
			Name: "all", Title: "Everything", Description: "What is worth reading", Language: "en", Image: "https://feeds.example.org/logo.png",
			Author: "Example Desk", Rights: "CC BY 4.0", HomePage: "https://www.example.org/",
		},
		Entries: []wiredesk.Entry{full, short, digest}, Updated: at,
	}
}
