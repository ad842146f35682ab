package fetch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

const url = "http://example.org/feed"

// validators returns the conditional headers of a request.
func validators(r origin.Request) [2]string {
	return [2]string{strings.Join(r.Header["If-None-Match"], "|"), strings.Join(r.Header["If-Modified-Since"], "|")}
}

func TestFirstPollIsOnePlainGet(t *testing.T) { // P-01, P-55
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", feed("a"))
		p := w.poll(source(url))
		if p.Outcome != wiredesk.Changed || len(p.Document.Items) != 1 {
			t.Fatalf("outcome %v, problem %q", p.Outcome, p.State.Problem)
		}
		all := w.web.Requests()
		if len(all) != 1 || all[0].Method != http.MethodGet {
			t.Fatalf("requests: %+v", all)
		}
		for name := range all[0].Header {
			if strings.HasPrefix(name, "If-") {
				t.Errorf("%s sent with nothing known", name)
			}
		}
	})
}

func TestValidatorsComeBackByteForByte(t *testing.T) {
	for name, v := range map[string][2]string{
		"both":             {`"Abc"`, "Mon, 02 Jan 2006 15:04:05 GMT"},                               // P-02
		"weak, odd case":   {`W/"x-Y"`, ""},                                                          // P-02, P-03
		"modified alone":   {"", "Mon, 02 Jan 2006 15:04:05 GMT"},                                    // P-03
		"no date":          {"", "yesterday"},                                                        // P-04
		"RFC 850":          {"", "Monday, 02-Jan-06 15:04:05 GMT"},                                   // P-04
		"lower case":       {"", "mon, 02 jan 2006 15:04:05 gmt"},                                    // P-04
		"unquoted":         {"abc", ""},                                                              // P-05
		"backslash":        {`"a\b"`, ""},                                                            // P-05
		"obs-text":         {"\"\xe9\xff\"", ""},                                                     // P-05
		"nothing":          {"", ""},                                                                 // P-03
		"2038 is no date":  {`"a"`, "Tue, 19 Jan 2038 03:14:07 GMT"},                                 // NetNewsWire
		"very long is cut": {`"` + strings.Repeat("x", 5000) + `"`, "Mon, 02 Jan 2006 15:04:05 GMT"}, // P-05
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				answer := feed("a")
				answer.ETag, answer.LastModified = v[0], v[1]
				w.web.Handle("example.org/feed", answer)
				w.poll(source(url))
				w.next(source(url))
				want := v
				if len(want[0]) > 4096 {
					want[0] = ""
				}
				if strings.Contains(want[1], "2038") {
					want[1] = ""
				}
				if got := validators(w.last()); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

// step is one answer of an origin and what the request before it must have carried.
type step struct {
	answer  http.Handler
	sent    [2]string // validators that the request carried
	outcome wiredesk.Outcome
}

// script polls once for each step, an interval apart, and checks what was sent.
func script(t *testing.T, steps ...step) {
	t.Helper()
	inWorld(t, func(w *world) {
		for i, s := range steps {
			w.web.Handle("example.org/feed", s.answer)
			p := w.next(source(url))
			if got := validators(w.last()); got != s.sent {
				t.Errorf("request %d carried %q, want %q", i+1, got, s.sent)
			}
			if p.Outcome != s.outcome {
				t.Errorf("poll %d: %v (%s), want %v", i+1, p.Outcome, p.State.Problem, s.outcome)
			}
		}
	})
}

// tagged is an answer with validators that never match.
func tagged(a origin.Reply, etag, modified string) origin.Reply {
	if etag != "" {
		a = a.With("ETag", etag)
	}
	if modified != "" {
		a = a.With("Last-Modified", modified)
	}
	return a
}

func notModified(etag, modified string) origin.Reply {
	return tagged(origin.Reply{Status: http.StatusNotModified}, etag, modified)
}

const monday, tuesday = "Mon, 03 Jan 2000 00:00:00 GMT", "Tue, 04 Jan 2000 00:00:00 GMT"

func TestTouched(t *testing.T) { // P-06
	script(t,
		step{tagged(feed("a"), `"1"`, monday), [2]string{}, wiredesk.Changed},
		step{tagged(feed("a"), `"2"`, tuesday), [2]string{`"1"`, monday}, wiredesk.Unchanged},
		step{tagged(feed("a"), `"2"`, tuesday), [2]string{`"2"`, tuesday}, wiredesk.Unchanged})
}

func TestNotModifiedBringsValidators(t *testing.T) { // P-07
	script(t,
		step{tagged(feed("a"), `"1"`, monday), [2]string{}, wiredesk.Changed},
		step{notModified(`"2"`, ""), [2]string{`"1"`, monday}, wiredesk.NotModified},
		step{notModified("", tuesday), [2]string{`"2"`, monday}, wiredesk.NotModified},
		step{notModified("", ""), [2]string{`"2"`, tuesday}, wiredesk.NotModified})
}

func TestBareNotModifiedKeepsValidators(t *testing.T) { // P-08
	script(t,
		step{tagged(feed("a"), `"1"`, monday), [2]string{}, wiredesk.Changed},
		step{notModified("", ""), [2]string{`"1"`, monday}, wiredesk.NotModified},
		step{notModified("", ""), [2]string{`"1"`, monday}, wiredesk.NotModified})
}

func TestStaleValidatorsAreDropped(t *testing.T) { // P-09
	script(t,
		step{tagged(feed("a"), `"1"`, monday), [2]string{}, wiredesk.Changed},
		step{feed("a", "b"), [2]string{`"1"`, monday}, wiredesk.Changed},
		step{feed("a", "b"), [2]string{}, wiredesk.Unchanged})
}

func TestBrokenAnswersDoNotAdvanceValidators(t *testing.T) { // P-10, P-46, P-47
	good := tagged(feed("a"), `"1"`, monday)
	cut := tagged(feed("a", "b"), `"2"`, tuesday)
	cut.Cut = 100
	for name, broken := range map[string]http.Handler{
		"no feed":     tagged(origin.Reply{Body: "hello"}, `"2"`, tuesday),
		"page":        tagged(origin.Page("log in"), `"2"`, tuesday),
		"empty":       tagged(origin.Reply{}, `"2"`, tuesday),
		"blank":       tagged(origin.Reply{Body: " \r\n"}, `"2"`, tuesday),
		"cut short":   cut,
		"too large":   tagged(origin.Feed(origin.RSS("Example", strings.Repeat("x", 11<<20))), `"2"`, tuesday),
		"bad gzip":    tagged(origin.Reply{Body: "\x1f\x8bnonsense"}, `"2"`, tuesday),
		"server down": tagged(origin.Status(http.StatusInternalServerError), `"2"`, tuesday),
		"no content":  tagged(origin.Reply{Status: http.StatusNoContent}, `"2"`, tuesday),
		"partial":     tagged(origin.Reply{Status: http.StatusPartialContent, Body: "x"}, `"2"`, tuesday),
		"226":         tagged(origin.Reply{Status: http.StatusIMUsed, Body: origin.RSS("Example", "b")}, `"2"`, tuesday), // P-18
	} {
		t.Run(name, func(t *testing.T) {
			script(t,
				step{good, [2]string{}, wiredesk.Changed},
				step{broken, [2]string{`"1"`, monday}, wiredesk.Failed},
				step{notModified("", ""), [2]string{`"1"`, monday}, wiredesk.NotModified})
		})
	}
}

func TestSameTagOtherBody(t *testing.T) { // P-12
	script(t,
		step{tagged(feed("a"), `"1"`, ""), [2]string{}, wiredesk.Changed},
		step{tagged(feed("a", "b"), `"1"`, ""), [2]string{`"1"`, ""}, wiredesk.Changed})
}

func TestAlways304IsProbed(t *testing.T) { // P-13
	inWorld(t, func(w *world) {
		// This origin says 304 to whatever is conditional, and has news.
		w.web.Handle("example.org/feed", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != "" {
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			names := []string{"a", "b"}
			tagged(feed(names[:1+min(len(w.web.Requests())-1, 1)]...), `"1"`, "").ServeHTTP(rw, r)
		}))
		start := time.Now()
		for time.Since(start) < 20*24*time.Hour {
			w.next(source(url))
		}
		plain := 0
		for _, r := range w.web.Requests()[1:] {
			if validators(r) == [2]string{} {
				plain++
			}
		}
		if plain != 2 {
			t.Errorf("%d probes in 20 days, want one each 8 days", plain)
		}
		if w.store.items(1) != 2 {
			t.Errorf("%d items, want the one behind the 304 as well", w.store.items(1))
		}
	})
}

func TestUnasked304(t *testing.T) { // P-14
	script(t,
		step{notModified(`"1"`, ""), [2]string{}, wiredesk.Failed},
		step{feed("a"), [2]string{}, wiredesk.Changed})
}

func TestNewAddressForgetsValidators(t *testing.T) { // P-16
	inWorld(t, func(w *world) {
		answer := feed("a")
		answer.ETag = `"1"`
		w.web.Handle("example.org", answer)
		w.poll(source(url))
		moved := source("http://example.org/other")
		moved.Formerly = []string{url}
		w.next(moved)
		if got := validators(w.last()); got != [2]string{} {
			t.Errorf("the new address got %q", got)
		}
		w.next(moved)
		if got := validators(w.last()); got != [2]string{`"1"`, ""} {
			t.Errorf("then it got %q", got)
		}
	})
}

func TestValidatorsGoToWhoGaveThem(t *testing.T) { // P-17
	inWorld(t, func(w *world) {
		answer := feed("a")
		answer.ETag = `"b"`
		w.web.Handle("example.org/feed", tagged(origin.Redirect(http.StatusFound, "http://example.net/real"), `"a"`, ""))
		w.web.Handle("example.net/real", answer)
		w.poll(source(url))
		p := w.next(source(url))
		all := w.web.Requests()
		if len(all) != 4 {
			t.Fatalf("%d requests, want 4", len(all))
		}
		if got := validators(all[2]); got != [2]string{} {
			t.Errorf("the one that redirects got %q", got)
		}
		if got := validators(all[3]); got != [2]string{`"b"`, ""} {
			t.Errorf("the one that answers got %q", got)
		}
		if p.Outcome != wiredesk.NotModified || p.State.Conditional != 1 || p.State.Polls != 2 {
			t.Errorf("outcome %v, %d of %d polls conditional", p.Outcome, p.State.Conditional, p.State.Polls)
		}

		// Where the redirect leads elsewhere, they stay at home.
		w.web.Handle("example.org/feed", origin.Redirect(http.StatusFound, "http://example.com/real"))
		w.web.Handle("example.com/real", feed("a"))
		w.next(source(url))
		if got := validators(w.last()); got != [2]string{} {
			t.Errorf("a stranger got %q", got)
		}
	})
}

func TestChangedRepairReadsAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		answer := feed("a")
		answer.ETag = `"1"`
		w.web.Handle("example.org/feed", answer)
		w.poll(source(url))
		repaired := source(url)
		repaired.Dates = wiredesk.DatesSeen
		p := w.next(repaired)
		if got := validators(w.last()); got != [2]string{} || p.Outcome != wiredesk.Changed {
			t.Errorf("sent %q, outcome %v", got, p.Outcome)
		}
		if w.next(repaired); validators(w.last())[0] != `"1"` {
			t.Errorf("sent %q after that", validators(w.last()))
		}
	})
}
