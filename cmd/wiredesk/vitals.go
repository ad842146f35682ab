package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A pulse shows from outside that a loop comes round. The zero value is ready.
type pulse struct {
	once  sync.Once
	asked chan struct{} // of capacity one
	last  atomic.Pointer[time.Time]
}

// C is ready when somebody feels the pulse: the loop calls beat then.
func (p *pulse) C() <-chan struct{} {
	p.once.Do(func() { p.asked = make(chan struct{}, 1) })
	return p.asked
}

func (p *pulse) beat() { p.last.Store(new(time.Now())) }

// feel asks the loop to come round soon, and returns when it last did; the zero time if it
// never did.
func (p *pulse) feel() time.Time {
	p.C()
	select {
	case p.asked <- struct{}{}:
	default:
	}
	if last := p.last.Load(); last != nil {
		return *last
	}
	return time.Time{}
}

// Patience with what keeps the daemon going.
const (
	// feelEvery is how often it is felt whether everything comes round.
	feelEvery = 15 * time.Second
	// stuckAfter is how long something may not come round: a build of a whole large desk and
	// a slow disk take their time.
	stuckAfter = 3 * time.Minute
)

// vitals are the parts that a daemon is nothing without, and when each last came round. The
// zero value has none.
type vitals struct {
	mu    sync.Mutex
	parts []vital
	calm  atomic.Int32 // how many do something that may keep everything waiting
}

// A vital is one such part. Feel has it come round soon, never waits, and returns when it did
// last; zero for never.
type vital struct {
	name string
	feel func() time.Time
	last time.Time // or when it was first felt
}

// run feels every part now and then until ctx ends.
func (v *vitals) run(ctx context.Context, parts ...vital) error {
	v.mu.Lock()
	for i := range parts {
		parts[i].last = time.Now()
	}
	v.parts = parts
	v.mu.Unlock()
	for {
		v.feel()
		if !sleep(ctx, feelEvery) {
			return nil
		}
	}
}

// feel has every part come round soon, and notes when each did.
func (v *vitals) feel() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.parts {
		p := &v.parts[i]
		if last := p.feel(); last.After(p.last) {
			p.last = last
		}
	}
}

// stuck returns in words what has not come round for longer than that, by name.
func (v *vitals) stuck(after time.Duration) (words []string) {
	v.feel()
	if v.calm.Load() > 0 {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.parts {
		p := &v.parts[i]
		if d := time.Since(p.last); d > after {
			words = append(words, fmt.Sprintf("%s has not moved for %s", p.name, d.Truncate(time.Second)))
		}
	}
	slices.Sort(words)
	return words
}

// keepCalm says that something may keep everything waiting until end is called, and that it is
// meant: a large database is made smaller.
func (v *vitals) keepCalm() (end func()) {
	v.calm.Add(1)
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for i := range v.parts {
			v.parts[i].last = time.Now()
		}
		v.calm.Add(-1)
	}
}

// vitalParts are those of the newsroom.
func (n *newsroom) vitalParts() []vital {
	var turn pulse
	var waiting atomic.Bool
	return []vital{
		{name: "the poll loop", feel: n.poller.Pulse},
		{name: "the build loop", feel: n.pulse.feel},
		{name: "the database", feel: func() time.Time {
			if waiting.CompareAndSwap(false, true) {
				go func() {
					defer waiting.Store(false)
					n.writable.note(n.store.Writable())
					turn.beat()
				}()
			}
			return turn.feel()
		}},
	}
}

// A lastError is what last came of something that is done again and again. The zero value is no
// error.
type lastError struct{ err atomic.Pointer[error] }

func (f *lastError) note(err error) { f.err.Store(&err) }

func (f *lastError) wrong() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}
