package likeness

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// What an item costs to remember: its fingerprint, its keys, its part of an event.
func TestMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.05, 20, 200_000)
	at := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	held := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const n = 2_000
	start := held()
	x := NewIndex(time.Hour)
	for i := range uint64(n) {
		title, text := invent(r, zipf)
		x.Add(i, at, Of(title, "", text))
	}
	each := (held() - start) / n
	runtime.KeepAlive(x)
	t.Logf("%d bytes an item", each)
	if each > 6000 {
		t.Errorf("an item takes %d bytes", each)
	}
}
