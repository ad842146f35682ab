// Package hostile has for tests what nobody should get to see: pieces of sources that mean
// harm.
package hostile

// Markup is HTML that is known to have gone through one cleaner or another.
var Markup = []string{ // S-25 to S-30
	`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`,
	`<a href="javascript:alert(1)">x</a>`, `<a href="JaVaScRiPt:alert(1)">x</a>`, "<a href=\"java\tscript:alert(1)\">x</a>", `<a href="&#106;avascript:alert(1)">x</a>`,
	"<a href=\"\x01javascript:alert(1)\">x</a>", `<a href=" javascript:alert(1)">x</a>`, `<a href="vbscript:x">x</a>`, `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`<a href="blob:https://x/1">x</a>`, `<a href="file:///etc/passwd">x</a>`, `<img src="javascript:alert(1)">`, `<img srcset="javascript:alert(1) 1x, data:x 2x">`,
	`<video poster="javascript:alert(1)" src="data:x"></video>`, `<blockquote cite="javascript:x">q</blockquote>`, `<form action="javascript:x"><button formaction="javascript:y">b</button></form>`,
	`<table background="javascript:x"><tr><td background="javascript:y">z</table>`, `<iframe srcdoc="<script>alert(1)</script>"></iframe>`, `<iframe src="javascript:alert(1)"></iframe>`,
	`<a href="https://a.example" ping="https://t.example" target="_blank" referrerpolicy="unsafe-url">x</a>`, `<p style="position:fixed;background:url(javascript:x)">x</p>`,
	`<meta http-equiv="refresh" content="0;url=javascript:x">`, `<base href="https://evil.example/"><a href="x">y</a>`, `<object data="x.swf"><embed src="x.swf"></object>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<template><script>alert(1)</script></template>`, `<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>`,
	`<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>`, `<plaintext><script>x</script>`, `<listing><img src=x onerror=x></listing>`,
	`<select><template><style><!--</style><a rel="--></style></template></select><img id=x onerror=alert(1)>">x</a>`,
	`<math><annotation-xml encoding="text/html"><script>x</script></annotation-xml></math>`, `<svg><foreignObject><p><iframe src=javascript:x></foreignObject></svg>`,
	`]]><script>x</script>`, `--><script>x</script>`, `<!--<img src="--><img src=x onerror=x//">`, `<![CDATA[<script>x</script>]]>`, `<?xml-stylesheet href="javascript:x"?>`,
	`<a xlink:href="javascript:x">y</a>`, `<svg><a xlink:href="javascript:x">y</a></svg>`, `<image src=x onerror=x>`, `<isindex action=javascript:x>`, `<keygen autofocus onfocus=x>`,
	`<p><object><p>x</p></object></p>`, `<a href="https://a.example">1<table><tr><td><a href="https://b.example">2</a></table>`, `<button><p><button><p>`, `<b><p>x</b>y</p>`, `<table>x<b>y<tr><td></b>z</table>`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`, `&amp;lt;script&amp;gt;`, `<a href="https://a.example\@b.example/">x</a>`, `<a href="//%00evil">x</a>`, `<a href="https://a.example/" onclick	=x>y</a>`,
	`<div><svg><style>{font-family:'<br/><img src=x onerror=x>'}`, `<details ontoggle=x open>`, `<input onfocus=x autofocus>`, `<marquee onstart=x>x</marquee>`, `<body onload=x>`, `<html><head><title>x</title></head><body>y</body></html>`,
	`<a href="mailto:a@example.org%0d%0abcc:x@example.org">x</a>`, `<nobr><nobr>x`, `<dialog open>x</dialog>`, `<h1><h2>x</h1>`, `<li><ul><li>x`, `<p><table><p>`, "<pre>\n\n\nx", "<pre>\r\nx\ry", `<ruby><rt><ruby><rt>`, `<option><optgroup>x`,
}

// Addresses are no addresses of the web, or not those that they seem to be.
var Addresses = []string{ // S-26
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "&#106;avascript:alert(1)", "\x01javascript:alert(1)", " javascript:alert(1)",
	"vbscript:msgbox(1)", "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD4=", "blob:https://example.org/1", "file:///etc/passwd",
	"feed:javascript:alert(1)", "view-source:javascript:alert(1)", "jar:https://example.org!/", "http://user:secret@example.org/", "http://example.org\\@evil.example/",
	`https://example.org/" onmouseover="alert(1)`, "https://example.org/'><script>alert(1)</script>", "https://example.org/\r\nSet-Cookie: a=b", "//example.org/x", "https://example.org/\u202egnp.exe",
}

// Lines are for texts of one line: what breaks out of what is around it, moves a cursor, turns
// the direction of writing, or names a file.
var Lines = []string{ // S-30 to S-34
	"]]><script>alert(1)</script>", "--><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "'><svg/onload=alert(1)>", "</title><script>alert(1)</script>",
	"AT&T <b>bold</b> &lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;script&amp;gt;", "a\r\nSet-Cookie: a=b\r\n\r\n<script>", "\x1b[2J\x1b]0;owned\x07", "\u009b31m", "\x00\x0b\x1f\x7f",
	"evil\u202egnp.exe", "\u2066\u2069\u200b\ufeffhidden", "раураl.com", "../../../etc/passwd", "..\\..\\windows", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "{{.}}", "${env:HOME}", "%s%n%x", "$(touch x)", "`touch x`", "; touch x",
}
