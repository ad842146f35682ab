package storage_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/storage"
)

// Each case is a source that changes how it names its items. Before and after are the
// same items, so nothing may be new.
func TestChurnIsNotNews(t *testing.T) {
	numbered := func(change func(n int, it *wiredesk.Item)) []wiredesk.Item {
		var items []wiredesk.Item
		for n := 1; n <= 5; n++ {
			it := article(n)
			if change != nil {
				change(n, &it)
			}
			items = append(items, it)
		}
		return items
	}
	for name, test := range map[string]struct {
		before, after func(n int, it *wiredesk.Item)
	}{
		"guid changes every time": {
			after: func(n int, it *wiredesk.Item) { it.GUID = fmt.Sprintf("session-%d", n*31) },
		},
		"guid and link carry a session": {
			before: func(n int, it *wiredesk.Item) { it.GUID, it.Link = it.Link+"?sid=1", it.Link+"?sid=1" },
			after:  func(n int, it *wiredesk.Item) { it.GUID, it.Link = it.Link+"?sid=2", it.Link+"?sid=2" },
		},
		"http becomes https": { // feedbin issue 206
			before: func(n int, it *wiredesk.Item) {
				it.Link = strings.Replace(it.Link, "https", "http", 1)
				it.GUID = it.Link
			},
			after: func(n int, it *wiredesk.Item) { it.GUID = it.Link },
		},
		"trackers and trailing slash": {
			before: func(n int, it *wiredesk.Item) { it.GUID = it.Link },
			after:  func(n int, it *wiredesk.Item) { it.GUID, it.Link = it.Link+"/?utm_source=rss", it.Link+"/" },
		},
		"the blog moves to another domain": {
			before: func(n int, it *wiredesk.Item) { it.GUID = it.Link },
			after: func(n int, it *wiredesk.Item) {
				it.Link = strings.Replace(it.Link, "example.org", "blog.example.net", 1)
				it.GUID = it.Link
			},
		},
		"guids are renumbered": {
			after: func(n int, it *wiredesk.Item) { it.GUID = fmt.Sprintf("guid-%d", n+1) },
		},
		"guids are renumbered and links too, but for the dates": {
			after: func(n int, it *wiredesk.Item) {
				it.GUID, it.Link = fmt.Sprintf("post-%d", 900+n), fmt.Sprintf("https://example.org/?p=%d", 900+n)
			},
		},
		"all names change and there are no dates": {
			before: func(n int, it *wiredesk.Item) { it.Published = time.Time{} },
			after: func(n int, it *wiredesk.Item) {
				it.Published = time.Time{}
				it.GUID, it.Link = fmt.Sprintf("post-%d", 900+n), fmt.Sprintf("https://example.org/?p=%d", 900+n)
			},
		},
		"no guid, title edited": {
			before: func(n int, it *wiredesk.Item) { it.GUID = "" },
			after:  func(n int, it *wiredesk.Item) { it.GUID, it.Title = "", it.Title+" [update]" },
		},
		"no guid and no link": {
			before: func(n int, it *wiredesk.Item) { it.GUID, it.Link = "", "" },
			after:  func(n int, it *wiredesk.Item) { it.GUID, it.Link = "", "" },
		},
		"guid and title stay, slug changes": {
			after: func(n int, it *wiredesk.Item) { it.Link += "-better-slug" },
		},
		"guid stays, title and slug change": {
			after: func(n int, it *wiredesk.Item) { it.Link += "-new"; it.Title = "A quite different headline" },
		},
		"title only, no date": {
			before: func(n int, it *wiredesk.Item) { *it = wiredesk.Item{Title: it.Title} },
			after:  func(n int, it *wiredesk.Item) { *it = wiredesk.Item{Title: it.Title} },
		},
		"one link for all, no guid": {
			before: func(n int, it *wiredesk.Item) { it.GUID, it.Link = "", "https://example.org/log" },
			after:  func(n int, it *wiredesk.Item) { it.GUID, it.Link = "", "https://example.org/log" },
		},
		"reordered": {},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			before := poll(t, s, 1, start, true, numbered(test.before)...)
			if len(before.New) != 5 {
				t.Fatalf("%d of 5 items are new at first", len(before.New))
			}
			items := numbered(test.after)
			slices.Reverse(items)
			after := poll(t, s, 1, start.Add(time.Hour), true, items...)
			if len(after.New) != 0 {
				t.Errorf("%d items are new", len(after.New))
			}
			st, err := s.State(context.Background(), 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range st.Present { // each is itself, and not another
				if want := before.New[4-i]; p.Item != want {
					t.Errorf("item %d became %d", want, p.Item)
				}
			}
			if again := poll(t, s, 1, start.Add(2*time.Hour), true, numbered(test.after)...); len(again.New)+len(again.Revised) != 0 {
				t.Errorf("polled again: %+v", again)
			}
		})
	}
}

// Each case is news that looks like something known. It must not be hidden behind it.
func TestNewsIsNotHidden(t *testing.T) {
	thread := func(n int) wiredesk.Item {
		return wiredesk.Item{
			GUID: fmt.Sprintf("thread-%d", n), Link: fmt.Sprintf("https://example.org/thread/%d", n), Title: "Open thread",
			Content:   "<p>This is the daily open thread, where you may talk about anything that you like to talk about.</p>",
			Published: start.Add(time.Duration(n) * 24 * time.Hour),
		}
	}
	for name, test := range map[string]struct{ before, after []wiredesk.Item }{
		"a series with the same words": {[]wiredesk.Item{thread(1)}, []wiredesk.Item{thread(2)}},
		"a guid that is used again": {
			[]wiredesk.Item{{GUID: "1", Link: "https://example.org/a", Title: "Bridge closed", Content: "<p>The old bridge is closed for repairs until spring.</p>", Published: start}},
			[]wiredesk.Item{{GUID: "1", Link: "https://example.org/b", Title: "Mayor elected", Content: "<p>Voters chose somebody new in yesterday's election here.</p>", Published: start.Add(time.Minute)}},
		},
		"a link that is used again": {
			[]wiredesk.Item{{GUID: "1", Link: "https://example.org/live", Title: "Bridge closed", Content: "<p>The old bridge is closed for repairs until spring.</p>", Published: start}},
			[]wiredesk.Item{{GUID: "2", Link: "https://example.org/live", Title: "Mayor elected", Content: "<p>Voters chose somebody new in yesterday's election here.</p>", Published: start.Add(time.Minute)}},
		},
		"the front page as link": {
			[]wiredesk.Item{{Link: "https://example.org/", Title: "Bridge closed", Published: start}},
			[]wiredesk.Item{{Link: "https://example.org/", Title: "Mayor elected", Published: start.Add(time.Minute)}},
		},
		"two blogs of a planet say hello": {
			[]wiredesk.Item{{GUID: "a", Link: "https://a.example/hello-world", Title: "Hello world", Content: "<p>Welcome to my first post about gardens and plants.</p>", Published: start}},
			[]wiredesk.Item{{GUID: "b", Link: "https://b.example/hello-world", Title: "Hello world", Content: "<p>Here begins a blog on compilers, parsers and types.</p>", Published: start.Add(time.Minute)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			poll(t, s, 1, start, true, test.before...)
			if after := poll(t, s, 1, start.Add(time.Hour), true, test.after...); len(after.New) != 1 {
				t.Errorf("the news is not new: %+v", after)
			}
		})
	}
}

func TestOneGUIDForAll(t *testing.T) { // duplicate guid in one document
	s := open(t)
	a, b := article(1), article(2)
	a.GUID, b.GUID = "same", "same"
	changed := poll(t, s, 1, start, true, a, b)
	if len(changed.New) != 2 {
		t.Fatalf("%+v", changed)
	}
	x, _ := s.Item(context.Background(), changed.New[0], true)
	y, _ := s.Item(context.Background(), changed.New[1], true)
	if wiredesk.PublishedID("o", x, true) == wiredesk.PublishedID("o", y, true) {
		t.Error("both are published under one id")
	}
	if again := poll(t, s, 1, start.Add(time.Hour), true, b, a); len(again.New) != 0 {
		t.Errorf("new again: %+v", again)
	}
}

// Each case is a document with two pieces of news that look like one.
func TestTwoThatLookLikeOne(t *testing.T) {
	bridge := "<p>The old bridge is closed for repairs until spring.</p>"
	mayor := "<p>Voters chose somebody new in yesterday's election here.</p>"
	for name, items := range map[string][]wiredesk.Item{
		"one guid, no links":            {{GUID: "x", Title: "Bridge closed", Content: bridge}, {GUID: "x", Title: "Mayor elected", Content: mayor}},
		"one guid, the front page":      {{GUID: "x", Link: "https://example.org/", Title: "Bridge closed", Content: bridge}, {GUID: "x", Link: "https://example.org/", Title: "Mayor elected", Content: mayor}},
		"one guid and title, two links": {{GUID: "x", Link: "https://example.org/1", Title: "Live"}, {GUID: "x", Link: "https://example.org/2", Title: "Live"}},
		"no guid, the front page":       {{Link: "https://example.org/", Title: "News", Content: bridge}, {Link: "https://example.org/", Title: "News", Content: mayor}},
	} {
		s := open(t)
		if changed := poll(t, s, 1, start, true, items...); len(changed.New) != 2 {
			t.Errorf("%s: %d new", name, len(changed.New))
		}
	}
}

// Guids that count positions come with links that all share, or that are the guid itself.
func TestPositionsAreNoNames(t *testing.T) {
	for name, link := range map[string]func(position int) string{
		"the front page":     func(int) string { return "https://example.org/" },
		"a part of one page": func(n int) string { return fmt.Sprintf("https://example.org/news.html#%d", n) },
	} {
		document := func(articles ...int) []wiredesk.Item {
			var items []wiredesk.Item
			for i, n := range articles {
				it := article(n)
				it.GUID, it.Link = fmt.Sprintf("item%d", i+1), link(i+1)
				if strings.Contains(it.Link, "#") {
					it.GUID = it.Link
				}
				items = append(items, it)
			}
			return items
		}
		s := open(t)
		ids := poll(t, s, 1, start, true, document(3, 2, 1)...).New
		changed := poll(t, s, 1, start.Add(time.Hour), true, document(4, 3, 2, 1)...)
		if len(changed.New) != 1 {
			t.Fatalf("%s: %+v", name, changed)
		}
		if it, _ := s.Item(context.Background(), changed.New[0], false); it.Title != article(4).Title {
			t.Errorf("%s: new is %q", name, it.Title)
		}
		st, _ := s.State(context.Background(), 1)
		for i, id := range ids {
			if st.Present[i+1].Item != id {
				t.Errorf("%s: item %d is now %d", name, id, st.Present[i+1].Item)
			}
		}
	}
}

func TestPurgedItemsHideNothing(t *testing.T) {
	s := open(t)
	old := wiredesk.Item{GUID: "7", Title: "Bridge closed", Content: "<p>The old bridge is closed for repairs until spring.</p>", Published: start.Add(-time.Hour)}
	poll(t, s, 1, start, true, old, article(1))
	poll(t, s, 1, start.Add(time.Hour), true, article(1))
	if removed, err := s.Prune(context.Background(), storage.Retention{Gone: start.Add(2 * time.Hour)}); len(removed) != 1 || err != nil {
		t.Fatalf("%v, %v", removed, err)
	}
	old.Mark = 0
	if back := poll(t, s, 1, start.Add(3*time.Hour), true, old, article(1)); len(back.New) != 0 {
		t.Errorf("it came back as news: %+v", back)
	}
	fresh := wiredesk.Item{GUID: "7", Title: "Mayor elected", Content: "<p>Voters chose somebody new in yesterday's election here.</p>", Published: start.Add(4 * time.Hour)}
	if news := poll(t, s, 1, start.Add(5*time.Hour), true, fresh, article(1)); len(news.New) != 1 {
		t.Errorf("news with its guid is hidden: %+v", news)
	}
}

func TestNamelessItemsAreKnownAgain(t *testing.T) {
	for name, it := range map[string]wiredesk.Item{
		"many words": {Content: article(1).Content},
		"few words":  {Title: "Bridge", Content: "closed"},
	} {
		s := open(t)
		poll(t, s, 1, start, true, it, article(2))
		it.Mark = 99 // the document around it changed
		if again := poll(t, s, 1, start.Add(time.Hour), true, it, article(2)); len(again.New) != 0 {
			t.Errorf("%s: new again", name)
		}
	}
}

func TestShortItemsWithChangingLinks(t *testing.T) {
	s := open(t)
	document := func(session int) (items []wiredesk.Item) {
		for _, title := range []string{"Sun today", "Rain tomorrow", "Snow on Sunday"} {
			items = append(items, wiredesk.Item{Title: title, Link: fmt.Sprintf("https://example.org/%c?s=%d", title[0], session), Summary: "More inside."})
		}
		return items
	}
	poll(t, s, 1, start, true, document(1)...)
	for n := 2; n < 5; n++ {
		if again := poll(t, s, 1, start.Add(time.Duration(n)*time.Hour), true, document(n)...); len(again.New) != 0 {
			t.Errorf("poll %d: %d new", n, len(again.New))
		}
	}
}

func TestNeverWholeDoesNotPileUp(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	first := poll(t, s, 1, start, false, article(1)).New[0]
	for n := 2; n < 1500; n += 10 {
		var items []wiredesk.Item
		for i := range 10 {
			items = append(items, article(n+i))
		}
		poll(t, s, 1, start.Add(time.Duration(n)*time.Minute), false, items...)
	}
	st, err := s.State(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Present) > 1100 {
		t.Errorf("%d items count as present", len(st.Present))
	}
	if it, _ := s.Item(ctx, first, false); it.Gone.IsZero() {
		t.Error("what was not seen for so long still counts as there")
	}
}

func TestRepeatedEntryIsOneItem(t *testing.T) {
	s := open(t)
	if changed := poll(t, s, 1, start, true, article(1), article(1), article(2)); len(changed.New) != 2 {
		t.Errorf("%+v", changed)
	}
}

func TestWindowShrinksAndGrows(t *testing.T) {
	s := open(t)
	var all []wiredesk.Item
	for n := range 50 {
		all = append(all, article(n+1))
	}
	ids := poll(t, s, 1, start, true, all...).New
	for i, window := range [][]wiredesk.Item{all[:1], {}, all, all[10:20], all} {
		if changed := poll(t, s, 1, start.Add(time.Duration(i+1)*time.Hour), true, slices.Clone(window)...); len(changed.New)+len(changed.Revised) != 0 {
			t.Errorf("window %d: %d new, %d revised", i, len(changed.New), len(changed.Revised))
		}
	}
	it, _ := s.Item(context.Background(), ids[30], true)
	if !it.Gone.IsZero() {
		t.Errorf("it is back and still counts as gone since %v", it.Gone)
	}
}

func TestOnlyWholeDocumentsTakeAway(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	ids := poll(t, s, 1, start, true, article(1), article(2), article(3)).New
	poll(t, s, 1, start.Add(time.Hour), false, article(1))
	it, _ := s.Item(ctx, ids[2], true)
	st, _ := s.State(ctx, 1)
	if !it.Gone.IsZero() || len(st.Present) != 3 {
		t.Errorf("a document cut short took items away: gone %v, %d present", it.Gone, len(st.Present))
	}
	poll(t, s, 1, start.Add(2*time.Hour), true, article(1), article(2))
	if it, _ = s.Item(ctx, ids[2], true); !it.Gone.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("gone %v", it.Gone)
	}
}

func TestSourcesDoNotMeet(t *testing.T) { // S-36
	s := open(t)
	poll(t, s, 1, start, true, article(1))
	if changed := poll(t, s, 2, start, true, article(1)); len(changed.New) != 1 {
		t.Errorf("one source's guid took another's: %+v", changed)
	}
}

func TestClockGoesBack(t *testing.T) {
	s := open(t)
	a := poll(t, s, 1, start, true, article(1)).New[0]
	b := poll(t, s, 1, start.Add(-24*time.Hour), true, article(1), article(2)).New[0]
	if b <= a {
		t.Errorf("ids go back: %d after %d", b, a)
	}
}
