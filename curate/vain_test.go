package curate_test

import (
	"strings"
	"testing"

	"wiredesk"
	"wiredesk/curate"
)

// What can never be true, or always is, was meant otherwise, and is told with what to write.
func TestVainExpressions(t *testing.T) {
	for where, want := range map[string]string{
		`image == nil`:                           `image is never nil (what a source does not say is empty: image == "")`,
		`nil != tags`:                            `tags is never nil (what a source does not say is empty: len(tags) == 0)`,
		`source.meta.town == nil`:                `source.meta.town is never nil (what a source does not say is empty: source.meta.town == "")`,
		`has("x", title)`:                        `has looks for its second argument in its first (write has(title, "x"))`,
		`"Ad" in categories`:                     `categories are in lower case, "Ad" is not (write "ad" in categories)`,
		`language == "eng"`:                      `no language is called "eng" here (write "en")`,
		`"German" == language`:                   `no language is called "German" here (write "de")`,
		`language in ["en", "EN"]`:               `no language is called "EN" here (languages are called "en" or "pt-BR" (BCP 47))`,
		`title = "x"`:                            `in the expression: unexpected = (write == to compare)`,
		`has("a b", "b")`:                        "",
		`image == ""`:                            "",
		`find(tags, # == "x") == nil`:            "",
		`"ad" in categories or "Ad" in tags`:     "",
		`language in ["de", "gsw", "pt-BR", ""]`: "",
	} {
		_, err := curate.Compile(curate.Config{Feeds: []wiredesk.Feed{{Name: "a", Where: where}}})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s is refused: %v", where, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", where, err, want)
		}
	}
}

// A language is met whatever its country, unless the country is asked for.
func TestLanguageOfAnyCountry(t *testing.T) {
	for where, want := range map[string]bool{
		`language == "nl"`:            true,
		`language != "nl"`:            false,
		`"nl" == language`:            true,
		`language in ["fr", "nl"]`:    true,
		`language in ["fr", "nl-NL"]`: false,
		`language == "nl-BE"`:         true,
		`language == "nl-NL"`:         false,
		`language startsWith "nl-"`:   true,
		`language == ""`:              false,
	} {
		w := newWorld(wiredesk.Feed{Name: "all", Where: where})
		w.record(start, wiredesk.Item{Source: 1, Title: "x", Link: "https://x.example/1", Language: "nl-BE"})
		w.build(t, start)
		if got := len(w.shown["all"].Entries) == 1; got != want {
			t.Errorf("%s is %t, want %t", where, got, want)
		}
	}
}
