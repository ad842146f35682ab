package fetch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

// inWatchedDesk runs f with a desk, with the real store, that looks for what its source takes
// back. The feed has new, doubtful and old, the page of doubtful is as the test says.
func inWatchedDesk(t *testing.T, check bool, f func(*desk)) {
	t.Helper()
	src := source(feedURL)
	src.CheckWithdrawn = check
	inDesk(t, []*wiredesk.Source{src}, func(d *desk, _ *hub) {
		d.web.Handle("news.example", html(ferry))
		d.web.Handle("news.example/feed", origin.Feed(wholeNews("new", "doubtful", "old")))
		pass(time.Minute)
		f(d)
	})
}

// withdrawn returns the names of the items that are withdrawn, and how many there are.
func (d *desk) withdrawn() (names []string, n int) {
	items, err := d.db.Items(d.t.Context(), 0, 100, false)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, it := range items {
		if !it.Withdrawn.IsZero() {
			names = append(names, it.GUID)
		}
	}
	return names, len(items)
}

// An entry that left the feed while an older one stayed is asked about, twice at most, and is
// withdrawn if there is nothing at its link.
func TestAbsentOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		answers   []http.Handler // in turn, the last for ever
		asked     int
		withdrawn bool
	}{
		"410":              {[]http.Handler{origin.Status(http.StatusGone)}, 1, true},
		"404":              {[]http.Handler{origin.Status(http.StatusNotFound)}, 2, true},
		"404 for a moment": {[]http.Handler{origin.Status(http.StatusNotFound), html(ferry)}, 2, false},
		"503":              {[]http.Handler{origin.Status(http.StatusServiceUnavailable)}, 2, false},
		"503 and 404":      {[]http.Handler{origin.Status(http.StatusServiceUnavailable), origin.Status(http.StatusNotFound)}, 2, false},
		"503 and 410":      {[]http.Handler{origin.Status(http.StatusServiceUnavailable), origin.Status(http.StatusGone)}, 2, true},
		"still there":      {[]http.Handler{html(ferry)}, 1, false},
		"forbidden":        {[]http.Handler{origin.Status(http.StatusForbidden)}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			inWatchedDesk(t, true, func(d *desk) {
				turn := 0
				d.web.Handle("news.example/doubtful", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					c.answers[min(turn, len(c.answers)-1)].ServeHTTP(w, r)
					turn++
				}))
				d.web.Handle("news.example/feed", origin.Feed(wholeNews("new", "old")))
				pass(5 * 24 * time.Hour)
				if got := d.asked(); got["/doubtful"] != c.asked || len(got) != 1 {
					t.Errorf("asked %v", got)
				}
				if names, n := d.withdrawn(); n != 3 || (strings.Join(names, " ") == "doubtful") != c.withdrawn {
					t.Errorf("withdrawn: %v of %d", names, n)
				}
			})
		})
	}
}

// Nobody is asked about what leaves the feed at its end, what is back before an hour is over,
// what was not wanted, and what a feed lost when it was tidied up is asked about little by little.
func TestAbsentThatIsNotAsked(t *testing.T) {
	none := func(t *testing.T, d *desk) {
		t.Helper()
		pass(5 * 24 * time.Hour)
		if got := d.asked(); len(got) != 0 {
			t.Errorf("asked %v", got)
		}
	}
	t.Run("the oldest", func(t *testing.T) {
		inWatchedDesk(t, true, func(d *desk) {
			d.web.Handle("news.example/feed", origin.Feed(wholeNews("newer", "new", "doubtful")))
			none(t, d)
		})
	})
	t.Run("all", func(t *testing.T) {
		inWatchedDesk(t, true, func(d *desk) {
			d.web.Handle("news.example/feed", origin.Feed(wholeNews("newer", "newest")))
			none(t, d)
		})
	})
	t.Run("not wanted", func(t *testing.T) {
		inWatchedDesk(t, false, func(d *desk) {
			d.web.Handle("news.example/feed", origin.Feed(wholeNews("new", "old")))
			none(t, d)
		})
	})
}

// What is in the feed again is not withdrawn any more, and newer than what readers were told of it.
func TestAbsentThatComesBack(t *testing.T) {
	inWatchedDesk(t, true, func(d *desk) {
		d.web.Handle("news.example/doubtful", origin.Status(http.StatusGone))
		d.web.Handle("news.example/feed", origin.Feed(wholeNews("new", "old")))
		pass(2 * 24 * time.Hour)
		if names, _ := d.withdrawn(); len(names) != 1 {
			t.Fatalf("withdrawn: %v", names)
		}
		before := time.Now()
		d.web.Handle("news.example/feed", origin.Feed(wholeNews("new", "doubtful", "old")))
		pass(2 * 24 * time.Hour)
		if names, n := d.withdrawn(); len(names) != 0 || n != 3 {
			t.Errorf("withdrawn: %v of %d", names, n)
		}
		items, err := d.db.Items(t.Context(), 0, 100, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			if it.GUID == "doubtful" != it.Updated.After(before) {
				t.Errorf("%s was updated %v", it.GUID, it.Updated)
			}
		}
	})
}

// The host's wish to be left alone holds for its feeds too, and a restart asks nobody a third
// time.
func TestAbsentManners(t *testing.T) {
	inWatchedDesk(t, true, func(d *desk) {
		d.web.Handle("news.example/doubtful", origin.Status(http.StatusServiceUnavailable).With("Retry-After", fmt.Sprint(20*3600)))
		d.web.Handle("news.example/feed", origin.Feed(wholeNews("new", "old")))
		for d.asked()["/doubtful"] == 0 {
			pass(time.Hour)
		}
		before := len(d.web.To("news.example"))
		pass(19 * time.Hour)
		if got := len(d.web.To("news.example")); got != before {
			t.Errorf("%d requests while the host wanted none", got-before)
		}
		for range 5 {
			d.close()
			d.open(d.path)
			pass(25 * time.Hour)
		}
		if got := d.asked(); got["/doubtful"] != 2 {
			t.Errorf("asked %v", got)
		}
	})
}
