package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk/web"
)

const (
	rulesFile     = "../deploy/prometheus/wiredesk.rules.yml"
	dashboardFile = "../deploy/prometheus/grafana-dashboard.json"
)

// exposed returns the names of all metrics that there are, each with a value of every label.
func exposed(t *testing.T) []string {
	t.Helper()
	m := web.NewMetrics("1", at, func() web.Figures {
		one := map[string]uint64{"x": 1}
		return web.Figures{Polls: one, RequestsByName: one, Sources: map[string]int{"ok": 1}, RuleHits: map[string]int{"x": 1}, HubSubscribers: map[string]int{"go": 1}, HubDeliveries: one, HubVerifications: one, HubPings: one}
	})
	m.Late(time.Second)
	m.Built(time.Second)
	site, _ := newHandler(t)
	ask(m.Count(site), http.MethodGet, "/go.rss", "User-Agent", "Feedbin - 12 subscribers")
	var names []string
	for line := range strings.Lines(ask(m.Handler(), http.MethodGet, "/metrics").Body.String()) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ = strings.Cut(name, " ")
			names = append(names, name)
		}
	}
	return names
}

var metricName = regexp.MustCompile(`\b(?:wiredesk|process|go)_[a-z_]+\b`)

// TestDashboardAndRules holds that every metric that they name is one that there is, and that
// every metric of ours is on the dashboard or in a rule.
func TestDashboardAndRules(t *testing.T) {
	names := exposed(t)
	var used []string
	for _, path := range []string{rulesFile, dashboardFile} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range metricName.FindAllString(string(text), -1) {
			if !slices.Contains(names, name) {
				base := strings.TrimSuffix(name, "_bucket")
				if base == name || !slices.Contains(names, base) {
					t.Errorf("%s names %s, which there is not", path, name)
				}
				name = base
			}
			used = append(used, name)
		}
	}
	for _, name := range names {
		if strings.HasPrefix(name, "wiredesk_") && !slices.Contains(used, name) && !slices.Contains(unused, name) {
			t.Errorf("%s is in no panel and no rule", name)
		}
	}
	if !slices.Contains(names, "wiredesk_reported_subscribers") {
		t.Error("what services say of their subscribers is not exposed")
	}
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct{ Title string }
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || len(dashboard.Panels) < 10 {
		t.Errorf("%d panels, %v", len(dashboard.Panels), err)
	}
}

// unused are told by others, or are for looking into one thing.
var unused = []string{"wiredesk_source_requests_total", "wiredesk_hub_verifications_total", "wiredesk_hub_ended_total"}

// TestPromtool holds that Prometheus takes the rules and every expression of the dashboard, and
// that every alert fires where it should, and none where all is well.
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian package prometheus)")
	}
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	panels := filepath.Join(t.TempDir(), "panels.yml")
	rules := "groups:\n  - name: panels\n    rules:\n"
	expressions := regexp.MustCompile(`"expr": (".*")`).FindAllSubmatch(text, -1)
	for i, e := range expressions { // a text in JSON is one in YAML
		rules += fmt.Sprintf("      - {record: \"panel_%d\", expr: %s}\n", i, strings.ReplaceAll(string(e[1]), "$__rate_interval", "5m"))
	}
	if len(expressions) < 15 {
		t.Errorf("only %d expressions were found", len(expressions))
	}
	if err := os.WriteFile(panels, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", rulesFile}, {"check", "rules", panels}, {"test", "rules", "testdata/alerts.yml"}} {
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
