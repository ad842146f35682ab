package publish

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// caddyConf returns for Caddy what nginxConf does for nginx. It is imported where the site is
// defined, as deploy/Caddyfile does.
func caddyConf(s *Site) string {
	var b strings.Builder
	b.WriteString("# Written by wiredesk, for a site of Caddy; deploy/Caddyfile imports it.\n")
	b.WriteString("map {http.request.orig_uri.path} {wiredesk_cache} {wiredesk_policy} {wiredesk_link} {wiredesk_moved} {wiredesk_gone} {\n")
	taken := make(map[string]bool) // the same path twice would keep Caddy from starting
	row := func(path string, values ...string) {
		if taken[path] {
			return
		}
		taken[path] = true
		b.WriteString("\t" + path)
		for _, v := range values {
			b.WriteString(" " + caddyQuote(v))
		}
		b.WriteString("\n")
	}
	for _, d := range append(s.Documents(), s.ahead()...) {
		row(caddyQuote(s.path+d.Path), d.CacheControl, d.Policy, d.Form(Identity).Header.Get("Link"), "", "")
		if d.Path == "/" && s.path != "" {
			row(caddyQuote(s.path), d.CacheControl, d.Policy, d.Form(Identity).Header.Get("Link"), "", "")
		}
	}
	for _, old := range slices.Sorted(maps.Keys(s.moved)) {
		for _, path := range []string{old, old + "/", s.path + old, s.path + old + "/"} {
			row(caddyQuote(path), MovedCache, feedPolicy, "", s.base+s.moved[old], "")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.gone)) {
		for _, end := range goneEnds {
			row(caddyQuote(s.path+"/"+name+end), GoneCache, feedPolicy, "", "", "gone")
		}
		row(caddyQuote("~^"+caddyMeta(s.path+"/"+name)+"/"), GoneCache, feedPolicy, "", "", "gone")
	}
	row(`"~/archive/[0-9]+[.](rss|atom|json)$"`, "public, max-age=86400", feedPolicy, "", "", "")
	// What is new is sent with these until Caddy reads this file again.
	row("default", "public, max-age=900", "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src * data:; media-src *; base-uri 'none'; form-action 'none'", "", "", "")
	b.WriteString("}\n")
	return b.String()
}

// caddyQuote returns text as Caddy reads it back. A brace would begin a placeholder, and a
// backslash could hide the end; in addresses, their codes mean the same.
func caddyQuote(text string) string {
	return `"` + strings.NewReplacer(`\`, "%5C", `"`, `\"`, "{", "%7B", "}", "%7D", "\n", "", "\r", "").Replace(text) + `"`
}

// caddyMeta returns a regular expression that matches a path, without a backslash.
func caddyMeta(path string) string {
	return notPlain.ReplaceAllString(path, "[$0]")
}

var notPlain = regexp.MustCompile(`[^a-zA-Z0-9/_-]`)
