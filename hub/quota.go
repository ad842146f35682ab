package hub

import (
	"net/http"
	"time"
)

// What a hub takes at most. Anybody may ask it, so that without these it could be filled, or
// made to ask others in somebody's place.
const (
	maxFollowers = 20_000
	maxPerSite   = 1_000 // followers whose callbacks have one owner
	maxPending   = 1_000 // followers that have yet to confirm something
	// A site is verified so often at once, and so often a second after that.
	siteBurst = 100
	siteRate  = 10
	// After so many failures in a row, as of a site that never asked for anything, new followers
	// of a site are verified once in siteFailPause. Those who follow are not held back.
	siteFailures  = 10
	siteFailPause = time.Minute
	siteRemembers = time.Hour // how long failures count after the last request
)

// A site is what one owner has, as far as anybody can tell.
type site struct {
	followers int
	failed    int     // verifications in a row
	tokens    float64 // verifications that may be begun
	at        time.Time
	tried     time.Time // when a new follower was last verified
}

// A refusal is why a request is not taken.
type refusal struct {
	status int
	text   string
	wait   time.Duration // for Retry-After; zero for none
}

func (h *Hub) siteOf(name string) *site {
	s := h.sites[name]
	if s == nil {
		s = &site{tokens: siteBurst}
		h.sites[name] = s
	}
	return s
}

// admit reports why a verification may not be begun; nil if it may. Known says that who asks is
// subscribed already.
func (h *Hub) admit(now time.Time, name string, exists, known bool) *refusal {
	s := h.siteOf(name)
	switch {
	case !exists && len(h.followers) >= maxFollowers:
		return &refusal{http.StatusServiceUnavailable, "this hub has as many subscriptions as it can take", time.Hour}
	case !exists && s.followers >= maxPerSite:
		return &refusal{http.StatusServiceUnavailable, "this hub has as many subscriptions from this site as it takes", time.Hour}
	case h.pending >= maxPending:
		return &refusal{http.StatusServiceUnavailable, "too many requests wait to be verified", time.Minute}
	}
	s.tokens = min(s.tokens+now.Sub(s.at).Seconds()*siteRate, siteBurst)
	s.at = now
	if s.tokens < 1 || !known && s.failed >= siteFailures && now.Sub(s.tried) < siteFailPause {
		return &refusal{http.StatusTooManyRequests, "too many requests for this site", siteFailPause}
	}
	s.tokens--
	if !known {
		s.tried = now
	}
	return nil
}

// forgetSites drops sites that nobody follows from and that are as a new one would be.
func (h *Hub) forgetSites(now time.Time) {
	for name, s := range h.sites {
		if s.followers == 0 && now.Sub(s.at) > siteRemembers {
			delete(h.sites, name)
		}
	}
}
