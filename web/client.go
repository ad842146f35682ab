package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are those whose word about who asks counts. The zero value is none.
type Proxies struct {
	Networks []netip.Prefix
	// Socket says that there is one at the other end of the socket that we listen on.
	Socket bool
}

// none reports whether no proxy is named.
func (p Proxies) none() bool { return len(p.Networks) == 0 && !p.Socket }

func (p Proxies) has(a netip.Addr) bool {
	return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// reader returns the address of who asks, and false where it cannot be told, so that all who
// come the same way would be taken for one. That is so for a proxy that is not named: what
// comes from a socket, from this machine or from a network of one's own is more often a proxy
// than a reader, and where no proxy is named at all, so is what says for whom it asks.
func (p Proxies) reader(r *http.Request) (netip.Addr, bool) {
	peer := addressOf(r.RemoteAddr)
	named := p.Socket
	if peer.IsValid() {
		named = p.has(peer)
	}
	switch {
	case named:
		return p.forwarded(r.Header)
	case p.none() && forwards(r.Header):
		return peer, false
	}
	return peer, public(peer)
}

// forwarded returns for whom named proxies ask: the last in the row that is no such proxy.
// What stands before it is that one's own word, and may be anything.
func (p Proxies) forwarded(h http.Header) (netip.Addr, bool) {
	row := h["X-Forwarded-For"]
	address := addressOf
	if len(row) == 0 {
		row, address = h["Forwarded"], addressFor
	}
	for _, list := range slices.Backward(row) {
		for more := true; more; {
			var hop string
			if i := strings.LastIndexByte(list, ','); i >= 0 {
				list, hop = list[:i], list[i+1:]
			} else {
				hop, more = list, false
			}
			if a := address(strings.TrimSpace(hop)); !p.has(a) {
				return a, public(a)
			}
		}
	}
	return netip.Addr{}, false
}

// forwards reports whether a request says that it is made for somebody else.
func forwards(h http.Header) bool {
	return h["X-Forwarded-For"] != nil || h["Forwarded"] != nil || h["Via"] != nil
}

// addressFor returns the address that an element of Forwarded (RFC 7239 section 4) has for
// the client.
func addressFor(element string) netip.Addr {
	for parameter := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "for") {
			return addressOf(strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return netip.Addr{}
}

// addressOf returns the address in s, which may have a port; an invalid one if there is none.
func addressOf(s string) netip.Addr {
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

var shared = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// public reports whether an address is one of the internet, and not of this machine or of a
// network of one's own.
func public(a netip.Addr) bool {
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// household returns what stands for all addresses that one reader may have: a network of IPv6
// has more than anybody could count.
func household(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	return netip.PrefixFrom(a, 64).Masked().Addr()
}
