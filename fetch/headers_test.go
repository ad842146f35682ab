package fetch

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzHeaders holds that whatever an origin says about when to come again is read without harm:
// no time is negative, and none longer than anybody lives.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{
		"3600", "-1", "99999999999999999999", "1.5", "Sat, 01 Jan 2000 03:00:30 GMT", "max-age=60, no-cache", `max-age="60"`, "max-age=-1, MAX-AGE=5,,=,", "0001-01-01", "Mon, 99 Foo 9999 99:99:99 GMT", "\x00\r\n",
	} {
		f.Add(seed, seed)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, a, b string) {
		h := http.Header{"Retry-After": {a}, "Date": {b}, "Cache-Control": {a, b}, "Age": {b}, "Expires": {a}, "Last-Modified": {a}, "Etag": {b}}
		if d, said := retryAfter(h, at); said && d <= 0 {
			t.Errorf("Retry-After %q, Date %q: %v", a, b, d)
		}
		if d, by := fresh(h); d < 0 || strings.ContainsAny(by, "\r\n\x00") {
			t.Errorf("Cache-Control %q, %q: %v by %q", a, b, d, by)
		}
		if d, said, _ := maxAge(h); said && (d < 0 || d > ages) {
			t.Errorf("max-age of %q, %q: %v", a, b, d)
		}
	})
}
