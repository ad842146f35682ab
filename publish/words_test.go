package publish

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/feature/plural"
	bcp47 "golang.org/x/text/language"
)

// spoken are the languages that the catalogue must have.
var spoken = strings.Fields("ar cs da de el en es fa fi fr he hu it ja ko nb nl pl pt ro ru sv tr uk zh")

// placeholders are what a message must have between braces; others have none.
var placeholders = map[string]string{"Times": "{zone}", "Digest": "{day}", "Withdrawn": "{title}", "Day": "{d}{month}{y}", "Moment": "{day}{time}"}

var braces = regexp.MustCompile(`\{[^}]*\}`)

func TestEveryMessageInEveryLanguage(t *testing.T) { // O-12
	if got := slices.Sorted(maps.Keys(catalogue())); !slices.Equal(got, spoken) {
		t.Errorf("the catalogue has %q, want %q", got, spoken)
	}
	english := reflect.ValueOf(*catalogue()["en"])
	for tag, w := range catalogue() {
		v := reflect.ValueOf(*w)
		same := 0
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).Kind() != reflect.String || name == "Digits" || name == "Language" {
				continue
			}
			message := v.Field(i).String()
			if strings.TrimSpace(message) == "" || message != strings.TrimSpace(message) || strings.IndexFunc(message, unicode.IsControl) >= 0 {
				t.Errorf("%s: %s is %q", tag, name, message)
			}
			found := braces.FindAllString(message, -1)
			slices.Sort(found)
			if got := strings.Join(found, ""); got != placeholders[name] {
				t.Errorf("%s: %s has the placeholders %q, want %q", tag, name, got, placeholders[name])
			}
			if message == english.Field(i).String() && placeholders[name] == "" {
				same++
			}
		}
		if tag != "en" && same > 3 { // Feeds, Sources and Discussion are words of other languages too
			t.Errorf("%s: %d messages are English", tag, same)
		}
		if n := len(slices.Compact(slices.Clone(w.Months))); n != 12 {
			t.Errorf("%s: %d months", tag, n)
		}
		if n := len([]rune(w.Digits)); n != 0 && n != 10 {
			t.Errorf("%s: %d digits", tag, n)
		}
		for word := range strings.FieldsSeq("_wiredesk title url also coverage note withdrawn") {
			if !strings.Contains(w.Extension, word) {
				t.Errorf("%s: the extension does not name %s", tag, word)
			}
		}
	}
}

// A number never falls back on a form that its language does not use for it.
func TestEveryNumberHasItsForm(t *testing.T) {
	for tag, w := range catalogue() {
		used := map[string]bool{"other": true}
		for n := range 2000 {
			form := formNames[plural.Cardinal.MatchPlural(bcp47.Make(tag), n, 0, 0, 0, 0)]
			if used[form] = true; w.Entries.forms[form] == "" {
				t.Errorf("%s: no form for %d (%s)", tag, n, form)
				break
			}
		}
		for form := range w.Entries.forms {
			if !slices.Contains(slices.Collect(maps.Values(formNames)), form) {
				t.Errorf("%s: there is no form %q", tag, form)
			}
		}
	}
	for _, c := range []struct {
		tag  string
		n    int
		want string
	}{
		{"en", 1, "1 entry"},
		{"en", 0, "0 entries"},
		{"pl", 1, "1 wpis"},
		{"pl", 3, "3 wpisy"},
		{"pl", 12, "12 wpisów"},
		{"pl", 22, "22 wpisy"},
		{"ru", 21, "21 запись"},
		{"ru", 11, "11 записей"},
		{"cs", 4, "4 položky"},
		{"cs", 5, "5 položek"},
		{"fr", 0, "0 article"},
		{"ro", 19, "19 articole"},
		{"ro", 20, "20 de articole"},
		{"ar", 2, "مادتان"},
		{"ar", 11, "11 مادة"},
		{"he", 2, "שתי רשומות"},
		{"ja", 7, "7件の記事"},
		{"fa", 12, "۱۲ مطلب"},
	} {
		if got := wordsOf(c.tag).Entries.Of(c.n); got != c.want {
			t.Errorf("%s: %d is %q, want %q", c.tag, c.n, got, c.want)
		}
	}
}

func TestDatesOfEveryLanguage(t *testing.T) {
	at := time.Date(2026, 11, 5, 9, 7, 0, 0, time.UTC)
	for tag, want := range map[string]string{
		"en": "5 November 2026, 09:07", "de": "5. November 2026, 09:07", "fr": "5 novembre 2026, 09:07", "es": "5 de noviembre de 2026, 09:07",
		"pl": "5 listopada 2026, 09:07", "cs": "5. listopadu 2026 09:07", "fi": "5. marraskuuta 2026 klo 09:07", "hu": "2026. november 5. 09:07",
		"uk": "5 листопада 2026 р., 09:07", "ja": "2026年11月5日 09:07", "ko": "2026년 11월 5일 09:07", "fa": "۵ نوامبر ۲۰۲۶، ۰۹:۰۷", "ar": "5 نوفمبر 2026، 09:07",
	} {
		if got := wordsOf(tag).at(at); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

func TestLanguageFallsBackBySubtag(t *testing.T) {
	for tag, want := range map[string]string{
		"": "en", "de-AT": "de", "DE": "de", "pt-BR": "pt", "zh-Hant-TW": "zh", "no": "nb", "nn-NO": "nb", "tlh": "en", "x-private": "en", "e": "en",
	} {
		if got := wordsOf(tag).Language; got != want {
			t.Errorf("%q is answered in %q, want %q", tag, got, want)
		}
	}
	for tag, want := range map[string]string{"": "ltr", "en": "ltr", "ar": "rtl", "he-IL": "rtl", "fa": "rtl", "ur": "rtl", "az": "ltr", "az-Arab": "rtl", "ja": "ltr", "tlh": "ltr", "yi": "rtl"} {
		if got := direction(tag); got != want {
			t.Errorf("%q is written %s, want %s", tag, got, want)
		}
	}
}
