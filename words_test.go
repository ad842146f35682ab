package wiredesk

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// plainWords is what [Words] was before it was made fast.
func plainWords(text string) []string {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			flush()
			words = append(words, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word.WriteRune(unicode.ToLower(r))
		case r == '\'' || r == '’' || r == '\u00ad':
		default:
			flush()
		}
	}
	flush()
	return words
}

// Published ids and stories hang on words: a faster way to find them must find the same.
func TestWordsAreTheSameAsInTheLongWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{"don't", "İstanbul", "日本語", "ไทย", "a\u00adb", "\xff", "É", " ", "<b>", "&amp;", "e\u0301", "K", "漢'字x", "x漢"}),
		)).Draw(t, "text"), "")
		if got, want := Words(text), plainWords(text); !slices.Equal(got, want) {
			t.Fatalf("%q has %q, not %q", text, got, want)
		}
		it := Item{Title: text, Content: text}
		got, n := allWords(&it)
		want := append(plainWords(text), plainWords(it.Text())...)
		if got != strings.Join(want, " ") || n != len(want) {
			t.Fatalf("%q has %q, not %q", text, got, want)
		}
	})
}
