package grader

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

func validatorChecks() []Check {
	none, first := [2]string{}, [2]string{`"1"`, monday}
	return []Check{
		{"P-01", "the first request is one plain GET", func(e *Exam) {
			e.turns(turn{feed("a"), none})
			if rs := e.Web.Requests(); len(rs) != 1 {
				e.Complain("%d requests", len(rs))
			}
		}},
		{"P-02", "both validators come back, byte for byte", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `W/"x-Y"`, monday), none}, turn{feed("a"), [2]string{`W/"x-Y"`, monday}})
		}},
		{"P-03", "one validator is not made two", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, ""), none}, turn{tagged(feed("b"), "", monday), [2]string{`"1"`, ""}}, turn{feed("c"), [2]string{"", monday}})
		}},
		{"P-04", "dates that are none are not mended", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), "", "yesterday"), none}, turn{tagged(feed("b"), "", "Monday, 03-Jan-00 00:00:00 gmt"), [2]string{"", "yesterday"}},
				turn{feed("c"), [2]string{"", "Monday, 03-Jan-00 00:00:00 gmt"}})
		}},
		{"P-05", "nor are tags; one of 5 KB does no harm", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), "abc", ""), none}, turn{tagged(feed("b"), "\"\xe9\\b\"", ""), [2]string{"abc", ""}},
				turn{tagged(feed("c"), `"`+strings.Repeat("x", 5000)+`"`, monday), [2]string{"\"\xe9\\b\"", ""}}, turn{feed("d"), [2]string{"", monday}})
		}},
		{"P-06", "the same body with new validators: the new ones are sent", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none}, turn{tagged(feed("a"), `"2"`, tuesday), first}, turn{feed("a"), [2]string{`"2"`, tuesday}})
		}},
		{"P-07", "a 304 brings new validators", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none}, turn{notModified(`"2"`, ""), first}, turn{notModified("", tuesday), [2]string{`"2"`, monday}}, turn{notModified("", ""), [2]string{`"2"`, tuesday}})
		}},
		{"P-08", "a bare 304 takes none away", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none}, turn{notModified("", ""), first}, turn{notModified("", ""), first})
		}},
		{"P-09", "a document without validators drops them", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none}, turn{feed("b"), first}, turn{feed("b"), none})
		}},
		{"P-10", "what cannot be read does not advance them", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none},
				turn{tagged(origin.Reply{Body: "<rss><channel"}, `"2"`, tuesday), first},
				turn{tagged(origin.Feed(origin.RSS("Example", strings.Repeat("x", 11<<20))), `"3"`, tuesday), first},
				turn{notModified("", ""), first})
		}},
		{"P-11", "killed between answer and commit: asked later, with the old ones", killed},
		{"P-12", "the same tag with another body: items are taken", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, ""), none}, turn{tagged(feed("a", "b"), `"1"`, ""), [2]string{`"1"`, ""}})
			e.holds(address, 2)
		}},
		{"P-13", "304 for ever: one plain request each 8 days, none if it sends max-age", always304},
		{"P-14", "a 304 that nobody asked for is an error", func(e *Exam) {
			e.turns(turn{notModified(`"1"`, ""), none}, turn{feed("a"), none})
			e.holds(address, 1)
		}},
		{"P-15", "validators survive a restart", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none})
			e.restart()
			e.turns(turn{notModified("", ""), first})
		}},
		{"P-16", "a new address in the config gets none of the old ones", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none})
			e.Web.Handle("example.org/new", feed("a"))
			src := source("http://example.org/new")
			src.Formerly = []string{address}
			if rs := e.polls(1, src); len(rs) != 2 || conditions(rs[1]) != none {
				e.Complain("the new address got %q", conditions(rs[len(rs)-1]))
			}
		}},
		{"P-17", "they go to who gave them, through redirects too", func(e *Exam) {
			answer := feed("a")
			answer.ETag = `"b"`
			e.Web.Handle("example.net/real", answer)
			bounce := turn{tagged(origin.Redirect(http.StatusFound, "http://example.net/real"), `"a"`, ""), none}
			e.Web.Handle("example.org/feed", bounce.answer)
			rs := e.polls(2, source(address))
			if len(rs) != 4 || conditions(rs[2]) != none || conditions(rs[3]) != [2]string{`"b"`, ""} {
				e.Complain("%d requests", len(rs))
			}
		}},
		{"P-18", "226 is not taken: we never ask for it", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), none},
				turn{tagged(origin.Reply{Status: http.StatusIMUsed, Body: origin.RSS("Example", "b")}, `"2"`, tuesday), first}, turn{notModified("", ""), first})
			e.holds(address, 1)
		}},
	}
}

// killed copies the database at the moment when the answer is out: that is what a process
// that is killed then leaves behind.
func killed(e *Exam) {
	e.turns(turn{tagged(feed("a"), `"1"`, monday), [2]string{}})
	left := e.path + ".left"
	e.Web.Handle("example.org/feed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tagged(feed("a", "b"), `"2"`, tuesday).ServeHTTP(w, r)
		if err := copyFile(left, e.path); err != nil {
			e.Complain("copy: %v", err)
		}
	}))
	e.polls(1, source(address))
	e.close()
	if err := os.Rename(left, e.path); err != nil {
		e.Complain("rename: %v", err)
	}
	e.open()
	e.holds(address, 1)
	e.run(10*time.Minute, source(address))
	if n := len(e.Web.Requests()); n != 2 {
		e.Complain("asked again at once: %d requests", n)
	}
	rs := e.polls(1, source(address))
	if got := conditions(rs[len(rs)-1]); got != [2]string{`"1"`, monday} {
		e.Complain("then asked with %q", got)
	}
	e.holds(address, 2)
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// always304 has two origins that say 304 to whatever is conditional; one of them knows
// about caching.
func always304(e *Exam) {
	deaf := func(answer origin.Reply) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			answer.ServeHTTP(w, r)
		})
	}
	e.Web.Handle("plain.example", deaf(tagged(feed("a"), `"1"`, "")))
	e.Web.Handle("cached.example", deaf(tagged(feed("a"), `"1"`, "").With("Cache-Control", "max-age=600")))
	e.run(20*24*time.Hour, sources("http://plain.example/", "http://cached.example/")...)
	for host, want := range map[string]int{"plain.example": 3, "cached.example": 1} {
		plain := 0
		for _, r := range e.Web.To(host) {
			if conditions(r) == [2]string{} {
				plain++
			}
		}
		if plain != want {
			e.Complain("%s: %d plain requests in 20 days, want %d", host, plain, want)
		}
	}
}

// unrecording loses what is recorded, as a program does that is killed again and again.
type unrecording struct{ store }

func (unrecording) Record(context.Context, []wiredesk.Poll) ([]wiredesk.Recorded, error) {
	return nil, io.ErrClosedPipe
}
