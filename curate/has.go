package curate

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// hasFunction is has(text, word…): whether a text, or one of a list of texts, holds one of
// the words, whole and whatever its case. Words may be lists too.
func hasFunction() expr.Option {
	return expr.Function("has",
		func(params ...any) (any, error) {
			if len(params) < 2 {
				return nil, errHas
			}
			texts, err := wordsOf(params[0])
			if err != nil {
				return nil, err
			}
			for _, p := range params[1:] {
				words, err := wordsOf(p)
				if err != nil {
					return nil, err
				}
				for _, word := range words {
					if slices.ContainsFunc(texts, func(text string) bool { return hasWord(text, word) }) {
						return true, nil
					}
				}
			}
			return false, nil
		},
		new(func(any, ...any) bool))
}

var errHas = errors.New("has needs a text and a word to look for")

// checkHas returns what is wrong with the arguments of a call of has, as far as their
// types say.
func checkHas(arguments []ast.Node) error {
	if len(arguments) < 2 {
		return errHas
	}
	for _, a := range arguments {
		switch t := a.Type(); t.Kind() {
		case reflect.String, reflect.Interface:
		case reflect.Slice, reflect.Array:
			if k := t.Elem().Kind(); k != reflect.String && k != reflect.Interface {
				return fmt.Errorf("has looks for words, not for %s", t)
			}
		default:
			return fmt.Errorf("has looks for words, not for %s", t)
		}
	}
	return nil
}

func wordsOf(v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case []string:
		return v, nil
	case []any:
		var out []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("has looks for words, not for %T", e)
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, fmt.Errorf("has looks for words, not for %T", v)
}

// hasWord reports whether text holds word with no letter or digit next to it. Case, kinds
// of apostrophe and kinds of space make no difference. Scripts that are written without
// spaces have no borders of words, so none is asked for there.
func hasWord(text, word string) bool {
	text, word = fold(text), fold(word)
	if word == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start := from + i
		end := start + len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if border(before, first) && border(last, after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[start:])
		from = start + size
	}
}

// border reports whether a word may end between two neighbouring runes.
func border(a, b rune) bool { return !joins(a) || !joins(b) }

func joins(r rune) bool {
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
		return false
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

func fold(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch r {
		case '’', '‘', 'ʼ', '`':
			return '\''
		case '“', '”':
			return '"'
		case '\u00ad':
			return -1
		}
		return unicode.ToLower(r)
	}, s)), " ")
}
