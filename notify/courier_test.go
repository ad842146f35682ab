package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
	"wiredesk/notify"
	"wiredesk/storage"
)

// open opens a store, in a bubble or not.
func open(t *testing.T, path string) *storage.Store {
	t.Helper()
	s, err := storage.Open(path, storage.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// happen stores n more events.
func happen(t *testing.T, s *storage.Store, from, n int) {
	t.Helper()
	var events []wiredesk.Event
	for i := range n {
		name := fmt.Sprintf("e%d", from+i)
		events = append(events, wiredesk.Event{ID: name, At: time.Now(), Kind: wiredesk.EventBroken, Headline: name})
	}
	if err := s.Tell(t.Context(), events, nil); err != nil {
		t.Fatal(err)
	}
}

// A receiver takes messages, or fails as long as it is told to.
type receiver struct {
	mu    sync.Mutex
	fails int // -1 for ever
	wait  time.Duration
	got   []string
	tried []time.Time
}

func (r *receiver) send(_ context.Context, m []byte) (time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried = append(r.tried, time.Now())
	if r.fails != 0 {
		r.fails--
		return r.wait, errors.New("not now")
	}
	var e struct{ ID string }
	if err := json.Unmarshal(m, &e); err != nil {
		return 0, err
	}
	r.got = append(r.got, e.ID)
	return 0, nil
}

func (r *receiver) channel() notify.Channel { return notify.Channel{Name: "test", Send: r.send} }

// fail says how often it is to fail from now on, and what it asks for then.
func (r *receiver) fail(times int, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails, r.wait = times, wait
}

func (r *receiver) want(t *testing.T, ids ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.got, ids) {
		t.Fatalf("got %v, want %v", r.got, ids)
	}
}

// pass lets time go by in a bubble, and what happens in it come to its end: sleeping alone
// orders nothing.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// start has a courier run in a bubble. What comes back ends it.
func start(t *testing.T, c *notify.Courier) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	synctest.Wait()
	return func() { cancel(); <-done }
}

// TestInOrder holds that events arrive in their order and once, those from before the channel
// was there not at all, and that a restart goes on where it was.
func TestInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "w.db")
		s := open(t, path)
		happen(t, s, 0, 3)
		r := &receiver{}
		run := func(s *storage.Store) (*notify.Courier, func()) {
			c := notify.NewCourier(s, r.channel(), nil)
			return c, start(t, c)
		}
		c, stop := run(s)
		r.want(t)
		happen(t, s, 3, 2)
		c.Wake()
		synctest.Wait()
		r.want(t, "e3", "e4")
		stop()
		happen(t, s, 5, 2)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		defer s.Close()
		_, stop = run(s)
		defer stop()
		r.want(t, "e3", "e4", "e5", "e6")
	})
}

// TestRetry holds that what does not arrive is tried again, less and less often, that nothing
// overtakes it, and that the receiver's own word counts where it asks for more.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, filepath.Join(t.TempDir(), "w.db"))
		defer s.Close()
		r := &receiver{fails: 12}
		c := notify.NewCourier(s, r.channel(), nil)
		stop := start(t, c)
		happen(t, s, 0, 1)
		c.Wake()
		pass(5 * time.Second)
		happen(t, s, 1, 1)
		c.Wake() // must not make it try at once
		pass(24 * time.Hour)
		r.want(t, "e0", "e1")
		r.mu.Lock()
		var waits []time.Duration
		for i := 1; i < 13; i++ {
			waits = append(waits, r.tried[i].Sub(r.tried[i-1]))
		}
		r.mu.Unlock()
		const second, minute = time.Second, time.Minute
		want := []time.Duration{10 * second, 20 * second, 40 * second, 80 * second, 160 * second, 320 * second, 640 * second, 1280 * second, 2560 * second, 60 * minute, 60 * minute, 60 * minute}
		if !slices.Equal(waits, want) {
			t.Errorf("waits %v, want %v", waits, want)
		}

		r.fail(1, 2*time.Hour)
		happen(t, s, 2, 1)
		c.Wake()
		pass(119 * time.Minute)
		r.want(t, "e0", "e1")
		pass(2 * time.Minute)
		r.want(t, "e0", "e1", "e2")

		r.fail(1, 0)
		happen(t, s, 3, 1)
		c.Wake()
		synctest.Wait()
		c.Retry() // as after a reload
		synctest.Wait()
		r.want(t, "e0", "e1", "e2", "e3")
		stop()
	})
}

// TestGivenUp holds that what never arrives does not keep what comes after it for ever.
func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, filepath.Join(t.TempDir(), "w.db"))
		defer s.Close()
		r := &receiver{fails: -1}
		c := notify.NewCourier(s, r.channel(), nil)
		stop := start(t, c)
		happen(t, s, 0, 1)
		c.Wake()
		pass(71 * time.Hour)
		happen(t, s, 1, 1)
		pass(4 * time.Hour) // now the first one is too old
		r.fail(0, 0)
		pass(2 * time.Hour)
		r.want(t, "e1")
		stop()
		if n := len(r.tried); n > 90 {
			t.Errorf("tried %d times", n)
		}
	})
}
