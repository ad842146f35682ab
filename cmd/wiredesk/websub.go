package main

import (
	"context"
	"strings"
	"time"

	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/web"
)

// openSubscriber makes the subscriber of a daemon. Without [websub] subscribe it has
// nothing to do but to end what an earlier config had begun.
func (n *newsroom) openSubscriber(ctx context.Context) error {
	subscriber, err := fetch.NewSubscriber(ctx, fetch.SubscriberOptions{
		Client: n.client, Store: n.store, Logger: n.log, OnRecorded: n.pushed, OnLost: n.poller.Ask,
	})
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.subscriber = subscriber
	states, err := n.states(ctx, n.sources)
	if err != nil {
		return err
	}
	now := time.Now()
	all := targets(n.sources, states)
	for i := range all {
		all[i].CatchUp(now, &states[i])
	}
	n.poller.SetSources(all)
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
	states, err := n.states(ctx, sources)
	if err != nil {
		return err
	}
	topics := make([]fetch.Topic, len(sources))
	for i := range sources {
		topics[i] = fetch.TopicOf(sources[i].ID, sources[i].Source, &states[i])
	}
	n.subscriber.SetTopics(strings.TrimRight(cfg.Server.BaseURL, "/")+web.CallbackPath, topics)
	return nil
}
