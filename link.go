package wiredesk

import (
	"net"
	"net/url"
	"strings"
)

// CanonicalLink returns the form of a web address that is equal for addresses that lead
// to the same document by all experience: without scheme differences, "www.", default
// ports, tracking parameters, fragment and trailing slash. It is for comparison only and
// never shown. What is not an absolute http(s) address is returned trimmed. Applying it
// twice changes nothing.
func CanonicalLink(link string) string {
	link = strings.TrimSpace(link)
	u, err := url.Parse(StripTrackers(link))
	if err != nil || u.Host == "" {
		return link
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
	default:
		return link
	}
	host := strings.ToLower(u.Hostname())
	host = strings.TrimRight(host, ".")
	for strings.HasPrefix(host, "www.") && strings.Count(host, ".") >= 2 {
		host = host[len("www."):]
	}
	if host == "" {
		return link
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	canonical := "https://" + host + path
	if u.RawQuery != "" {
		canonical += "?" + u.RawQuery
	}
	// A page whose content is chosen by a "#!" fragment is another page for each.
	if strings.HasPrefix(u.Fragment, "!") {
		canonical += "#" + u.EscapedFragment()
	}
	return canonical
}

// FrontPage reports whether an address is that of a whole site, which says nothing of what
// it is the link of.
func FrontPage(link string) bool {
	rest, ok := strings.CutPrefix(CanonicalLink(link), "https://")
	return ok && !strings.ContainsAny(rest, "/?#")
}

// StripTrackers returns the address without the query parameters that only tell who sent
// the reader, and without a fragment that does so. Everything else is kept byte for byte.
func StripTrackers(link string) string {
	link, fragment, hasFragment := strings.Cut(link, "#")
	base, query, hasQuery := strings.Cut(link, "?")
	if hasQuery {
		var kept []string
		for pair := range strings.SplitSeq(query, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if !tracker(name) {
				kept = append(kept, pair)
			}
		}
		// An address that ends in a bare "?" is left as it is: nothing was stripped.
		if len(kept) > 0 {
			base += "?" + strings.Join(kept, "&")
		}
	}
	if name, _, _ := strings.Cut(fragment, "="); hasFragment && !tracker(name) {
		base += "#" + fragment
	}
	return base
}

// tracker reports whether a query parameter of this name only tracks.
func tracker(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range trackerPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return trackers[name]
}

var trackerPrefixes = []string{"utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "__hs", "_hs", "vero_", "oly_", "stm_"}

var trackers = map[string]bool{
	"fbclid": true, "gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true,
	"srsltid": true, "msclkid": true, "yclid": true, "ysclid": true, "twclid": true, "ttclid": true,
	"li_fat_id": true, "igshid": true, "igsh": true, "mc_cid": true, "mc_eid": true, "mkt_tok": true,
	"hsctatracking": true, "rb_clickid": true, "s_cid": true, "ml_subscriber": true,
	"ml_subscriber_hash": true, "wickedid": true, "_openstat": true, "openstat": true, "xtor": true,
	"epik": true, "cmpid": true, "ncid": true, "sr_share": true, "guccounter": true,
	"guce_referrer": true, "guce_referrer_sig": true, "at_medium": true, "at_campaign": true,
	"at_custom1": true, "at_custom2": true, "at_custom3": true, "at_custom4": true,
	"ns_mchannel": true, "ns_source": true, "ns_campaign": true, "ns_linkname": true, "ns_fee": true,
	"__twitter_impression": true, "ref_src": true, "ref_url": true, "_branch_match_id": true,
	"_ga": true, "_gl": true, "cvid": true, "oicd": true, "dm_i": true, "ef_id": true, "rss_source": true,
}
