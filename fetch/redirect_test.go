package fetch_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk"
	"wiredesk/fetch"
	"wiredesk/internal/origin"
)

func hostsOf(rs []origin.Request) string {
	var all []string
	for _, r := range rs {
		all = append(all, r.Scheme+"://"+r.Host+r.URI)
	}
	return strings.Join(all, " ")
}

func TestPermanentRedirects(t *testing.T) {
	const old, place = "http://example.org/feed", "http://www.example.org/new"
	for name, c := range map[string]struct {
		status int
		to     string
		third  string // what the third poll asks first
	}{
		"301 within the site":  {http.StatusMovedPermanently, place, place},                    // P-48
		"308 within the site":  {http.StatusPermanentRedirect, place, place},                   // P-48
		"301 to another site":  {http.StatusMovedPermanently, "http://example.net/new", old},   // S-40
		"302":                  {http.StatusFound, place, old},                                 // P-49
		"303":                  {http.StatusSeeOther, place, old},                              // P-49
		"307":                  {http.StatusTemporaryRedirect, place, old},                     // P-49
		"301 to a web page":    {http.StatusMovedPermanently, "http://example.org/login", old}, // P-46
		"301 to nothing there": {http.StatusMovedPermanently, "http://example.org/none", old},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("example.org/feed", origin.Redirect(c.status, c.to))
				w.web.Handle("www.example.org/new", feed("a"))
				w.web.Handle("example.net/new", feed("a"))
				w.web.Handle("example.org/login", origin.Page("log in"))
				src := source(old)
				w.next(src)
				w.next(src)
				before := len(w.web.Requests())
				w.next(src)
				if got := hostsOf(w.web.Requests()[before : before+1]); got != c.third {
					t.Errorf("the third poll asked %s, want %s", got, c.third)
				}
				if c.to == "http://example.net/new" && w.store.state(1).Location != c.to {
					t.Errorf("the move is not remembered: %+v", w.store.state(1))
				}
			})
		})
	}
}

func TestAMoveToAnotherSiteIsConfirmed(t *testing.T) { // P-48, S-40
	inWorld(t, func(w *world) {
		const place = "http://example.net/new"
		w.web.Handle("example.org/feed", origin.Redirect(http.StatusMovedPermanently, place))
		w.web.Handle("example.net/new", feed("a"))
		src := source(url)
		awaits := func(want string) {
			t.Helper()
			st := w.store.state(1)
			if got := fetch.Awaits(src, &st); got != want {
				t.Errorf("the move to %q waits", got)
			}
		}
		w.next(src)
		awaits("") // one answer may be a mistake
		w.next(src)
		awaits(place)
		w.store.set(1, func(st *wiredesk.SourceState) { st.Confirmed = place })
		awaits("")
		before := len(w.web.Requests())
		w.next(src)
		w.next(src)
		if got := hostsOf(w.web.Requests()[before:]); got != place+" "+place {
			t.Errorf("then asked %s", got)
		}
		// The word is for that place and for no other.
		w.web.Handle("example.net/new", origin.Redirect(http.StatusMovedPermanently, "http://example.com/"))
		w.web.Handle("example.com/", feed("a"))
		w.web.Handle("example.org/feed", origin.Redirect(http.StatusMovedPermanently, "http://example.com/"))
		w.next(src)
		w.next(src)
		before = len(w.web.Requests())
		w.next(src)
		awaits("http://example.com/")
		if got := hostsOf(w.web.Requests()[before : before+1]); got != url {
			t.Errorf("asked %s first, want the old address", got)
		}
		if n := w.store.items(1); n != 1 {
			t.Errorf("%d items after the move, want the one", n)
		}
	})
}

func TestOnlyThePermanentPrefixIsKept(t *testing.T) { // P-50
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", origin.Redirect(http.StatusMovedPermanently, "/b"))
		w.web.Handle("example.org/b", origin.Redirect(http.StatusFound, "/c"))
		w.web.Handle("example.org/c", origin.Redirect(http.StatusMovedPermanently, "/d"))
		w.web.Handle("example.org/d", feed("a"))
		p := w.poll(source(url))
		if p.State.Location != "http://example.org/b" || p.Outcome != wiredesk.Changed {
			t.Errorf("%v, moved to %q", p.Outcome, p.State.Location)
		}
	})
}

func TestTheOldPlaceIsTriedWhenTheNewOneFails(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", origin.Redirect(http.StatusMovedPermanently, "/new"))
		w.web.Handle("example.org/new", feed("a"))
		src := source(url)
		w.next(src)
		w.next(src)
		w.web.Handle("example.org/feed", feed("a", "b"))
		w.web.Handle("example.org/new", origin.Status(http.StatusInternalServerError))
		for range 4 {
			w.next(src)
		}
		if got := w.store.items(1); got != 2 {
			t.Errorf("%d items after the new place failed for good, want 2", got)
		}
	})
}

func TestBadRedirects(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		requests int
		problem  string
	}{
		"circle":           {url, url, 1, "circle"},                                                  // P-50
		"https to http":    {"https://example.org/feed", "http://example.org/x", 1, "https to http"}, // P-50, S-06
		"file":             {url, "file:///etc/hostname", 1, "neither http nor https"},               // S-07
		"gopher":           {url, "gopher://example.org/", 1, "neither http nor https"},
		"ftp":              {url, "ftp://example.org/", 1, "neither http nor https"},
		"data":             {url, "data:text/xml,<rss/>", 1, "neither http nor https"},
		"unix":             {url, "unix:///run/x.sock", 1, "neither http nor https"},
		"nowhere":          {url, "", 1, "without Location"},
		"no host":          {url, "http://./", 1, "no host"},                           // S-03
		"loopback":         {url, "http://127.0.0.1/", 1, "not on the public network"}, // S-06
		"metadata":         {url, "http://169.254.169.254/latest", 1, "not on the public network"},
		"number":           {url, "http://2130706433/", 1, "neither a name nor a proper address"},
		"full width":       {url, "http://１２７.０.０.１/", 1, "not on the public network"},
		"mail":             {url, "http://example.com:25/", 1, "another service"}, // S-08
		"control and mark": {url, "http://exa\u202emple.com/\x1b[31m", 1, ""},     // S-32
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.web.Handle("example.org/feed", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
					if c.to != "" {
						rw.Header()["Location"] = []string{c.to}
					}
					rw.WriteHeader(http.StatusFound)
				}))
				w.web.Handle("*", feed("stolen"))
				p := w.poll(source(c.from))
				if p.Outcome != wiredesk.Failed || len(w.web.Requests()) != c.requests || !strings.Contains(p.State.Problem, c.problem) {
					t.Errorf("%v after %d requests: %q", p.Outcome, len(w.web.Requests()), p.State.Problem)
				}
				if strings.ContainsAny(p.State.Problem, "\x1b\u202e\n") {
					t.Errorf("raw text from outside in %q", p.State.Problem)
				}
				if p.State.Location != "" {
					t.Errorf("a bad redirect was remembered: %q", p.State.Location)
				}
			})
		})
	}
}

func TestTooManyRedirects(t *testing.T) { // P-50, S-18
	inWorld(t, func(w *world) {
		n := 0
		w.web.Handle("example.org", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			n++
			http.Redirect(rw, r, fmt.Sprintf("/%d", n), http.StatusMovedPermanently)
		}))
		p := w.poll(source(url))
		if p.Outcome != wiredesk.Failed || n != 6 {
			t.Errorf("%v after %d requests: %s", p.Outcome, n, p.State.Problem)
		}
	})
}

func TestNothingGoesToStrangers(t *testing.T) { // P-53, S-42
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", origin.Redirect(http.StatusFound, "http://example.net/real").With("Set-Cookie", "a=b; Domain=example.org"))
		w.web.Handle("example.net/real", feed("a").With("Set-Cookie", "c=d"))
		src := source("http://me:secret@example.org/feed")
		src.Headers = map[string]string{"X-Token": "secret"}
		for range 2 {
			p := w.next(src)
			if p.Outcome == wiredesk.Failed {
				t.Fatal(p.State.Problem)
			}
		}
		for _, r := range w.web.Requests() {
			mine := r.Host == "example.org"
			if got := r.Header.Get("Authorization"); mine != (got == "Basic "+base64.StdEncoding.EncodeToString([]byte("me:secret"))) || !mine && got != "" {
				t.Errorf("%s got Authorization %q", r.Host, got)
			}
			if got := r.Header.Get("X-Token"); mine != (got == "secret") {
				t.Errorf("%s got X-Token %q", r.Host, got)
			}
			for _, name := range []string{"Cookie", "Referer"} {
				if got := r.Header.Get(name); got != "" {
					t.Errorf("%s got %s %q", r.Host, name, got)
				}
			}
		}
		st := w.store.state(1)
		if strings.Contains(st.Answered+st.Location+st.Problem+st.Reason+w.log.String(), "secret") {
			t.Errorf("the password is told: %+v, log %s", st, w.log)
		}
	})
}

func TestCredentialsRiseToHTTPS(t *testing.T) {
	inWorld(t, func(w *world) {
		w.web.Handle("example.org/feed", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.TLS == nil {
				http.Redirect(rw, r, "https://example.org/feed", http.StatusMovedPermanently)
				return
			}
			feed("a").ServeHTTP(rw, r)
		}))
		src := source(url)
		src.Username, src.Password = "me", "secret"
		if p := w.poll(src); p.Outcome != wiredesk.Changed {
			t.Fatal(p.State.Problem)
		}
		if r := w.last(); r.Scheme != "https" || r.Header.Get("Authorization") == "" {
			t.Errorf("%s without credentials", r.Scheme)
		}
	})
}

func TestRequestForm(t *testing.T) { // P-52, P-53, P-54
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		for in, want := range map[string]string{
			"http://example.org/a%2Fb%7e?x=%zz&&y=+|^#frag": "/a%2Fb%7e?x=%zz&&y=+|^",
			"http://example.org/a|b/[c]/%41":                "/a|b/[c]/%41",
			"http://example.org":                            "/",
			"http://example.org?q":                          "/?q",
			"http://example.org/a b/é?ü":                    "/a%20b/%C3%A9?%C3%BC",
			"http://example.org/?":                          "/?",
			"https://example.org/x|y?z=%2f":                 "/x|y?z=%2f",
		} {
			if _, err := w.client.Fetch(w.t.Context(), fetch.Request{URL: in}); err != nil {
				t.Errorf("%s: %v", in, err)
				continue
			}
			r := w.last()
			if r.URI != want {
				t.Errorf("%s was asked as %s, want %s", in, r.URI, want)
			}
			if got := r.Header.Get("User-Agent"); got != "wiredesk/1.0 (+https://example.org/about)" {
				t.Errorf("User-Agent %q", got)
			}
			if !strings.Contains(r.Header.Get("Accept"), "application/atom+xml") || r.Header.Get("Accept-Encoding") != "gzip, deflate" {
				t.Errorf("headers %v", r.Header)
			}
		}
	})
}

func TestEveryVersionOfHTTP(t *testing.T) { // P-56
	inWorld(t, func(w *world) {
		body := origin.RSS("Example", "a")
		w.web.Handle("one.example/0", origin.Raw("HTTP/1.0 200 OK\r\n\r\n"+body))
		w.web.Handle("one.example/chunked", origin.Raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)))
		w.web.Handle("two.example", feed("a"))
		for _, u := range []string{"http://one.example/0", "http://one.example/chunked", "https://two.example/"} {
			resp, err := w.client.Fetch(w.t.Context(), fetch.Request{URL: u})
			if err != nil || string(resp.Body) != body {
				t.Errorf("%s: %v", u, err)
			}
		}
		if got := w.last().Proto; got != "HTTP/2.0" {
			t.Errorf("over TLS we speak %s", got)
		}
		w.client.Close()
		time.Sleep(time.Second)
		if n := w.web.Open(); n != 0 {
			t.Errorf("%d connections stay open", n)
		}
	})
}

func TestTLSIsVerified(t *testing.T) { // S-41
	inWorld(t, func(w *world) {
		w.web.Handle("*", feed("a"))
		c, err := fetch.NewClient(fetch.ClientOptions{Dial: w.web.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Fetch(w.t.Context(), fetch.Request{URL: "https://example.org/"}); err == nil || !strings.HasPrefix(err.Error(), "TLS: ") {
			t.Errorf("an unknown authority: %v", err)
		}
		time.Sleep(10 * time.Second) // the server's last word
	})
}
