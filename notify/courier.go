package notify

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"wiredesk"
)

// How often and for how long is tried what does not arrive.
const (
	firstRetry = 10 * time.Second
	lastRetry  = time.Hour
	tooOld     = 3 * 24 * time.Hour
)

// A Store keeps events and how far channels got.
type Store interface {
	// Events returns the events after a number, oldest first.
	Events(ctx context.Context, after uint64) ([]wiredesk.Event, error)
	// Delivered returns the number of the newest event that a channel has; of a new one, of
	// the newest there is.
	Delivered(ctx context.Context, channel string) (uint64, error)
	// SetDelivered remembers it.
	SetDelivered(ctx context.Context, channel string, seq uint64) error
}

// A Channel brings one event to somebody. Name is that of its key in the config.
type Channel struct {
	Name string
	// Send brings a message, see [Message]. The wait is how long the receiver asks to be
	// left alone; zero if it does not. Errors show no secret.
	Send func(ctx context.Context, message []byte) (wait time.Duration, err error)
}

// A Courier brings the events of a store to one channel. Its methods may be called from any
// goroutine, but only one of Run and Flush at a time.
type Courier struct {
	store   Store
	channel Channel
	log     *slog.Logger
	wake    chan struct{} // of capacity one: news coalesces
	retry   chan struct{} // likewise
}

// NewCourier returns a courier that is not on its way yet. A nil logger discards.
func NewCourier(store Store, channel Channel, log *slog.Logger) *Courier {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Courier{store: store, channel: channel, log: log, wake: make(chan struct{}, 1), retry: make(chan struct{}, 1)}
}

// Wake says that there are new events.
func (c *Courier) Wake() { signal(c.wake) }

// Retry says that what did not arrive may arrive now, as after a reload.
func (c *Courier) Retry() { signal(c.retry) }

func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// Run brings events until ctx ends. The error is always nil: what the store says is logged,
// and it is asked again.
func (c *Courier) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-c.retry:
		case <-c.wake:
			if failed > 0 { // it is tried again when it is time, whatever else happened
				continue
			}
		}
		wait, err := c.Flush(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			failed = 0
			timer.Stop()
		default:
			failed++
			if failed == 1 {
				c.log.Warn("notification not delivered, it is tried again", "channel", c.channel.Name, "error", err)
			}
			timer.Reset(max(wait, backOff(failed)))
		}
	}
}

// backOff returns how long to wait after so many failures in a row.
func backOff(failed int) time.Duration {
	wait := firstRetry
	for range failed - 1 {
		if wait *= 2; wait >= lastRetry {
			return lastRetry
		}
	}
	return wait
}

// Flush brings what there is and returns at the first that does not arrive, with how long the
// receiver asks to be left alone. What is older than three days and does not arrive is given
// up.
func (c *Courier) Flush(ctx context.Context) (wait time.Duration, err error) {
	has, err := c.store.Delivered(ctx, c.channel.Name)
	if err != nil {
		return 0, err
	}
	events, err := c.store.Events(ctx, has)
	if err != nil {
		return 0, err
	}
	for i := range events {
		e := &events[i]
		wait, err := c.channel.Send(ctx, Message(e))
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case err != nil && time.Since(e.At) < tooOld:
			return wait, err
		case err != nil:
			c.log.Error("notification given up", "channel", c.channel.Name, "event", e.ID, "error", err)
		}
		if err := c.store.SetDelivered(ctx, c.channel.Name, e.Seq); err != nil {
			return 0, fmt.Errorf("remember what %s has: %w", c.channel.Name, err)
		}
	}
	return 0, nil
}
