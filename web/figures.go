package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// numbers are the metrics that are one figure each.
var numbers = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*Figures) float64
}{
	{describe("wiredesk_requests_total", "Polls that asked an origin, without the requests that redirects lead to."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.Requests) }},
	{describe("wiredesk_conditional_requests_total", "Of these, the ones with a validator."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.Conditional) }},
	{describe("wiredesk_not_modified_total", "Of these, the ones answered with 304."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.NotModified) }},
	{describe("wiredesk_received_bytes_total", "Bodies that origins sent, as they were sent."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.Received) }},
	{describe("wiredesk_new_items_total", "Items that were new, by polls and by pushes."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.NewItems) }},
	{describe("wiredesk_items", "Items in the store, as of the newest build."), prometheus.GaugeValue, func(f *Figures) float64 { return float64(f.Items) }},
	{describe("wiredesk_stories", "Stories that these items tell."), prometheus.GaugeValue, func(f *Figures) float64 { return float64(f.Stories) }},
	{describe("wiredesk_store_size_bytes", "Size of the database file."), prometheus.GaugeValue, func(f *Figures) float64 { return float64(f.StoreSize) }},
	{describe("wiredesk_last_build_timestamp_seconds", "When the newest build was done that did not fail, in Unix time; 0 before the first."), prometheus.GaugeValue, func(f *Figures) float64 { return seconds(f.Built) }},
	{describe("wiredesk_last_success_timestamp_seconds", "When a source was last polled with success, in Unix time; 0 before the first."), prometheus.GaugeValue, func(f *Figures) float64 { return seconds(f.Succeeded) }},
	{describe("wiredesk_build_failures_total", "Builds that failed, so that the last good site stayed."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.FailedBuilds) }},
	{describe("wiredesk_refused_documents", "Documents that would not have been valid, so that the last good one stayed, as of the newest build."), prometheus.GaugeValue, func(f *Figures) float64 { return float64(f.Refused) }},
	{describe("wiredesk_document_refusals_total", "How often a document was refused because it would not have been valid."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.Refusals) }},
	{describe("wiredesk_hub_ended_total", "Subscriptions at the builtin hub that ended because their callback is gone."), prometheus.CounterValue, func(f *Figures) float64 { return float64(f.HubEnded) }},
}

// The metrics that are a figure for each value of one label.
var (
	polls          = describe("wiredesk_polls_total", "Polls by outcome.", "outcome")
	sources        = describe("wiredesk_sources", "Sources by state.", "state")
	subscribers    = describe("wiredesk_hub_subscribers", "Subscriptions at the builtin hub, by feed.", "feed")
	deliveries     = describe("wiredesk_hub_deliveries_total", "What the builtin hub sent to subscribers, by outcome.", "outcome")
	verifications  = describe("wiredesk_hub_verifications_total", "What the builtin hub asked of callbacks before it did what it was asked in their name, by outcome.", "outcome")
	readFor        = describe("wiredesk_reported_subscribers", "For how many people services say that they read a feed.", "feed")
	pings          = describe("wiredesk_hub_pings_total", "What a hub elsewhere was told, by outcome.", "outcome")
	ruleHits       = describe("wiredesk_rule_hits", "Items in the store that a rule applies to, by its name.", "rule")
	sourceRequests = describe("wiredesk_source_requests_total", "Requests by the name that the config gives a source; all without one, and private ones, are under the empty name.", "name")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// A figureCollector asks for the figures once for each time that metrics are read, so that
// those of one reading belong together.
type figureCollector struct {
	figures  func() Figures
	audience *audience
}

// Describe tells which metrics there are.
func (c figureCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, n := range numbers {
		ch <- n.desc
	}
	ch <- polls
	ch <- sources
	ch <- sourceRequests
	ch <- ruleHits
	ch <- subscribers
	ch <- deliveries
	ch <- verifications
	ch <- pings
	ch <- readFor
}

// Collect tells their values.
func (c figureCollector) Collect(ch chan<- prometheus.Metric) {
	f := c.figures()
	for _, n := range numbers {
		ch <- prometheus.MustNewConstMetric(n.desc, n.kind, n.value(&f))
	}
	for outcome, n := range f.Polls {
		ch <- prometheus.MustNewConstMetric(polls, prometheus.CounterValue, float64(n), outcome)
	}
	for state, n := range f.Sources {
		ch <- prometheus.MustNewConstMetric(sources, prometheus.GaugeValue, float64(n), state)
	}
	for name, n := range f.RuleHits {
		ch <- prometheus.MustNewConstMetric(ruleHits, prometheus.GaugeValue, float64(n), name)
	}
	for name, n := range f.RequestsByName {
		ch <- prometheus.MustNewConstMetric(sourceRequests, prometheus.CounterValue, float64(n), name)
	}
	for feed, n := range f.HubSubscribers {
		ch <- prometheus.MustNewConstMetric(subscribers, prometheus.GaugeValue, float64(n), feed)
	}
	for feed, n := range c.audience.sums(time.Now()) {
		ch <- prometheus.MustNewConstMetric(readFor, prometheus.GaugeValue, float64(n), feed)
	}
	for desc, counts := range map[*prometheus.Desc]map[string]uint64{deliveries: f.HubDeliveries, verifications: f.HubVerifications, pings: f.HubPings} {
		for outcome, n := range counts {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), outcome)
		}
	}
}
