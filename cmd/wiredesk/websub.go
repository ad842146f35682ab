package main

import (
	"context"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/web"
)

// openSubscriber makes the subscriber of a daemon. Without [websub] subscribe it has
// nothing to do but to end what an earlier config had begun.
func (n *newsroom) openSubscriber(ctx context.Context) error {
	subscriber, err := fetch.NewSubscriber(ctx, fetch.SubscriberOptions{
		Client: n.client, Store: n.store, Logger: n.log, OnRecorded: n.brought, OnLost: n.poller.Ask,
	})
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.subscriber = subscriber
	targets, err := n.targets(ctx, n.sources)
	if err != nil {
		return err
	}
	now := time.Now()
	for i := range targets {
		st, err := n.store.State(ctx, targets[i].ID)
		if err != nil {
			return err
		}
		targets[i].CatchUp(now, &st)
	}
	n.poller.SetSources(targets)
	return n.setTopics(ctx, n.cfg, n.sources)
}

// setTopics tells the subscriber, if there is one, of the sources. The caller holds n.mu.
func (n *newsroom) setTopics(ctx context.Context, cfg *config.Config, sources []source) error {
	if n.subscriber == nil {
		return nil
	}
	if !cfg.WebSub.Subscribe {
		n.subscriber.SetTopics("", nil)
		return nil
	}
	ids := make([]wiredesk.SourceID, len(sources))
	for i := range sources {
		ids[i] = sources[i].ID
	}
	states, err := n.store.States(ctx, ids)
	if err != nil {
		return err
	}
	topics := make([]fetch.Topic, len(sources))
	for i := range sources {
		topics[i] = fetch.TopicOf(ids[i], &sources[i].Source, &states[i])
	}
	n.subscriber.SetTopics(strings.TrimRight(cfg.Server.BaseURL, "/")+web.CallbackPath, topics)
	return nil
}
