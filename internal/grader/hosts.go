package grader

import (
	"time"
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
	}
}
