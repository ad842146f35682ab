package grader

import (
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"wiredesk/internal/origin"
)

// failureChecks are about answers that are no document.
func failureChecks() []Check {
	return []Check{
		{"P-40", "429 with Retry-After: the whole host is left alone, also by hand and after a restart", func(e *Exam) {
			quiet(e, origin.Status(429).With("Retry-After", "10800"))
		}},
		{"P-41", "503 with Retry-After as a date too", func(e *Exam) {
			quiet(e, origin.Status(503).With("Retry-After", time.Now().Add(3*time.Hour+time.Minute).UTC().Format(http.TimeFormat)))
		}},
		{"P-42", "errors: the wait doubles up to 24 hours, and is reset by success", func(e *Exam) {
			e.Web.Handle("example.org", origin.Status(500))
			e.Web.Handle("cut.example", origin.Raw(""))
			e.Web.Refuse("dead.example", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
			e.run(10*days, sources(address, "http://cut.example/", "http://dead.example/")...)
			for _, host := range []string{"example.org", "cut.example"} {
				all := gaps(e.Web.To(host))
				for i, gap := range all {
					if want := min(interval<<i, ceiling); gap < want || gap > want+want/10 {
						e.Complain("%s: after failure %d waited %s", host, i+1, gap)
					}
				}
			}
			if n := len(e.Web.Dials()); n > 60 {
				e.Complain("%d connections tried", n)
			}
			e.Web.Handle("example.org", feed("a"))
			e.run(days+4*interval, source(address))
			if all := gaps(e.Web.To("example.org")); all[len(all)-1] > 2*interval {
				e.Complain("after success waited %s", all[len(all)-1])
			}
		}},
		{"P-43", "404, 403, 401 are asked once a day", func(e *Exam) {
			for _, status := range []int{401, 403, 404} {
				e.Web.Handle(fmt.Sprintf("h%d.example", status), origin.Status(status))
			}
			e.run(10*days, sources("http://h401.example/", "http://h403.example/", "http://h404.example/")...)
			for _, host := range []string{"h401.example", "h403.example", "h404.example"} {
				if n := len(e.Web.To(host)); n < 9 || n > 12 {
					e.Complain("%s was asked %d times in 10 days", host, n)
				}
				if e.state(source("http://"+host+"/")).Problem == "" {
					e.Complain("%s: the operator is not told", host)
				}
			}
		}},
		{"P-44", "410 is never asked again", func(e *Exam) {
			e.Web.Handle("example.org", origin.Status(410))
			e.run(10*days, source(address))
			e.restart()
			e.run(10*days, source(address))
			e.once(true, source(address))
			if n := len(e.Web.Requests()); n != 1 || e.state(source(address)).Gone.IsZero() {
				e.Complain("%d requests", n)
			}
		}},
		{"P-45", "our own network is down: nobody is blamed, and no herd comes back", down},
		{"P-46", "a web page in place of a feed is an error", func(e *Exam) {
			e.turns(turn{tagged(feed("a"), `"1"`, monday), [2]string{}}, turn{tagged(origin.Page("log in"), `"2"`, tuesday), [2]string{`"1"`, monday}},
				turn{notModified("", ""), [2]string{`"1"`, monday}})
			e.holds(address, 1)
		}},
		{"P-47", "so is an empty or a cut body", func(e *Exam) {
			cut := tagged(feed("a", "b"), `"2"`, tuesday)
			cut.Cut = 100
			first := [2]string{`"1"`, monday}
			e.turns(turn{tagged(feed("a"), `"1"`, monday), [2]string{}}, turn{cut, first}, turn{tagged(origin.Reply{}, `"3"`, ""), first}, turn{notModified("", ""), first})
			e.holds(address, 1)
		}},
	}
}

// quiet has a busy host with six sources.
func quiet(e *Exam, busy origin.Reply) {
	first := true
	e.Web.Handle("busy.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			busy.ServeHTTP(w, r)
			return
		}
		feed("a").ServeHTTP(w, r)
	}))
	all := many(6, "http://busy.example/#")
	e.options.PerHost = 1
	e.run(time.Hour, all...)
	e.restart()
	p, stop := e.start(all...)
	p.Ask(1)
	time.Sleep(119 * time.Minute)
	stop()
	e.once(true, all...)
	if n := len(e.Web.To("busy.example")); n != 1 {
		e.Complain("asked %d times in less than 3 hours", n)
	}
	e.run(2*time.Hour, all...)
	if n := len(e.Web.To("busy.example")); n < 6 {
		e.Complain("only %d requests after the quiet", n)
	}
}

func down(e *Exam) {
	e.Web.Handle("*", feed("a"))
	all := many(60, "http://h#.example/")
	_, stop := e.start(all...)
	time.Sleep(5 * time.Hour)
	e.Web.Down(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH})
	e.client.Close()
	time.Sleep(2 * time.Hour)
	for _, src := range all {
		if st := e.state(src); st.Failures != 0 {
			e.Complain("%s is blamed: %s", src.URL, st.Problem)
		}
	}
	e.Web.Down(nil)
	before := len(e.Web.Requests())
	time.Sleep(time.Minute)
	if n := len(e.Web.Requests()) - before; n > 10 {
		e.Complain("%d of 60 in the first minute", n)
	}
	time.Sleep(2 * time.Hour)
	stop()
	if n := len(e.Web.Requests()) - before; n < 60 {
		e.Complain("only %d requests in two hours", n)
	}
}
