package fetch_test

import (
	"fmt"
	"strings"
	"testing"

	"wiredesk/fetch"
)

// document returns an RSS document of so many items with texts as blogs have them.
func document(items int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Bench</title><link>https://example.org/</link><description>d</description><atom:link rel="self" href="https://example.org/feed"/>`)
	for i := range items {
		fmt.Fprintf(&b, `<item><title>A story of some length, number %d</title><link>https://example.org/%d?utm_source=rss</link><guid isPermaLink="false">tag:example.org,2026:%d</guid><dc:creator>Example Author</dc:creator><pubDate>Mon, 02 Mar 2026 08:%02d:00 GMT</pubDate><category>one</category><category>two</category><description>A summary with an &amp;amp; in it</description><content:encoded><![CDATA[`, i, i, i, i%60)
		for range 6 {
			b.WriteString(`<p>Words and <a href="/more?utm_medium=x">links</a> and <em>emphasis</em>, as they are found in the texts of most feeds &amp; pages. <img src="/picture.jpg" alt="A picture" width="600"/></p><ul><li>one</li><li>two</li></ul>`)
		}
		b.WriteString(`]]></content:encoded></item>`)
	}
	b.WriteString(`</channel></rss>`)
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, size := range []struct {
		name  string
		items int
	}{{"small", 25}, {"large", 1000}} {
		body := document(size.items)
		for _, known := range []bool{false, true} {
			name := size.name + "/unknown"
			if known {
				name = size.name + "/known"
			}
			b.Run(name, func(b *testing.B) {
				o := fetch.ParseOptions{URL: "https://example.org/feed", Now: now, Known: func(uint64) bool { return known }}
				b.ReportAllocs()
				b.SetBytes(int64(len(body)))
				for b.Loop() {
					doc, err := fetch.Parse(body, o)
					if err != nil || len(doc.Items) != size.items {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
