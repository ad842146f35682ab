package publish_test

import (
	"fmt"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/publish"
)

// difficult is a site whose pages are hard to lay out. Pictures are at an address of files,
// which has /wide.png and /small.png and nothing else.
func difficult(base, files string) publish.Input {
	feed := func(name, title, language string, entries ...wiredesk.Entry) wiredesk.Edition {
		return wiredesk.Edition{Feed: wiredesk.Feed{Name: name, Title: title, Language: language}, Entries: entries, Updated: day(22, 12)}
	}
	news := feed("news", "The day, hand-picked", "en", hardEntries(files)...)
	news.Feed.Description = "What is worth reading from forty newsrooms, chosen by people, with a word on why."
	news.Feed.Image, news.Feed.Rights = files+"/logo-missing.png", "The texts belong to their authors."
	news.Feed.HomePage = "https://www.example.org/about"
	long := feed("long", strings.Repeat("Donaudampfschifffahrtsgesellschaft", 8), "de", hardEntries(files)[:3]...)
	long.Feed.Description = strings.Repeat("ohnejedesleerzeichen", 40)
	many := feed("many", "Two hundred", "fr")
	for i := range 200 {
		many.Entries = append(many.Entries, plainEntry(i))
	}
	arabic := feed("arabic", "أخبار اليوم", "ar", hardEntries(files)...)
	arabic.Feed.Description = "مختارات من غرف الأخبار، مع English words في الوسط."
	in := publish.Input{
		Settings: publish.Settings{BaseURL: base, Title: "The Example Wire"},
		Editions: []wiredesk.Edition{news, long, many, arabic, feed("empty", "Nothing yet", "ja")},
		At:       day(23, 8),
	}
	for i := range 40 {
		in.Sources = append(in.Sources, publish.Blog{Title: fmt.Sprintf("Paper number %d", i), URL: fmt.Sprintf("https://paper-%d.example.net/feed", i)})
	}
	in.Sources[7].Title = strings.Repeat("unbreakable", 20)
	return in
}

// plainEntry is one of many.
func plainEntry(i int) wiredesk.Entry {
	return wiredesk.Entry{
		ID: fmt.Sprintf("https://paper-%d.example.net/%d", i%7, i), Title: fmt.Sprintf("Report %d of an ordinary day", i),
		Published: day(20, 0).Add(-time.Duration(i) * time.Hour), Updated: day(20, 0).Add(-time.Duration(i) * time.Hour),
		Item: wiredesk.Item{
			Link:    fmt.Sprintf("https://paper-%d.example.net/%d", i%7, i),
			Content: "<p>" + strings.Repeat("The council met and talked about the bridge. ", 4+i%60) + "</p>",
		},
		Source: wiredesk.Credit{Title: fmt.Sprintf("Paper %d", i%7), Link: fmt.Sprintf("https://paper-%d.example.net/", i%7)}, Coverage: 1,
	}
}

// hardEntries are entries that break pages which were made for ordinary ones.
func hardEntries(files string) []wiredesk.Entry {
	article := func(i int, title, content string) wiredesk.Entry {
		link := fmt.Sprintf("https://journal.example.com/%d", i)
		return wiredesk.Entry{
			ID: link, Title: title, Published: day(21, 9), Updated: day(21, 9), Coverage: 1, Source: journal(),
			Item: wiredesk.Item{Link: link, Content: content},
		}
	}
	prose := strings.Repeat("<p>The harbour authority said on Tuesday that the old cranes will be taken down before winter, and that nobody has yet said who pays. "+
		"“We have asked three times,” one of the workers told the paper, “and got four answers.”</p>", 9)

	lead := article(1, "The old cranes of the harbour come down before winter", "<h1>What is known</h1>"+prose+"<h4>What is not</h4>"+prose)
	lead.Pinned, lead.Note = true, "The first account with numbers. Read the second part, the first is what was said last week."
	lead.Item.Image = files + "/small.png"
	lead.Item.Authors = []wiredesk.Author{{Name: "Example Author"}, {Name: "A Second One"}}
	lead.Coverage = 4
	lead.Also = []wiredesk.Coverage{
		{Title: "Harbour: cranes to go", Link: "https://other.example.net/1", Source: wiredesk.Credit{Title: "Other Paper", URL: "https://other.example.net/rss"}, Published: day(21, 10)},
		{Title: "نهاية الرافعات القديمة", Link: "https://third.example.net/1", Source: wiredesk.Credit{Title: "جريدة", URL: "https://third.example.net/rss"}, Published: day(21, 11)},
		{Link: "https://fourth.example.net/1", Source: wiredesk.Credit{URL: "https://fourth.example.net/rss"}},
	}
	broken := article(2, "A picture that is not there, and one that is missing its host", prose)
	broken.Item.Image = files + "/missing.png"
	unbroken := article(3, strings.Repeat("Unbroken", 40), "<p>"+strings.Repeat("x", 3000)+"</p>")
	unbroken.Note = strings.Repeat("note", 100)
	unbroken.Item.Authors = []wiredesk.Author{{Name: strings.Repeat("Author", 60)}}
	unbroken.Source.Title = strings.Repeat("Source", 40)
	wide := article(4, "A table, a listing and a picture that are wider than any screen", hugeTable()+
		"<pre><code>"+strings.Repeat("func main() { ", 40)+"</code></pre>"+
		`<p><img src="`+files+`/wide.png" alt="A wide one" width="3000" height="200"></p>`+
		`<figure><img src="`+files+`/gone.png" alt="A chart of all crane movements since the harbour was opened"><figcaption>Cranes, by year</figcaption></figure>`+
		`<video src="https://cast.example.net/film.mp4" width="1920" height="1080"></video><ul><li>one<ul><li>two<ul><li>`+strings.Repeat("deep", 60)+`</li></ul></li></ul></li></ul>`)
	hebrew := article(5, "כותרת מימין לשמאל עם English באמצע", `<p>טקסט קצר, 42 מילים.</p><p dir="ltr">And one line of English.</p>`)
	hebrew.Item.Language = "he"
	hebrew.Source = wiredesk.Credit{Title: "עיתון", URL: "https://rtl.example.net/rss"}
	digest := wiredesk.Entry{
		ID: "urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c9", Title: "2026-11-20", Published: day(21, 0), Updated: day(21, 0),
		Digest: []wiredesk.Coverage{
			{Title: "One thing more", Link: "https://one.example.net/1", Source: wiredesk.Credit{Title: "One"}, Published: day(20, 3)},
			{Title: strings.Repeat("Long", 50), Link: "https://two.example.net/1", Published: day(20, 4)},
		},
	}
	unnamed := article(6, "From a source that is not named", "<blockquote><p>Somebody said this.</p></blockquote><hr><dl><dt>Term</dt><dd>What it means</dd></dl>")
	unnamed.Source = wiredesk.Credit{}
	film := podcast()
	film.ID, film.Title = "https://cast.example.net/episodes/8", "Episode 8, with a film"
	film.Item.Enclosures = []wiredesk.Enclosure{{URL: "https://cast.example.net/8.mp4", Type: "video/mp4", Length: 123456789}, {URL: "https://cast.example.net/" + strings.Repeat("file", 60) + ".pdf", Type: "application/pdf"}}
	return []wiredesk.Entry{lead, broken, unbroken, digest, microblog(), wide, hebrew, podcast(), film, unnamed, bare()}
}

func hugeTable() string {
	var b strings.Builder
	b.WriteString("<table><caption>Cranes</caption><tbody>")
	for row := range 4 {
		b.WriteString("<tr>")
		for column := range 40 {
			fmt.Fprintf(&b, "<td>row %d column %d</td>", row, column)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	return b.String()
}
