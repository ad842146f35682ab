package main

import (
	"strings"
	"time"

	"wiredesk"
	"wiredesk/publish"
)

// difficult is a site with one feed that has what readers stumble over.
func difficult() publish.Input {
	at := func(d, h int) time.Time { return time.Date(2026, 11, d, h, 5, 7, 0, time.UTC) }
	journal := wiredesk.Credit{ID: "tag:journal.example.com,2020:feed", Title: "Example Journal", URL: "https://journal.example.com/feed", Link: "https://journal.example.com/"}
	cast := wiredesk.Credit{Title: "Example Cast", URL: "https://cast.example.net/feed", Link: "https://cast.example.net/", Genre: "Science"}
	entries := []wiredesk.Entry{
		{
			ID: "tag:journal.example.com,2026:1", Title: `AT&T says <b> is not &amp; a "tag"`, Published: at(21, 9), Updated: at(22, 12),
			Item: wiredesk.Item{
				Link: "https://journal.example.com/1?a=b&c=%C3%BC#d", Summary: "<p>A summary.</p>", Content: "<p>Full <em>content</em> ]]&gt; &amp;amp; more.</p>",
				Authors:  []wiredesk.Author{{Name: "Example Author", Email: "author@example.com", URL: "https://journal.example.com/author"}, {Name: "Second Author"}},
				External: "https://subject.example.net/", Comments: "https://journal.example.com/1#comments", Rights: "© Example Journal", License: "https://creativecommons.org/licenses/by/4.0/",
				Categories: []wiredesk.Category{{Term: "go", Scheme: "https://journal.example.com/topics", Label: "Go"}, {Term: "R&D"}},
				Origin:     &wiredesk.Origin{Title: "First Teller", Link: "https://first.example.net/"}, Image: "https://journal.example.com/i.png", Language: "en-GB",
			},
			Source: journal, Coverage: 2, Note: "Read the <second> part.", Tags: []string{"worth-it"},
			Also: []wiredesk.Coverage{{Title: "The same, elsewhere", Link: "https://other.example.net/same", Source: wiredesk.Credit{Title: "Other", URL: "https://other.example.net/rss"}, Published: at(21, 10)}},
		},
		{
			ID: "urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c8", Published: at(20, 9), Updated: at(20, 9), Coverage: 1,
			Item:   wiredesk.Item{Link: "https://micro.example.net/1", Content: "<p>A message 🦉 without a title</p>"},
			Source: wiredesk.Credit{Title: "Micro", URL: "https://micro.example.net/feed.json", Link: "https://micro.example.net/"},
		},
		{
			ID: "https://cast.example.net/episodes/7", Title: "Episode 7", Published: at(19, 9), Updated: at(19, 9), Coverage: 1, Source: cast,
			Item: wiredesk.Item{
				Link: "https://cast.example.net/episodes/7", Summary: "<p>Notes of the show.</p>", Authors: []wiredesk.Author{{Name: "Host"}},
				Enclosures: []wiredesk.Enclosure{
					{URL: "https://cast.example.net/7.mp3", Type: "audio/mpeg", Length: 12345678, Duration: 3723 * time.Second},
					{URL: "https://cast.example.net/7.ogg", Type: "audio/ogg", Length: 2345678, Title: "Ogg"},
				},
				Podcast: &wiredesk.Podcast{Duration: 3723 * time.Second, Episode: 7, EpisodeType: "full", Explicit: "false", Image: "https://cast.example.net/7.jpg", Subtitle: "About owls"},
			},
		},
		{
			ID: "https://rtl.example.net/?p=1", Title: "مرحبا بالعالم 𝔘", Published: at(18, 9), Updated: at(18, 9), Coverage: 1,
			Item:   wiredesk.Item{Link: "https://rtl.example.net/?p=1", Content: "<p>نص قصير.</p>", Language: "ar", Authors: []wiredesk.Author{{Name: "كاتب"}}},
			Source: wiredesk.Credit{Title: "مثال", URL: "https://rtl.example.net/feed", Link: "https://rtl.example.net/"},
		},
		{
			ID: "urn:uuid:7ba7b810-9dad-51d1-80b4-00c04fd430c8", Title: "Neither link nor text", Published: at(17, 9), Updated: at(17, 9), Coverage: 1,
			Item: wiredesk.Item{Authors: []wiredesk.Author{{Name: "Nobody"}}},
		},
		{ // the same moment as the one before
			ID: "urn:uuid:8ba7b810-9dad-51d1-80b4-00c04fd430c8", Title: strings.Repeat("A long title ", 30) + "end", Published: at(17, 9), Updated: at(17, 9), Coverage: 1,
			Item: wiredesk.Item{Link: "https://xn--bcher-kva.example/lang", Content: "<p>Text</p>", Authors: []wiredesk.Author{{Name: "O’Neil & Söhne"}}},
		},
	}
	return publish.Input{
		Settings: publish.Settings{BaseURL: "https://feeds.example.org", Title: "Example Desk"},
		Editions: []wiredesk.Edition{{
			Feed:    wiredesk.Feed{Name: "difficult", Title: "Everything & more", Description: "All that is <worth> reading", Language: "en", Author: "Desk <desk@example.org>", Image: "https://feeds.example.org/logo.png"},
			Entries: entries, Updated: at(22, 12),
		}},
		At: at(23, 0),
	}
}

// meant is what a reader should say of an edition.
func meant(e *wiredesk.Edition) []entry {
	var list []entry
	for i := range e.Entries {
		it := &e.Entries[i]
		m := entry{ID: it.ID, Title: it.Title, Link: it.Item.Link, Published: it.Published.Format(time.RFC3339)}
		var names, files []string
		for _, a := range it.Item.Authors {
			names = append(names, a.Name)
		}
		for _, f := range it.Item.Enclosures {
			files = append(files, f.URL)
		}
		m.Authors, m.Enclosures = strings.Join(names, ", "), strings.Join(files, " ")
		list = append(list, m)
	}
	return list
}
