package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync/atomic"

	"wiredesk/publish"
)

// A Secret is a document at an address that nobody is told: it is not in the site, and a
// wrong guess is answered as any page that there is not. The zero value has none. Its methods
// may be called from any goroutine.
type Secret struct {
	current atomic.Pointer[secretDocument]
}

type secretDocument struct {
	path [sha256.Size]byte // a hash: comparing takes the same time however much of it is right
	base string
	doc  *publish.Document
}

// Set puts a document at a path, which begins with a slash and is relative to an address with
// the path base. A nil document takes it away.
func (s *Secret) Set(base, path string, doc *publish.Document) {
	if doc == nil {
		s.current.Store(nil)
		return
	}
	s.current.Store(&secretDocument{path: sha256.Sum256([]byte(path)), base: base, doc: doc})
}

// Before returns a handler that answers with the document at its path, and asks next about
// everything else.
func (s *Secret) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := s.current.Load()
		if now == nil || r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.HasPrefix(strip(r.URL.Path, now.base), StatusPath) {
			next.ServeHTTP(w, r)
			return
		}
		asked := sha256.Sum256([]byte(strip(r.URL.Path, now.base)))
		if subtle.ConstantTimeCompare(asked[:], now.path[:]) != 1 {
			next.ServeHTTP(w, r)
			return
		}
		send(w, r, now.doc)
	})
}

// StatusPath begins the path of the status feed; the token and .atom follow.
const StatusPath = "/status/"
