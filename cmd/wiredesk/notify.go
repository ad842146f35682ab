package main

import (
	"context"
	"time"

	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/notify"
)

// The names under which the store remembers what each channel has delivered.
const (
	webhookChannel = "webhook"
	execChannel    = "exec"
)

// newCouriers returns a courier for every channel that a config may have. Whom they bring
// events to is looked up each time: a reload may have changed it, and where it names nobody
// events are brought to nobody.
func (n *newsroom) newCouriers() []*notify.Courier {
	return []*notify.Courier{
		notify.NewCourier(n.store, notify.Channel{Name: webhookChannel, Send: n.sendWebhook}, n.log),
		notify.NewCourier(n.store, notify.Channel{Name: execChannel, Send: n.sendProgram}, n.log),
	}
}

func (n *newsroom) sendWebhook(ctx context.Context, message []byte) (wait time.Duration, err error) {
	cfg := n.running()
	if cfg.Notify.Webhook == "" {
		return 0, nil
	}
	return n.client.Send(ctx, fetch.Letter{
		URL: cfg.Notify.Webhook, Body: message, AllowPrivate: cfg.Notify.AllowPrivate, Proxy: cfg.Fetch.Proxy,
	})
}

func (n *newsroom) sendProgram(ctx context.Context, message []byte) (time.Duration, error) {
	argv := n.running().Notify.Exec
	if len(argv) == 0 {
		return 0, nil
	}
	return 0, notify.Program(ctx, argv, n.getenv, message)
}

// running returns the config that is in force.
func (n *newsroom) running() *config.Config {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cfg
}

// notifyPatience is how long a round from cron waits for who is to be notified.
const notifyPatience = time.Minute

// notifyOnce brings what there is to tell. What does not arrive is kept for the next round.
func (n *newsroom) notifyOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, notifyPatience)
	defer cancel()
	for _, c := range n.couriers {
		if _, err := c.Flush(ctx); err != nil {
			n.log.Warn("notification not delivered, the next round tries again", "error", err)
		}
	}
}
