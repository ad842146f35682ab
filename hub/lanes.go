package hub

import (
	"net/url"
	"strings"
	"time"
)

const (
	atOnce = 128 // requests under way
	// slowAtOnce is how many of them may be to hosts that were slow, so that these cannot take
	// all.
	slowAtOnce = atOnce / 4
	// PerHost is how many of them may be to one host. One that is not known to be quick has
	// one, and one more with each quick answer.
	PerHost = 8
	// slow is how long an answer of a slow host takes.
	slow = 2 * time.Second
)

// A host is where callbacks are, and who waits for it.
type host struct {
	name      string
	line      []*follower
	followers int
	flying    int
	window    int // how many may be flying
	slow      bool
	ready     bool // in one of the lanes
}

// Lanes are the hosts that somebody waits for, in turns: the quick and the slow.
type lanes struct {
	hosts       map[string]*host
	quick, slow []*host
	flying      int // in all
	flyingSlow  int // to slow hosts, as they were when it began
}

// hostOf returns what tells connections apart: scheme, name and port.
func hostOf(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return callback
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

func (l *lanes) host(name string) *host {
	h := l.hosts[name]
	if h == nil {
		h = &host{name: name, window: 1}
		l.hosts[name] = h
	}
	return h
}

// queue puts a follower at the end of the line of its host.
func (l *lanes) queue(f *follower) {
	f.queued = true
	f.host.line = append(f.host.line, f)
	l.ready(f.host)
}

// ready puts a host into its lane if it may be asked.
func (l *lanes) ready(h *host) {
	if h.ready || len(h.line) == 0 || h.flying >= h.window {
		return
	}
	h.ready = true
	if h.slow {
		l.slow = append(l.slow, h)
	} else {
		l.quick = append(l.quick, h)
	}
}

// next takes the next follower out of line, whose request is under way from now on until it
// lands; nil if none may be.
func (l *lanes) next() *follower {
	var h *host
	switch {
	case l.flying >= atOnce:
		return nil
	case len(l.quick) > 0:
		h, l.quick = l.quick[0], l.quick[1:]
	case len(l.slow) > 0 && l.flyingSlow < slowAtOnce:
		h, l.slow = l.slow[0], l.slow[1:]
	default:
		return nil
	}
	h.ready = false
	f := h.line[0]
	h.line[0] = nil
	h.line = h.line[1:]
	f.queued, f.flying, f.slowly = false, true, h.slow
	h.flying++
	l.flying++
	if f.slowly {
		l.flyingSlow++
	}
	l.ready(h)
	return f
}

// land ends the request of a follower, which took so long.
func (l *lanes) land(f *follower, took time.Duration) {
	h := f.host
	f.flying = false
	h.flying--
	l.flying--
	if f.slowly {
		l.flyingSlow--
	}
	if took >= slow {
		h.slow, h.window = true, 1
	} else if took > 0 {
		h.slow, h.window = false, min(h.window+1, PerHost)
	}
	l.ready(h)
	l.sweep(h)
}

// leave takes a follower away from its host.
func (l *lanes) leave(f *follower) {
	f.host.followers--
	l.sweep(f.host)
}

// sweep forgets a host that nobody is at any more.
func (l *lanes) sweep(h *host) {
	if h.followers == 0 && h.flying == 0 && len(h.line) == 0 && l.hosts[h.name] == h {
		delete(l.hosts, h.name)
	}
}
