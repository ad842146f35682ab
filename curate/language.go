package curate

import (
	"strings"

	"github.com/abadojack/whatlanggo"
)

// What the detection reads of a text: with less it guesses, and with more it says the same,
// and takes its time (half a millisecond for this much).
const (
	leastToDetect = 100 // bytes
	mostToDetect  = 600 // bytes
)

// detectLanguage returns the language in which a text is written, such as "en", or nothing
// where that is not sure: a rule that asks for a language is better not met than met by
// chance.
func detectLanguage(text string) string {
	if len(text) < leastToDetect {
		return ""
	}
	if len(text) > mostToDetect {
		text = strings.ToValidUTF8(text[:mostToDetect], "")
	}
	info := whatlanggo.Detect(text)
	if !info.IsReliable() {
		return ""
	}
	return info.Lang.Iso6391()
}
