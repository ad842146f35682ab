package curate_test

import (
	"errors"
	"testing"

	"wiredesk"
	"wiredesk/curate"
)

func TestExamples(t *testing.T) {
	at := wiredesk.Position{File: "wiredesk.toml", Line: 7, Column: 10}
	titled := func(title string) []wiredesk.Example {
		return []wiredesk.Example{{Item: wiredesk.Item{Title: title}, Position: at}}
	}
	for name, test := range map[string]struct {
		rule wiredesk.Rule
		want string
	}{
		"drops":        {wiredesk.Rule{When: `has(title, "sponsored")`, Drop: true, Drops: titled("Sponsored: x"), Keeps: titled("Sponsors")}, ""},
		"does not":     {wiredesk.Rule{When: `has(title, "sponsored")`, Drop: true, Drops: titled("Sponsors")}, `wiredesk.toml:7:10: rule.drops: rule adverts lets "Sponsors" through (its condition is not met)`},
		"too much":     {wiredesk.Rule{When: `has(title, "sponsored")`, Drop: true, Score: 1, Keeps: titled("Who sponsored it?")}, `wiredesk.toml:7:10: rule.keeps: rule adverts drops "Who sponsored it?" (it did: score +1, drop)`},
		"holds":        {wiredesk.Rule{When: `title startsWith "W"`, Hold: true, Keeps: titled("Who?"), Drops: titled("Why?")}, `wiredesk.toml:7:10: rule.keeps: rule adverts holds "Who?" (it did: hold)`},
		"fails":        {wiredesk.Rule{When: `authors[0] == "x"`, Drop: true, Drops: titled("x")}, `wiredesk.toml:7:10: rule.drops: rule adverts lets "x" through (it failed: index out of range: 0 (array length is 0))`},
		"fails, keeps": {wiredesk.Rule{When: `authors[0] == "x"`, Drop: true, Keeps: titled("x")}, `wiredesk.toml:7:10: rule.keeps: rule adverts fails on "x" (it failed: index out of range: 0 (array length is 0))`},
		"more than a title": {wiredesk.Rule{When: `"ad" in categories and has(text, brands) and "town" in tags and has(authors, "jane") and language == "en"`, Drop: true, Drops: []wiredesk.Example{{
			Item: wiredesk.Item{
				Title: "x", Content: "AT&amp;T", Language: "en", Categories: []wiredesk.Category{{Term: "Ad"}}, Authors: []wiredesk.Author{{Name: "Jane"}},
			},
			Tags: []string{"town"},
		}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.rule.Name = "adverts"
			lists := map[string][]string{"brands": {"AT&T"}}
			_, err := curate.Compile(curate.Config{Lists: lists, Rules: []wiredesk.Rule{test.rule}})
			got := ""
			if problems, ok := errors.AsType[wiredesk.Problems](err); ok {
				got = problems.Error()
			}
			if got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestApproveAndStop(t *testing.T) {
	w := newWorld(wiredesk.Feed{Name: "all"})
	w.config.Rules = []wiredesk.Rule{
		{Name: "doubt", When: `has(title, "rumour")`, Hold: true},
		{Name: "trusted", When: `has(tags, "tag1")`, Approve: true},
		{Name: "enough", When: `has(title, "final")`, Stop: true},
		{Name: "after", When: `has(title, "final", "bad")`, Drop: true},
		{Name: "doubt again", When: `has(title, "wild")`, Hold: true},
	}
	for i, it := range []wiredesk.Item{
		{Source: 1, Title: "trusted rumour"}, {Source: 2, Title: "rumour"}, {Source: 2, Title: "final"}, {Source: 2, Title: "bad"}, {Source: 1, Title: "wild rumour"},
	} {
		it.Link = "https://x.example/" + string(rune('a'+i))
		w.record(start, it)
	}
	w.build(t, start)
	w.expect(t, "all", "final", "trusted rumour")
	if held := w.desk.Held(""); len(held) != 2 {
		t.Errorf("held %v", held)
	}
}
