package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// BuiltinHub is what the config calls the hub that is part of the daemon.
const BuiltinHub = "builtin"

// websub checks what is said of hubs. Base is the address of the site.
func (b *builder) websub(t *websubTable, base string) WebSub {
	w := WebSub{Subscribe: t.Subscribe.on, Hub: t.Hub.s}
	if w.Hub == "" || w.Hub == BuiltinHub || t.Hub.bad {
		return w
	}
	u, err := url.Parse(w.Hub)
	switch {
	case strings.EqualFold(w.Hub, BuiltinHub):
		b.problem(t.Hub.at, "websub.hub: "+t.Hub.show()+" is no address", `write "builtin"`)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(w.Hub, " #"):
		b.problem(t.Hub.at, "websub.hub: "+t.Hub.show()+" is no address of a hub", `"builtin", or such as "https://pubsubhubbub.appspot.com/"`)
	case base != "" && (w.Hub == base || strings.HasPrefix(w.Hub, base+"/")):
		b.problem(t.Hub.at, "websub.hub: "+t.Hub.show()+" is an address of our own", `write "builtin" for the hub that is part of wiredesk`)
	case onlyHere(base) && !onlyHere(w.Hub):
		b.warn(t.Hub.at, "websub.hub: a hub elsewhere cannot read our feeds at "+base, "set server.base_url to the address that readers use")
	}
	return w
}

// onlyHere reports whether an address is one of this machine alone.
func onlyHere(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
