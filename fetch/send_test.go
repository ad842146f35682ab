package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"wiredesk/fetch"
)

// TestSend holds what a letter looks like to its receiver, and what becomes of answers: only
// 2xx is one that it was taken, no redirect is followed, and no error shows the address.
func TestSend(t *testing.T) {
	inWorld(t, func(w *world) {
		var got []string
		take := func(code int, header ...string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				user, password, _ := r.BasicAuth()
				got = append(got, strings.Join([]string{r.Method, r.URL.Path, r.Header.Get("Content-Type"), user, password, string(body)}, " "))
				for i := 0; i < len(header); i += 2 {
					w.Header().Set(header[i], header[i+1])
				}
				w.WriteHeader(code)
				io.WriteString(w, "no\x1b[31m way\nback")
			}
		}
		w.web.Handle("hook.example/ok", take(204))
		w.web.Handle("hook.example/busy", take(429, "Retry-After", "120"))
		w.web.Handle("hook.example/elsewhere", take(307, "Location", "http://hook.example/ok"))
		send := func(path string) (time.Duration, error) {
			return w.client.Send(w.t.Context(), fetch.Letter{URL: "http://me:hunter2@hook.example/" + path, Body: []byte(`{"a":1}`)})
		}
		if wait, err := send("ok"); err != nil || wait != 0 {
			t.Errorf("got %v, %v", wait, err)
		}
		if want := `POST /ok application/json me hunter2 {"a":1}`; len(got) != 1 || got[0] != want {
			t.Errorf("got %q, want %q", got, want)
		}
		wait, err := send("busy")
		if wait != 2*time.Minute || err == nil || err.Error() != "answered 429 no[31m way back" {
			t.Errorf("got %v, %v", wait, err)
		}
		if _, err = send("elsewhere"); err == nil || len(got) != 3 {
			t.Errorf("a redirect was followed: %q, %v", got, err)
		}
		for _, url := range []string{"http://127.0.0.1/x?key=s3cret", "http://169.254.169.254/x?key=s3cret", "ftp://hook.example/?key=s3cret", "http://[::1]:25/?key=s3cret"} {
			_, err := w.client.Send(w.t.Context(), fetch.Letter{URL: url})
			if said, ok := errors.AsType[*fetch.RequestError](err); !ok || strings.Contains(said.Error(), "s3cret") {
				t.Errorf("%s: %v", url, err)
			}
		}
	})
}

// What to do about a private address that is refused depends on whose address it is.
func TestPrivateAddressIsWhose(t *testing.T) {
	c, err := fetch.NewClient(fetch.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Send(t.Context(), fetch.Letter{URL: "http://10.0.0.1/hook"}); err == nil || !strings.Contains(err.Error(), "set allow_private = true in [notify]") {
		t.Errorf("the webhook: %v", err)
	}
	if _, err := c.Outgoing(1).Post(t.Context(), "http://10.0.0.1/hub", nil); err == nil || strings.Contains(err.Error(), "this source") || !strings.Contains(err.Error(), "[fetch] allow_networks") {
		t.Errorf("a hub: %v", err)
	}
	if _, err := c.Fetch(t.Context(), fetch.Request{URL: "http://10.0.0.1/feed"}); err == nil || !strings.Contains(err.Error(), "set allow_private = true for this source") {
		t.Errorf("a source: %v", err)
	}
}
