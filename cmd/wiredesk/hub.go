package main

import (
	"context"
	"net/http"
	"path"
	"strings"

	"wiredesk/config"
	"wiredesk/fetch"
	"wiredesk/hub"
	"wiredesk/publish"
	"wiredesk/web"
)

// hubs are those who tell others of our feeds. Both are there all the time, and the config says
// which has something to tell.
type hubs struct {
	outgoing *fetch.Outgoing
	own      *hub.Hub
	pinger   *hub.Pinger // tells a hub elsewhere
}

// openHubs makes the hub and the pinger, for a daemon or a round.
func (n *newsroom) openHubs(ctx context.Context) error {
	out := n.client.Outgoing(hub.PerHost)
	own, err := hub.New(ctx, hub.Options{Store: n.store, Transport: out, SiteOf: fetch.SiteOf, Logger: n.log})
	if err != nil {
		return err
	}
	pinger, err := hub.NewPinger(ctx, n.store, out, n.log)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hubs = &hubs{out, own, pinger}
	return nil
}

// putOut has a new site written to disk, if the config says so, and the hubs told. The caller
// holds n.mu.
func (n *newsroom) putOut(site *publish.Site) {
	p := publication{site: site, dir: n.cfg.Publish.Dir}
	if p.dir == "" || n.cfg.WebSub.Hub == config.BuiltinHub {
		n.tellHubs(site)
	} else { // a hub elsewhere asks for the document when it is told, and may find the file
		p.then = func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.tellHubs(site)
		}
	}
	n.outlet.put(p)
}

// tellHubs tells the hubs, if there are any, of a new site. The caller holds n.mu.
func (n *newsroom) tellHubs(site *publish.Site) {
	if n.hubs == nil {
		return
	}
	n.hubs.outgoing.SetProxy(n.cfg.Fetch.Proxy)
	topics := topicsOf(n.cfg, site)
	switch n.cfg.WebSub.Hub {
	case "":
		n.hubs.own.SetTopics(nil)
		n.hubs.pinger.SetTopics("", nil)
	case config.BuiltinHub:
		n.hubs.own.SetTopics(topics)
		n.hubs.pinger.SetTopics("", nil)
	default:
		n.hubs.own.SetTopics(nil)
		n.hubs.pinger.SetTopics(n.cfg.WebSub.Hub, topics)
	}
}

// topicsOf returns the feed documents of a site. One that could not be rendered is there without
// its body: who follows it goes on doing so.
func topicsOf(cfg *config.Config, site *publish.Site) []hub.Topic {
	var topics []hub.Topic
	for _, f := range cfg.Feeds {
		for _, format := range publish.Formats {
			path := "/" + f.Name + "." + format
			topic := hub.Topic{URL: site.BaseURL() + path}
			if d, ok := site.Lookup(path); ok {
				topic = hub.Topic{URL: d.Self, Type: d.Type, Links: d.Links(), Version: d.Hash(), Body: d.Body}
			}
			topics = append(topics, topic)
		}
	}
	return topics
}

// door answers what readers and hubs ask. Limits are for readers: a hub brings what it has.
func (n *newsroom) door(limits *web.Limits) http.Handler {
	site := limits.Handler(n.readers.Watch(web.Site(&n.site), &n.site))
	return n.secret.Before(web.WithHealth(&n.site, n.notAlive, n.notReady, web.WithWebSub(&n.site, site, n.subscriber, n.hubs.own)))
}

// figures adds what the hubs counted.
func (h *hubs) figures(f *web.Figures) {
	own, pinged := h.own.Figures(), h.pinger.Figures()
	f.HubSubscribers = make(map[string]int)
	for topic, n := range own.Followers {
		f.HubSubscribers[strings.TrimSuffix(path.Base(topic), path.Ext(topic))] += n
	}
	f.HubDeliveries = map[string]uint64{"delivered": own.Delivered, "failed": own.Failed}
	f.HubVerifications = map[string]uint64{"confirmed": own.Confirmed, "unconfirmed": own.Unconfirmed}
	f.HubPings = map[string]uint64{"delivered": pinged.Delivered, "failed": pinged.Failed}
	f.HubEnded = own.Ended
}

// hubAddress is the address of the hub that our feeds name; empty if they name none.
func hubAddress(cfg *config.Config) string {
	if cfg.WebSub.Hub == config.BuiltinHub {
		return publish.Base(cfg.Server.BaseURL) + web.HubPath
	}
	return cfg.WebSub.Hub
}
