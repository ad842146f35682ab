package web

import (
	"net/http"
	"path"
	"strings"
	"time"
)

// Count returns a handler that counts what next answers. With nil metrics it is next itself.
func (m *Metrics) Count(next http.Handler) http.Handler {
	if m == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, r)
		m.responses.WithLabelValues(format(r.URL.Path), class(counted.status)).Inc()
		if feedRead(counted.status, r.URL.Path) && !strings.Contains(r.URL.Path, StatusPath) {
			m.audience.heard(r.URL.Path, r.UserAgent(), time.Now())
		}
	})
}

// A statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the writer behind it, for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// format is what a path asks for, whether it is there or not. Clients choose paths, so only a
// few words come of them.
func format(asked string) string {
	switch ext := path.Ext(asked); {
	case ext == ".rss", ext == ".atom", ext == ".json":
		return ext[1:]
	case ext != "", strings.HasSuffix(asked, AlivePath), strings.HasSuffix(asked, ReadyPath), strings.Contains(asked, CallbackPath), strings.HasSuffix(asked, HubPath):
		return "other"
	}
	return "page"
}

// class is the first digit of a status.
func class(status int) string {
	switch status / 100 {
	case 2:
		return "2xx"
	case 3:
		return "3xx"
	case 4:
		return "4xx"
	}
	return "5xx"
}
