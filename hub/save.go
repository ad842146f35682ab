package hub

import (
	"context"
	"time"

	"wiredesk"
)

const (
	// saveMost is how many followers are written in one transaction, so that others can write
	// between two.
	saveMost = 1000
	// saveAgain is how long to wait after the store refused.
	saveAgain = 10 * time.Second
)

// A saver knows which followers are not stored as they are. It is guarded by the hub's mu.
type saver struct {
	unsaved map[key]struct{}
	waiting []chan<- error // told of the next transaction
	wake    chan struct{}  // of capacity one
	ended   chan struct{}  // closed when nothing is stored any more
}

func newSaver() saver {
	return saver{unsaved: map[key]struct{}{}, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// changed says that a follower is not stored as it is.
func (s *saver) changed(k key) {
	s.unsaved[k] = struct{}{}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// await has done told when everything that changed until now is stored, or cannot be.
func (s *saver) await(done chan<- error) { s.waiting = append(s.waiting, done) }

// saveLoop stores what changed, many followers at once, until ended; then it stores the rest.
func (h *Hub) saveLoop(ctx context.Context, ended <-chan struct{}) {
	defer close(h.save.ended)
	for {
		select {
		case <-ended:
			// What was done is remembered even when everything ends.
			if err := h.store(context.WithoutCancel(ctx)); err != nil {
				h.log.Error("cannot store who follows", "error", err)
			}
			return
		case <-h.save.wake:
		}
		if err := h.store(ctx); err != nil {
			h.log.Error("cannot store who follows", "error", err, "retry_in", saveAgain.String())
			select {
			case <-ended:
			case <-time.After(saveAgain):
			}
			h.mu.Lock()
			for k := range h.save.unsaved {
				h.save.changed(k) // wakes
				break
			}
			h.mu.Unlock()
		}
	}
}

// store stores everything that changed until now, and tells who waits for that.
func (h *Hub) store(ctx context.Context) error {
	h.mu.Lock()
	waiting := h.save.waiting
	h.save.waiting = nil
	unsaved := h.save.unsaved
	h.save.unsaved = map[key]struct{}{}
	h.mu.Unlock()
	var err error
	for len(unsaved) > 0 && err == nil {
		batch := make([]key, 0, min(len(unsaved), saveMost))
		for k := range unsaved {
			if batch = append(batch, k); len(batch) == saveMost {
				break
			}
		}
		if err = h.write(ctx, batch); err == nil {
			for _, k := range batch {
				delete(unsaved, k)
			}
		}
	}
	h.mu.Lock()
	for k := range unsaved {
		h.save.unsaved[k] = struct{}{}
	}
	h.mu.Unlock()
	for _, done := range waiting {
		done <- err
	}
	return err
}

// write stores these followers as they are now. There is one writer, so that what is stored last
// is what is known last.
func (h *Hub) write(ctx context.Context, batch []key) error {
	var put, remove []wiredesk.Follower
	h.mu.Lock()
	for _, k := range batch {
		if f := h.followers[k]; f != nil {
			put = append(put, f.Follower)
		} else {
			remove = append(remove, wiredesk.Follower{Topic: k.topic, Callback: k.callback})
		}
	}
	h.mu.Unlock()
	return h.o.Store.ChangeFollowers(ctx, put, remove)
}
