package publish

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nginxConf returns what nginx has to know of the documents of a site one by one: what they are
// sent with, where old addresses lead, and what is gone. It is included in server {}, where
// deploy/nginx.conf says the rest.
func nginxConf(s *Site) string {
	var b strings.Builder
	b.WriteString("# Written by wiredesk, for server {} of nginx; deploy/nginx.conf includes it.\n")
	taken := make(map[string]bool) // the same location twice would keep nginx from starting
	location := func(match, path, rules string) {
		if where := match + nginxText(path); !taken[where] {
			taken[where] = true
			fmt.Fprintf(&b, "location %s { %s }\n", where, rules)
		}
	}
	for _, d := range append(s.Documents(), s.ahead()...) {
		name, err := fileName(d.Path)
		if err != nil {
			continue // it is no file
		}
		rules := nginxSet(d.CacheControl, d.Policy, d.Form(Identity).Header.Get("Link")) + " try_files " + nginxQuote(s.path+"/"+name) + " =404;"
		location("= ", s.path+d.Path, rules)
		if d.Path == "/" && s.path != "" {
			location("= ", s.path, rules)
		}
	}
	for _, old := range slices.Sorted(maps.Keys(s.moved)) {
		rules := nginxSet(MovedCache, feedPolicy, "") + " return 301 " + nginxQuote(s.base+s.moved[old]) + ";"
		for _, path := range []string{old, s.path + old} {
			location("= ", path, rules)
			location("= ", path+"/", rules)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.gone)) {
		rules := nginxSet(GoneCache, feedPolicy, "") + ` types { } default_type "text/plain; charset=utf-8"; return 410 "` + GoneText + `\n";`
		for _, end := range goneEnds {
			location("= ", s.path+"/"+name+end, rules)
		}
		location("^~ ", s.path+"/"+name+"/", rules)
	}
	return b.String()
}

// nginxSet says what a document is sent with.
func nginxSet(cache, policy, link string) string {
	return fmt.Sprintf("set $wiredesk_cache %s; set $wiredesk_policy %s; set $wiredesk_link %s;", nginxQuote(cache), nginxQuote(policy), nginxQuote(link))
}

// nginxText returns text as nginx reads it back where no variable may be.
func nginxText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", "", "\r", "").Replace(text) + `"`
}

// nginxQuote returns text as nginx reads it back where a dollar sign would begin a variable. In
// addresses, its code means the same.
func nginxQuote(text string) string { return nginxText(strings.ReplaceAll(text, "$", "%24")) }
