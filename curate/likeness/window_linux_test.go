package likeness

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// The cost of one more item, by how many are in the window. The CPU time is what counts: it does
// not depend on what else the machine does. A million take 6 GB and minutes to fill.
func BenchmarkWindow(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		var w *filled // filled once: a benchmark is called several times
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if w == nil {
				w = fill(n)
			}
			b.ResetTimer()
			start := cpu(b)
			for i := range b.N {
				w.next(w.fresh[i%len(w.fresh)])
			}
			b.ReportMetric(float64(cpu(b)-start)/float64(b.N), "cpu-ns/op")
		})
	}
}

// A filled window has n items, each an event of its own.
type filled struct {
	index  *Index
	events *Events
	n      uint64
	fresh  []Fingerprint
}

var day = time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)

func fill(n int) *filled {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.05, 20, 200_000)
	w := &filled{index: NewIndex(1000 * time.Hour), events: NewEvents(1000 * time.Hour), n: uint64(n)}
	for i := range w.n {
		f := invent(r, zipf)
		w.index.Add(i, day, f)
		w.events.Add(i, day, f, 1)
	}
	w.fresh = make([]Fingerprint, 1000)
	for i := range w.fresh {
		w.fresh[i] = invent(r, zipf)
	}
	runtime.GC()
	return w
}

// next takes one more item in, as curate does.
func (w *filled) next(f Fingerprint) {
	for _, other := range w.index.Candidates(f, day) {
		Compare(f, w.index.Fingerprint(other))
	}
	w.index.Add(w.n, day, f)
	group, _, ok := w.events.Find(f, day, 2)
	if !ok {
		group = w.n
	}
	w.events.Add(group, day, f, 1)
	w.n++
}

// cpu returns the time that this process had of all processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
