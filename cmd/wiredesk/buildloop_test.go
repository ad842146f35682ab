package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
	"wiredesk/publish"
	"wiredesk/storage"

	bolt "go.etcd.io/bbolt"
)

// What is recorded while a desk is filled is news for it: it may have been read already, or
// not. It was lost when it came after the last item was read.
func TestNewsWhileTheDeskIsFilled(t *testing.T) {
	d := &desk{t: t, web: origin.New(), path: t.TempDir() + "/wiredesk.toml", log: discard}
	defer d.web.Close()
	defer d.close()
	d.config(configOf([]*press{newPress(d.web, 1)}, ""))
	d.open()
	n := d.room
	n.news.mu.Lock() // the filling stops where it asks what came in
	built := make(chan error, 1)
	go func() {
		_, err := n.rebuild(t.Context(), time.Now())
		built <- err
	}()
	time.Sleep(50 * time.Millisecond) // only to let a wrong order show itself
	polls := []wiredesk.Poll{{Source: n.sources[0].ID, At: time.Now(), Outcome: wiredesk.Changed, Document: &wiredesk.Document{
		Whole: true, Items: []wiredesk.Item{{GUID: "a", Title: "Late", Link: "https://example.org/a"}},
	}}}
	recorded, err := n.store.Record(t.Context(), polls)
	if err != nil {
		t.Fatal(err)
	}
	n.news.items = map[wiredesk.ItemID]bool{recorded[0].New[0]: true}
	n.news.mu.Unlock()
	if err := <-built; err != nil {
		t.Fatal(err)
	}
	if _, err := n.rebuild(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if doc, _ := n.site.Load().Lookup("/all.rss"); !strings.Contains(string(doc.Body), "Late") {
		t.Error("an item that came in while the desk was filled is lost")
	}
}

// A round beside the daemon counts what it brought, does not wait for sources that nobody
// asks, and returns when what it brought is published.
func TestRoundBesideTheDaemon(t *testing.T) {
	inDesk(t, func(d *desk) {
		t := d.t
		a, b := newPress(d.web, 1), newPress(d.web, 2)
		quiet := origin.Status(http.StatusTooManyRequests).With("Retry-After", "7200")
		d.web.Handle("press3.example/feed", quiet)
		d.web.Handle("press3.example/other", origin.Feed(origin.RSS("Other", "other")))
		d.config(configOf([]*press{a, b}, `
[[source]]
url = "http://press9.example/feed"
paused = true
[[source]]
url = "http://press3.example/feed"
[[source]]
url = "http://press3.example/other"
`))
		d.start()
		d.pass(time.Minute)
		a.tell(time.Now())
		b.tell(time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		reply, err := d.room.once(ctx, onceArgs{Now: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := reply.(onceReply)
		if r.New != 2 || r.Changed != 2 || r.Skipped != 3 {
			t.Errorf("%+v", r)
		}
		d.sub.poll()
		if links := d.sub.links(); links["/1/3"] != 1 || links["/2/3"] != 1 {
			t.Errorf("after the round: %v", links)
		}
		d.sub.content(t)
	})
}

// One value that cannot be read costs one story, not the publishing of all others.
func TestUnreadableItem(t *testing.T) {
	for _, bucket := range []string{"item", "body"} {
		t.Run(bucket, func(t *testing.T) {
			inDesk(t, func(d *desk) {
				t := d.t
				d.config(configOf([]*press{newPress(d.web, 1)}, ""))
				d.start()
				d.pass(time.Minute)
				path := d.room.store.Path()
				d.close()
				db, err := bolt.Open(path, 0o600, nil)
				if err != nil {
					t.Fatal(err)
				}
				err = db.Update(func(tx *bolt.Tx) error {
					b := tx.Bucket([]byte(bucket))
					k, _ := b.Cursor().First()
					return b.Put(k, []byte("?"))
				})
				if err := errors.Join(err, db.Close()); err != nil {
					t.Fatal(err)
				}
				d.open()
				if _, err := d.room.rebuild(t.Context(), time.Now()); err != nil {
					t.Fatal(err)
				}
				d.subscribe()
				d.sub.poll()
				if got := len(d.sub.current["all"]); got != 2 {
					t.Errorf("%d stories are published, want 2", got)
				}
				if err := d.room.prune(t.Context(), time.Now().Add(48*time.Hour)); err != nil {
					t.Error(err)
				}
				if newest, err := d.room.store.Newest(t.Context(), 10); err != nil || len(newest) < 2 {
					t.Errorf("%d newest, %v", len(newest), err)
				}
			})
		})
	}
}

// A round beside the daemon ends with what is known if the store fails.
func TestRoundOfAStoreThatFails(t *testing.T) {
	inDesk(t, func(d *desk) {
		t := d.t
		d.config(configOf([]*press{newPress(d.web, 1), newPress(d.web, 2)}, ""))
		d.start()
		d.pass(time.Minute)
		for what, failing := range map[string]fullStore{"leases": {leases: true}, "records": {}} {
			failing.Store = d.room.store
			d.stop()
			d.room.poller = fetch.NewPoller(fetch.PollerOptions{
				Client: d.room.client, Store: failing, OnPoll: d.room.polled, OnRecorded: d.room.recorded, OnLost: d.room.rounds.lost,
			})
			if err := d.room.applyAgain(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.run()
			d.pass(time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			started := time.Now()
			_, err := d.room.once(ctx, onceArgs{Now: true}, nil)
			if !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "0 of 2 sources were polled: ") {
				t.Errorf("%s: %v", what, err)
			}
			if took := time.Since(started); took > time.Minute {
				t.Errorf("%s: it took %s", what, took)
			}
		}
	})
}

// A fullStore takes no records, or not even leases.
type fullStore struct {
	*storage.Store
	leases bool
}

var errFull = errors.New("disk full")

// Lease writes down when sources are due.
func (s fullStore) Lease(ctx context.Context, due map[wiredesk.SourceID]time.Time) error {
	if s.leases {
		return errFull
	}
	return s.Store.Lease(ctx, due)
}

// Record stores nothing.
func (fullStore) Record(context.Context, []wiredesk.Poll) ([]wiredesk.Recorded, error) {
	return nil, errFull
}

// A round beside the daemon asks nobody who is paused or gone.
func TestRoundLeavesPausedAndGoneAlone(t *testing.T) {
	inDesk(t, func(d *desk) {
		t := d.t
		a, b, c := newPress(d.web, 1), newPress(d.web, 2), newPress(d.web, 3)
		b.change(func() { b.answer = origin.Status(http.StatusGone) })
		d.config(configOf([]*press{a, b, c}, ""))
		d.start()
		d.pass(time.Minute)
		err := d.room.store.ChangeState(t.Context(), d.room.sources[0].ID, func(st *wiredesk.SourceState) { st.Paused = true })
		if err != nil {
			t.Fatal(err)
		}
		reply, err := d.room.once(t.Context(), onceArgs{Now: true}, nil)
		if r, ok := reply.(onceReply); err != nil || !ok || r.Polled != 1 || r.Skipped != 2 {
			t.Errorf("%+v, %v", reply, err)
		}
		d.pass(time.Minute)
		for p, want := range map[*press]int{a: 1, b: 1, c: 2} {
			if n := len(d.web.To(p.host)); n != want {
				t.Errorf("%s was asked %d times, want %d", p.host, n, want)
			}
		}
	})
}

// A round ends also if one of its sources leaves the config meanwhile.
func TestRoundWhileASourceLeaves(t *testing.T) {
	inDesk(t, func(d *desk) {
		a, b := newPress(d.web, 1), newPress(d.web, 2)
		d.config(configOf([]*press{a, b}, ""))
		d.start()
		d.pass(time.Minute)
		slow := origin.Feed(origin.RSS("Slow", "slow"))
		slow.Wait = 20 * time.Second
		b.change(func() { b.answer = slow })
		done := make(chan error, 1)
		ctx, cancel := context.WithTimeout(d.t.Context(), time.Hour)
		defer cancel()
		go func() {
			_, err := d.room.once(ctx, onceArgs{Now: true}, nil)
			done <- err
		}()
		time.Sleep(5 * time.Second)
		reload(d, configOf([]*press{a}, ""))
		if err := <-done; err != nil {
			d.t.Error(err)
		}
	})
}

// News coalesces: a bunch of polls makes a few builds, not one each.
func TestNewsCoalesces(t *testing.T) {
	inDesk(t, func(d *desk) {
		var presses []*press
		for n := range 40 {
			presses = append(presses, newPress(d.web, n))
		}
		d.config(configOf(presses, ""))
		d.start()
		sites := make(map[*publish.Site]bool)
		for range 1000 {
			time.Sleep(10 * time.Millisecond)
			sites[d.room.site.Load()] = true
		}
		d.sub.poll()
		if got := len(d.sub.announced()); got != 120 {
			t.Errorf("%d stories announced", got)
		}
		if len(sites) > 5 {
			t.Errorf("40 polls made %d sites", len(sites))
		}
		d.sub.content(d.t)
	})
}

// A build that fails keeps the last good site, and the next one brings what was missed.
func TestFailedBuildKeepsTheSite(t *testing.T) {
	inDesk(t, func(d *desk) {
		t := d.t
		p := newPress(d.web, 1)
		d.config(configOf([]*press{p}, ""))
		d.start()
		d.pass(time.Minute)
		good := d.room.site.Load()
		breakWith := func(base string) {
			d.room.mu.Lock()
			defer d.room.mu.Unlock()
			cfg := *d.room.cfg
			cfg.Server.BaseURL = base
			d.room.cfg = &cfg
		}
		breakWith("no address")
		p.tell(time.Now())
		d.pass(6 * time.Hour)
		if d.room.site.Load() != good {
			t.Error("a build that failed replaced the site")
		}
		if rows, err := d.room.store.Rows(t.Context()); err != nil || len(rows) != 3 {
			t.Errorf("a build that failed announced something: %d rows, %v", len(rows), err)
		}
		breakWith("https://feeds.example.org")
		d.pass(retry + time.Second)
		if links := d.sub.links(); links["/1/3"] != 1 {
			t.Errorf("not made up for: %v", links)
		}
		d.sub.content(t)
	})
}

// A new database hears every source once before it announces, but not for ever.
func TestFirstRoundIsAwaited(t *testing.T) {
	for _, wait := range []time.Duration{10 * time.Second, 5 * time.Minute} {
		t.Run(fmt.Sprint(wait), func(t *testing.T) {
			inDesk(t, func(d *desk) {
				a, b := newPress(d.web, 1), newPress(d.web, 2)
				slow := origin.Feed(origin.RSS("Slow", "slow"))
				slow.Wait = wait
				b.change(func() { b.answer = slow })
				d.config(configOf([]*press{a, b}, "timeout = \"10m\"\n"))
				d.start()
				d.pass(min(wait, firstRound) - time.Second)
				if got := d.sub.announced(); len(got) != 0 {
					t.Errorf("announced before every source was heard: %v", got)
				}
				d.pass(2 * time.Second)
				want := 3
				if wait < firstRound {
					want = 4
				}
				if got := d.sub.announced(); len(got) != want {
					t.Errorf("announced after the first round: %v", got)
				}
				d.sub.content(d.t)
			})
		})
	}
}

// Rules with an age make the build loop wake by itself, at the right time.
func TestDeadlinesWakeTheBuildLoop(t *testing.T) {
	inDesk(t, func(d *desk) {
		p := newPress(d.web, 1)
		p.tell(time.Now())
		d.config(configOf([]*press{p}, `
[[rule]]
name = "embargo"
when = 'age < "90m"'
drop = true
`))
		d.start()
		d.pass(time.Second)
		p.change(func() { p.answer = origin.Status(http.StatusInternalServerError) }) // nothing comes in any more
		d.pass(90*time.Minute - 2*time.Second)
		if got := d.sub.announced(); len(got) != 3 {
			t.Errorf("announced under the embargo: %v", got)
		}
		d.pass(2 * time.Second)
		if got := d.sub.announced(); len(got) != 4 {
			t.Errorf("announced after the embargo: %v", got)
		}
		d.sub.content(d.t)
	})
}

// A bad config changes nothing; a changed rule changes feeds and announces nothing again.
func TestReload(t *testing.T) {
	inDesk(t, func(d *desk) {
		t := d.t
		a, b := newPress(d.web, 1), newPress(d.web, 2)
		good := configOf([]*press{a, b}, "")
		d.config(good)
		d.start()
		d.pass(time.Minute)
		before := d.sub.announced()
		site := d.room.site.Load()

		d.config(good + "[[rule]]\nwhen = 'nonsense'\ndrop = 3\n")
		if _, err := d.room.reload(t.Context()); err == nil {
			t.Error("a bad config was taken")
		}
		a.tell(time.Now())
		d.pass(7 * time.Hour) // polling goes on by the old one
		if got := d.sub.announced(); len(got) != len(before)+1 {
			t.Errorf("after a bad config: %v", got)
		}
		if d.room.site.Load() == site {
			t.Error("after a bad config nothing is built")
		}

		reload(d, good+"[[rule]]\nname = \"none\"\nwhen = 'title contains \"press 2\"'\ndrop = true\n")
		d.pass(time.Minute)
		if got := len(d.sub.current["all"]); got != 4 {
			t.Errorf("the rule left %d entries", got)
		}
		reload(d, good)
		d.pass(time.Minute)
		if got := len(d.sub.announced()); got != 7 {
			t.Errorf("%d ids were ever announced", got)
		}
		if len(d.sub.current["all"]) != 7 || len(d.sub.returned) == 0 {
			t.Errorf("what the rule had dropped is not back: %v", d.sub.current["all"])
		}
		if err := os.Remove(d.path); err != nil {
			t.Fatal(err)
		}
		if _, err := d.room.reload(t.Context()); err == nil {
			t.Error("a config that is not there was taken")
		}
		synctest.Wait()
		d.pass(time.Minute)
		if len(d.sub.current["all"]) != 7 {
			t.Error("the feed changed with no config")
		}
		d.sub.content(t)
	})
}

// A command that looks at the desk right after a reload must not swallow what the build loop
// has to publish.
func TestLookingAfterAReload(t *testing.T) {
	inDesk(t, func(d *desk) {
		t := d.t
		a, b := newPress(d.web, 1), newPress(d.web, 2)
		good := configOf([]*press{a, b}, "")
		d.config(good)
		d.start()
		d.pass(time.Minute)
		reload(d, good+"[[rule]]\nname = \"none\"\nwhen = 'title contains \"press 2\"'\ndrop = true\n")
		if _, err := d.room.items(t.Context(), itemsArgs{}, nil); err != nil {
			t.Fatal(err)
		}
		d.pass(time.Minute)
		if got := len(d.sub.current["all"]); got != 3 {
			t.Errorf("the rule left %d entries", got)
		}
		d.sub.content(t)
	})
}
