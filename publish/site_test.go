package publish_test

import (
	"time"

	"wiredesk"
	"wiredesk/publish"
)

func day(d, hour int) time.Time { return time.Date(2026, 11, d, hour, 5, 7, 0, time.UTC) }

// settings are those of the small site of most tests.
func settings() publish.Settings {
	return publish.Settings{BaseURL: "https://feeds.example.org/planet", Title: "Planet Example", Language: "en"}
}

// input is a small site that has something of everything.
func input() publish.Input {
	return publish.Input{
		Settings: settings(),
		Editions: []wiredesk.Edition{
			{
				Feed: wiredesk.Feed{
					Name: "all", Title: "Everything & more", Description: "All that is <worth> reading", Language: "en",
					Image: "https://feeds.example.org/logo.png", Author: "Desk <desk@example.org>", Rights: "CC BY 4.0",
				},
				Entries: []wiredesk.Entry{article(), microblog(), podcast(), rightToLeft(), bare()},
				Updated: day(22, 12),
			},
			{Feed: wiredesk.Feed{Name: "quiet", Title: "Quiet", HomePage: "https://www.example.org/"}, Updated: day(1, 0)},
		},
		Sources: []publish.Blog{
			{Title: "Example Journal", URL: "https://journal.example.com/feed?a=1&b=2", Link: "https://journal.example.com/", Tags: []string{"go", "x, y"}},
			{URL: "https://nameless.example.net/rss"},
			{Title: "A file", URL: "file:///var/lib/feed.xml"},
		},
		At: day(23, 8),
	}
}

func journal() wiredesk.Credit {
	return wiredesk.Credit{
		ID: "tag:journal.example.com,2020:feed", Title: "Example Journal", URL: "https://user:secret@journal.example.com/feed",
		Link: "https://journal.example.com/", Updated: day(23, 1),
	}
}

func article() wiredesk.Entry {
	return wiredesk.Entry{
		ID: "tag:journal.example.com,2026:1", Title: "AT&T says <b> is not &amp; a \"tag\"", Published: day(21, 9), Updated: day(22, 12),
		Item: wiredesk.Item{
			Link:       "https://journal.example.com/2026/käse und brot?q=a b|c&d=%zz#frag ment",
			Summary:    "<p>A summary.</p>",
			Content:    "<p>Full <em>content</em> ]]> of the article.</p><p><img src=\"https://journal.example.com/i.png\" alt=\"\"></p>",
			Authors:    []wiredesk.Author{{Name: "Example Author", Email: "author@example.com", URL: "https://journal.example.com/author"}, {Email: "second@example.com"}},
			Categories: []wiredesk.Category{{Term: "go", Scheme: "https://journal.example.com/topics", Label: "Go"}, {Term: "R&D"}},
			Enclosures: []wiredesk.Enclosure{{URL: "https://journal.example.com/a.pdf", Title: "The paper"}, {URL: "javascript:alert(1)"}},
			Image:      "https://journal.example.com/i.png",
			Language:   "en-GB",
			Rights:     "© Example Journal",
			License:    "https://creativecommons.org/licenses/by/4.0/",
			Comments:   "https://journal.example.com/1#comments",
			External:   "https://subject.example.net/",
			Origin:     &wiredesk.Origin{Title: "First Teller", URL: "https://first.example.net/feed", Link: "https://first.example.net/"},
		},
		Source: journal(),
		Also: []wiredesk.Coverage{
			{Title: "The same, elsewhere", Link: "https://other.example.net/same", Source: wiredesk.Credit{Title: "Other <Paper>", URL: "https://other.example.net/rss"}, Published: day(21, 10)},
			{Title: "", Link: "https://third.example.net/same", Source: wiredesk.Credit{URL: "https://third.example.net/rss"}},
		},
		Coverage: 4, Tags: []string{"worth-it", "GO"}, Note: "Read the <second> part.", Pinned: true,
	}
}

func microblog() wiredesk.Entry {
	return wiredesk.Entry{
		ID: "urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c8", Published: day(20, 9), Updated: day(20, 9),
		Item: wiredesk.Item{
			Link:    "https://micro.example.net/1",
			Content: "<p>A short message 🦉 without a title, that nevertheless goes on for more than eighty characters.</p>",
		},
		Source:   wiredesk.Credit{Title: "Micro", URL: "https://micro.example.net/feed.json", Link: "https://micro.example.net/"},
		Coverage: 1,
	}
}

func podcast() wiredesk.Entry {
	return wiredesk.Entry{
		ID: "https://cast.example.net/episodes/7", Title: "Episode 7", Published: day(19, 9), Updated: day(19, 9),
		Item: wiredesk.Item{
			Link:    "https://cast.example.net/episodes/7",
			Summary: "<p>Notes of the show.</p>",
			Enclosures: []wiredesk.Enclosure{
				{URL: "https://cast.example.net/7.mp3", Type: "audio/mpeg", Length: 12345678, Duration: 3723 * time.Second},
				{URL: "https://cast.example.net/7.ogg", Type: "audio/ogg", Length: 2345678, Title: "Ogg"},
			},
			Podcast: &wiredesk.Podcast{Duration: 3723 * time.Second, Episode: 7, Season: 2, EpisodeType: "full", Explicit: "false", Image: "https://cast.example.net/7.jpg", Subtitle: "About owls"},
		},
		Source:   wiredesk.Credit{Title: "Example Cast", URL: "https://cast.example.net/feed", Link: "https://cast.example.net/", Genre: "Science"},
		Coverage: 1,
	}
}

func rightToLeft() wiredesk.Entry {
	return wiredesk.Entry{
		ID: "https://rtl.example.net/?p=1", Title: "مرحبا بالعالم 𝔘", Published: day(18, 9), Updated: day(18, 9),
		Item: wiredesk.Item{
			Link: "https://rtl.example.net/?p=1", Language: "ar",
			Content: "<p>نص قصير.</p>", Authors: []wiredesk.Author{{Name: "كاتب"}},
		},
		Source:   wiredesk.Credit{Title: "مثال", URL: "https://rtl.example.net/feed"},
		Coverage: 1,
	}
}

// bare has nothing but an id and a date, and its source is private.
func bare() wiredesk.Entry {
	return wiredesk.Entry{ID: "urn:uuid:7ba7b810-9dad-51d1-80b4-00c04fd430c8", Published: day(17, 9), Updated: day(17, 9)}
}
