package fetch

import (
	"log/slog"
	"sync"

	"wiredesk"
)

// severalHosts is how many hosts in a row must be out of reach, with no answer from any
// other in between, before the network is blamed and not they.
const severalHosts = 3

// An outage notices that the network is down, so that it is not held against the sources.
type outage struct {
	log *slog.Logger

	mu      sync.Mutex
	enough  int
	down    bool
	silent  map[string]bool                     // hosts out of reach since the last answer
	excused map[wiredesk.SourceID]wiredesk.Poll // their polls, if the network is to blame
}

func newOutage(log *slog.Logger) *outage {
	return &outage{log: log, enough: severalHosts, silent: map[string]bool{}, excused: map[wiredesk.SourceID]wiredesk.Poll{}}
}

// among says how many hosts there are: where they are two, two are enough. With one alone
// nothing can be told.
func (o *outage) among(hosts int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.enough = min(max(hosts, 2), severalHosts)
}

// forget is called when a source is asked again: what is known of its last poll does not
// matter any more.
func (o *outage) forget(id wiredesk.SourceID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.excused, id)
}

// answered is called when somebody was reached. The caller holds o.mu.
func (o *outage) answered() {
	if o.down {
		o.log.Info("network is back")
	}
	o.down = false
	clear(o.silent)
	clear(o.excused)
}

// page takes in how a request for a page went, and reports whether the network is to blame
// if nobody was reached. Pages alone never say that it is down: what feeds link to may be
// long gone.
func (o *outage) page(host string, answered, unreached bool) (excused bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if answered {
		o.answered()
	}
	if !unreached || len(o.silent) == 0 {
		return false
	}
	silent := len(o.silent)
	if !o.silent[host] {
		silent++
	}
	return o.down || silent >= o.enough
}

// judge returns what to record: the poll itself, first, as the source's or the network's
// fault; and earlier polls that turn out not to have been the source's.
func (o *outage) judge(host string, f finding) []wiredesk.Poll {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.host != "" && f.poll.State.Status != 0 {
		o.answered()
	}
	if !f.network {
		return []wiredesk.Poll{f.poll}
	}
	o.silent[host] = true
	if !o.down && len(o.silent) < o.enough {
		o.excused[f.poll.Source] = f.excused
		return []wiredesk.Poll{f.poll}
	}
	if !o.down {
		o.down = true
		o.log.Warn("network seems to be down: no host can be reached", "problem", f.poll.State.Problem)
	}
	polls := []wiredesk.Poll{f.excused}
	for id, p := range o.excused {
		if id != f.poll.Source {
			polls = append(polls, p)
		}
	}
	clear(o.excused)
	return polls
}
