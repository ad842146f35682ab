package fetch

import (
	"testing"
	"testing/synctest"
	"time"

	"wiredesk"
)

// Hosts that only pages are asked at do not stay, however often their last page leaves, and
// do not count where it is judged whether the network is down.
func TestHostsOfPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(NewPoller(PollerOptions{}))
		src := &wiredesk.Source{URL: "http://a.example/feed"}
		targets := []Target{{ID: 1, Source: src}}
		l.set(time.Now(), targets)
		want := func(link string, id wiredesk.ItemID) {
			l.addPage(time.Now(), l.entries[1], &page{Linked: wiredesk.Linked{Item: wiredesk.Item{ID: id, Link: link}}}, time.Now())
		}
		want("http://a.example/1", 1)
		want("http://b.example/1", 2)
		want("http://c.example/1", 3)
		l.set(time.Now(), append(targets, Target{ID: 2, Source: &wiredesk.Source{URL: "http://a.example/other"}}))
		if len(l.hosts) != 3 || l.outage.enough != 2 {
			t.Errorf("%d hosts; %d of those with sources must be silent for an outage, want 3 and 2", len(l.hosts), l.outage.enough)
		}

		b := l.pages[2].host
		b.next = time.Now().Add(time.Second) // a page was asked just now
		for range 3 {
			x := l.pages[2]
			l.takeOut(x)
			l.leave(x)
			if l.hosts[b.name] != b {
				t.Fatal("the pause between two requests was forgotten")
			}
			want("http://b.example/1", 2)
		}
		l.dropPages(1)
		if len(l.empty) != 1 {
			t.Errorf("%d hosts are to be taken away, want b alone", len(l.empty))
		}
		time.Sleep(time.Minute)
		l.sweep(time.Now())
		if len(l.hosts) != 1 || len(l.empty) != 0 || len(l.pages) != 0 {
			t.Errorf("%d hosts, %d to be taken away, %d pages are left", len(l.hosts), len(l.empty), len(l.pages))
		}
	})
}
