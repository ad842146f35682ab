package likeness

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// The CPU time of one more item, its fingerprint included, by how many are in the window: the
// medians of turns that the windows take, so that what else the machine does costs each the same.
// A million items take 6 GB and minutes to fill: -args -million.
func BenchmarkWindow(b *testing.B) {
	sizes := []int{10_000, 100_000}
	if *million {
		sizes = append(sizes, 1_000_000)
	}
	const turn = 100
	windows, turns := make([]*filled, len(sizes)), make([][]time.Duration, len(sizes))
	for i, n := range sizes {
		windows[i] = fill(n)
	}
	var texts [turn][2]string
	write := author(0)
	for b.Loop() {
		for k := range texts {
			texts[k][0], texts[k][1] = write()
		}
		for i, w := range windows {
			start := cpu(b)
			for _, item := range texts {
				w.next(Of(item[0], "", item[1]))
			}
			turns[i] = append(turns[i], (cpu(b)-start)/turn)
		}
	}
	for i, n := range sizes {
		slices.Sort(turns[i])
		b.ReportMetric(float64(turns[i][len(turns[i])/2].Nanoseconds()), fmt.Sprintf("cpu-ns/of-%d", n))
	}
	b.ReportMetric(0, "ns/op")
}

var million = flag.Bool("million", false, "measure beside a million items too")

// A filled window has n items, each an event of its own.
type filled struct {
	index  *Index
	events *Events
	n      uint64
}

var day = time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)

// author returns what writes one item after another.
func author(seed uint64) func() (title, text string) {
	r := rand.New(rand.NewPCG(1, seed))
	zipf := rand.NewZipf(r, 1.05, 20, 200_000)
	return func() (title, text string) { return invent(r, zipf) }
}

func fill(n int) *filled {
	write := author(uint64(n))
	w := &filled{index: NewIndex(1000 * time.Hour), events: NewEvents(1000 * time.Hour), n: uint64(n)}
	for i := range w.n {
		title, text := write()
		f := Of(title, "", text)
		w.index.Add(i, day, f)
		w.events.Add(i, day, f, 1)
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
