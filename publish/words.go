package publish

import "strings"

// Words are what we say ourselves, in one language.
type words struct {
	Note          string // before the curator's note
	AlsoCoveredBy string
	ReadOn        string
	ReadHere      string
	Feeds         string
	Sources       string
	MoreSources   string
	Subscribe     string // how to subscribe
	Empty         string
	Updated       string
	Unlisted      string
	Extension     string // what the JSON extension says
	Withdrawn     string // before the title of what was taken back
	ByDesk        string // why it was: a person hid it
	BySource      string // or its source took it back
	Digest        string // before the day whose digest it is
	DigestOf      string // above the list of a digest
}

// wordsOf returns our words in a language, or in English where we do not speak it.
func wordsOf(tag string) words {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if w, ok := catalogue[primary]; ok {
		return w
	}
	return catalogue["en"]
}

// catalogue is all that we say, by language.
var catalogue = map[string]words{
	"en": {
		Note:          "Curator’s note:",
		AlsoCoveredBy: "Also covered by:",
		ReadOn:        "Read on at the source",
		ReadHere:      "Read here",
		Feeds:         "Feeds",
		Sources:       "Sources",
		MoreSources:   "All sources as OPML",
		Subscribe:     "To subscribe, copy the address of a format into your feed reader. Every format has the same entries.",
		Empty:         "Nothing here yet. The first entry appears as soon as a source has news.",
		Updated:       "Updated",
		Unlisted:      "Source not named",
		Withdrawn:     "Withdrawn:",
		ByDesk:        "This was withdrawn by the editors.",
		BySource:      "The source has withdrawn this.",
		Digest:        "More of",
		DigestOf:      "What there was no room for on this day:",
		Extension:     "In JSON Feed, “_wiredesk” tells of each item its source (title, url), who else told it (also), how many sources did (coverage) and the curator’s note.",
	},
	"de": {
		Note:          "Anmerkung der Redaktion:",
		AlsoCoveredBy: "Auch berichtet von:",
		ReadOn:        "Weiterlesen bei der Quelle",
		ReadHere:      "Hier lesen",
		Feeds:         "Feeds",
		Sources:       "Quellen",
		MoreSources:   "Alle Quellen als OPML",
		Subscribe:     "Zum Abonnieren die Adresse eines Formats in den Feedreader kopieren. Alle Formate haben dieselben Einträge.",
		Empty:         "Noch nichts da. Der erste Eintrag erscheint, sobald eine Quelle etwas meldet.",
		Updated:       "Aktualisiert",
		Unlisted:      "Quelle nicht genannt",
		Withdrawn:     "Zurückgezogen:",
		ByDesk:        "Von der Redaktion zurückgezogen.",
		BySource:      "Die Quelle hat dies zurückgezogen.",
		Digest:        "Mehr vom",
		DigestOf:      "Wofür an diesem Tag kein Platz war:",
		Extension:     "In JSON Feed sagt „_wiredesk“ zu jedem Eintrag seine Quelle (source: title, url), wer noch davon berichtet (also), wie viele Quellen es sind (coverage) und die Anmerkung der Redaktion (note).",
	},
}
