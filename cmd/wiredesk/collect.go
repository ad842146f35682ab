package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// A desk of ten thousand sources is some sixty megabytes that stay, and the collector of Go
// lets as much again come together before it looks for what can go. So it looks more often
// where much is in use; where little is, memory is not worth the time.
const (
	muchInUse   = 32 << 20 // bytes
	eagerly     = 25       // percent of what is in use that may come together
	asGoDoes    = 100
	inUseMetric = "/gc/heap/live:bytes"
)

var collector struct {
	sync.Mutex
	eager bool
}

// tuneCollector has garbage collected as is right for what is in use now. Whoever sets GOGC
// decides instead.
func tuneCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	sample := []metrics.Sample{{Name: inUseMetric}}
	metrics.Read(sample)
	eager := sample[0].Value.Uint64() > muchInUse
	collector.Lock()
	defer collector.Unlock()
	if eager == collector.eager {
		return
	}
	collector.eager = eager
	percent := asGoDoes
	if eager {
		percent = eagerly
	}
	debug.SetGCPercent(percent)
}
