package likeness

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A token is a word of a text, or one character of a script that is written without spaces.
type token struct {
	text     string
	number   bool // has a digit
	name     bool // begins with a capital within a sentence
	unspaced bool
}

// root returns a hash of the word without its ending.
func (t token) root() uint32 {
	if t.number {
		return uint32(hash(t.text))
	}
	return uint32(hash(stem(t.text)))
}

// tokens returns the words of a text, folded: compatibility forms and case are gone, and
// so are thousands separators. What belongs to a number ("5.2", "2-1") stays together.
// At most limit bytes are read.
func tokens(text string, limit int) []token {
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	runes := []rune(norm.NFKC.String(text))
	var list []token
	var word strings.Builder
	var current token
	start := true // of a sentence
	flush := func() {
		if word.Len() > 0 {
			current.text = word.String()
			current.number = current.number || numberWords[current.text]
			list = append(list, current)
			word.Reset()
			start = false
		}
		current = token{}
	}
	digit := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsDigit(runes[i]) }
	for i, r := range runes {
		switch {
		case unspaced(r):
			flush()
			list = append(list, token{text: string(r), unspaced: true, number: unicode.IsDigit(r) || strings.ContainsRune(hanNumbers, r)})
			start = false
		case unicode.IsDigit(r):
			current.number = true
			word.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsMark(r):
			if unicode.IsLetter(r) && digit(i-1) { // "1.4m" is "1.4 m"
				flush()
				start = false
			}
			if word.Len() == 0 && unicode.IsUpper(r) && !start {
				current.name = true
			}
			word.WriteRune(unicode.ToLower(r))
		case digit(i-1) && digit(i+1) && strings.ContainsRune(".,:-–", r):
			switch {
			case r == '–':
				word.WriteRune('-')
			case r != ',':
				word.WriteRune(r)
			case digit(i+2) && digit(i+3) && !digit(i+4): // between thousands
			default: // as many languages write 18.5
				word.WriteRune('.')
			}
		case r == '\'' || r == '’' || r == '\u00ad' || r == '\u200b':
		default:
			flush()
			if strings.ContainsRune(".!?:\"“„«", r) {
				start = true
			}
		}
	}
	flush()
	return list
}

func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// significant returns the words that say what a text is of, each once: no function words,
// English endings taken off; of scripts without spaces, pairs of characters.
func significant(list []token, most int) []string {
	var words []string
	seen := make(map[string]bool)
	for i, t := range list {
		word := t.text
		switch {
		case t.unspaced:
			if i+1 == len(list) || !list[i+1].unspaced {
				continue
			}
			word += list[i+1].text
		case stop[word], len(word) == 1 && !t.number: // such as a unit
			continue
		case !t.number:
			word = stem(word)
		}
		if word == "" || seen[word] {
			continue
		}
		seen[word] = true
		if words = append(words, word); len(words) == most {
			break
		}
	}
	return words
}

// stem takes off the commonest English endings. It need not be right, only steady.
func stem(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		w = w[:len(w)-3] + "y"
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us"):
		w = w[:len(w)-1]
	}
	switch {
	case len(w) > 5 && strings.HasSuffix(w, "ing"):
		w = w[:len(w)-3]
	case len(w) > 4 && strings.HasSuffix(w, "ed"):
		w = w[:len(w)-2]
	}
	if len(w) > 4 {
		w = strings.TrimSuffix(w, "e")
	}
	if n := len(w); n > 3 && w[n-1] == w[n-2] && w[n-1] < 0x80 {
		w = w[:n-1]
	}
	return w
}

var stop = func() map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(emptyWords) {
		set[word] = true
	}
	return set
}()

// nounsAreNames reports whether capitals say nothing in a text, as in German, where every noun
// has one.
func nounsAreNames(list []token) bool {
	n := 0
	for _, t := range list {
		if t.name {
			n++
		}
	}
	return len(list) > 20 && 6*n > len(list)
}

var numberWords = func() map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(spelledNumbers) {
		set[word] = true
	}
	return set
}()

// spelledNumbers are numbers as headlines spell them.
const spelledNumbers = `two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds dozen dozens thousand thousands
zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert hunderte tausend tausende
deux trois quatre cinq sept huit neuf dix onze douze quinze vingt trente cinquante soixante cent mille
dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta cuarenta cincuenta cien mil
due tre quattro cinque sei sette otto nove dieci undici dodici venti trenta quaranta cinquanta cento
twee drie vijf zes zeven negen tien twaalf twintig dertig veertig vijftig honderd duizend`

// hanNumbers are numbers as Chinese and Japanese write them.
const hanNumbers = "〇零一二三四五六七八九十百千万萬億亿两兩両"

// emptyWords are words that say nothing of what a text is about.
const emptyWords = `a an the of in on at to by for with from as and or but nor so yet is are was were be been being
has have had do does did will would can could may might must shall should this that these those it its he she his her
him them they their we our us you your i my me who whom whose which what when where why how not no yes than then there
here into onto over under up down out off about after before between through during again more most less least very
just also says say said new all any some if per via vs amid against while because until since one two s t
der die das den dem des ein eine einer eines einem einen und oder aber nicht mit von zu zum zur im am ist sind war wird
werden auf für bei aus nach über sich als auch es er sie wie vor
le la les un une des du de et ou en dans sur pour par avec est sont au aux que qui se ce son sa ses plus ne pas il elle
el los las una unos unas del y o con por para es que se su sus al lo no más como
il lo gli di da che è non per una del della dei con si
het een van en op te dat niet zijn voor met door`
