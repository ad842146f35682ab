package curate_test

import (
	"errors"
	"testing"

	"wiredesk"
	"wiredesk/curate"
)

func TestBadExpressions(t *testing.T) {
	at := wiredesk.Position{File: "wiredesk.toml", Line: 10, Column: 8}
	for when, want := range map[string]string{
		`titel == "x"`:                  `wiredesk.toml:10:8: in the expression: unknown name titel (did you mean title?)`,
		`score > 0 and scor < 1`:        `wiredesk.toml:10:22: in the expression: unknown name scor (did you mean score?)`,
		`$env["text"] contains "x"`:     `wiredesk.toml:10:8: $env is not known here (name what you mean: title, score, age, …)`,
		`age < 3`:                       `wiredesk.toml:10:8: age can only be compared with a duration (write for instance age < "3d")`,
		`age < "soon"`:                  `wiredesk.toml:10:8: age can only be compared with a duration (write for instance age < "3d")`,
		`score > 0 and age + 1 > 2`:     `wiredesk.toml:10:22: age can only be compared with a duration (write for instance age < "3d")`,
		`title matches "\bgo\b"`:        `wiredesk.toml:10:14: the pattern holds the control character '\b' (write \\b for a word boundary, or use has(text, "word"))`,
		`has(title, lists.brand)`:       `wiredesk.toml:10:25: there is no list "brand" (did you mean brands?)`,
		`published > now()`:             `wiredesk.toml:10:20: in the expression: unknown name now (the time of day is not known to rules; compare age with a duration: age < "3d")`,
		`title matches lower("\b")`:     `wiredesk.toml:10:14: the pattern holds the control character '\b' (write \\b for a word boundary, or use has(text, "word"))`,
		`title matches ("(" + "a")`:     "wiredesk.toml:10:14: error parsing regexp: missing closing ): `(a`",
		"title matches 'a\u007f'":       `wiredesk.toml:10:14: the pattern holds the control character '\x7f' (write \\b for a word boundary, or use has(text, "word"))`,
		`published > date("soon")`:      `wiredesk.toml:10:20: date("soon") always fails: invalid date soon`,
		`score > int(lower("X"))`:       `wiredesk.toml:10:16: int(lower("X")) always fails: invalid operation: int(x)`,
		`duration > 600`:                `wiredesk.toml:10:8: duration can only be compared with a duration (write for instance duration > "10m")`,
		`duration * 2 > 600`:            `wiredesk.toml:10:8: duration can only be compared with a duration (write for instance duration > "10m")`,
		`age < duration("soon")`:        `wiredesk.toml:10:8: age can only be compared with a duration (write for instance age < "3d")`,
		`score`:                         `wiredesk.toml:10:8: in the expression: expected true or false, but got number`,
		`title matches "("`:             "wiredesk.toml:10:14: in the expression: error parsing regexp: missing closing ): `(`",
		`has(title)`:                    `wiredesk.toml:10:8: has needs a text and a word to look for (write for instance has(title, "word", "other"))`,
		`has(titel, "x")`:               `wiredesk.toml:10:12: in the expression: unknown name titel (did you mean title?)`,
		`has(title, words)`:             `wiredesk.toml:10:19: words is the name of a list, and of what every item has (give the list another name)`,
		`any(tags, has(#, brand))`:      `wiredesk.toml:10:25: in the expression: unknown name brand (did you mean brands?)`,
		`score >`:                       `wiredesk.toml:10:14: in the expression: something is missing at the end`,
		`source.nam == "x"`:             `wiredesk.toml:10:15: in the expression: source has no field nam`,
		`has(title, 3)`:                 `wiredesk.toml:10:8: has looks for words, not for int (write for instance has(title, "word", "other"))`,
		"score > 0 and\n  nothing == 1": `wiredesk.toml:11:3: in the expression: unknown name nothing`,
	} {
		_, err := curate.Compile(curate.Config{
			Lists: map[string][]string{"brands": {"x"}, "words": {"x"}},
			Rules: []wiredesk.Rule{{Name: "r", When: when, WhenAt: at, Drop: true}},
		})
		var problems wiredesk.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].String() != want {
			t.Errorf("%s:\n got %v\nwant %s", when, err, want)
		}
	}
}

func TestAllBadExpressionsAtOnce(t *testing.T) {
	_, err := curate.Compile(curate.Config{
		Rules: []wiredesk.Rule{{When: "a"}, {When: "true", Title: "b"}},
		Feeds: []wiredesk.Feed{{Name: "f", Where: "c", ItemTitle: "d"}},
	})
	var problems wiredesk.Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Errorf("%v", err)
	}
}
