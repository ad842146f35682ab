package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"wiredesk"
)

// hostilePages are pages that are made to cost as much as they can within the limits, by what
// they are made of. Each is padded with the bytes that the limit leaves.
func hostilePages() map[string]string {
	const words = "the ferry of the town, which is old, was replaced by a bridge, said the mayor "
	rep := strings.Repeat
	within := func(piece string) string { // as many as may be
		return rep(piece, min(maxPageBody/len(piece), (maxPageElements-600)/max(strings.Count(piece, "<")-strings.Count(piece, "</"), 1)))
	}
	const depth = 490                   // the parser of the library refuses more than 512
	long := func(piece string) string { // so many pieces, so long that they fill the page
		return within(strings.Replace(piece, "@", rep(words, (maxPageBody/(maxPageElements-600)-len(piece))/len(words)), 1))
	}
	under := func(open, inner string) string { return rep(open, depth) + inner }
	pages := map[string]string{
		// For comparison: 82 KB, of these 28 KB of article and 40 KB of scripts.
		"ordinary":              rep("<div>", 12) + rep(`<li><a href="/section/page">A section</a></li>`, 300) + "<script>" + rep("f(x);", 8000) + "</script><article>" + rep("<p>"+rep(words, 8)+"</p>", 45) + "</article>",
		"deep, then wide":       under("<div>", within("<p>"+words+"</p>")),
		"deep, then long":       under("<div>", long("<p>@</p>")),
		"deep, then text":       under("<div>", rep(words, maxPageBody/len(words))),
		"deep, then commas":     under("<div>", rep("a, ", maxPageBody/3)),
		"deep, then paragraphs": under("<div>", rep("<p>"+rep(words, 100)+"</p>", maxPageBody/(100*len(words)+7))),
		"deep, then divs":       under("<div>", within("<div>"+words+"</div>")),
		"deep, then brs":        under("<div>", within("a<br><br>")),
		"deep, then lists":      under("<ul><li>", "")[:depth*4] + within("<li>"+words+"</li>"),
		"deep, then links":      under("<div>", within(`<a href="/x">`+words+"</a>")),
		"deep, then spaces":     under("<div>", rep(" \n", maxPageBody/2-4000)),
		"deep, then cells":      rep("<div>", 400) + "<table>" + within("<tr><td>"+words+"</td></tr>"),
		"deep, then hidden":     under("<div>", within(`<p hidden>`+words+"</p>")),
		"deep sections, wide":   under("<section>", within("<p>"+words+"</p>")),
		"deep spans, wide":      under("<span>", within("<span>"+words+"</span>")),
		"deep with text, wide":  rep("<div>"+words, depth) + within("<p>"+words+"</p>"),
		"deep with classes":     rep(`<div class="comment sidebar">`, depth) + within("<p>"+words+"</p>"),
		"many deep":             rep(rep("<div>", 100)+words+rep("</div>", 100), (maxPageElements-600)/100),
		"many deep with p":      rep(rep("<div><p>"+words+"</p>", 50)+rep("</div>", 50), (maxPageElements-600)/100),
		"nested tables, 100":    rep(rep("<table><tr><td>", 100)+words+rep("</td></tr></table>", 100), (maxPageElements-600)/400),
		"formatting, less":      rep("<b><i><u>x<p>", 60),
		"formatting, 400":       rep("<a><b><i><u>", 100) + within("<p>x</p>"),
		"short":                 within("<p>x</p>"), // looked at again and again, as nothing is long enough
		"short, deep":           under("<div>", within("<p>x</p>")),
		"short, deep divs":      under("<div>", within("<div>x</div>")),
		"short links, deep":     under("<div>", within("<a href=x>x</a>")),
		"text":                  "<p>" + rep(words, maxPageBody/len(words)) + "</p>",
		"siblings":              within("<p>" + words + "</p>"),
		"bare divs":             within("<div>a, b</div>"),
		"brs":                   within("<br>"),
		"br chains":             within("a<br><br>"),
		"nested divs":           rep("<div>", 500) + words + rep("</div>", 500),
		"deep":                  rep("<div>", maxPageElements-600) + words,
		"deep with text":        rep("<div>"+words, min(maxPageElements-600, maxPageBody/(len(words)+5))),
		"deep spans":            rep("<span>", maxPageElements-600) + words,
		"deep sections":         rep("<section><p>"+words+"</p>", min((maxPageElements-600)/2, maxPageBody/(len(words)+16))),
		"deep b in p":           rep("<p><b>", (maxPageElements-600)/2),
		"formatting":            rep("<b><i><u>x<p>", (maxPageElements-600)/4),
		"tables":                within("<table><tr><td>" + words + "</td></tr></table>"),
		"nested tables":         rep("<table><tr><td>", (maxPageElements-600)/4),
		"one table":             "<table>" + within("<tr><td>a, b</td></tr>"),
		"foster parenting":      "<table>" + within("<p>x</p>"),
		"links":                 within(`<p><a href="/a/b?c=d">` + words + "</a></p>"),
		"lists":                 "<ul>" + within("<li>"+words+"</li>"),
		"deep lists":            rep("<ul><li>"+words, min((maxPageElements-600)/2, maxPageBody/(len(words)+8))),
		"images":                within(`<img src="x.jpg" data-src="y.jpg" srcset="a 1x, b 2x">`),
		"attributes":            "<div " + rep(`a="b" `, maxPageBody/8) + ">" + words,
		"many attributes":       within("<p " + attributes(20) + ">" + words + "</p>"),
		"distinct":              "<div " + attributes(120_000) + ">" + words,
		"huge class":            within(`<div class="` + rep("comment-ad ", 8) + `">` + words + `</div>`),
		"one huge class":        `<div class="` + rep("comment ad article ", maxPageBody/20) + `">` + words,
		"huge style":            `<div style="` + rep("a:b;", maxPageBody/4) + `">` + words,
		"scripts":               within("<script>var a = '<p>'</script>"),
		"json":                  `<script type="application/ld+json">` + rep("[", maxPageBody/2) + "</script>" + words,
		"json objects":          `<script type="application/ld+json">{"@context":"https://schema.org","@type":"Article","a":[` + rep(`{"name":"x"},`, maxPageBody/14) + `0]}</script>` + words,
		"noscripts":             within(`<img src="a.gif"><noscript><img src="x.jpg"></noscript>`),
		"metas":                 within(`<meta name="description" property="og:title" content="a b c">`),
		"one huge meta":         `<meta name="author" content="` + rep("a | b - c ", maxPageBody/12) + `">`,
		"title":                 "<title>" + rep("a | b - c ", maxPageBody/12) + "</title>",
		"headings":              within("<h2>" + words + "</h2>"),
		"entities":              rep("&amp;", maxPageBody/5),
		"commas":                "<p>" + rep(", ", maxPageBody/2),
		"white space":           "<p>" + rep(" \n\t", maxPageBody/3) + "x",
		"white siblings":        within("<div> \n </div>"),
		"comments":              rep("<!---->", maxPageBody/7),
		"open tags":             rep("<", maxPageBody),
		"byline":                within(`<span class="byline author" rel="author">by me</span>`),
		"hidden":                within(`<div style="display:none" aria-hidden="true">` + words + "</div>"),
		"single divs":           within("<div><div><p>" + words + "</p></div></div>"),
		"articles":              within("<article><p>" + words + "</p></article>"),
		"frames":                within(`<iframe src="https://www.youtube.com/embed/x"></iframe>`),
		"select":                "<select>" + within("<option>x"),
		"svg":                   "<svg>" + rep("<g>", maxPageElements-600),
		"templates":             rep("<template>", maxPageElements-600),
		"few long siblings":     rep("<p>"+rep(words, 200)+"</p>", maxPageBody/(200*len(words)+7)),
	}
	// As deep as that, and then as much as its weight lets through.
	for _, d := range []int{8, 30, 100, 400} {
		n := maxPageWeight*19/20/(d+4) - d*5
		for kind, piece := range map[string]string{
			"links": `<a href="/x">` + words + "</a>", "paragraphs": "<p>" + rep(words, 100) + "</p>", "short": "<p>" + words + "</p>",
			"text": "a, ", "divs": "<div>" + words + "</div>", "cells": "<table><tr><td>" + words + "</td></tr></table>",
			"classes": `<div class="comment-ad sidebar ` + rep("a ", 60) + `">a</div>`,
		} {
			pages[fmt.Sprintf("%d %s", d, kind)] = rep("<div>", d) + rep(piece, min(n/len(piece), maxPageBody/len(piece), (maxPageElements-600)/max(strings.Count(piece, "</"), 1)))
		}
	}
	for name, page := range pages {
		pages[name] = "<html><head><title>T</title></head><body>" + page
		if len(page) > maxPageBody {
			pages[name] = pages[name][:maxPageBody]
		}
	}
	return pages
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `a%d="b" `, i)
	}
	return b.String()
}

// BenchmarkExtract measures what a stranger's page can cost.
func BenchmarkExtract(b *testing.B) {
	it := &wiredesk.Item{Title: "The ferry of the town", Summary: "The ferry of the town, which is old, was replaced by a bridge, said the mayor."}
	h := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	for name, page := range hostilePages() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			resp := &Response{Status: 200, Header: h, Body: []byte(page), URL: "https://example.org/x"}
			var err error
			for b.Loop() {
				_, _, err = extract(resp, it, false)
			}
			b.Logf("%d bytes: %v", len(page), err)
		})
	}
}
