package grader

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

type store = fetch.Store

// hinted is a feed with elements of its channel.
func hinted(elements string) origin.Reply {
	return origin.Feed(strings.Replace(origin.RSS("Example", "a"), "<channel>",
		`<channel xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">`+elements, 1))
}

func timeChecks() []Check {
	return []Check{
		{"P-20", "30 days of every kind of answer: never sooner than 15 minutes", func(e *Exam) {
			n := 0
			answers := repertoire()
			e.Web.Handle("example.org", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n++
				answers[n*7%len(answers)].ServeHTTP(w, r)
			}))
			e.run(30*24*time.Hour, source(address))
			if n < 30 {
				e.Complain("only %d requests", n)
			}
		}},
		{"P-21", "max-age is waited for, on a 304 too; s-maxage, no-cache and 0 are not", func(e *Exam) {
			e.Web.Handle("b.example", feed("a").With("Cache-Control", "s-maxage=7200"))
			e.Web.Handle("c.example", feed("a").With("Cache-Control", "no-cache, max-age=0"))
			e.run(12*time.Hour, sources("http://b.example/", "http://c.example/")...)
			for _, host := range []string{"b.example", "c.example"} {
				if n := len(e.Web.To(host)); n < 10 || n > 13 {
					e.Complain("%s was asked %d times in 12 hours", host, n)
				}
			}
			e.Web.Handle("example.org/feed", tagged(feed("a"), `"1"`, ""))
			e.polls(1, source(address))
			e.Web.Handle("example.org/feed", notModified("", "").With("Cache-Control", "max-age=7200"))
			e.polls(3, source(address))
			if gap := gaps(e.Web.To("example.org"))[1]; gap < 2*time.Hour || gap > 133*time.Minute {
				e.Complain("after a 304 with max-age=7200 we waited %s", gap)
			}
		}},
		{"P-22", "absurd max-age is cut to 24 hours, or is none", func(e *Exam) {
			for value, want := range map[string]time.Duration{
				"504576000": ceiling, "99999999999999999999": ceiling, "-1": interval, `"7200"`: 2 * interval, "7200.5": 2 * interval, "soon": interval,
			} {
				host := fmt.Sprintf("h%x.example", value)
				e.Web.Handle(host, feed("a").With("Cache-Control", "max-age="+value))
				rs := e.polls(3, source("http://"+host+"/"))
				if gap := gaps(rs[len(rs)-2:])[0]; gap < want || gap > want+want/10 {
					e.Complain("max-age=%s: waited %s, want %s", value, gap, want)
				}
			}
		}},
		{"P-23", "Expires counts from the origin's own Date", func(e *Exam) {
			e.waits(feed("a").With("Date", "Sat, 04 Mar 2006 12:00:00 GMT").With("Expires", "Sat, 04 Mar 2006 15:00:00 GMT"), 3*interval, 3*interval)
		}},
		{"P-24", "Age is taken from max-age", func(e *Exam) {
			e.waits(feed("a").With("Cache-Control", "max-age=14400").With("Age", "7200"), 2*interval, 2*interval)
		}},
		{"P-25", "RSS ttl is waited for", func(e *Exam) { e.waits(hinted("<ttl>180</ttl>"), 3*interval, 3*interval) }},
		{"P-26", "skipHours are left alone", func(e *Exam) {
			e.Web.Handle("example.org", hinted("<skipHours><hour>3</hour><hour>4</hour><hour>24</hour></skipHours>"))
			e.run(5*24*time.Hour, source(address))
			for _, r := range e.Web.Requests()[1:] {
				if h := r.At.UTC().Hour(); h == 3 || h == 4 || h == 0 {
					e.Complain("asked at %s", r.At.UTC().Format("15:04"))
				}
			}
		}},
		{"P-27", "skipDays are left alone; all seven are none", func(e *Exam) {
			e.Web.Handle("example.org", hinted("<skipDays><day>Monday</day><day>Sunday</day></skipDays>"))
			var all strings.Builder
			for d := time.Sunday; d <= time.Saturday; d++ {
				fmt.Fprintf(&all, "<day>%s</day>", d)
			}
			e.Web.Handle("all.example", hinted("<skipDays>"+all.String()+"</skipDays>"))
			e.run(14*24*time.Hour, sources(address, "http://all.example/")...)
			for _, r := range e.Web.To("example.org")[1:] {
				if d := r.At.UTC().Weekday(); d == time.Monday || d == time.Sunday {
					e.Complain("asked on %s", d)
				}
			}
			days := map[time.Weekday]bool{}
			for _, r := range e.Web.To("all.example") {
				days[r.At.UTC().Weekday()] = true
			}
			if len(days) != 7 {
				e.Complain("all days skipped: asked on %d of them", len(days))
			}
		}},
		{"P-28", "sy:updatePeriod by sy:updateFrequency is waited for", func(e *Exam) {
			e.waits(hinted("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"), 12*interval, 12*interval)
		}},
		{"P-29", "of several wishes the longest counts", func(e *Exam) {
			e.waits(hinted("<ttl>180</ttl>").With("Cache-Control", "max-age=18000"), 5*interval, 5*interval)
		}},
	}
}

// paceChecks are about many sources, and long times.
func paceChecks() []Check {
	return []Check{
		{"P-30", "sources added at once are spread; two programs are not in step", spread},
		{"P-31", "500 due at a restart are no burst", func(e *Exam) {
			slow := feed("a")
			slow.Wait = 100 * time.Millisecond
			e.Web.Handle("*", slow)
			e.run(20*time.Second, many(500, "http://h#.example/")...)
			perSecond := map[int64]int{}
			for _, r := range e.Web.Requests() {
				perSecond[r.At.Unix()]++
				if perSecond[r.At.Unix()] > 65 {
					e.Complain("more than 64 requests in a second")
				}
			}
		}},
		{"P-32", "10 crashes in 10 minutes: one request", func(e *Exam) {
			e.Web.Handle("*", feed("a"))
			for range 10 {
				e.options.Store = unrecording{e.store}
				e.run(time.Minute, many(10, "http://h#.example/")...)
				e.options.Store = nil
				e.restart()
			}
			if n := len(e.Web.Requests()); n != 10 {
				e.Complain("%d requests for 10 sources", n)
			}
		}},
		{"P-33", "a clock that jumps makes no burst and leaves nobody waiting for ever", jumps},
		{"P-34", "missed times are not made up for", func(e *Exam) {
			e.Web.Handle("*", feed("a"))
			e.polls(2, source(address))
			time.Sleep(48 * time.Hour)
			before := len(e.Web.Requests())
			e.run(30*time.Minute, source(address))
			if n := len(e.Web.Requests()) - before; n != 1 {
				e.Complain("%d requests after two days of sleep", n)
			}
		}},
		{"P-35", "the silent are asked less, up to 24 hours; news bring them back", func(e *Exam) {
			names := []string{"a"}
			e.Web.Handle("example.org/feed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { feed(names...).ServeHTTP(w, r) }))
			e.run(30*24*time.Hour, source(address))
			silent := gaps(e.Web.Requests())
			if last := silent[len(silent)-1]; last < 23*time.Hour || last > 27*time.Hour {
				e.Complain("silent for 30 days: asked each %s", last)
			}
			names = []string{"b", "a"}
			e.run(36*time.Hour, source(address))
			if back := shortest(e.Web.Requests()[len(silent):]); back > interval+interval/10 {
				e.Complain("after news asked again after %s", back)
			}
		}},
	}
}

// repertoire is what a difficult origin answers.
func repertoire() []http.Handler {
	cut := feed("a", "b")
	cut.Cut = 100
	return []http.Handler{
		feed("a"), notModified("", ""), origin.Status(500), tagged(feed("b"), `"x"`, monday), origin.Status(404),
		origin.Status(429).With("Retry-After", "1"), origin.Page("log in"), feed("c").With("Cache-Control", "max-age=0"),
		origin.Raw("x"), origin.Status(503), cut,
		origin.Reply{},
		feed(), origin.Status(403),
		origin.Status(503).With("Retry-After", "-7"), feed("d").With("Content-Encoding", "gzip"),
		feed("e").With("Cache-Control", "max-age=999999999999999"), feed("f").With("Expires", "0"),
	}
}

func spread(e *Exam) {
	const n = 300
	e.Web.Handle("*", feed("a"))
	e.run(3*time.Hour, many(n, "http://h#.example/")...)
	perMinute := map[int64]int{}
	begin := e.Web.Requests()[0].At
	for _, r := range e.Web.Requests()[n:] {
		perMinute[int64(r.At.Sub(begin)/time.Minute)]++
	}
	for minute, m := range perMinute {
		if m > n/20 {
			e.Complain("%d of %d in minute %d", m, n, minute)
		}
	}
	src := source(address)
	near := 0
	for i := range uint64(100) {
		st := wiredesk.SourceState{Polls: 10 + i}
		a, _ := fetch.Next(begin, &src, &st, fetch.Answer{Outcome: wiredesk.Changed, Salt: "a"})
		b, _ := fetch.Next(begin, &src, &st, fetch.Answer{Outcome: wiredesk.Changed, Salt: "b"})
		if a.Sub(b).Abs() < time.Second {
			near++
		}
	}
	if near > 10 {
		e.Complain("two programs ask within a second %d of 100 times", near)
	}
}

// jumps stops the program, sets its clock, and starts it: what it wrote down is then in
// the past or the future by so much.
func jumps(e *Exam) {
	e.Web.Handle("*", feed("a"))
	all := many(60, "http://h#.example/")
	e.run(2*time.Hour, all...)
	e.byHand = true // the old clock's promises are not known to the new one
	for _, by := range []time.Duration{365 * 24 * time.Hour, -24 * time.Hour} {
		for i := range all {
			e.change(all[i], func(st *wiredesk.SourceState) { shift(st, -by) })
		}
		before := e.Web.Requests()
		e.run(52*time.Hour, all...) // a day of the clock, and one of the longest interval
		perSecond, asked := map[int64]int{}, map[string]bool{}
		for _, r := range e.Web.Requests()[len(before):] {
			asked[r.Host] = true
			perSecond[r.At.Unix()]++
			if perSecond[r.At.Unix()] > 64 {
				e.Complain("a burst after a jump of %s", by)
			}
		}
		if len(asked) != len(all) {
			e.Complain("after a jump of %s only %d of %d were asked within 52 hours", by, len(asked), len(all))
		}
	}
}

// shift moves everything that a state remembers of the clock.
func shift(st *wiredesk.SourceState, by time.Duration) {
	for _, t := range []*time.Time{&st.Due, &st.Quiet, &st.Polled, &st.Succeeded, &st.Changed, &st.First, &st.Validated, &st.Failing} {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
}

// once polls all sources that are due, or all.
func (e *Exam) once(all bool, sources ...wiredesk.Source) fetch.Summary {
	sum, err := e.poller(sources).Once(context.Background(), all, nil)
	if err != nil {
		e.Complain("a round: %v", err)
	}
	return sum
}
