package grader

import (
	"fmt"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/internal/origin"
)

func redirectChecks() []Check {
	return []Check{
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
