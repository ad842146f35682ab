package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/web"
)

// listen tries whether a daemon could listen where the config says: another program may be there.
func (d *doctor) listen(ctx context.Context) {
	const name = "listen"
	for _, address := range []string{d.cfg.Server.Listen, d.cfg.Server.Metrics} {
		if address == "" {
			continue
		}
		ln, err := web.Listen(ctx, address, 0o600)
		switch {
		case errors.Is(err, fs.ErrPermission): // the service may have a right that this user lacks
			d.say(name, checkWarning, "run wiredesk doctor as the user that the service has; "+hintOf(err), "%v", err)
		case errors.Is(err, syscall.EADDRINUSE):
			d.say(name, checkFailed, hintOf(err)+"; ss -ltnp names it", "%v", err)
		case err != nil:
			d.fail(name, err, "")
		default:
			_ = ln.Close()
			d.say(name, checkOK, "", "nobody else listens at %s", address)
		}
	}
}

// everywhere are all networks: the operator's own address may be in any.
var everywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// knocks is how many hosts are tried before the network is blamed.
const knocks = 3

// network asks hosts of sources for their time, one after the other, until one answers.
func (d *doctor) network(ctx context.Context) {
	client, err := newClient(d.cfg, nil, d.p.log)
	if err != nil {
		d.fail("network", err, "")
		return
	}
	defer client.Close()
	d.knock(ctx, client.Knock)
}

// knock asks by ask, and compares the clock of whoever answers with ours.
func (d *doctor) knock(ctx context.Context, ask func(context.Context, *wiredesk.Source) (time.Time, error)) {
	const name = "network"
	seen := make(map[string]bool)
	state, said := checkSkipped, "there is no public source to ask"
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		host := fetch.HostOf(s.URL)
		if s.Paused || s.Private || !strings.HasPrefix(s.URL, "http") || seen[host] || len(seen) >= knocks {
			continue
		}
		seen[host] = true
		date, err := ask(ctx, s)
		if err == nil {
			d.say(name, checkOK, "", "%s answers", hostName(s.URL))
			d.clock(time.Now(), date)
			return
		}
		said = hostName(s.URL) + ": " + err.Error()
		if failed, ok := errors.AsType[*fetch.RequestError](err); ok && failed.Network {
			state = checkFailed
		} else if state != checkFailed { // it is that host's fault, or the source's
			state = checkWarning
		}
	}
	switch state {
	case checkFailed:
		d.say(name, state, "check the cable, the name servers (/etc/resolv.conf), the firewall and [fetch] proxy", "%s", said)
	case checkWarning:
		d.say(name, state, "wiredesk sources says how the others are", "%s; so this does not tell whether the network works", said)
	default:
		d.say(name, state, "", "%s", said)
	}
}

// clockTolerance is how far a clock may be off: feeds have dates, and so do certificates.
const clockTolerance = 2 * time.Minute

// clock compares our clock with that of a host.
func (d *doctor) clock(now, theirs time.Time) {
	const name = "clock"
	switch off := now.Sub(theirs); {
	case theirs.IsZero():
		d.say(name, checkSkipped, "", "the host does not say what time it is")
	case off.Abs() > clockTolerance:
		d.say(name, checkFailed, "set the clock, and have it kept: timedatectl set-ntp true", "it is %s off, as that host sees it", off.Abs().Round(time.Second))
	default:
		d.say(name, checkOK, "", "it is right, as that host sees it")
	}
}

// outside asks the base address, as a reader would, and finds out whether it is us who answer.
func (d *doctor) outside(ctx context.Context, inside *insideView) {
	const name = "base_url"
	base := d.cfg.Server.BaseURL
	if inside != nil {
		base = inside.Base
	}
	if isLocal(base) {
		d.say(name, checkWarning, "[server] base_url is the address that readers use; it stands in every feed", "%s can be reached from this machine alone", base)
	}
	if inside == nil || inside.Home == "" {
		d.say(name, checkSkipped, "", "no daemon serves at %s", base)
		return
	}
	client, err := fetch.NewClient(fetch.ClientOptions{Version: version(), Contact: d.cfg.Fetch.Contact, AllowNetworks: everywhere})
	if err != nil {
		d.fail(name, err, "")
		return
	}
	defer client.Close()
	for again := false; ; again = true {
		resp, err := client.Fetch(ctx, fetch.Request{URL: base + "/", Page: true, Timeout: 10 * time.Second})
		switch {
		case err != nil:
			d.fail(name, err, base+" must lead to this machine: look at its name, the firewall and the web server in front")
			return
		case resp.Status != http.StatusOK:
			d.say(name, checkFailed, "the web server in front must hand "+base+" on to "+d.cfg.Server.Listen, "%s answers %d", base, resp.Status)
			return
		case hashOf(resp.Body) == inside.Home:
			d.say(name, checkOK, "", "%s answers, and it is us", base)
			return
		case again:
			d.say(name, checkFailed, "the web server in front must hand it on to "+d.cfg.Server.Listen+", and change nothing", "%s answers, but with something else than our page", base)
			return
		}
		// A new site may have been built meanwhile.
		if err := web.Ask(ctx, d.cfg.Server.Socket, "doctor", struct{}{}, inside, nil); err != nil {
			d.fail(name, err, "")
			return
		}
	}
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hostName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "a host"
	}
	return u.Hostname()
}

// isLocal reports whether an address is one that only this machine can reach.
func isLocal(address string) bool {
	host := hostName(address)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// hub looks at what the feeds name as their hub, and at the hubs of sources.
func (d *doctor) hub(ctx context.Context, n *newsroom) {
	const name = "hub"
	n.mu.Lock()
	cfg := n.cfg
	n.mu.Unlock()
	if cfg.WebSub.Subscribe && isLocal(cfg.Server.BaseURL) {
		d.say(name, checkWarning, "set [server] base_url to an address that hubs can call", "[websub] subscribe cannot work with %s, except for hubs of this machine", cfg.Server.BaseURL)
	}
	if cfg.WebSub.Hub == config.BuiltinHub && isLocal(cfg.Server.BaseURL) {
		d.say(name, checkWarning, "set [server] base_url to an address that subscribers can reach", "nobody elsewhere can subscribe at %s", hubAddress(cfg))
	}
	stands, err := n.hubVerb(ctx, struct{}{}, nil)
	if err != nil {
		d.fail(name, err, "")
		return
	}
	reply := stands.(hubReply)
	if reply.Hub == "" {
		return
	}
	waiting, problem := 0, ""
	for _, t := range reply.Topics {
		waiting += t.Waiting
		if t.Problem != "" {
			problem = t.Problem
		}
	}
	if problem != "" {
		d.say(name, checkWarning, "wiredesk hub says more; it is tried again by itself", "%s: %d wait for the present version, one because %s", reply.Hub, waiting, problem)
		return
	}
	d.say(name, checkOK, "", "%s is told of changes", reply.Hub)
}
