// Bench measures the CPU that a poll costs, against a bare client with gofeed in the same
// run: make bench. An origin in a process of its own serves the sources, so that its work
// is not counted. docs/performance.md says what was found and how.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mmcdole/gofeed"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/storage"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	origin := flags.Bool("origin", false, "be the origin")
	sources := flags.Int("sources", 1000, "how many sources")
	rounds := flags.Int("rounds", 3, "how often; the best counts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *origin {
		return serve(out)
	}
	base, stop, err := startOrigin()
	if err != nil {
		return err
	}
	defer stop()
	var bare, cold, again measure
	for i := range *rounds {
		b, err := pollBare(base, *sources)
		if err != nil {
			return err
		}
		c, a, err := pollOurs(base, *sources, i)
		if err != nil {
			return err
		}
		bare, cold, again = bare.best(b), cold.best(c), again.best(a)
	}
	n := time.Duration(*sources)
	fmt.Fprintf(out, "%d sources of %d items, %d KB each; CPU per feed, best of %d\n", *sources, itemsPerFeed, len(document(0))>>10, *rounds)
	fmt.Fprintf(out, "bare client and gofeed.Parse      %8v   1.00\n", bare.cpu/n)
	fmt.Fprintf(out, "cold poll: fetch, parse, clean, store %8v   %.2f\n", cold.cpu/n, float64(cold.cpu)/float64(bare.cpu))
	fmt.Fprintf(out, "poll again: all 304               %8v   %.2f\n", again.cpu/n, float64(again.cpu)/float64(bare.cpu))
	fmt.Fprintf(out, "database %d KB, %.2f of the raw documents\n", cold.size>>10, float64(cold.size)/float64(*sources*len(document(0))))
	return nil
}

// A measure is what some work took.
type measure struct {
	cpu  time.Duration
	size int64
}

func (m measure) best(other measure) measure {
	if m.cpu == 0 || other.cpu < m.cpu {
		return other
	}
	return m
}

// timed returns the CPU time, of user and system, that this process spent in fn.
func timed(fn func() error) (measure, error) {
	before := cpu()
	err := fn()
	return measure{cpu: cpu() - before}, err
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const concurrency = 64

// pollBare fetches and parses with the libraries alone.
func pollBare(base string, sources int) (measure, error) {
	return timed(func() error {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}}
		defer client.CloseIdleConnections()
		work := make(chan int)
		var wg sync.WaitGroup
		var once sync.Once
		var failed error
		for range concurrency {
			wg.Go(func() {
				for n := range work {
					if err := bare(client, fmt.Sprintf("%s/%d", base, n)); err != nil {
						once.Do(func() { failed = err })
					}
				}
			})
		}
		for n := range sources {
			work <- n
		}
		close(work)
		wg.Wait()
		return failed
	})
}

func bare(client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	feed, err := gofeed.NewParser().Parse(resp.Body)
	if err != nil || len(feed.Items) != itemsPerFeed {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}

// pollOurs polls all sources into a new database, and then once more.
func pollOurs(base string, sources, round int) (cold, again measure, err error) {
	dir, err := os.MkdirTemp("", "wiredesk-bench")
	if err != nil {
		return cold, again, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, fmt.Sprintf("%d.db", round))
	store, err := storage.Open(path, storage.Options{Create: true})
	if err != nil {
		return cold, again, err
	}
	defer store.Close()
	client, err := fetch.NewClient(fetch.ClientOptions{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PerHost: concurrency})
	if err != nil {
		return cold, again, err
	}
	defer client.Close()
	wanted := make([]wiredesk.Source, sources)
	for i := range wanted {
		wanted[i] = wiredesk.Source{
			URL: fmt.Sprintf("%s/%d", base, i), Interval: time.Hour, MinInterval: time.Hour, MaxInterval: 24 * time.Hour,
			Timeout: time.Minute, MaxBody: 10 << 20,
		}
	}
	ctx := context.Background()
	registered, err := store.Register(ctx, wanted)
	if err != nil {
		return cold, again, err
	}
	targets := make([]fetch.Target, sources)
	for i := range wanted {
		targets[i] = fetch.TargetOf(registered[i].ID, &wanted[i], &wiredesk.SourceState{})
	}
	poller := fetch.NewPoller(fetch.PollerOptions{Client: client, Store: store, Concurrency: concurrency, PerHost: concurrency, Gap: -1})
	poller.SetSources(targets)
	poll := func(want func(fetch.Summary) int) (measure, error) {
		return timed(func() error {
			sum, err := poller.Once(ctx, true, nil)
			if err == nil && want(sum) != sources {
				err = fmt.Errorf("not all was as it should be: %+v", sum)
			}
			return err
		})
	}
	if cold, err = poll(func(s fetch.Summary) int { return s.New / itemsPerFeed }); err != nil {
		return cold, again, err
	}
	if info, err := os.Stat(path); err == nil {
		cold.size = info.Size()
	}
	again, err = poll(func(s fetch.Summary) int { return s.NotModified })
	return cold, again, err
}

// startOrigin starts this program again as the origin.
func startOrigin() (base string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, "-origin") //nolint:gosec // it is this program
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		return "", nil, err
	}
	return "http://" + address, func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }, nil
}

// serve answers /N with a feed, and with 304 who knows it.
func serve(out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the process
	if err != nil {
		return err
	}
	fmt.Fprintln(out, l.Addr())
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &n); err != nil {
			http.NotFound(w, r)
			return
		}
		etag := fmt.Sprintf("%q", r.URL.Path)
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = w.Write(document(n))
	})}
	return server.Serve(l)
}

const itemsPerFeed = 25

// document returns a feed as a blog would write it: 25 items of some 1.7 KB of HTML.
func document(n int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Blog %d</title><link>https://blog%d.example.org/</link><description>A blog</description>`, n, n)
	for i := range itemsPerFeed {
		fmt.Fprintf(&b, `<item><title>Article %d of blog %d &amp; more</title><link>https://blog%d.example.org/%d?utm_source=rss</link><guid>https://blog%d.example.org/?p=%d</guid><pubDate>Mon, %02d Jun 2026 10:00:00 +0000</pubDate><dc:creator>Example Author</dc:creator><category>news</category><content:encoded><![CDATA[`, i, n, n, i, n, i, i%28+1)
		for p := range 5 {
			fmt.Fprintf(&b, `<p class="wp-block">Paragraph %d of <a href="/other/%d">article</a> number <b>%d</b> %s <em>and so on</em>.</p>`, p, p, i, strings.Repeat(words[(n+i+p)%len(words)]+" ", 13))
		}
		fmt.Fprintf(&b, `<img src="/pictures/%d.jpg" alt="A picture" width="640" height="480">]]></content:encoded></item>`, i)
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

var words = []string{"council bridge", "river closed", "winter spring", "repairs long", "voted year", "harvest early", "library open", "station built"}
