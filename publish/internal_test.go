package publish

import (
	"hash/maphash"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"wiredesk"

	"pgregory.net/rapid"
)

func TestWebLink(t *testing.T) { // O-06, S-26, S-42
	for in, want := range map[string]string{
		"https://example.org":                  "https://example.org",
		" HTTPS://Example.org/a ":              "https://Example.org/a",
		"https://example.org/a b?c d#e f":      "https://example.org/a%20b?c%20d#e%20f",
		"https://example.org/%zz%2f%":          "https://example.org/%25zz%2f%25",
		"https://example.org/ü?ü#ü#":           "https://example.org/%C3%BC?%C3%BC#%C3%BC%23",
		"https://example.org/[a]|{b}\\":        "https://example.org/%5Ba%5D%7C%7Bb%7D%5C",
		"https://user:pass@example.org/":       "https://example.org/",
		"https://bücher.example/":              "https://xn--bcher-kva.example/",
		"http://[2001:db8::1]:8080/":           "http://[2001:db8::1]:8080/",
		"http://127.0.0.1:80?a":                "http://127.0.0.1:80/?a",
		"javascript:alert(1)":                  "",
		"java\tscript://example.org/%0aalert":  "",
		"//example.org/":                       "",
		"/a":                                   "",
		"":                                     "",
		"http://":                              "",
		"http://:80/":                          "",
		"http://exa mple.org/":                 "",
		"http://a\\@example.org/":              "http://example.org/",
		"http://<b>/":                          "",
		"http://example.org:port/":             "",
		"http://example.org:99999/":            "",
		"ftp://example.org/":                   "",
		"https://" + strings.Repeat("a", 5000): "",
	} {
		if got := webLink(in); got != want {
			t.Errorf("webLink(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWebLinkTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := "https://" + rapid.String().Draw(t, "rest")
		once := webLink(in)
		if twice := webLink(once); twice != once {
			t.Fatalf("%q becomes %q, then %q", in, once, twice)
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"ten letter", 10, "ten letter"},
		{"one two three", 9, "one two…"},
		{"onetwothree", 5, "onetw…"},
		{"üüüüü", 5, "üüüüü"},
		{"üüüüüü", 5, "üüüüü…"},
		{"word, word", 6, "word…"},
	} {
		if got := cut(c.in, c.n); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestCleanIsXML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "string")
		got := clean(in)
		if strings.ContainsFunc(got, forbidden) || strings.ToValidUTF8(got, "") != got || clean(got) != got {
			t.Fatalf("clean(%q) = %q", in, got)
		}
	})
}

func TestRhythm(t *testing.T) { // C-07, O-17
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for gap, want := range map[time.Duration]int{time.Second: 60, 5 * time.Minute: 5, 30 * time.Minute: 15, 2 * time.Hour: 30, day: 60, 5 * day: 120, 30 * day: 180} {
		var pieces []piece
		for i := range 10 {
			// What a source brings in one go says nothing about its rhythm.
			for n := range 3 {
				pieces = append(pieces, piece{published: at.Add(time.Duration(i)*gap + time.Duration(n)*time.Second)})
			}
		}
		if got := rhythm(pieces); got != want {
			t.Errorf("an entry every %v: ask every %d minutes, want %d", gap, got, want)
		}
	}
	if got := rhythm(nil); got != 15 {
		t.Errorf("no entry: ask every %d minutes, want 15", got)
	}
}

// TestFingerprintSeesEveryField changes every field of an edition, one after the other.
func TestFingerprintSeesEveryField(t *testing.T) {
	var e wiredesk.Edition
	fill(reflect.ValueOf(&e).Elem())
	seed := maphash.MakeSeed()
	before := fingerprint(seed, &e)
	if before != fingerprint(seed, &e) {
		t.Fatal("two prints of one edition differ")
	}
	n := 0
	each(reflect.ValueOf(&e).Elem(), "edition", func(name string, v reflect.Value) {
		n++
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		change(v)
		if fingerprint(seed, &e) == before {
			t.Errorf("%s is not in the fingerprint", name)
		}
		v.Set(old)
	})
	if n < 60 {
		t.Errorf("only %d fields were changed", n)
	}
}

// fill gives every slice an element and every pointer something to point to.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for _, field := range v.Fields() {
			fill(field)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	default:
	}
}

func each(v reflect.Value, name string, do func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			do(name, v)
			return
		}
		for i := range v.NumField() {
			each(v.Field(i), name+"."+v.Type().Field(i).Name, do)
		}
	case reflect.Slice, reflect.Array:
		each(v.Index(0), name, do)
	case reflect.Pointer:
		each(v.Elem(), name, do)
	default:
		do(name, v)
	}
}

func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Struct:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
	default:
		if v.CanInt() {
			v.SetInt(v.Int() + 1)
		} else {
			v.SetUint(v.Uint() + 1)
		}
	}
}

// However many pages are asked for, few are in memory.
func TestArchiveKeepsFewReady(t *testing.T) {
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var a Archive
	for n := range 100 {
		d := &Document{Path: archivePath("all", n%70+1) + ".rss", Body: make([]byte, 100_000)}
		a.keep(d, info)
		if a.readied(d.Path, info) != d {
			t.Fatalf("page %d is not ready", n)
		}
	}
	if n := len(a.ready); n != readyBytes/100_000 || a.bytes != n*100_000 {
		t.Errorf("%d pages are kept, said to have %d bytes", n, a.bytes)
	}
	if a.keep(&Document{Path: "/all/archive/99.rss", Body: make([]byte, readyBytes+1)}, info); a.bytes > readyBytes {
		t.Error("one that is too large is kept")
	}
}
