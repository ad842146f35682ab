package likeness

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const story = `The harbour ferry Marigold went back to work on Monday after eleven weeks in dry dock, ending a winter in which
islanders relied on a chartered fishing boat. The refit replaced both engines and cost the council 1.4 million pounds.`

func TestCompareForms(t *testing.T) {
	tests := []struct {
		name       string
		titleA, a  string
		titleB, b  string
		duplicates bool
	}{
		{"compatibility forms", "Ferry returns to service after winter refit", story, "Ｆｅｒｒｙ returns to service after winter reﬁt", strings.ToUpper(story), true},
		{"thousands", "Ferry carries 25,000 in a week of work", "", "Ferry carries 25000 in a week of work", "", true},
		{"versions", "Go release 1.2.3 of the ferry simulator is here", "", "Go release 1.2.4 of the ferry simulator is here", "", false},
		{"scores", "Rovers 2-1 United: late winner settles the derby", "", "Rovers 1-1 United: late winner settles the derby", "", false},
		{"few words", "Open thread", "", "Open thread", "", false},
		{"nothing", "", "", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tie := Compare(Of(tt.titleA, "", tt.a), Of(tt.titleB, tt.b, ""))
			if (tie.Kind == Duplicate) != tt.duplicates {
				t.Errorf("got %+v", tie)
			}
		})
	}
}

func TestCompareIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab cd1 2.,漢字ก A")))
		a := Of(text.Draw(t, "title"), text.Draw(t, "summary"), text.Draw(t, "content"))
		b := Of(text.Draw(t, "title"), text.Draw(t, "summary"), text.Draw(t, "content"))
		x, y := Compare(a, b), Compare(b, a)
		if x.Kind != y.Kind || x.Score < 0 || x.Score > 1 {
			t.Fatalf("%+v and %+v", x, y)
		}
	})
}

func TestIndexForgets(t *testing.T) {
	start := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	x := NewIndex(time.Hour)
	f := Of("Ferry returns to service after winter refit", "", story)
	x.Add(1, start, f)
	x.Add(2, start.Add(time.Minute), f)
	if got := x.Candidates(f, start.Add(time.Minute)); !slices.Equal(got, []uint64{2, 1}) {
		t.Errorf("candidates %v", got)
	}
	x.Remove(2)
	if got := x.Candidates(f, start.Add(time.Minute)); !slices.Equal(got, []uint64{1}) {
		t.Errorf("after a removal %v", got)
	}
	x.Add(3, start.Add(2*time.Hour), Of("Something else entirely is the matter here", "", ""))
	if x.Len() != 1 || len(x.Candidates(f, start.Add(2*time.Hour))) != 0 {
		t.Errorf("%d items are left of the window", x.Len())
	}
}

// What hundreds have in common says less than what two have.
func TestIndexPrefersRareKeys(t *testing.T) {
	at := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	x := NewIndex(time.Hour)
	x.Add(1, at, Of("Harbour ferry sails again", "", ""))
	for i := range uint64(200) {
		x.Add(2+i, at, Of("Daily briefing: good morning, town news at seven", "", ""))
	}
	got := x.Candidates(Of("Daily briefing: good morning, town news at seven as harbour ferry sails", "", ""), at)
	if len(got) != maxCandidates || got[0] != 1 {
		t.Errorf("the candidates are %v, not first the one with which it has something rare in common", got)
	}
}

func TestEventsForget(t *testing.T) {
	start := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	e := NewEvents(time.Hour)
	f := Of("Ferry returns to harbour after winter refit", "", "")
	e.Add(1, start, f, 1)
	id, tie, ok := e.Find(Of("Islanders cheer as harbour ferry returns", "", ""), start, 2)
	if !ok || id != 1 || tie.On == "" {
		t.Errorf("found %d, %+v, %v", id, tie, ok)
	}
	e.Add(2, start.Add(3*time.Hour), Of("Something else entirely is the matter here", "", ""), 1)
	if _, _, ok := e.Find(f, start.Add(3*time.Hour), 2); ok || len(e.groups) != 1 || len(e.words) > 4 {
		t.Errorf("%d groups and %d words are left", len(e.groups), len(e.words))
	}
}

// invent makes items of a vocabulary that is used as unevenly as that of a language.
func invent(r *rand.Rand, zipf *rand.Zipf) (title, text string) {
	words := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "w%x ", zipf.Uint64())
		}
		return strings.ReplaceAll(b.String(), "w", string(rune('f'+r.IntN(2)))+"o")
	}
	return words(9), words(80)
}

// What all headlines are made of is no event, also on a desk that has seen little else.
func TestStockPhrasesAreNoEvent(t *testing.T) {
	at := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	for _, pair := range [][2]string{
		{"Man dies in house fire in Leeds", "Man dies after fall from cliff in Porto"},
		{"Premier League: Arsenal beat Chelsea at home", "Premier League: Everton lose at Fulham"},
		{"Police arrest two men after shooting in Malmö", "Police arrest woman after attack in Turin"},
		{"Prime minister says new law will help families", "Prime minister says school rules need change"},
		{"Oil prices fall for third week", "House prices rise for third month"},
		{"First trailer for new space film released", "First trailer for new horror film released"},
		{"Court orders bank to pay record fine", "Court orders party leader to stand trial"},
		{"Thousands protest against pension plan in Lyon", "Thousands protest against dam plan in Chile"},
		{"Health officials report new measles cases in Ohio", "Health officials warn of heat wave in Spain"},
		{"Bus crash kills five people in Peru", "Helicopter crash kills four people in Nepal"},
	} {
		e := NewEvents(72 * time.Hour)
		e.Add(1, at, Of(pair[0], "", ""), 1)
		if _, tie, ok := e.Find(Of(pair[1], "", ""), at, 2); ok {
			t.Errorf("%q and %q are one event by %s, score %.2f", pair[0], pair[1], tie.On, tie.Score)
		}
	}
	for _, pair := range [][2]string{
		{"Man dies in house fire in Leeds", "One dead after fire at Leeds house"},
		{"Bus crash kills five people in Peru", "Peru bus crash: five dead, dozens hurt"},
		{"Court orders bank to pay record fine", "Bank must pay record fine, court rules"},
		{"Arsenal beat Chelsea to go top of the league", "Chelsea lose at Arsenal as title race opens"},
	} {
		e := NewEvents(72 * time.Hour)
		e.Add(1, at, Of(pair[0], "", ""), 1)
		if _, tie, ok := e.Find(Of(pair[1], "", ""), at, 2); !ok {
			t.Errorf("%q and %q are two events, score %.2f", pair[0], pair[1], tie.Score)
		}
	}
}

// One source writes series: that another once told of the same opens its event to that one, not to
// the rest of the series.
func TestSeriesAreNoEvent(t *testing.T) {
	at := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	e := NewEvents(72 * time.Hour)
	e.Add(1, at, Of("Garden post: aphids on the roses of Kew", "", ""), 1)
	aphids := Of("Aphids eat roses at Kew", "", "")
	if id, tie, ok := e.Find(aphids, at, 2); !ok || id != 1 {
		t.Fatalf("another source's report is no part: %+v", tie)
	}
	e.Add(1, at, aphids, 2)
	if _, tie, ok := e.Find(Of("Garden post: frost and what to do about hedges", "", ""), at, 1); ok {
		t.Errorf("the next of the series is part of it by %s, score %.2f", tie.On, tie.Score)
	}
}
