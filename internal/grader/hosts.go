package grader

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

const days = 24 * time.Hour

func hostChecks() []Check {
	return []Check{
		{"P-36", "50 sources of one host: two at once at most, with a gap between requests", func(e *Exam) {
			slow := feed("a")
			slow.Wait = 300 * time.Millisecond
			e.Web.Handle("example.org", slow)
			e.run(time.Minute, many(50, "http://example.org/#")...)
			rs := e.Web.Requests()
			if most := e.Web.Most("example.org"); len(rs) != 50 || most > 2 || shortest(rs) < 99*time.Millisecond {
				e.Complain("%d requests, %d at once, the shortest gap %s", len(rs), most, shortest(rs))
			}
		}},
		{"P-37", "one host under several spellings is one host", func(e *Exam) {
			slow := feed("a")
			slow.Wait = 300 * time.Millisecond
			e.Web.Handle("*", slow)
			e.run(10*time.Second, sources("http://bücher.example/1", "http://xn--bcher-kva.example/2", "http://XN--BCHER-KVA.example:80/3", "http://bücher.example./4")...)
			if rs := e.Web.Requests(); len(rs) != 4 || shortest(rs) < 99*time.Millisecond {
				e.Complain("%d requests, the shortest gap %s", len(rs), shortest(rs))
			}
		}},
		{"P-38", "a slow host delays no other", func(e *Exam) {
			slow := feed("a")
			slow.Wait = 25 * time.Second
			e.Web.Handle("slow.example", slow)
			e.Web.Handle("*", feed("a"))
			begin := time.Now()
			e.run(20*time.Second, append(many(50, "http://slow.example/#"), many(20, "http://h#.example/")...)...)
			n := 0
			for _, r := range e.Web.Requests() {
				if r.Host != "slow.example" && r.At.Sub(begin) < 5*time.Second {
					n++
				}
			}
			if n != 20 {
				e.Complain("%d of 20 were asked within 5 seconds", n)
			}
		}},
		{"P-39", "connections are used again, and closed when idle", func(e *Exam) {
			e.Web.Handle("example.org", feed("a"))
			_, stop := e.start(many(20, "http://example.org/#")...)
			time.Sleep(10 * time.Second)
			conns := map[int]bool{}
			for _, r := range e.Web.Requests() {
				conns[r.Conn] = true
			}
			time.Sleep(2 * time.Minute)
			if len(conns) > 2 || e.Web.Open() != 0 {
				e.Complain("%d connections for 20 requests, %d stay open", len(conns), e.Web.Open())
			}
			stop()
		}},
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
		{"P-48", "301 and 308: after two polls the new address is asked, and items are no news", func(e *Exam) {
			for i, status := range []int{301, 308} {
				host := fmt.Sprintf("h%d.example", i)
				src := source("http://" + host + "/feed")
				e.Web.Handle(host+"/feed", feed("a"))
				e.Web.Handle(host+"/new", feed("a"))
				e.polls(1, src)
				e.Web.Handle(host+"/feed", origin.Redirect(status, "/new"))
				e.polls(4, src)
				var asked []string
				for _, r := range e.Web.To(host) {
					asked = append(asked, r.URI)
				}
				if got := strings.Join(asked, " "); got != "/feed /feed /new /feed /new /new /new" {
					e.Complain("%d: asked %s", status, got)
				}
				e.holds(src.URL, 1)
			}
		}},
		{"P-49", "302, 303, 307 are followed each time, and change nothing", func(e *Exam) {
			for _, status := range []int{302, 303, 307} {
				host := fmt.Sprintf("h%d.example", status)
				e.Web.Handle(host+"/feed", origin.Redirect(status, "/now"))
				e.Web.Handle(host+"/now", feed("a"))
				e.polls(4, source("http://"+host+"/feed"))
				for i, r := range e.Web.To(host) {
					if want := []string{"/feed", "/now"}[i%2]; r.URI != want {
						e.Complain("%d: asked %s, want %s", status, r.URI, want)
					}
				}
			}
		}},
		{"P-50", "of a chain the permanent beginning is kept; circles and https to http end", chains},
		{"P-51", "301 to another source: they are one, and asked once", twins},
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

func chains(e *Exam) {
	e.Web.Handle("example.org/feed", origin.Redirect(301, "/b"))
	e.Web.Handle("example.org/b", origin.Redirect(302, "/c"))
	e.Web.Handle("example.org/c", feed("a"))
	e.polls(2, source(address))
	before := len(e.Web.Requests())
	if rs := e.polls(1, source(address)); rs[before].URI != "/b" {
		e.Complain("the third poll asked %s", rs[before].URI)
	}
	e.Web.Handle("circle.example", origin.Redirect(301, "http://circle.example/"))
	for i := range 10 {
		e.Web.Handle(fmt.Sprintf("long.example/%d", i), origin.Redirect(301, fmt.Sprintf("/%d", i+1)))
	}
	e.Web.Handle("safe.example", origin.Redirect(301, "http://example.net/"))
	for url, most := range map[string]int{"http://circle.example/": 1, "http://long.example/0": 6, "https://safe.example/": 1} {
		before := len(e.Web.Requests())
		e.polls(1, source(url))
		if st := e.state(source(url)); len(e.Web.Requests())-before > most || st.Failures != 1 || st.Location != "" {
			e.Complain("%s: %d requests, moved to %q", url, len(e.Web.Requests())-before, st.Location)
		}
	}
}

func twins(e *Exam) {
	e.Web.Handle("example.org/old", origin.Redirect(301, "/feed"))
	e.Web.Handle("example.org/older", origin.Redirect(308, "/feed"))
	e.Web.Handle("example.org/feed", feed("a"))
	all := sources("http://example.org/old", address, "http://example.org/older")
	e.byHand = true // until it is known, the address is asked for several sources
	e.run(12*time.Hour, all...)
	e.restart()
	before := len(e.Web.Requests())
	e.byHand = false
	e.run(days, all...)
	e.once(true, all...)
	late := e.Web.Requests()[before:]
	if len(late) < 8 || len(late) > 26 || shortest(late[:len(late)-1]) < floor {
		e.Complain("%d requests in a day for what is one source, the shortest gap %s", len(late), shortest(late))
	}
	for _, r := range late {
		if r.URI != "/feed" {
			e.Complain("%s is still asked", r.URI)
		}
	}
	// When the other one goes, this one is asked again.
	e.byHand = true
	before = len(e.Web.Requests())
	e.run(days, all[0])
	if n := len(e.Web.Requests()) - before; n < 4 {
		e.Complain("left alone it was asked %d times in a day", n)
	}
	before = len(e.Web.Requests())
	e.change(all[1], func(st *wiredesk.SourceState) { st.Paused = true })
	e.run(days, all...)
	if n := len(e.Web.Requests()) - before; n < 2 {
		e.Complain("beside a paused one it was asked %d times in a day", n)
	}
}
