package fetch_test

import (
	"fmt"
	"strings"
	"testing"

	"wiredesk/fetch"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const (
	rssText  = `%s<rss version="2.0"><channel><title>t</title><item><title>%s</title><guid>1</guid><description>%s</description></item></channel></rss>`
	atomText = `%s<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:f</id><entry><title>%s</title><id>1</id><content>%s</content></entry></feed>`
	jsonText = `%s{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"title":%q,"id":"1","content_text":%q}]}`
)

// parseTitle parses a document with one item and returns the item's title.
func parseTitle(t *testing.T, body []byte, contentType string) string {
	t.Helper()
	doc, err := fetch.Parse(body, fetch.ParseOptions{ContentType: contentType, Now: now})
	if err != nil {
		return "error: " + err.Error()
	}
	if len(doc.Items) != 1 || doc.Items[0].GUID != "1" {
		return fmt.Sprintf("%d items", len(doc.Items))
	}
	return doc.Items[0].Title
}

// sample is a text in each encoding, long enough to be told by its letters.
var sample = map[string][2]string{
	"iso-8859-1":   {"Café à la française", "Dès Noël où un zéphyr haï me vêt de glaçons würmiens je dîne d’exquis rôtis de bœuf au kir. Les élèves français préfèrent être à l'école après l'été, où ils étudient très sérieusement."},
	"windows-1252": {"‘Curly’ – naïve “quotes”…", "It’s the “best” of times – café, naïve, façade. " + strings.Repeat("L’été dernier, nous étions allés à la plage près de Saint-Malo. ", 4)},
	"iso-8859-2":   {"Zażółć gęślą jaźń", "Pójdźże, kiń tę chmurność w głąb flaszy. Zażółć gęślą jaźń."},
	"windows-1251": {"Привет, мир", strings.Repeat("Съешь же ещё этих мягких французских булок, да выпей чаю. Москва, столица России, сегодня встречает гостей со всего мира. ", 3)},
	"koi8-r":       {"Новости дня", strings.Repeat("Съешь же ещё этих мягких французских булок, да выпей чаю. Москва, столица России, сегодня встречает гостей со всего мира. ", 3)},
	"windows-1255": {"שלום עולם", strings.Repeat("דג סקרן שט בים מאוכזב ולפתע מצא לו חברה איך הקליטה. ", 4)},
	"big5":         {"繁體中文新聞", strings.Repeat("臺北市政府今天宣布新的交通政策，希望可以改善市民的生活品質。", 4)},
	"gb18030":      {"简体中文新闻", strings.Repeat("北京市政府今天宣布新的交通政策，希望可以改善市民的生活质量。", 4)},
	"euc-jp":       {"日本のニュース", strings.Repeat("東京都は今日、新しい交通政策を発表しました。これは市民の生活を良くするためです。", 4)},
	"shift_jis":    {"日本のニュース", strings.Repeat("東京都は今日、新しい交通政策を発表しました。これは市民の生活を良くするためです。", 4)},
	"euc-kr":       {"한국어 뉴스", strings.Repeat("서울시는 오늘 새로운 교통 정책을 발표했습니다. 시민의 생활을 개선하기 위한 것입니다. ", 4)},
	"utf-8":        {"Grüße – 世界 🌍", "ß"},
}

// TestCharsets is Q-01: every format in every encoding, declared by the header, by the
// document, by a byte order mark or not at all.
func TestCharsets(t *testing.T) {
	formats := map[string]string{"rss": rssText, "atom": atomText, "json": jsonText}
	for format, text := range formats {
		for name, words := range sample {
			e, _ := charset.Lookup(name)
			encode := func(prolog string) []byte {
				b, err := e.NewEncoder().Bytes([]byte(fmt.Sprintf(text, prolog, words[0], words[1])))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				return b
			}
			if got := parseTitle(t, encode(""), "application/xml; charset="+name); got != words[0] {
				t.Errorf("%s in %s by header: %q", format, name, got)
			}
			if got := parseTitle(t, encode(""), `text/xml;charset="`+strings.ToUpper(name)+`"`); got != words[0] {
				t.Errorf("%s in %s by header in capitals: %q", format, name, got)
			}
			if format != "json" {
				if got := parseTitle(t, encode("<?xml version='1.0' encoding='"+name+"'?>\n"), "text/xml"); got != words[0] {
					t.Errorf("%s in %s by declaration: %q", format, name, got)
				}
			}
			if got := parseTitle(t, encode(""), ""); got != words[0] && name != "iso-8859-2" { // too close to others to be told
				t.Errorf("%s in %s undeclared: %q", format, name, got)
			}
		}
		wide := map[string]encoding.Encoding{
			"utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
			"utf-16be with mark": unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-16le with mark": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
			"utf-32be": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "utf-32le": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
			"utf-32be with mark": utf32.UTF32(utf32.BigEndian, utf32.UseBOM), "utf-32le with mark": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
		}
		for name, e := range wide {
			for _, prolog := range []string{"", `<?xml version="1.0" encoding="utf-16"?>`, `<?xml version="1.0" encoding="utf-8"?>`} {
				if format == "json" && prolog != "" {
					continue
				}
				b, err := e.NewEncoder().Bytes([]byte(fmt.Sprintf(text, prolog, "Grüße – 世界 🌍", "x")))
				if err != nil {
					t.Fatal(err)
				}
				if got := parseTitle(t, b, "application/xml; charset=utf-8"); got != "Grüße – 世界 🌍" {
					t.Errorf("%s in %s, prolog %q: %q", format, name, prolog, got)
				}
			}
		}
		if got := parseTitle(t, []byte("\xef\xbb\xbf"+fmt.Sprintf(text, "", "Grüße", "x")), "text/xml; charset=iso-8859-1"); got != "Grüße" {
			t.Errorf("%s in UTF-8 with a mark: %q", format, got)
		}
	}
}

// TestCharsetPrecedence is Q-02.
func TestCharsetPrecedence(t *testing.T) {
	latin := "caf\xe9 \x93x\x94"
	for _, c := range []struct{ about, body, header, want string }{
		{"the header comes before the declaration", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='koi8-r'?>", latin, "x"), "text/xml; charset=windows-1252", "café “x”"},
		{"a mark comes before the header", "\xef\xbb\xbf" + fmt.Sprintf(rssText, "<?xml version='1.0' encoding='koi8-r'?>", "café", "x"), "text/xml; charset=koi8-r", "café"},
		{"UTF-8 that is called something else", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='windows-1251'?>", "Привет café", "x"), "", "Привет café"},
		{"UTF-8 that the header calls something else", fmt.Sprintf(rssText, "", "Привет café", "x"), "text/xml; charset=iso-8859-1", "Привет café"},
		{"UTF-8 that is called UTF-16", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='utf-16'?>", "Привет", "x"), "", "Привет"},
		{"latin that is called UTF-8", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='utf-8'?>", latin, sampleIn("windows-1252")), "text/xml; charset=utf-8", "café “x”"},
		{"latin that the header calls UTF-8, and the document latin", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='iso-8859-1'?>", latin, sampleIn("windows-1252")), "text/xml; charset=utf-8", "café “x”"},
		{"an encoding that nobody knows", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='x-bogus'?>", "Grüße", "x"), "text/xml; charset=none", "Grüße"},
		{"one bad byte", fmt.Sprintf(rssText, "", "Grüße \x93aus\x94 Köln\xff und Ülzen", "größer, schöner, süßer, überall, möglich, für"), "", "Grüße “aus” Kölnÿ und Ülzen"},
		{"a character cut in two", fmt.Sprintf(rssText, "", "Grüße \xe4\xb8 Köln und Ülzen", "größer, schöner, süßer, überall, möglich, für"), "", "Grüße \uFFFD\uFFFD Köln und Ülzen"},
		{"escapes of ISO-2022-JP", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='iso-2022-jp'?>", "\x1b$BF|K\\\x1b(B", "x"), "", "日本"},
		{"C1 controls for quotation marks", fmt.Sprintf(rssText, "", "don\u0092t", "x"), "text/xml; charset=utf-8", "don’t"},
		{"declared ASCII", fmt.Sprintf(rssText, "<?xml version='1.0' encoding='us-ascii'?>", "Grüße", "x"), "text/xml; charset=us-ascii", "Grüße"},
	} {
		if got := parseTitle(t, []byte(c.body), c.header); got != c.want {
			t.Errorf("%s: got %q, want %q", c.about, got, c.want)
		}
	}
}

func sampleIn(name string) string {
	e, _ := charset.Lookup(name)
	s, err := e.NewEncoder().String(sample[name][1])
	if err != nil {
		panic(err)
	}
	return s
}
