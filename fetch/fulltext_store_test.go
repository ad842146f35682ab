package fetch_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

// wholeNews is a feed with a hub whose entries link to pages of news.example, newest first.
func wholeNews(names ...string) string {
	var b strings.Builder
	for i, name := range names {
		fmt.Fprintf(&b, "<item><title>%s</title><link>https://news.example/%s</link><guid>%s</guid><pubDate>%s</pubDate><description>Words about %s</description></item>\n",
			ferryTitle, name, name, time.Now().Add(-time.Duration(i+1)*time.Minute).UTC().Format(time.RFC1123Z), name)
	}
	return strings.Replace(pushed(), "</channel>", b.String()+"</channel>", 1)
}

// inWholeDesk runs f with a desk, with the real store, whose source wants whole articles.
func inWholeDesk(t *testing.T, f func(*desk, *hub)) {
	t.Helper()
	src := wholeSource()
	src.URL = feedURL
	inDesk(t, []*wiredesk.Source{src}, func(d *desk, h *hub) {
		d.web.Handle("news.example", html(ferry))
		f(d, h)
	})
}

// asked returns how often each path below news.example was asked, but for the feed's.
func (d *desk) asked() map[string]int {
	n := map[string]int{}
	for _, r := range d.web.To("news.example") {
		if r.URI != "/feed" {
			n[r.URI]++
		}
	}
	return n
}

// What a hub pushed gets its article at once and not after the next poll, which may be a
// day away; and so does what it revised.
func TestFullTextOfAPush(t *testing.T) {
	inWholeDesk(t, func(d *desk, h *hub) {
		d.web.Handle("news.example/feed", origin.Feed(wholeNews("one")))
		pass(time.Minute)
		polls := len(d.web.To("news.example"))
		h.publish(wholeNews("two"))
		pass(time.Minute)
		if got := d.asked(); got["/two"] != 1 || len(d.web.To("news.example")) != polls+1 {
			t.Errorf("after a push: %v", got)
		}
		h.publish(strings.Replace(wholeNews("two"), "Words about", "Other words about", 1))
		pass(time.Minute)
		if got := d.asked(); got["/two"] != 2 || got["/one"] != 1 {
			t.Errorf("after a pushed revision: %v", got)
		}
	})
}

func names(prefix string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d", prefix, i))
	}
	return all
}

// Of what was there before we looked five pages are asked, and no others when one of these
// leaves the document or we start anew; what comes later is asked all.
func TestFullTextOfABacklog(t *testing.T) {
	inWholeDesk(t, func(d *desk, _ *hub) {
		d.web.Handle("news.example/feed", origin.Feed(wholeNews(names("old", 12)...)))
		pass(10 * time.Minute)
		newest := map[string]int{"/old0": 1, "/old1": 1, "/old2": 1, "/old3": 1, "/old4": 1}
		if got := d.asked(); !maps.Equal(got, newest) {
			t.Errorf("at first %v", got)
		}
		d.web.Handle("news.example/feed", origin.Feed(wholeNews(append(names("new", 7), names("old", 12)[2:]...)...)))
		pass(25 * time.Hour)
		d.close()
		d.open(d.path)
		pass(25 * time.Hour)
		for _, name := range names("new", 7) {
			newest["/"+name] = 1
		}
		if got := d.asked(); !maps.Equal(got, newest) {
			t.Errorf("later %v", got)
		}
	})
}

// A source whose articles are wanted later is not asked for all that it had until then.
func TestFullTextThatIsTurnedOn(t *testing.T) {
	plain := source(feedURL)
	inDesk(t, []*wiredesk.Source{plain}, func(d *desk, _ *hub) {
		d.web.Handle("news.example", html(ferry))
		d.web.Handle("news.example/feed", origin.Feed(wholeNews("first")))
		pass(time.Minute)
		d.web.Handle("news.example/feed", origin.Feed(wholeNews(names("old", 9)...)))
		pass(25 * time.Hour)
		if got := d.asked(); len(got) != 0 {
			t.Fatalf("nobody wanted %v", got)
		}
		d.close()
		whole := wholeSource()
		whole.URL = feedURL
		d.sources = []*wiredesk.Source{whole}
		d.open(d.path)
		pass(time.Hour)
		d.web.Handle("news.example/feed", origin.Feed(wholeNews(append(names("new", 7), names("old", 9)...)...)))
		pass(25 * time.Hour)
		want := map[string]int{"/old0": 1, "/old1": 1, "/old2": 1, "/old3": 1, "/old4": 1}
		for _, name := range names("new", 7) {
			want["/"+name] = 1
		}
		if got := d.asked(); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
	})
}

// A restart between a poll and its pages loses none, and asks again only those that it cut
// short, and those not at once.
func TestFullTextAfterARestart(t *testing.T) {
	inWholeDesk(t, func(d *desk, _ *hub) {
		slow := html(ferry)
		slow.Wait = 20 * time.Second
		d.web.Handle("news.example", slow)
		d.web.Handle("news.example/feed", origin.Feed(wholeNews(names("a", 5)...)))
		pass(10 * time.Second)
		cut := d.asked()
		if len(cut) != 2 {
			t.Fatalf("%v were being asked, want two", cut)
		}
		d.close()
		d.open(d.path)
		pass(2 * time.Minute)
		want := map[string]int{"/a0": 1, "/a1": 1, "/a2": 1, "/a3": 1, "/a4": 1}
		if got := d.asked(); !maps.Equal(got, want) {
			t.Errorf("soon after the restart %v", got)
		}
		pass(20 * time.Minute)
		for path := range cut {
			want[path] = 2
		}
		if got := d.asked(); !maps.Equal(got, want) {
			t.Errorf("later %v, want %v", got, want)
		}
		linked, before, err := d.db.Linked(t.Context(), d.ids[0], time.Time{})
		if err != nil || len(linked) != 5 || before != 5 {
			t.Fatalf("%d items, %d pages of a backlog, %v", len(linked), before, err)
		}
		for _, l := range linked {
			if !strings.Contains(l.FullText.HTML, "1911") || l.FullText.Title != ferryTitle {
				t.Errorf("%s: %+v", l.Item.Link, l.FullText)
			}
		}
		d.close()
		d.open(d.path)
		pass(2 * time.Hour)
		if got := d.asked(); !maps.Equal(got, want) {
			t.Errorf("after another restart %v, want %v", got, want)
		}
	})
}

// What explain says of a page that was not asked.
func TestWhyAPageWasNotAsked(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	item := wiredesk.Item{Link: "https://a.example/1", Seen: now.Add(-time.Hour)}
	with := func(change func(*wiredesk.Linked)) *wiredesk.Linked {
		l := &wiredesk.Linked{Item: item}
		change(l)
		return l
	}
	quiet := map[string]time.Time{"https://a.example:443": now.Add(time.Hour)}
	for want, got := range map[string]string{
		"not asked yet": fetch.AboutPage(with(func(*wiredesk.Linked) {}), 9, nil, now),
		"not asked yet: the host asked to be left alone until 2026-03-02T13:00:00Z":                      fetch.AboutPage(with(func(*wiredesk.Linked) {}), 0, quiet, now),
		"not asked: the item has no link to a page":                                                      fetch.AboutPage(with(func(l *wiredesk.Linked) { l.Item.Link = "" }), 0, nil, now),
		"not asked: the item is older than three days":                                                   fetch.AboutPage(with(func(l *wiredesk.Linked) { l.Item.Seen = now.AddDate(0, 0, -4) }), 0, nil, now),
		"not asked: the item was there before articles were wanted, and of these the newest 5 are asked": fetch.AboutPage(with(func(l *wiredesk.Linked) { l.Before = true }), 5, nil, now),
		"429 at the link; asked again 2026-03-02T12:15:00Z": fetch.AboutPage(with(func(l *wiredesk.Linked) {
			l.FullText = wiredesk.FullText{Link: item.Link, At: now, Problem: "429 at the link", Tries: 1, Next: now.Add(15 * time.Minute)}
		}), 0, nil, now),
		"404 at the link": fetch.AboutPage(with(func(l *wiredesk.Linked) {
			l.FullText = wiredesk.FullText{Link: item.Link, At: now, Problem: "404 at the link"}
		}), 0, nil, now),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
