package curate_test

import (
	"testing"
	"time"

	"wiredesk"
)

const (
	english = "The council decided last night that the old bridge over the river will be repaired before the winter, and that nobody has to pay for it."
	dutch   = "De gemeenteraad heeft gisteren besloten dat de oude brug over de rivier nog voor de winter wordt hersteld en dat niemand daarvoor hoeft te betalen."
	german  = "Der Gemeinderat hat gestern Abend beschlossen, dass die alte Brücke über den Fluss noch vor dem Winter ausgebessert wird und niemand dafür bezahlen muss."
	chinese = "市议会昨晚决定，河上的旧桥将在冬季来临之前修复，而且任何人都不必为此支付费用。市长说，工程将于下周一开始，预计需要三个月的时间才能完成。"
)

// What an expression sees of an item.
func TestEnvironment(t *testing.T) {
	for where, want := range map[string]bool{
		`duration > "10m"`:                           true,
		`duration > "1h"`:                            false,
		`"15m" >= duration`:                          true,
		`duration > duration("10m")`:                 true,
		`age < "3d" and duration <= "15m"`:           true,
		`language == "en"`:                           true,
		`words > 20`:                                 true,
		`host == "x.example"`:                        true,
		`has(authors, "JANE") and len(authors) == 2`: true,
		`"news" in categories and count(categories, # startsWith "n") == 1`: true,
		`title matches "council"`:                                    false,
		`title matches "(?i)council"`:                                true,
		`lower(title) contains "council"`:                            true,
		`published > date("2026-01-01")`:                             true,
		`lists.brands[0] == "AT&T"`:                                  true,
		`image endsWith ".png"`:                                      true,
		`any(enclosures, .type == "audio/mpeg" and .seconds == 900)`: true,
	} {
		w := newWorld(wiredesk.Feed{Name: "all", Where: where})
		w.record(start, wiredesk.Item{
			Source: 1, Title: "The Council decides", Link: "https://X.example/1", Content: "<p>" + english + "</p>", Image: "https://x.example/1.png",
			Authors: []wiredesk.Author{{Name: "Jane Doe"}, {Name: "John"}}, Categories: []wiredesk.Category{{Term: "News"}, {Term: "Town"}},
			Enclosures: []wiredesk.Enclosure{{URL: "https://x.example/1.mp3", Type: "audio/mpeg", Duration: 15 * time.Minute}},
			Podcast:    &wiredesk.Podcast{Duration: 12 * time.Minute},
		})
		w.build(t, start)
		if got := len(w.shown["all"].Entries) == 1; got != want {
			t.Errorf("%s is %t, want %t", where, got, want)
		}
	}
}

// The language is what the source says, else what the text is surely written in.
func TestLanguage(t *testing.T) {
	for name, test := range map[string]struct{ said, text, want string }{
		"said":    {"nl-BE", english, "nl-BE"},
		"English": {"", english, "en"},
		"Dutch":   {"", dutch, "nl"},
		"German":  {"", german, "de"},
		"Chinese": {"", chinese, "zh"},
		"short":   {"", "The bridge", ""},
		"none":    {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(wiredesk.Feed{Name: "all", ItemTitle: `language + "."`})
			w.record(start, wiredesk.Item{Source: 1, Title: "x", Link: "https://x.example/1", Language: test.said, Content: test.text})
			w.build(t, start)
			w.expect(t, "all", test.want+".")
		})
	}
}
