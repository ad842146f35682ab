package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// ErrRefused is returned when an address must not be asked: it is not on the public
// network, its port belongs to another service, or it is our own.
var ErrRefused = errors.New("refused")

// A guard says which addresses may be dialled. It is asked by the dialler after names were
// resolved, so that a name that changes its mind between check and use gains nothing.
type guard struct {
	safe *ssrf.Guardian
	own  []netip.AddrPort
}

// secrets are where clouds tell a machine its keys, and link-local networks, of which they
// are part. No option opens them.
var secrets = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud, within 100.64.0.0/10
	netip.MustParsePrefix("192.0.0.192/32"),     // Oracle Cloud
	netip.MustParsePrefix("168.63.129.16/32"),   // Azure, a public address
	netip.MustParsePrefix("fd00:ec2::/32"),      // Amazon, within fc00::/7
	netip.MustParsePrefix("fd20:ce::254/128"),   // Google
	netip.MustParsePrefix("fd00:42::42/128"),    // Scaleway
}

// home are the networks that a source with allow_private may live in.
var home = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fc00::/7"),
}

// closedPorts belong to services that can be harmed by an HTTP request, or whose answer
// is no document: those of the Fetch standard that are in use.
var closedPorts = []uint16{
	0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95,
	101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161,
	179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563,
	587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 2375, 2376, 3306, 3659,
	4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
	6697, 10080, 11211, 27017,
}

func newGuard(allow []netip.Prefix, own []netip.AddrPort) *guard {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return &guard{own: own, safe: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))}
}

// control is for net.Dialer: it sees the address that is about to be connected to.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s is no address", ErrRefused, address)
	}
	return g.check(ap)
}

func (g *guard) check(ap netip.AddrPort) error {
	addr := ap.Addr().Unmap().WithZone("")
	if slices.Contains(closedPorts, ap.Port()) {
		return fmt.Errorf("%w: port %d belongs to another service", ErrRefused, ap.Port())
	}
	if slices.ContainsFunc(secrets, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return fmt.Errorf("%w: %s is not on the public network, and no option opens it", ErrRefused, addr)
	}
	if g.isOwn(addr, ap.Port()) {
		return fmt.Errorf("%w: %s is our own address", ErrRefused, ap)
	}
	if err := g.safe.SafeAddr(addr); err != nil {
		return &privateError{addr}
	}
	return nil
}

// isOwn reports whether we listen there ourselves.
func (g *guard) isOwn(addr netip.Addr, port uint16) bool {
	return slices.ContainsFunc(g.own, func(own netip.AddrPort) bool {
		// To dial no address in particular is to dial this machine.
		return own.Port() == port && (own.Addr().Unmap().WithZone("") == addr || addr.IsUnspecified() ||
			own.Addr().Unmap().IsUnspecified() && isOurs(addr))
	})
}

// isOurs reports whether this machine has an address now.
func isOurs(addr netip.Addr) bool {
	if addr.IsLoopback() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(addrs, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr().Unmap().WithZone("") == addr
	})
}

// checkHost refuses what can be refused before a name is looked up: addresses, and hosts
// that some resolver reads as one ("0x7f.1", "2130706433").
func (g *guard) checkHost(host, port string) error {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("%w: %q is no port", ErrRefused, port)
	}
	host = strings.TrimSuffix(host, ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		return g.check(netip.AddrPortFrom(addr, uint16(n)))
	}
	if slices.Contains(closedPorts, uint16(n)) {
		return fmt.Errorf("%w: port %d belongs to another service", ErrRefused, n)
	}
	if host == "" || strings.ContainsAny(host, "/\\@ ") {
		return fmt.Errorf("%w: %q is no host", ErrRefused, host)
	}
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	// A name never ends in a number (RFC 3696 section 2), an address in disguise does.
	if digits := strings.TrimPrefix(last, "0x"); digits == "" || strings.Trim(last, "0123456789") == "" ||
		digits != last && strings.Trim(digits, "0123456789abcdef") == "" {
		return fmt.Errorf("%w: %q is neither a name nor a proper address", ErrRefused, host)
	}
	return nil
}

// A privateError is a refusal that the operator may lift.
type privateError struct{ addr netip.Addr }

func (e *privateError) Error() string {
	return fmt.Sprintf("refused: %s is not on the public network", e.addr)
}

func (*privateError) Is(target error) bool { return target == ErrRefused }

// hostPort splits an address of the kind that diallers get.
func hostPort(address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		return "", "", fmt.Errorf("%w: %s is no address", ErrRefused, oneLine(address, maxReason))
	}
	return host, port, nil
}
