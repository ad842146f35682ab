package hub

// counts are what a hub did since it was made.
type counts struct{ delivered, failed, ended, confirmed, unconfirmed uint64 }

// Figures are what a hub did since it was made, and who follows now.
type Figures struct {
	Followers map[string]int // by topic, those that were verified
	// Delivered and Failed count deliveries, Ended subscriptions that ended because their
	// callback is gone or nothing could be delivered for days.
	Delivered, Failed, Ended uint64
	// Confirmed and Unconfirmed count verifications.
	Confirmed, Unconfirmed uint64
}

// Figures returns the figures of this moment.
func (h *Hub) Figures() Figures {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.counts
	f := Figures{
		Followers: make(map[string]int, len(h.byTopic)),
		Delivered: c.delivered, Failed: c.failed, Ended: c.ended, Confirmed: c.confirmed, Unconfirmed: c.unconfirmed,
	}
	for topic := range h.topics {
		f.Followers[topic] = 0
	}
	for topic, all := range h.byTopic {
		for one := range all {
			if !one.Until.IsZero() {
				f.Followers[topic]++
			}
		}
	}
	return f
}
