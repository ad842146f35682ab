package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wiredesk/web"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func figures() web.Figures {
	return web.Figures{
		Polls: map[string]uint64{"fetched": 3}, RequestsByName: map[string]uint64{"": 1, "a\n\"b": 2}, Sources: map[string]int{"ok": 2}, RuleHits: map[string]int{"adverts": 4},
		Requests: 3, StoreSize: 4096, Built: at,
		HubSubscribers: map[string]int{"go": 7}, HubDeliveries: map[string]uint64{"delivered": 8}, HubEnded: 9,
	}
}

func TestMetrics(t *testing.T) { // P-56, S-44
	m := web.NewMetrics("1.0", at, figures)
	site, _ := newHandler(t)
	counted := m.Count(site)
	for _, path := range []string{"/go.rss", "/go.rss", "/go.atom", "/go.json", "/go", "/", "/healthz", "/sources.opml", "/none.rss", "/?x=.rss", "/a.b/c", "/x.secret", "/planet/websub/x", "/planet/hub"} {
		ask(counted, http.MethodGet, path)
	}
	ask(counted, http.MethodGet, "/go.rss", "If-None-Match", "*")
	ask(counted, http.MethodGet, "/go.atom", "User-Agent", "Feedbin feed-id:1 - 12 subscribers")
	ask(counted, http.MethodGet, "/none.atom", "User-Agent", "Feedbin feed-id:1 - 99 subscribers")
	ask(counted, http.MethodPost, "/go.rss")
	m.Late(2 * time.Second)
	m.Built(time.Second)
	answer := ask(m.Handler(), http.MethodGet, "/metrics")
	text := answer.Body.String()
	for _, want := range []string{
		`wiredesk_http_responses_total{format="rss",status="2xx"} 2`,
		`wiredesk_http_responses_total{format="rss",status="3xx"} 1`,
		`wiredesk_http_responses_total{format="rss",status="4xx"} 2`,
		`wiredesk_http_responses_total{format="atom",status="2xx"} 2`,
		`wiredesk_reported_subscribers{feed="go"} 12`,
		`wiredesk_rule_hits{rule="adverts"} 4`,
		`wiredesk_http_responses_total{format="json",status="2xx"} 1`,
		`wiredesk_http_responses_total{format="page",status="2xx"} 3`,
		`wiredesk_http_responses_total{format="page",status="4xx"} 1`,
		`wiredesk_http_responses_total{format="other",status="2xx"} 1`,
		`wiredesk_polls_total{outcome="fetched"} 3`,
		`wiredesk_source_requests_total{name="a\n\"b"} 2`,
		`wiredesk_poll_lag_seconds_bucket{le="5"} 1`,
		`wiredesk_build_duration_seconds_sum 1`,
		`wiredesk_store_size_bytes 4096`,
		`wiredesk_hub_subscribers{feed="go"} 7`,
		`wiredesk_hub_deliveries_total{outcome="delivered"} 8`,
		`wiredesk_hub_ended_total 9`,
		`wiredesk_build_info{version="1.0"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(text, "secret") {
		t.Error("a path that a client chose is in the metrics")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
}

// Only metrics are where metrics are, and nobody can write to them.
func TestMetricsServeNothingElse(t *testing.T) { // S-44
	h := web.NewMetrics("1.0", at, figures).Handler()
	for path, want := range map[string]int{"/metrics": 200, "/": 404, "/go.rss": 404, "/metrics/x": 404, "/debug/pprof/": 404} {
		if got := ask(h, http.MethodGet, path).Code; got != want {
			t.Errorf("%s answers %d", path, got)
		}
	}
	if got := ask(h, http.MethodPost, "/metrics").Code; got != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", got)
	}
}

// Without metrics nothing is measured, and nothing stands between a reader and the site.
func TestWithoutMetrics(t *testing.T) {
	var none *web.Metrics
	none.Late(time.Second)
	none.Built(time.Second)
	site, _ := newHandler(t)
	w := httptest.NewRecorder()
	none.Count(site).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/go.rss", nil))
	if w.Code != http.StatusOK {
		t.Errorf("answers %d", w.Code)
	}
}
