package web

import (
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Services that read feeds for many people say in their User-Agent for how many, as in
// "Feedbin feed-id:1 - 12 subscribers". What they say is taken for so long, and no more
// services than that are remembered for one document: anybody may say anything.
const (
	saidFor      = 14 * 24 * time.Hour
	mostServices = 200
	mostSaid     = 10_000_000
)

var saidSubscribers = regexp.MustCompile(`(?i)\b(\d{1,9}) (?:subscriber|reader|follower)s?\b`)

// An audience is how many people feeds are read for, as the services that read for them say. The
// zero value is ready.
type audience struct {
	mu    sync.Mutex
	paths map[string]map[string]said // of documents, by service
}

// A said is what a service said last.
type said struct {
	n  int
	at time.Time
}

// heard takes in who asked for a document that is there.
func (s *audience) heard(path, agent string, at time.Time) {
	if len(agent) > 500 || !maySay(agent) {
		return
	}
	m := saidSubscribers.FindStringSubmatch(agent)
	if m == nil {
		return
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > mostSaid {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.paths[path]
	if of == nil {
		if s.paths == nil {
			s.paths = make(map[string]map[string]said)
		}
		of = make(map[string]said)
		s.paths[path] = of
	}
	name := service(agent)
	if _, known := of[name]; !known && len(of) >= mostServices {
		return
	}
	of[name] = said{n, at}
}

// maySay reports whether there is a number before a word that begins as one of
// [saidSubscribers]. It spares those who say nothing, which are nearly all, the expression.
func maySay(agent string) bool {
	for i := 1; i < len(agent)-1; i++ {
		if agent[i] != ' ' || agent[i-1] < '0' || agent[i-1] > '9' {
			continue
		}
		switch agent[i+1] | 0x20 { // in lower case
		case 's', 'r', 'f':
			return true
		}
	}
	return false
}

// service is what a service calls itself, without numbers, which change.
func service(agent string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, agent)
}

// sums returns how many people each feed is read for, all its documents together, by the name
// of the feed, and forgets what was said long ago.
func (s *audience) sums(now time.Time) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	sums := make(map[string]int)
	for document, of := range s.paths {
		for name, said := range of {
			if now.Sub(said.at) > saidFor {
				delete(of, name)
				continue
			}
			sums[feedOf(document)] += said.n
		}
		if len(of) == 0 {
			delete(s.paths, document)
		}
	}
	return sums
}

// feedOf returns the name of the feed whose document is at a path.
func feedOf(document string) string {
	return strings.TrimSuffix(path.Base(document), path.Ext(document))
}

// feedRead reports whether an answer is one that a reader of a feed gets: the document, or
// that it has not changed. Only then is the path one of ours, and not the client's invention.
func feedRead(status int, asked string) bool {
	return (status == http.StatusOK || status == http.StatusNotModified || status == http.StatusIMUsed) && isFeed(asked)
}

func isFeed(asked string) bool {
	switch path.Ext(asked) {
	case ".rss", ".atom", ".json":
		return true
	}
	return false
}
