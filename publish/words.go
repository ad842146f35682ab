package publish

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/feature/plural"
	bcp47 "golang.org/x/text/language"
)

// words are what we say ourselves, in one language: a file of the folder words, which every
// translator can read. All are plain text.
type words struct {
	Note           string  // before the curator's note
	AlsoCoveredBy  string  `json:"also_covered_by"` // above the other sources of a story
	ReadOn         string  `json:"read_on"`         // leads to the source of an entry that is shown in part
	ReadHere       string  `json:"read_here"`       // opens a text on the page
	Fold           string  // closes it
	Feeds          string  // above the list of feeds
	Sources        string  // above the list of sources
	AllSources     string  `json:"all_sources"` // leads to the OPML
	Subscribe      string  // above the addresses of a feed
	HowToSubscribe string  `json:"how_to_subscribe"` // what to do with them
	Empty          string  // where there are no entries
	Updated        string  // before a time
	Unlisted       string  // in place of a source that is not named
	Pinned         string  // marks a pinned entry
	Skip           string  // leads past the head of a page
	Discussion     string  // leads to the comments on an entry
	Times          string  // says the time zone; {zone}
	Entries        counted // {n} entries of a feed
	Digest         string  // title of a digest; {day}
	DigestOf       string  `json:"digest_of"` // above the list of a digest
	Withdrawn      string  // title of what was taken back; {title}
	ByDesk         string  `json:"by_desk"`   // why it was: a person hid it
	BySource       string  `json:"by_source"` // or its source took it back
	Extension      string  // what the JSON extension says

	Months []string // as they stand in a date
	Day    string   // {d}, {month} and {y}
	Moment string   // {day} and {time}
	Digits string   `json:",omitempty"` // from 0 to 9, where a language writes them in its own way

	// Language is the one that these words are in.
	Language string `json:"-"`
}

// A counted message has a number in it and a form for every kind of number that the language
// tells apart: zero, one, two, few, many, other.
type counted struct {
	forms map[string]string
	in    *words
}

// UnmarshalJSON reads the forms.
func (c *counted) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &c.forms) }

// Of returns the message with a number, which is not negative.
func (c counted) Of(n int) string {
	form := formNames[plural.Cardinal.MatchPlural(bcp47.Make(c.in.Language), n, 0, 0, 0, 0)]
	return strings.ReplaceAll(cmp.Or(c.forms[form], c.forms["other"]), "{n}", c.in.numerals(strconv.Itoa(n)))
}

var formNames = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

//go:embed words/*.json
var wordFiles embed.FS

// catalogue is all that we say, by language.
var catalogue = sync.OnceValue(func() map[string]*words {
	files, err := wordFiles.ReadDir("words")
	if err != nil {
		panic(err) // they are compiled in
	}
	all := make(map[string]*words, len(files))
	for _, f := range files {
		w, err := readWords(f.Name())
		if err != nil {
			panic(fmt.Errorf("%s: %w", f.Name(), err))
		}
		all[w.Language] = w
	}
	return all
})

// readWords reads one file of the catalogue, strictly.
func readWords(name string) (*words, error) {
	b, err := wordFiles.ReadFile("words/" + name)
	if err != nil {
		return nil, err
	}
	w := &words{Language: strings.TrimSuffix(name, ".json")}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(w); err != nil {
		return nil, err
	}
	w.Entries.in = w
	return w, nil
}

// wordsOf returns our words in a language, or in English where we do not speak it: "de-AT"
// is answered with "de". The two forms of Norwegian read each other.
func wordsOf(tag string) *words {
	for tag = strings.ToLower(tag); tag != ""; tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)] {
		if w, ok := catalogue()[tag]; ok {
			return w
		}
		if tag == "no" || tag == "nn" {
			return catalogue()["nb"]
		}
	}
	return catalogue()["en"]
}

// InZone says that times are in a time zone.
func (w *words) InZone(zone string) string { return strings.ReplaceAll(w.Times, "{zone}", zone) }

// on writes a day.
func (w *words) on(t time.Time) string {
	return w.numerals(strings.NewReplacer(
		"{d}", strconv.Itoa(t.Day()), "{month}", w.Months[t.Month()-1], "{y}", strconv.Itoa(t.Year()),
	).Replace(w.Day))
}

// at writes a day and the time of day, of 24 hours in every language.
func (w *words) at(t time.Time) string {
	return strings.NewReplacer("{day}", w.on(t), "{time}", w.numerals(t.Format("15:04"))).Replace(w.Moment)
}

// numerals writes digits as the language does.
func (w *words) numerals(s string) string {
	if w.Digits == "" {
		return s
	}
	digits := []rune(w.Digits)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return digits[r-'0']
		}
		return r
	}, s)
}

// rightToLeft are the scripts that are written from right to left.
var rightToLeft = map[string]bool{"Arab": true, "Hebr": true, "Thaa": true, "Syrc": true, "Nkoo": true, "Adlm": true, "Rohg": true}

// direction returns in which direction a language is written: "ltr" or "rtl".
func direction(tag string) string {
	script, _ := bcp47.Make(tag).Script()
	if rightToLeft[script.String()] {
		return "rtl"
	}
	return "ltr"
}
