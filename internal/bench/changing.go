package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wiredesk"
	"wiredesk/publish"
	"wiredesk/web"
)

// What readers do while the site changes.
const (
	changeEvery = 100 * time.Millisecond
	readers     = 64
	readEvery   = 32 * time.Millisecond // 2,000 requests in a second in all
)

// changing measures how long readers wait for a feed of 50 items, by a server whose site stays
// and by one whose site is rendered anew ten times in a second.
func changing(out io.Writer, seconds int) error {
	var best [2]time.Duration
	for range 5 {
		for i, argument := range []string{"stays", "changes"} {
			address, err := freePort()
			if err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			base, stop, err := background("http://"+address, exec.CommandContext(context.Background(), self, "-site", argument, "-listen", address)) //nolint:gosec // it is this program
			if err != nil {
				return err
			}
			p99, err := wait(base, time.Duration(seconds)*time.Second)
			stop()
			if err != nil {
				return err
			}
			if best[i] == 0 || p99 < best[i] {
				best[i] = p99
			}
		}
	}
	row(out, "p99 of 2,000 requests/s, the site stays", best[0], best[0], "-")
	row(out, "the same, it changes 10 times a second", best[1], best[0], "2")
	return nil
}

// An audience notes how long each answer took, and that the bytes under one ETag are
// always the same.
type audience struct {
	client *http.Client
	url    string

	mu     sync.Mutex
	took   []time.Duration
	hashes map[string]uint64 // by ETag
	failed error
}

// wait asks over many connections at a steady rate, and returns the 99th percentile of the time
// until the last byte.
func wait(base string, length time.Duration) (time.Duration, error) {
	c := &audience{
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers, DisableCompression: true}},
		url:    base + "/all.rss", hashes: make(map[string]uint64),
	}
	defer c.client.CloseIdleConnections()
	var wg sync.WaitGroup
	until := time.Now().Add(length)
	for i := range readers {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * readEvery / readers)
			tick := time.NewTicker(readEvery)
			defer tick.Stop()
			var body bytes.Buffer
			for now := range tick.C {
				if now.After(until) {
					return
				}
				c.read(&body)
			}
		})
	}
	wg.Wait()
	slices.Sort(c.took)
	return c.took[len(c.took)*99/100], c.failed
}

var seed = maphash.MakeSeed()

// read asks once.
func (c *audience) read(body *bytes.Buffer) {
	body.Reset()
	started := time.Now()
	resp, err := ask(c.client, c.url, "")
	if err == nil {
		_, err = body.ReadFrom(resp.Body)
		_ = resp.Body.Close()
	}
	took := time.Since(started)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, took)
	if err != nil {
		c.failed = err
		return
	}
	tag, hash := resp.Header.Get("ETag"), maphash.Bytes(seed, body.Bytes())
	if known, ok := c.hashes[tag]; ok && known != hash {
		c.failed = fmt.Errorf("a mixed document: two bodies have the ETag %s", tag)
	}
	c.hashes[tag] = hash
}

// siteServer serves a site of one feed of 50 items, which changes if that is how it is to be.
func siteServer(how, address string) error {
	var current atomic.Pointer[publish.Site]
	version := 0
	next := func() error {
		site, err := publish.Render(publish.Input{
			Settings: publish.Settings{BaseURL: "http://" + address}, Editions: []wiredesk.Edition{fifty(version)},
			Previous: current.Load(), At: time.Now(),
		})
		current.Store(site)
		version++
		return err
	}
	if err := next(); err != nil {
		return err
	}
	if how == "changes" {
		go func() {
			for range time.Tick(changeEvery) {
				if err := next(); err != nil {
					fmt.Fprintln(os.Stderr, "bench:", err)
				}
			}
		}()
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	return web.Serve(context.Background(), l, web.NewLimits(web.Proxies{}, nil).Handler(web.Site(&current)), nil)
}

// fifty returns a feed of 50 items, of which each version has one that the last had not.
func fifty(version int) wiredesk.Edition {
	e := wiredesk.Edition{Feed: wiredesk.Feed{Name: "all", Title: "Fifty"}}
	for i := version + 50; i > version; i-- {
		var text strings.Builder
		for p := range 5 {
			fmt.Fprintf(&text, `<p>Paragraph %d of article number <b>%d</b> %s <em>and so on</em>.</p>`, p, i, strings.Repeat(words[(i+p)%len(words)]+" ", 20))
		}
		at := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Minute)
		e.Entries = append(e.Entries, wiredesk.Entry{
			ID: fmt.Sprintf("https://example.org/%d", i), Title: fmt.Sprintf("Article %d", i), Published: at, Updated: at, Coverage: 1,
			Item: wiredesk.Item{Link: fmt.Sprintf("https://example.org/%d", i), Content: text.String()},
		})
	}
	return e
}
