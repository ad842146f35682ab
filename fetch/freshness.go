package fetch

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fresh returns how long an answer says that it stays good, and by which header: max-age
// less Age, or else Expires less Date (RFC 9111 section 4.2). It is zero where nothing
// sensible is said. s-maxage speaks to shared caches only, and what forbids a cache to
// keep a copy does not ask us to come back sooner.
func fresh(h http.Header) (time.Duration, string) {
	age, said, none := maxAge(h)
	switch {
	case none:
		return 0, ""
	case said:
		spent, _ := seconds(h.Get("Age"))
		return max(age-spent, 0), fmt.Sprintf("max-age=%d", age/time.Second)
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0, ""
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || !expires.After(date) {
		return 0, ""
	}
	// A difference that does not fit is a very long time; Sub says so itself.
	return expires.Sub(date), "Expires"
}

// maxAge reads Cache-Control. none says that a directive forbids caching. Where max-age
// is said twice, the shorter one is meant (RFC 9111 section 4.2.1 lets us choose).
func maxAge(h http.Header) (age time.Duration, said, none bool) {
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store":
			none = true
		case "max-age":
			d, ok := seconds(strings.Trim(strings.TrimSpace(value), `"`))
			if !ok {
				continue
			}
			if !said || d < age {
				age = d
			}
			said = true
		}
	}
	return age, said, none
}

// century is longer than anything is believed; it keeps absurd numbers from overflowing.
const century = 100 * 365 * 24 * time.Hour

// seconds reads a number of seconds as headers say them. Fractions are cut off.
func seconds(s string) (time.Duration, bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), ".")
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(century/time.Second) {
		return century, true // digits only: it was too many of them
	}
	return time.Duration(n) * time.Second, true
}

// retryAfter returns how long an answer asks to be left alone (RFC 9110 section 10.2.3).
// It is false where it does not, or says a time that has passed.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	said := h.Get("Retry-After")
	if d, ok := seconds(said); ok {
		return d, d > 0
	}
	at, err := http.ParseTime(said)
	if err != nil {
		return 0, false
	}
	// The origin's clock counts, as far as it tells it.
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	d := at.Sub(now)
	return d, d > 0
}
