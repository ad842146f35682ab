package web

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Figures are what a daemon counted by the moment it is asked. What only grows is counted
// from its start on. A map holds every key from the beginning, with zero, so that nothing
// appears only when it goes wrong.
type Figures struct {
	Polls map[string]uint64 // by outcome

	// The etiquette: what origins are asked, and what comes of it.
	Requests, Conditional, NotModified, Received, NewItems uint64
	// RequestsByName has the handles of the config, never an address.
	RequestsByName map[string]uint64

	Sources        map[string]int // by state
	RuleHits       map[string]int // stored items that a rule applies to, by its name
	Succeeded      time.Time      // when a source was last polled with success; zero before
	Items, Stories int
	StoreSize      int64     // bytes
	Built          time.Time // when the newest build was done that did not fail; zero before
	FailedBuilds   uint64
	// Refused are the documents that would not be valid, so that an older one, or none, is in
	// their place. Refusals is how often that came about.
	Refused  int
	Refusals uint64

	HubSubscribers map[string]int // by the name of the feed
	// HubDeliveries are to subscribers, HubPings to a hub elsewhere, by outcome as the
	// verifications are.
	HubDeliveries, HubVerifications, HubPings map[string]uint64
	HubEnded                                  uint64 // subscriptions whose callback is gone
}

// Metrics are the figures of a daemon in the form of Prometheus, and what is measured one by
// one. A nil one measures nothing. Its methods may be called from any goroutine.
type Metrics struct {
	registry  *prometheus.Registry // our own: nothing that a library registers by itself gets in
	lag       prometheus.Histogram
	builds    prometheus.Histogram
	responses *prometheus.CounterVec
	audience  audience
}

// NewMetrics returns metrics that ask for the figures whenever they are read. Started is when
// the daemon was.
func NewMetrics(version string, started time.Time, figures func() Figures) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "wiredesk_poll_lag_seconds", Help: "How late requests began, after their source was due.",
			Buckets: []float64{0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600},
		}),
		builds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "wiredesk_build_duration_seconds", Help: "How long builds of the site took, failed ones too.",
			Buckets: []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60},
		}),
		responses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wiredesk_http_responses_total", Help: "Answers to readers, by what was asked for and class of status.",
		}, []string{"format", "status"}),
	}
	start := prometheus.NewGauge(prometheus.GaugeOpts{Name: "wiredesk_start_time_seconds", Help: "When the daemon was started, in Unix time."})
	start.Set(seconds(started))
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "wiredesk_build_info", Help: "1, labelled with the version of the program.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	m.registry.MustRegister(m.lag, m.builds, m.responses, start, info, figureCollector{figures, &m.audience},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Late measures how late a request to a source began.
func (m *Metrics) Late(by time.Duration) {
	if m != nil {
		m.lag.Observe(by.Seconds())
	}
}

// Built measures how long a build took.
func (m *Metrics) Built(took time.Duration) {
	if m != nil {
		m.builds.Observe(took.Seconds())
	}
}

// Handler answers GET /metrics, and nothing else.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}))
	return mux
}

// maxScrapes is how many may read the metrics at once: two servers of a pair, and a person.
const maxScrapes = 3

// seconds is how Prometheus writes a time; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
