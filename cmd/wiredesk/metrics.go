package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"wiredesk"
	"wiredesk/web"
)

// listenMetrics opens the listener for metrics; nil if there is to be none.
func listenMetrics(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	l, err := web.Listen(ctx, address, 0)
	if err != nil {
		return nil, withHint(fmt.Errorf("metrics: %w", err), "[server] metrics must be an address of this machine that nobody else listens on")
	}
	return l, nil
}

// measure makes the newsroom's metrics. It is called before anything is at work.
func (n *newsroom) measure(now time.Time) {
	n.metrics = web.NewMetrics(version(), now, n.figures)
}

// late measures how late a request to a source began.
func (n *newsroom) late(by time.Duration) { n.metrics.Late(by) }

// lost is told of sources of which nothing is recorded; without an error we cut them short.
func (n *newsroom) lost(ids []wiredesk.SourceID, err error) {
	n.rounds.lost(ids, err)
	if err != nil {
		n.tally.lost(len(ids))
		n.troubles.begin(n.log, cannotRecord, err)
	}
}
