package valid_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wiredesk/publish/valid"
)

var checks = map[string]func([]byte) valid.Report{"rss": valid.RSS, "atom": valid.Atom, "json": valid.JSON, "opml": valid.OPML}

// A wrong document is a good one of which one piece was replaced by another.
type wrong struct {
	format   string
	old, new string
	want     valid.Rule
}

// wrongs has for every rule a document that breaks it, and for the rules that hold at many
// places one for each place at which it is easily forgotten.
var wrongs = []wrong{
	{"rss", "</channel>", "", valid.NotWellFormed},
	{"rss", "<title>A feed", "<title>A \x0b feed", valid.NotWellFormed},
	{"rss", "<title>A feed", "<title>A \xff feed", valid.NotWellFormed},
	{"rss", "<title>A feed", "<title>A & feed", valid.NotWellFormed},
	{"rss", "<title>A feed", "<title>A &nbsp;feed", valid.NotWellFormed},
	{"rss", `?>`, `?><!DOCTYPE rss [<!ENTITY lol "lol">]>`, valid.NotWellFormed},
	{"rss", `length="12345678"`, `length="12345678" length="1"`, valid.NotWellFormed},
	{"json", `"items": [`, `"items": [,`, valid.NotWellFormed},
	{"json", "\n}\n", "\n}\n{}", valid.NotWellFormed},
	{"rss", ` encoding="UTF-8"`, ` encoding="ISO-8859-1"`, valid.NotWellFormed},
	{"rss", ` encoding="UTF-8"`, ``, valid.NotUTF8},
	{"atom", "<?xml", "\ufeff<?xml", valid.NotUTF8},
	{"json", "{", "\ufeff{", valid.NotUTF8},
	{"atom", "<feed xmlns=", "<feed xmlns:b='http://search.yahoo.com/mrss/' xmlns=", valid.ReservedPrefix},
	{"atom", `xmlns="http://www.w3.org/2005/Atom"`, `xmlns="http://purl.org/atom/ns#"`, valid.UnknownNamespace},
	{"rss", "<rss ", `<rss xmlns:podcast="https://podcastindex.org/namespace/1.0" `, valid.UnknownNamespace},
	{"opml", `<opml version="2.0">`, `<opml version="2.0" xmlns:x="urn:x:y">`, valid.UnknownNamespace},
	{"json", "https://jsonfeed.org/version/1.1", "https://jsonfeed.org/version/1", valid.InvalidWord},
	{"rss", `version="2.0"`, `version="0.91"`, valid.InvalidWord},

	{"rss", "<ttl>", "<blink>x</blink><ttl>", valid.UndefinedElement},
	{"rss", "<?xml", `<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet href="a.xsl"?><!--`, valid.NotWellFormed},
	{"rss", "<channel>", `<?php?><channel>`, valid.UndefinedElement},
	{"rss", "<title>A feed", "<title><b>A</b> feed", valid.UndefinedElement},
	{"atom", "<generator>", "<tagline>x</tagline><generator>", valid.UndefinedElement},
	{"json", `"title"`, `"author": {}, "title"`, valid.UndefinedElement},
	{"json", `"_wiredesk"`, `"wiredesk"`, valid.UndefinedElement},
	{"json", `"_wiredesk": {"about": "https://feeds.example.org/#extension"}`, `"_wiredesk": 1`, valid.InvalidType},
	{"rss", "<ttl>", `<ttl unit="s">`, valid.UnexpectedAttr},
	{"opml", ` htmlUrl=`, ` href=`, valid.UnexpectedAttr},
	{"rss", "<description>What it is about</description>", "", valid.MissingElement},
	{"rss", "<description>Two</description>", "", valid.MissingElement},
	{"rss", `<guid isPermaLink="false">tag:one.example.net,2026:1</guid>`, "", valid.MissingElement},
	{"rss", `<itunes:email>desk@example.org</itunes:email>`, "", valid.MissingElement},
	{"atom", "<updated>2026-11-22T12:05:07Z</updated>", "", valid.MissingElement},
	{"atom", `<title type="text">Two</title>`, "", valid.MissingElement},
	{"atom", "<name>Another</name>", "", valid.MissingElement},
	{"atom", "<source><id>tag:one.example.net,2020:feed</id>", "<source>", valid.MissingElement},
	{"json", `"title": "A feed",`, "", valid.MissingElement},
	{"json", `{"id": "urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c8", `, "{", valid.MissingElement},
	{"json", `"mime_type": "audio/mpeg", `, "", valid.MissingElement},
	{"json", `{"name": "Desk", "url": "https://feeds.example.org/"}`, "{}", valid.MissingElement},
	{"opml", "<head>", "<head/><!-- ", valid.NotWellFormed},
	{"opml", "<outline type=\"rss\" text=\"Two\" title=\"Two\" xmlUrl=\"https://two.example.net/feed\"/>", "<outline/>", valid.MissingAttribute},
	{"rss", ` length="12345678"`, "", valid.MissingAttribute},
	{"rss", ` url="https://one.example.net/feed"`, "", valid.MissingAttribute},
	{"atom", `term="go" `, "", valid.MissingAttribute},
	{"opml", ` title="One"`, "", valid.MissingAttribute},
	{"opml", `type="rss" text="One"`, `text="One"`, valid.MissingAttribute},
	{"rss", "<ttl>60</ttl>", "<ttl>60</ttl><ttl>60</ttl>", valid.DuplicateElement},
	{"rss", "<enclosure ", `<enclosure url="https://one.example.net/8.mp3" length="0" type="audio/mpeg"/><enclosure `, valid.DuplicateElement},
	{"atom", "<summary type=\"html\">", "<summary type=\"text\">x</summary><summary type=\"html\">", valid.DuplicateElement},
	{"json", `"title": "A feed",`, `"title": "A feed", "title": "B",`, valid.DuplicateElement},
	{"rss", "<channel>", "<channel>text", valid.UnexpectedText},
	{"atom", "<fh:archive/>", "<fh:archive>yes</fh:archive>", valid.UnexpectedText},
	{"rss", "<title>A feed</title>\n", "<title></title>\n", valid.NotBlank},
	{"rss", "<category>go", "<category> ", valid.NotBlank},
	{"atom", `<title type="text">Two`, `<title type="text">`, valid.NotBlank},
	{"atom", ` title="Episode 7"`, ` title=""`, valid.NotBlank},
	{"json", `"title": "What <b> means at AT&T"`, `"title": ""`, valid.NotBlank},
	{"json", `"content_text": "Two"`, `"content_text": " "`, valid.NotBlank},
	{"opml", `text="One"`, `text=""`, valid.NotBlank},
	{"rss", "</channel>", "<ttl>60</ttl></channel>", valid.Misplaced},
	{"atom", "</feed>", `<logo>https://feeds.example.org/logo.png</logo></feed>`, valid.Misplaced},
	{"atom", `<link href="https://two.example.net/2"/>`, `<link href="https://two.example.net/2"/><link rel="prev-archive" href="https://two.example.net/"/>`, valid.Misplaced},
	{"rss", "<title>A feed", "<title>A \u0085 feed", valid.BadCharacters},
	{"rss", "<title>A feed", "<title>A \ufffd feed", valid.BadCharacters},
	{"atom", `title="Episode 7"`, "title=\"Episode \u0099\"", valid.BadCharacters},
	{"atom", `<title type="text">Two`, "<title type=\"text\">Caf\u00c3\u00a9", valid.BadCharacters},
	{"json", `"A summary"`, `"A \u0000 summary"`, valid.BadCharacters},
	{"json", `"A summary"`, `"A \ud800 summary"`, valid.BadCharacters},
	{"rss", "About owls", strings.Repeat("owls ", 60), valid.TooLong},

	{"rss", `<atom:link rel="self"`, `<atom:link rel="related"`, valid.MissingSelf},
	{"atom", `<link rel="self" type`, `<link rel="related" type`, valid.MissingSelf},
	{"json", `"feed_url": "https://feeds.example.org/a.json",`, "", valid.MissingSelf},
	{"json", "https://feeds.example.org/a/archive/1.json", "https://feeds.example.org/a.json", valid.MissingSelf},
	{"atom", `type="application/atom+xml"`, `type="text/xml"`, valid.SelfNotAtom},
	{"atom", `rel="license"`, `rel="licence"`, valid.UnregisteredRel},
	{"atom", `<link rel="license"`, `<link type="text/html" href="https://one.example.net/2"/><link rel="license"`, valid.DuplicateLink},
	{"rss", "urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c8", "tag:one.example.net,2026:1", valid.DuplicateValue},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "tag:one.example.net,2026:1", valid.DuplicateValue},
	{"json", "urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c8", "tag:one.example.net,2026:1", valid.DuplicateValue},
	{"atom", "<updated>2026-11-20T09:05:07Z", "<updated>2026-11-21T09:05:07.5Z", valid.DuplicateUpdated},
	{"atom", "<author><name>Desk</name><email>desk@example.org</email></author>", "", valid.MissingAuthor},
	{"atom", "<summary type=\"text\">A summary</summary>", "", valid.MissingContent},
	{"atom", `<link href="https://two.example.net/2"/>`, "", valid.MissingContent},
	{"json", `, "content_text": "Two"`, "", valid.MissingContent},
	{"rss", "<description>&lt;p&gt;A summary of AT&amp;amp;T.&lt;/p&gt;</description>", "", valid.DescriptionFirst},
	{"rss", "<dc:creator>An Author", "<author>a@example.org (A)</author><dc:creator>An Author", valid.DuplicateMeaning},
	{"rss", "<ttl>", "<dc:creator>Desk</dc:creator><ttl>", valid.DuplicateMeaning},
	{"rss", "</url><title>A feed", "</url><title>Logo", valid.ImageDoesntMatch},
	{"rss", "<url>https://feeds.example.org/logo.png", "<url>https://feeds.example.org/logo.webp", valid.ImageFormat},
	{"rss", `<itunes:category text="Health &amp; Fitness"/>`, "", valid.PodcastIncomplete},
	{"rss", `<itunes:owner><itunes:name>Desk</itunes:name><itunes:email>desk@example.org</itunes:email></itunes:owner>`, "", valid.PodcastIncomplete},
	{"rss", `7.mp3"`, `7.mp3?from=rss"`, valid.PodcastFormat},
	{"rss", `<atom:link rel="current"`, `<atom:link rel="related"`, valid.ArchiveIncomplete},
	{"atom", `<link rel="prev-archive"`, `<link rel="related"`, valid.ArchiveIncomplete},

	{"atom", `scheme="https://one.example.net/topics"`, `scheme="topics"`, valid.InvalidURI},
	{"atom", `scheme="https://one.example.net/topics"`, `scheme="https://one.example.net/my topics"`, valid.InvalidURI},
	{"rss", "<link>https://one.example.net/?a=1&amp;b=%C3%BC#c", "<link>https://one.example.net/\u00fc", valid.InvalidURI},
	{"rss", "<link>https://one.example.net/?a=1&amp;b=%C3%BC#c", "<link>https://one.example.net/%zz", valid.InvalidWebURI},
	{"rss", "<link>https://one.example.net/?a=1&amp;b=%C3%BC#c", "<link>", valid.InvalidWebURI},
	{"rss", "<link>https://one.example.net/?a=1&amp;b=%C3%BC#c", "<link>javascript:alert(1)", valid.InvalidWebURI},
	{"rss", "<link>https://one.example.net/?a=1&amp;b=%C3%BC#c", "<link>https://user:secret@one.example.net/", valid.InvalidWebURI},
	{"rss", "https://one.example.net/7.mp3", "https://localhost/7.mp3", valid.InvalidWebURI},
	{"rss", "https://one.example.net/7.mp3", "https://one.example.net?7.mp3", valid.InvalidWebURI},
	{"atom", `<link href="https://two.example.net/2"/>`, `<link href="/2"/>`, valid.InvalidWebURI},
	{"opml", `xmlUrl="https://two.example.net/feed"`, `xmlUrl="file:///etc/passwd"`, valid.InvalidWebURI},
	{"json", `"url": "https://one.example.net/1"`, `"url": "data:text/html,x"`, valid.InvalidWebURI},
	{"rss", ">tag:one.example.net,2026:1</guid>", ">one thing</guid>", valid.InvalidID},
	{"atom", "<id>tag:one.example.net,2026:1</id>", "<id>yt:video:1</id>", valid.InvalidID},
	{"json", `"tag:one.example.net,2026:1"`, `"1"`, valid.InvalidID},
	{"atom", "https://feeds.example.org/a</id>", "https://Feeds.example.org/a</id>", valid.NonCanonicalID},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "https://two.example.net", valid.NonCanonicalID},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "https://two.example.net:443/", valid.NonCanonicalID},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "https://two.example.net/a/../b", valid.NonCanonicalID},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "https://two.example.net/%c3%bc", valid.NonCanonicalID},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "https://two.example.net/%7Eb", valid.NonCanonicalID},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "https://two.example.net/%FC", valid.NonCanonicalID},
	{"atom", "https://two.example.net/%C3%BC/~b?x=y%2Fz", "https://two.example.net/\u00fc", valid.NonCanonicalID},
	{"atom", "<id>tag:one.example.net,2026:1</id>", "<id>tag:One.example.net,2026:1</id>", valid.NonCanonicalID},
	{"atom", "<id>tag:one.example.net,2026:1</id>", "<id>urn:uuid:1</id>", valid.NonCanonicalID},
	{"rss", ">tag:one.example.net,2026:1</guid>", ">12345</guid>", valid.NotUnique},
	{"rss", "Sat, 21 Nov 2026 09:05:07 +0000", "Mon, 21 Nov 2026 09:05:07 +0000", valid.InvalidDate},
	{"rss", "Sat, 21 Nov 2026 09:05:07 +0000", "Sat, 21 Nov 26 09:05:07 +0000", valid.InvalidDate},
	{"rss", "Sat, 21 Nov 2026 09:05:07 +0000", "Sat, 21 Nov 2026 09:05:07 CET", valid.InvalidDate},
	{"atom", "<updated>2026-11-20T09:05:07Z", "<updated>", valid.InvalidDate},
	{"atom", "<updated>2026-11-20T09:05:07Z", "<updated>2026-11-20", valid.InvalidDate},
	{"json", `"date_modified": "2026-11-22T09:05:07Z"`, `"date_modified": "2026-11-31T09:05:07Z"`, valid.InvalidDate},
	{"rss", "Sat, 21 Nov 2026 09:05:07 +0000", "Thu, 01 Jan 1970 00:00:00 +0000", valid.ImplausibleDate},
	{"atom", "<updated>2026-11-20T09:05:07Z", "<updated>1970-01-01T00:00:00Z", valid.ImplausibleDate},
	{"rss", "desk@example.org (Desk)", "Desk", valid.InvalidContact},
	{"rss", "desk@example.org (Desk)", "desk@example.org", valid.InvalidContact},
	{"rss", "two@example.net (Two)", "Two", valid.InvalidContact},
	{"atom", "<email>desk@example.org", "<email>Desk", valid.InvalidContact},
	{"atom", "<name>Another", "<name>Another &lt;another@example.org&gt;", valid.ContainsEmail},
	{"rss", "<language>en-GB", "<language>english", valid.InvalidLanguage},
	{"rss", "<language>en-GB", "<language>qq", valid.InvalidLanguage},
	{"atom", `xml:lang="de"`, `xml:lang="de_DE"`, valid.InvalidLanguage},
	{"json", `"language": "de"`, `"language": ""`, valid.InvalidLanguage},
	{"rss", `type="audio/mpeg"`, `type="audio"`, valid.InvalidMIMEType},
	{"atom", `type="audio/mpeg"`, `type=""`, valid.InvalidMIMEType},
	{"json", `"audio/mpeg"`, `"mp3"`, valid.InvalidMIMEType},
	{"rss", `length="12345678"`, `length="-1"`, valid.InvalidInteger},
	{"rss", "<ttl>60", "<ttl>0", valid.InvalidInteger},
	{"atom", `length="12345678"`, `length="12 MB"`, valid.InvalidInteger},
	{"json", "12345678", "-1", valid.InvalidInteger},
	{"rss", "01:02:03", "01:2:3", valid.InvalidDuration},
	{"rss", "<itunes:explicit>false", "<itunes:explicit>no", valid.InvalidWord},
	{"rss", "Health &amp; Fitness", "Owls", valid.InvalidWord},
	{"atom", `<title type="text">Two`, `<title type="xhtml">Two`, valid.InvalidWord},
	{"json", `"title": "A feed"`, `"title": 1`, valid.InvalidType},
	{"json", `"items": [`, `"items": [1,`, valid.InvalidType},
	{"json", `["go"]`, `"go"`, valid.InvalidType},
	{"json", `"expired": false`, `"expired": "no"`, valid.InvalidType},

	{"rss", "<title>A feed</title>\n", "<title>A &lt;b&gt;feed&lt;/b&gt;</title>\n", valid.ContainsHTML},
	{"rss", "What &#x3C;b> means at AT&#x26;T", "AT&amp;amp;T", valid.ContainsHTML},
	{"rss", "What &#x3C;b> means at AT&#x26;T", "What &lt;b> means", valid.ContainsHTML},
	{"rss", "<category>go", "<category>R&amp;#38;D", valid.ContainsHTML},
	{"atom", `<title type="text">Two`, `<title type="text">&lt;b>Two&lt;/b>`, valid.ContainsHTML},
	{"atom", `label="Go"`, `label="R&amp;amp;D"`, valid.ContainsHTML},
	{"rss", "<p>All of it", "<p>All <p>of</p> it", valid.NotHTML},
	{"rss", "<p>All of it", "<p>All</div> of it", valid.NotHTML},
	{"rss", "<p>All of it", "<p>All <b>of it", valid.NotHTML},
	{"rss", "<p>All of it", "<p>AT&T: all of it", valid.NotHTML},
	{"rss", "<p>All of it", "<p>1 < 2 <o:p>all</o:p>", valid.NotHTML},
	{"rss", "<p>All of it", "<p>All<!-- of it --> of it", valid.NotHTML},
	{"json", "<p>All of it.</p>", "<table><p>All of it.</p></table>", valid.NotHTML},
	{"opml", `<title>Sources`, `<title>R&amp;D`, valid.NotHTML},
	{"opml", `text="One"`, `text="One &lt; Two"`, valid.NotHTML},
	{"rss", "<p>All of it", "<p><script>alert(1)</script>All of it", valid.SecurityRisk},
	{"rss", "<p>All of it", `<p>All of <iframe src=\"https://one.example.net/\"></iframe>it`, valid.SecurityRisk},
	{"rss", "<p>All of it", `<p onclick="alert(1)">All of it`, valid.SecurityRisk},
	{"rss", "<p>All of it", `<p style="position:fixed">All of it`, valid.SecurityRisk},
	{"atom", `href="https://one.example.net/"&gt;`, `href="javascript:alert(1)"&gt;`, valid.SecurityRisk},
	{"json", "<p>All of it.</p>", "<p><img src='data:image/svg+xml,x'></p>", valid.SecurityRisk},
	{"rss", `<img src="https://one.example.net/i.png"`, `<img src="/i.png"`, valid.ContainsRelRef},
	{"atom", `href="https://one.example.net/"&gt;`, `href="#top"&gt;`, valid.ContainsRelRef},
}

// roots are documents of another kind.
var roots = []wrong{
	{"rss", "", `<feed/>`, valid.WrongRoot},
	{"atom", "", `<rss version="2.0"/>`, valid.WrongRoot},
	{"opml", "", `<html/>`, valid.WrongRoot},
	{"json", "", `[]`, valid.WrongRoot},
	{"rss", "", `<rss/><rss/>`, valid.NotWellFormed},
	{"atom", "", ``, valid.NotWellFormed},
	{"json", "", ``, valid.NotWellFormed},
}

func good(t *testing.T, format string) string {
	t.Helper()
	body, err := os.ReadFile("testdata/good." + format)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestGoodDocuments(t *testing.T) { // O-01
	for format, check := range checks {
		for _, f := range check([]byte(good(t, format))).Faults {
			t.Errorf("%s: %v", format, f)
		}
	}
}

func TestWrongDocuments(t *testing.T) { // O-01
	for _, w := range wrongs {
		base := good(t, w.format)
		body := strings.Replace(base, w.old, w.new, 1)
		if body == base {
			t.Errorf("%s: there is no %q to be replaced", w.format, w.old)
			continue
		}
		w.hold(t, body)
	}
	for _, w := range roots {
		body := w.new
		if w.format != "json" {
			body = `<?xml version="1.0" encoding="UTF-8"?>` + body
		}
		w.hold(t, body)
	}
}

// hold fails unless the document has the fault that it should have.
func (w *wrong) hold(t *testing.T, body string) {
	t.Helper()
	faults := checks[w.format]([]byte(body)).Faults
	if !slices.ContainsFunc(faults, func(f *valid.Fault) bool { return f.Rule == w.want }) {
		t.Errorf("%s with %q for %q: want %s, got %v", w.format, w.new, w.old, w.want, faults)
	}
}

// TestEveryRuleIsBroken holds that no rule is without a document that breaks it.
func TestEveryRuleIsBroken(t *testing.T) {
	source, err := os.ReadFile("fault.go")
	if err != nil {
		t.Fatal(err)
	}
	rules := regexp.MustCompile(`(?m)^\t\w+ +Rule = "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(rules) < 45 {
		t.Fatalf("only %d rules were found", len(rules))
	}
	broken := map[string]bool{}
	for _, w := range append(wrongs, roots...) {
		broken[string(w.want)] = true
	}
	for _, rule := range rules {
		if !broken[rule[1]] {
			t.Errorf("no document breaks %s", rule[1])
		}
	}
}

// FuzzCheck holds that whatever is checked, the checker says something and goes on.
func FuzzCheck(f *testing.F) {
	for _, w := range wrongs {
		body, err := os.ReadFile("testdata/good." + w.format)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(strings.Replace(string(body), w.old, w.new, 1)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, check := range checks {
			for _, fault := range check(body).Faults {
				if fault.String() == "" || fault.Where == "" {
					t.Errorf("a fault says nothing: %+v", *fault)
				}
			}
		}
	})
}
