package hub

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"wiredesk"
)

// A key tells followers apart (WebSub section 5.1).
type key struct{ topic, callback string }

// A follower is one who follows, and where it stands. All of it is guarded by the hub's mu.
type follower struct {
	wiredesk.Follower
	host *host
	site string

	queued, flying bool
	slowly         bool   // flying, and its host was slow when it began
	removed        bool   // not the hub's any more
	ending         string // why it is to be told that it is over; empty if it is not
}

// What a follower may want.
type job uint8

const (
	nothing job = iota
	expire      // its lease is over, of which nobody is told
	confirm     // what it asked for is to be verified
	deliver     // there is a version that it does not have
	deny        // it is to be told that it is over
)

const (
	// grace is how long a topic may be away before its followers are told: a slip in the config
	// must not cost them.
	grace = 24 * time.Hour
	// gap is the least time between two versions for one follower.
	gap = time.Second
	// retryFirst is how long to wait after a failure; it doubles with each up to retryMost.
	retryFirst = 30 * time.Second
	retryMost  = 6 * time.Hour
	// giveUp is how long deliveries may fail before a subscription is ended.
	giveUp = 3 * 24 * time.Hour
)

// wants returns what there is to do for a follower, and when there will be if there is nothing
// now.
func (h *Hub) wants(now time.Time, f *follower) (job, time.Time) {
	t := h.topics[f.Topic]
	switch {
	case f.Asked != nil:
		return confirm, now
	case !f.Until.After(now):
		return expire, now
	case f.ending != "":
		return deny, now
	case t == nil:
		since, noticed := h.missing[f.Topic]
		if !noticed {
			since = now
			h.missing[f.Topic] = now
		}
		if end := since.Add(grace); end.After(now) {
			return nothing, earlier(end, f.Until)
		}
		f.ending = "this feed is not published any more"
		return deny, now
	case t.Body == nil || f.Told == t.Version:
		return nothing, f.Until
	case f.Next.After(now):
		return nothing, earlier(f.Next, f.Until)
	}
	return deliver, now
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// consider puts a follower in line if there is something to do for it.
func (h *Hub) consider(now time.Time, f *follower) {
	if f.removed || f.queued || f.flying {
		return
	}
	what, at := h.wants(now, f)
	switch what {
	case nothing:
		h.look = earlier(h.look, at)
	case expire:
		h.remove(f)
	case confirm, deliver, deny:
		h.lanes.queue(f)
	}
}

// start does in a goroutine what a follower wants, if it still wants it.
func (h *Hub) start(ctx context.Context, now time.Time, f *follower) {
	what := nothing
	if !f.removed {
		what, _ = h.wants(now, f)
	}
	if what == nothing || what == expire {
		h.lanes.land(f, 0)
		h.consider(now, f)
		return
	}
	is, topic := f.Follower, h.topics[f.Topic]
	ending := f.ending
	h.work.Go(func() {
		began := time.Now()
		var err error
		switch what {
		case nothing, expire:
		case confirm:
			err = h.verify(ctx, &is)
		case deliver:
			err = h.deliver(ctx, &is, topic)
		case deny:
			err = h.deny(ctx, &is, ending)
		}
		now := time.Now()
		h.mu.Lock()
		defer h.mu.Unlock()
		h.lanes.land(f, now.Sub(began))
		if ctx.Err() == nil && !f.removed { // else it was cut short by us, and is done again
			switch what {
			case nothing, expire:
			case confirm:
				h.confirmed(now, f, is.Asked, err)
			case deliver:
				h.delivered(now, f, topic, err)
			case deny:
				h.remove(f)
			}
			h.consider(now, f)
		}
		h.signal()
	})
}

// add adds a follower of whom nothing is known yet.
func (h *Hub) add(topic, callback string) *follower {
	f := &follower{host: h.lanes.host(hostOf(callback)), site: h.o.SiteOf(callback)}
	f.host.followers++
	f.Topic, f.Callback = topic, callback
	h.followers[key{topic, callback}] = f
	if h.byTopic[topic] == nil {
		h.byTopic[topic] = map[*follower]struct{}{}
	}
	h.byTopic[topic][f] = struct{}{}
	h.siteOf(f.site).followers++
	return f
}

// remove forgets a follower.
func (h *Hub) remove(f *follower) {
	if f.removed {
		return
	}
	f.removed = true
	k := key{f.Topic, f.Callback}
	delete(h.followers, k)
	delete(h.byTopic[f.Topic], f)
	if len(h.byTopic[f.Topic]) == 0 {
		delete(h.byTopic, f.Topic)
		delete(h.missing, f.Topic)
	}
	if f.Asked != nil {
		h.pending--
	}
	h.siteOf(f.site).followers--
	h.lanes.leave(f)
	h.save.changed(k)
}

// retry is how long to wait after so many failures. Those that failed together do not come
// again together: up to a quarter is added, by who it is.
func retry(f *wiredesk.Follower) time.Duration {
	wait := min(retryFirst<<min(max(f.Failures-1, 0), 16), retryMost)
	sum := sha256.Sum256([]byte(f.Topic + "\x00" + f.Callback))
	return wait + time.Duration(float64(wait)/4*float64(binary.BigEndian.Uint32(sum[:]))/(1<<32))
}
