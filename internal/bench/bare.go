package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/mmcdole/gofeed"
)

const concurrency = 64

// each calls fn for each number below n, many at once, with a bare client, and returns the
// first error.
func each(n int, fn func(client *http.Client, i int) error) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}}
	defer client.CloseIdleConnections()
	work := make(chan int)
	var wg sync.WaitGroup
	var once sync.Once
	var failed error
	for range concurrency {
		wg.Go(func() {
			for i := range work {
				if err := fn(client, i); err != nil {
					once.Do(func() { failed = err })
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	return failed
}

// bareParse fetches and parses with the libraries alone.
func bareParse(base string, sources int) (measure, error) {
	return timed(func() error {
		return each(sources, func(client *http.Client, i int) error {
			resp, err := ask(client, fmt.Sprintf("%s/%d", base, i), "")
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			feed, err := gofeed.NewParser().Parse(resp.Body)
			if err != nil || len(feed.Items) != itemsPerFeed {
				return fmt.Errorf("source %d: %w", i, err)
			}
			return nil
		})
	})
}

// bareConditional asks with the validators of before and reads what comes.
func bareConditional(base string, sources int) (measure, error) {
	return timed(func() error {
		return each(sources, func(client *http.Client, i int) error {
			return get(client, fmt.Sprintf("%s/%d", base, i), fmt.Sprintf(`"%d-0"`, i))
		})
	})
}

func get(client *http.Client, url, etag string) error {
	resp, err := ask(client, url, etag)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func ask(client *http.Client, url, etag string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	return client.Do(req)
}
