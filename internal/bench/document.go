package main

import (
	"bytes"
	"fmt"
	"strings"
)

const itemsPerFeed = 25

// document returns a feed as a blog would write it: 25 items of some 1.7 KB of HTML. Each
// version has one new item, and lost the oldest.
func document(n, version int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Blog %d</title><link>https://blog%d.example.org/</link><description>A blog</description>`, n, n)
	for i := version + itemsPerFeed - 1; i >= version; i-- {
		fmt.Fprintf(&b, `<item><title>Article %d of blog %d &amp; more</title><link>https://blog%d.example.org/%d?utm_source=rss</link><guid>https://blog%d.example.org/?p=%d</guid><pubDate>Mon, %02d Jun 2026 10:00:00 +0000</pubDate><dc:creator>Example Author</dc:creator><category>news</category><content:encoded><![CDATA[`, i, n, n, i, n, i, i%28+1)
		for p := range 5 {
			fmt.Fprintf(&b, `<p class="wp-block">Paragraph %d of <a href="/other/%d">article</a> number <b>%d</b> %s <em>and so on</em>.</p>`, p, p, i, strings.Repeat(words[(n+i+p)%len(words)]+" ", 13))
		}
		fmt.Fprintf(&b, `<img src="/pictures/%d.jpg" alt="A picture" width="640" height="480">]]></content:encoded></item>`, i)
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

var words = []string{"council bridge", "river closed", "winter spring", "repairs long", "voted year", "harvest early", "library open", "station built"}

// few returns a feed of three short items.
func few(n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>Blog %d</title><link>https://blog%d.example.org/</link><description>A blog</description>`, n, n)
	for i := range 3 {
		fmt.Fprintf(&b, `<item><title>Article %d of blog %d</title><link>https://blog%d.example.org/%d</link><guid>https://blog%d.example.org/?p=%d</guid><pubDate>Mon, %02d Jun 2026 10:00:00 +0000</pubDate><description>&lt;p&gt;Article %d of %d %s&lt;/p&gt;</description></item>`, i, n, n, i, n, i, i+1, i, n, words[(n+i)%len(words)])
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}
