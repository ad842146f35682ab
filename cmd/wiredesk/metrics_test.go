package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/web"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// metricsAddress is how the daemon logs where its metrics are.
var metricsAddress = regexp.MustCompile(`"msg":"metrics","address":"([^"]+)"`)

// measured waits until the metrics of the daemon match a pattern, and shows them.
func measured(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: measured PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	said := metricsAddress.FindStringSubmatch(ts.ReadFile("log"))
	if said == nil {
		ts.Fatalf("the log does not say where the metrics are")
	}
	for deadline := time.Now().Add(patient); ; time.Sleep(50 * time.Millisecond) {
		text := fetchText(ts, "http://"+said[1]+"/metrics")
		if pattern.MatchString(text) {
			_, err = io.WriteString(ts.Stdout(), text)
			ts.Check(err)
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("it never came: %s\n%s", args[0], text)
		}
	}
	resp, err := (&http.Client{}).Get("http://" + said[1] + "/all.rss")
	ts.Check(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		ts.Fatalf("where metrics are, a document answers %s", resp.Status)
	}
}

func fetchText(ts *testscript.TestScript, url string) string {
	resp, err := (&http.Client{}).Get(url)
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("metrics answer %s", resp.Status)
	}
	return string(text)
}

// What is counted never becomes less, and a private source's name is never told.
func TestTally(t *testing.T) { // P-56
	named := source{Source: &wiredesk.Source{URL: "https://a.example/", Name: "a"}}
	secret := source{Source: &wiredesk.Source{URL: "https://b.example/", Name: "b", Private: true}}
	named.ID, secret.ID = 1, 2
	var n tally
	n.know([]source{named, secret}, []wiredesk.SourceState{{Polls: 100, Bytes: 1000, Polled: time.Unix(1, 0)}, {}})
	first := wiredesk.Poll{Source: 1, Outcome: wiredesk.NotModified, State: wiredesk.SourceState{Polls: 101, Conditional: 1, NotModified: 1, Bytes: 1000, Polled: time.Unix(2, 0)}}
	n.polled(&first)
	n.polled(&first) // told again
	failed := wiredesk.Poll{Source: 2, Outcome: wiredesk.Failed, State: wiredesk.SourceState{Polls: 1, Bytes: 7, Failures: 1}}
	n.polled(&failed)
	n.brought([]wiredesk.Recorded{{Source: 1, New: []wiredesk.ItemID{1, 2}}})
	n.lost(3)
	want := web.Figures{
		Polls:    map[string]uint64{"fetched": 0, "unchanged": 0, "not_modified": 1, "failed": 1, "lost": 3},
		Requests: 2, Conditional: 1, NotModified: 1, Received: 7, NewItems: 2,
		RequestsByName: map[string]uint64{"a": 1, "": 1},
		Sources:        map[string]int{"ok": 1, "failing": 1, "gone": 0, "paused": 0, "new": 0},
	}
	if diff := cmp.Diff(want, n.figures()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	// A source that is purged begins anew; one that is taken out is still in the sums.
	n.know([]source{secret}, []wiredesk.SourceState{{}})
	purged := wiredesk.Poll{Source: 2, Outcome: wiredesk.Changed, State: wiredesk.SourceState{Polls: 1, Bytes: 5, Polled: time.Unix(3, 0)}}
	n.polled(&first)
	n.polled(&purged)
	got := n.figures()
	if got.Received != 12 {
		t.Errorf("%d bytes", got.Received)
	}
	if _, there := got.RequestsByName["a"]; there || got.Sources["ok"] != 1 || got.Sources["failing"] != 0 {
		t.Errorf("%+v", got)
	}
}

// docs/metrics.md has every metric of ours, and no other.
func TestMetricsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(page)) {
		if name, ok := strings.CutPrefix(line, "| `wiredesk_"); ok {
			name, _, _ = strings.Cut(name, "`")
			documented = append(documented, "wiredesk_"+name)
		}
	}
	var n tally
	n.know(nil, nil)
	m := web.NewMetrics("1", time.Now(), func() web.Figures {
		f := n.figures()
		f.HubSubscribers = map[string]int{"all": 1} // a daemon has hubs
		f.RuleHits = map[string]int{"x": 1}         // and rules
		f.HubDeliveries, f.HubVerifications, f.HubPings = map[string]uint64{"x": 1}, map[string]uint64{"x": 1}, map[string]uint64{"x": 1}
		return f
	})
	service := httptest.NewRequest(http.MethodGet, "/all.rss", nil)
	service.Header.Set("User-Agent", "Service/1 (12 subscribers)")
	m.Count(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(httptest.NewRecorder(), service)
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var names []string
	for line := range strings.Lines(answer.Body.String()) {
		if name, ok := strings.CutPrefix(line, "# TYPE wiredesk_"); ok {
			name, _, _ = strings.Cut(name, " ")
			names = append(names, "wiredesk_"+name)
		}
	}
	slices.Sort(documented)
	slices.Sort(names)
	if diff := cmp.Diff(documented, names); diff != "" {
		t.Errorf("(-page +program)\n%s", diff)
	}
}
